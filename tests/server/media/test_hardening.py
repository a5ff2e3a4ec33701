"""What strangers throw at the port, and what a participant sends too much of, harms nobody."""

import os

from server.media import port as ports
from server.media.leg import ALLOWED_AT_ONCE_BYTES
from tests.server.media.conftest import Call
from tests.server.media.peer import KEYFRAME, Peer, Wire, write_check, write_rtp

Pair = tuple[Peer, Peer]


def strange_check() -> bytes:
    """A check for somebody who is not here."""
    return write_check(f"{os.urandom(4).hex()}:junk", "passwordpasswordpassword")


async def test_who_sends_far_too_much_is_cut_and_the_others_notice_nothing(call: Call) -> None:
    await call.seat("mina", "tao", "jun")
    mina, tao, jun = [await call.join(name) for name in ("mina", "tao", "jun")]
    tao.show(KEYFRAME)
    pictures = mina.slot("seat-0", "video")
    await mina.until(lambda: mina.of(pictures))
    camera = tao.lines[1]
    for number in range(3_000):
        packet = write_rtp(96, tao.sequences[1002] + number, 0, camera.ssrc, bytes(1_100))
        tao.send(packet)
        if number % 100 == 0:
            jun.say(b"still here")
            words = mina.slot("seat-1", "audio")
            await mina.until(lambda: len(mina.of(words)) > number // 100)  # noqa: B023
    assert len(mina.of(pictures)) < 2 * ALLOWED_AT_ONCE_BYTES // 1_100
    assert len(mina.of(words)) == 30


async def test_who_was_cut_is_heard_again_when_it_sends_less(pair: Pair) -> None:
    mina, tao = pair
    tao.sequences[1001] = 100  # no wrap while nothing is heard: SRTP would lose count
    for number in range(1_000):
        tao.send(write_rtp(96, number, 0, 1002, bytes(1_100)))
    words = mina.slot("seat-0", "audio")
    while not mina.of(words):
        tao.say(b"sorry")
        tao.rtp.clear()
        mina.say()
        await tao.until(lambda: tao.rtp)


async def test_checks_of_strangers_do_not_keep_anybody_out(call: Call) -> None:
    junk = await Wire.open(call.plane.port)
    for _ in range(5 * ports.MOST_STRANGERS):
        junk.send(strange_check())
    await call.join("tao")
    junk.close()
    assert not junk.got
