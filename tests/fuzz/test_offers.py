"""Offers that no browser writes: each is answered or refused with a code."""

import contextlib

from server.media.answer import Transport, lay_out, write_answer
from server.media.sdp import parse_offer
from sessions.errors import FarhandError
from sessions.live.media import CodecRefused, SdpRefused
from tests.fuzz import mutants
from tests.fuzz.conftest import Victims
from tests.server.media.conftest import ROOM
from tests.server.media.offers import Line, browser_lines, write_offer

FINGERPRINT = ":".join(["AB"] * 32)
TRANSPORT = Transport("ufrag", "password", FINGERPRINT, ("192.0.2.1", "2001:db8::1"), 8081, 2000)
CODES = {"sdp-refused", "codec-refused"}
SAMPLES = [
    write_offer(browser_lines(), FINGERPRINT, ["1 1 udp 2130706431 192.0.2.9 5000 typ host"]),
    write_offer([Line("audio", "sendrecv", 5)], FINGERPRINT),
    write_offer(
        [Line("video", "sendonly"), Line("video", "recvonly")], FINGERPRINT, setup="active"
    ),
]


def test_each_offer_is_answered_or_refused_with_a_code() -> None:
    codes = []
    for offer in mutants.of_text("offers", SAMPLES, 9_000):
        try:
            answer = write_answer(lay_out(parse_offer(offer)), TRANSPORT)
        except FarhandError as refusal:
            codes.append(refusal.code)
        else:
            assert answer.endswith("\r\n")
    assert set(codes) == CODES
    assert 1_000 < len(codes) < 8_000  # both ways were gone often


async def test_refused_offers_leave_nothing_behind(victims: Victims) -> None:
    plane = victims.call.plane
    for number, offer in enumerate(mutants.of_text("joins", SAMPLES, 1_000)):
        participant = f"newcomer-{number % 5}"
        with contextlib.suppress(SdpRefused, CodecRefused):
            await plane.join(ROOM, participant, offer)
        await plane.leave(ROOM, participant)
    await victims.talk()
