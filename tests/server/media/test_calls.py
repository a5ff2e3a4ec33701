"""Stories of a call: who sees and hears whom, and in which packets."""

import contextlib
import struct
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from aiortc.rtp import RtcpByePacket

from server.media import rtcp, udp
from server.media.plane import Plane
from server.media.settings import MediaSettings
from sessions.live.media import (
    LegClosed,
    LegConnected,
    LegHeard,
    LegSilent,
    LineQuality,
    MediaUnavailable,
)
from tests.server.media.conftest import ROOM, Call
from tests.server.media.offers import OPUS, VP8, Line
from tests.server.media.peer import DELTA, KEYFRAME, Peer, Rtp, write_rtp

Pair = tuple[Peer, Peer]


def numbers(packets: list[Rtp]) -> list[int]:
    """Sequence numbers, counted from the first."""
    return [(p.sequence - packets[0].sequence) & 0xFFFF for p in packets]


async def test_two_people_see_and_hear_each_other(pair: Pair) -> None:
    mina, tao = pair
    mina.say(b"hello")
    tao.say(b"good evening")
    tao.show(KEYFRAME)
    await mina.until(lambda: len(mina.rtp) == 2)
    await tao.until(lambda: len(tao.rtp) == 1)
    (heard,) = tao.of(tao.slot("seat-0", "audio"))
    assert (heard.payload, heard.payload_type, heard.marker) == (b"hello", OPUS, False)
    (heard,) = mina.of(mina.slot("seat-0", "audio"))
    assert heard.payload == b"good evening"
    (seen,) = mina.of(mina.slot("seat-0", "video"))
    assert (seen.payload, seen.payload_type, seen.marker) == (KEYFRAME, VP8, True)


async def test_payload_types_are_the_receivers_own(call: Call) -> None:
    await call.seat("tao", "mina")
    odd = [Line("audio", "recvonly", payload_type=100), Line("video", "recvonly", payload_type=120)]
    mina, tao = await call.join("mina"), await call.join("tao", Peer(odd))
    mina.say()
    mina.show()
    await tao.until(lambda: len(tao.rtp) == 2)
    assert sorted(packet.payload_type for packet in tao.rtp) == [100, 120]


async def test_nobody_is_shown_who_is_not_seated(call: Call) -> None:
    await call.seat("mina", "tao")
    mina, tao, jun = [await call.join(name) for name in ("mina", "tao", "jun")]
    jun.say(b"unseated")
    tao.say(b"seated")
    await mina.until(lambda: mina.rtp)
    assert [packet.payload for packet in mina.rtp] == [b"seated"]


async def test_the_shared_screen_has_a_slot_of_its_own(call: Call) -> None:
    await call.seat("mina", "tao", screen="tao")
    mina, tao = await call.join("mina"), await call.join("tao")
    camera, screen = tao.lines[1:3]
    tao.show(KEYFRAME + b"camera", camera)
    tao.show(KEYFRAME + b"screen", screen)
    await mina.until(lambda: len(mina.rtp) == 2)
    assert mina.of(mina.slot("screen", "video"))[0].payload.endswith(b"screen")
    assert mina.of(mina.slot("seat-0", "video"))[0].payload.endswith(b"camera")


async def test_one_seat_shows_one_after_the_other_in_one_unbroken_stream(call: Call) -> None:
    await call.seat("mina", "tao")
    mina, tao, jun = [await call.join(name) for name in ("mina", "tao", "jun")]
    tao.show(KEYFRAME + b"tao")
    tao.show(DELTA + b"tao")
    await mina.until(lambda: len(mina.rtp) == 2)
    await call.seat("mina", "jun")
    await jun.until(lambda: jun.plis(1002))  # Jun is asked for a keyframe
    jun.timestamps[1002] = 0x8000_0000
    jun.sequences[1002] = 777
    jun.show(DELTA + b"too early")
    jun.show(KEYFRAME + b"jun")
    jun.show(DELTA + b"jun")
    tao.show(DELTA + b"gone")
    await mina.until(lambda: len(mina.rtp) == 4)
    stream = mina.of(mina.slot("seat-0", "video"))
    assert [p.payload[52:] for p in stream] == [b"tao", b"tao", b"jun", b"jun"]
    assert numbers(stream) == [0, 1, 2, 3]
    steps = [(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in pairwise(stream)]
    assert steps[0] == steps[2] == 3000
    assert 3000 <= steps[1] < 90_000 * 10  # the time that went by
    jun.send_rtcp(rtcp.sender_report(1002, 9 << 32, jun.timestamps[1002], 1, 1))
    await mina.until(lambda: any(kind == rtcp.SENDER_REPORT for kind, _, _ in mina.rtcp))
    body = next(body for kind, _, body in mina.rtcp if kind == rtcp.SENDER_REPORT)
    assert rtcp.sender_info(body) == (stream[0].ssrc, 9 << 32, stream[-1].timestamp)


async def test_padding_leaves_no_gap_and_losses_do(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    tao.show(b"", padding=200)
    tao.show(b"", padding=200)
    tao.show(DELTA + b"after padding", padding=9)
    tao.show(DELTA + b"after a loss", skip=3)
    await mina.until(lambda: len(mina.rtp) == 3)
    assert numbers(mina.rtp) == [0, 1, 5]
    assert mina.rtp[1].payload == DELTA + b"after padding"


async def test_a_late_packet_takes_its_place(pair: Pair) -> None:
    mina, tao = pair
    for sequence, payload in (
        (100, KEYFRAME),
        (103, DELTA + b"newer"),
        (101, DELTA + b"late"),
        (99, DELTA + b"before the beginning"),
        (104, DELTA + b"last"),
    ):
        tao.send(write_rtp(VP8, sequence, sequence * 3000, 1002, payload))
    await mina.until(lambda: len(mina.rtp) == 4)
    assert [p.payload[52:] for p in mina.rtp] == [b"", b"newer", b"late", b"last"]
    assert numbers(mina.rtp) == [0, 3, 1, 4]


async def test_a_late_packet_from_before_padding_keeps_its_number(pair: Pair) -> None:
    mina, tao = pair
    tao.send(write_rtp(VP8, 100, 0, 1002, KEYFRAME))
    tao.send(write_rtp(VP8, 102, 0, 1002, b"", padding=20))
    tao.send(write_rtp(VP8, 103, 3000, 1002, DELTA))
    tao.send(write_rtp(VP8, 101, 0, 1002, DELTA + b"late"))
    await mina.until(lambda: len(mina.rtp) == 3)
    assert numbers(mina.rtp) == [0, 2, 1]


async def test_the_same_packet_twice_is_sent_on_once(pair: Pair) -> None:
    mina, tao = pair
    copy = tao.keys.protect(write_rtp(OPUS, 5, 0, 1001, b"once"))
    tao.wire.send(copy)
    tao.wire.send(copy)
    tao.send(write_rtp(OPUS, 6, 960, 1001, b"next"))
    await mina.until(lambda: len(mina.rtp) == 2)
    assert [p.payload for p in mina.rtp] == [b"once", b"next"]


async def test_nothing_is_lost_or_overtaken_when_much_comes_at_once(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    for number in range(600):
        tao.show(DELTA + number.to_bytes(2, "big"))
        tao.say(number.to_bytes(2, "big"))
        if not number % 50:  # more than a moment's worth, but not all at one blow
            await tao.check()
    await mina.until(lambda: len(mina.rtp) == 1201)
    picture, sound = mina.of(mina.slot("seat-0", "video")), mina.of(mina.slot("seat-0", "audio"))
    assert numbers(picture) == list(range(601))
    assert [int.from_bytes(packet.payload, "big") for packet in sound] == list(range(600))

    def reports() -> int:
        return sum(kind == rtcp.RECEIVER_REPORT for kind, _, _ in tao.rtcp)

    for later in (b"later", b"and later still"):
        quiet_after = reports() + 2  # they come once a second
        await tao.until(lambda after=quiet_after: reports() >= after)
        tao.say(later)
        await mina.until(lambda said=later: mina.rtp[-1].payload == said)


async def test_a_system_that_cannot_send_many_at_once_sends_one_by_one(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udp, "_UDP_SEGMENT", 9999)
    mina, tao = pair
    tao.show(KEYFRAME)
    for _ in range(40):
        tao.show(DELTA)
    await mina.until(lambda: len(mina.rtp) == 41)
    assert numbers(mina.rtp) == list(range(41))


async def test_streams_that_nobody_announced_are_not_learned_without_end(call: Call) -> None:
    await call.seat("mina", "tao")
    lines = [Line("audio", "sendonly"), Line("video", "sendonly")]
    mina, tao = await call.join("mina"), await call.join("tao", Peer(lines))
    for ssrc in range(100, 200):
        tao.send(write_rtp(127, 1, 0, ssrc, b"of no known payload type"))
    tao.send(write_rtp(OPUS, 1, 0, 200, b"too late"))
    tao.send(write_rtp(OPUS, 2, 0, 100, b"seen before"))
    await mina.until(lambda: mina.rtp)
    assert [packet.payload for packet in mina.rtp] == [b"seen before"]


async def test_header_extensions_are_the_receivers_own(pair: Pair) -> None:
    mina, tao = pair
    tao.say()
    await mina.until(lambda: mina.rtp)
    # abs-send-time, number 2 there, three bytes; the sender's own numbers are gone
    assert mina.rtp[0].extension[0] == 2 << 4 | 2
    assert len(mina.rtp[0].extension) == 4


async def test_streams_that_were_not_offered_are_dropped(pair: Pair) -> None:
    mina, tao = pair
    tao.send(write_rtp(97, 1, 0, 6002, KEYFRAME))  # RTX, not negotiated
    tao.send(write_rtp(VP8, 1, 0, 4242, KEYFRAME))
    tao.say(b"fence")
    await mina.until(lambda: mina.rtp)
    assert [p.payload for p in mina.rtp] == [b"fence"]


async def test_a_stream_without_announced_ssrc_is_learned(call: Call) -> None:
    await call.seat("mina", "tao")
    silent = [Line("audio", "sendonly"), Line("video", "sendonly"), Line("video", "sendonly")]
    mina, tao = await call.join("mina"), await call.join("tao", Peer(silent))
    mid = [(4, b"1")]
    tao.send(write_rtp(OPUS, 1, 0, 71, b"by payload type"))
    tao.send(write_rtp(VP8, 1, 0, 72, KEYFRAME + b"by mid", extensions=mid))
    tao.send(write_rtp(VP8, 2, 0, 72, DELTA + b"known now"))
    await mina.until(lambda: len(mina.rtp) == 3)
    assert mina.of(mina.slot("seat-0", "audio"))[0].payload == b"by payload type"
    assert [p.payload[52:] for p in mina.of(mina.slot("seat-0", "video"))] == [
        b"by mid",
        b"known now",
    ]


async def test_keyframes_are_asked_for_when_a_receiver_comes(call: Call) -> None:
    await call.seat("mina", "tao")
    tao = await call.join("tao")
    mina = await call.join("mina")
    await tao.until(lambda: tao.plis(1002))
    assert not tao.plis(6002)
    assert not mina.plis(1002)


async def test_many_requests_for_a_keyframe_become_few(pair: Pair) -> None:
    mina, tao = pair
    await tao.until(lambda: tao.plis(1002))
    tao.show(KEYFRAME)
    await mina.until(lambda: mina.rtp)
    before = tao.plis(1002)
    slot = mina.slot("seat-0", "video")
    for _ in range(20):
        mina.send_rtcp(rtcp.pli(1, slot))
    fir = struct.pack(">IIIBBH", 1, 0, slot, 1, 0, 0)
    mina.send_rtcp(rtcp.write(rtcp.PAYLOAD_FEEDBACK, rtcp.FIR, fir))
    mina.say(b"fence")
    await tao.until(lambda: tao.rtp)
    await tao.until(lambda: tao.plis(1002) > before)
    assert tao.plis(1002) - before <= 2


async def test_a_full_intra_request_alone_is_relayed(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    await mina.until(lambda: mina.rtp)
    before = tao.plis(1002)
    fir = struct.pack(">IIIBBH", 1, 0, mina.slot("seat-0", "video"), 1, 0, 0)
    mina.send_rtcp(rtcp.write(rtcp.PAYLOAD_FEEDBACK, rtcp.FIR, fir))
    await tao.until(lambda: tao.plis(1002) > before)


async def test_clocks_of_the_publisher_reach_the_receiver(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    await mina.until(lambda: mina.rtp)
    sent = tao.timestamps[1002]
    ntp = 0xEE00_0000_8000_0000
    tao.send_rtcp(rtcp.sender_report(1002, ntp, sent + 900, 1, 52) + rtcp.description(1002, "x"))
    await mina.until(lambda: any(kind == rtcp.SENDER_REPORT for kind, _, _ in mina.rtcp))
    body = next(body for kind, _, body in mina.rtcp if kind == rtcp.SENDER_REPORT)
    ssrc, told_ntp, told_rtp, packets, octets = struct.unpack(">IQIII", body)
    assert ssrc == mina.slot("seat-0", "video")
    assert told_ntp == ntp
    assert (told_rtp - mina.rtp[0].timestamp) & 0xFFFFFFFF == 900
    assert (packets, octets) == (1, len(KEYFRAME))


async def test_a_receiver_who_comes_later_gets_the_clocks_at_once(call: Call) -> None:
    await call.seat("mina", "tao")
    tao = await call.join("tao")
    tao.show(KEYFRAME)
    tao.send_rtcp(rtcp.sender_report(1002, 7 << 32, 90, 1, 1))
    mina = await call.join("mina")
    tao.show(KEYFRAME)
    await mina.until(lambda: any(kind == rtcp.SENDER_REPORT for kind, _, _ in mina.rtcp))
    assert rtcp.sender_info(mina.rtcp[0][2])[1] == 7 << 32


async def test_a_publisher_is_told_what_arrives(pair: Pair) -> None:
    _, tao = pair
    tao.send_rtcp(rtcp.sender_report(1001, 0x1234_5678_9ABC_DEF0, 0, 1, 1))
    for _ in range(8):
        tao.say()
    tao.sequences[1001] += 2
    tao.say()

    def reports() -> list[rtcp.Block]:
        found = [
            block
            for kind, count, body in tao.rtcp
            if kind == rtcp.RECEIVER_REPORT
            for block in rtcp.blocks(kind, count, body)
        ]
        return [block for block in found if block.highest & 0xFFFF == tao.sequences[1001] & 0xFFFF]

    await tao.until(reports)
    block = reports()[0]
    assert (block.ssrc, block.lost) == (1001, 2)
    assert block.last_report == 0x5678_9ABC


async def test_a_publisher_gets_transport_wide_feedback_on_time(pair: Pair) -> None:
    _, tao = pair
    for _ in range(10):
        tao.say()
    feedback = (rtcp.TRANSPORT_FEEDBACK, rtcp.TRANSPORT_CC)
    await tao.until(lambda: any(packet[:2] == feedback for packet in tao.rtcp))
    body = next(packet[2] for packet in tao.rtcp if packet[:2] == feedback)
    assert int.from_bytes(body[8:10], "big") == 1  # the first number that arrived


async def test_a_publisher_without_transport_wide_feedback_gets_remb(call: Call) -> None:
    lines = [Line("audio", "sendonly", 1001, extensions={}), Line("video", "sendonly", 1002)]
    lines[1].extensions = {}
    tao = await call.join("tao", Peer(lines))
    tao.show()

    def limits() -> list[int]:
        told = (rtcp.remb_bps(count, body) for kind, count, body in tao.rtcp if kind == 206)
        return [bps for bps in told if bps]

    await tao.until(limits)
    assert limits()[0] > 3_900_000


# Connections that break and come back


async def test_a_reload_moves_the_participant_and_breaks_nothing(call: Call, pair: Pair) -> None:
    mina, old = pair
    old.show(KEYFRAME + b"old")
    await mina.until(lambda: mina.rtp)
    new = Peer()
    call.peers.append(new)
    answer = await call.plane.join(ROOM, "tao", new.offer)
    old.show(DELTA + b"old")  # the old one still works while the new one is being made
    await mina.until(lambda: len(mina.rtp) == 2)
    await new.connect(answer)
    closed = await call.closed(old)
    assert closed.reason == "replaced"
    assert call.events.index(closed) > call.events.index(
        await call.until(LegConnected, lambda event: event.leg == new.leg)
    )
    await new.until(lambda: new.plis(1002))
    new.show(KEYFRAME + b"new")
    await mina.until(lambda: len(mina.rtp) == 3)
    assert [p.payload[52:] for p in mina.rtp] == [b"old", b"old", b"new"]
    assert numbers(mina.rtp) == [0, 1, 2]
    mina.say(b"still there")
    await new.until(lambda: new.rtp)
    await old.dtls_ended.wait()


async def test_an_older_offer_that_never_connected_is_given_up(call: Call) -> None:
    first = await call.plane.join(ROOM, "tao", Peer().offer)
    await call.join("tao")
    closed = await call.until(LegClosed, lambda event: event.leg == first.leg)
    assert closed.reason == "replaced"


async def test_who_leaves_is_gone(call: Call, pair: Pair) -> None:
    _, tao = pair
    await call.plane.leave(ROOM, "tao", "no such leg")
    assert not [event for event in call.events if isinstance(event, LegClosed)]
    await call.plane.leave(ROOM, "tao")
    assert (await call.closed(tao)).reason == "left"
    await tao.dtls_ended.wait()
    await call.plane.leave(ROOM, "tao")
    await call.plane.leave("no such room", "tao")


async def test_a_browser_that_says_goodbye_has_left(call: Call, pair: Pair) -> None:
    _, tao = pair
    await tao.close()
    assert (await call.closed(tao)).reason == "left"


async def test_closing_the_room_closes_every_leg(call: Call, pair: Pair) -> None:
    await call.plane.close(ROOM)
    assert [(await call.closed(peer)).reason for peer in pair] == ["left", "left"]


async def test_silence_is_noticed_and_so_is_its_end(call: Call, pair: Pair) -> None:
    mina, tao = pair
    tao.say()
    await mina.until(lambda: mina.rtp)
    silent = await call.until(LegSilent)
    assert silent.participant == "tao"  # Mina, who never sent any media, may be quiet longer
    tao.say()
    assert (await call.until(LegHeard)).leg == tao.leg
    await call.until(LegSilent, lambda event: event is not silent and event.participant == "tao")


async def test_who_stops_on_purpose_is_not_taken_for_lost(call: Call) -> None:
    tao, mina = await call.join("tao"), await call.join("mina")
    tao.say()
    tao.send_rtcp(bytes(RtcpByePacket([1001])))
    mina.say()
    silent = await call.until(LegSilent)
    assert silent.participant == "mina"


class TestImpatience:
    """A plane that gives up soon."""

    @pytest.fixture
    async def plane(self) -> AsyncIterator[Plane]:
        settings = MediaSettings(
            host="127.0.0.1", pending_seconds=0.3, silent_close_seconds=2.5, max_legs=3
        )
        plane = await Plane.open(settings)
        yield plane
        await plane.stop()

    async def test_a_leg_that_never_connects_is_given_up(self, call: Call) -> None:
        answer = await call.plane.join(ROOM, "tao", Peer().offer)
        closed = await call.until(LegClosed)
        assert (closed.leg, closed.reason) == (answer.leg, "timeout")

    async def test_a_silent_leg_is_closed_in_the_end(self, call: Call) -> None:
        tao = await call.join("tao")
        tao.say()
        tao.vanish()
        assert (await call.closed(tao)).reason == "timeout"

    async def test_there_is_an_end_to_the_number_of_legs(self, call: Call) -> None:
        for number in range(3):
            await call.plane.join(f"room {number}", "tao", Peer().offer)
        with pytest.raises(MediaUnavailable):
            await call.plane.join("one more", "tao", Peer().offer)


async def test_a_room_takes_no_crowd(call: Call) -> None:
    for number in range(16):
        await call.plane.join(ROOM, f"visitor {number}", Peer().offer)
    with pytest.raises(MediaUnavailable):
        await call.plane.join(ROOM, "one more", Peer().offer)


async def test_a_false_certificate_is_refused(call: Call) -> None:
    tao = Peer()
    call.peers.append(tao)
    offer = tao.offer
    start = offer.index("sha-256 ") + 8
    false = "00:" + offer[start + 3 : start + 95]
    answer = await call.plane.join(ROOM, "tao", offer.replace(offer[start : start + 95], false))
    with contextlib.suppress(ConnectionError):
        await tao.connect(answer)
    assert (await call.closed(tao)).reason == "failed"


# What is measured


async def test_the_line_is_measured(call: Call, pair: Pair) -> None:
    mina, tao = pair
    for _ in range(9):
        tao.say(bytes(100))
    tao.sequences[1001] += 1
    tao.say(bytes(100))
    tao.send_rtcp(rtcp.sender_report(1001, 5 << 32 | 6 << 16, 0, 1, 1))
    await mina.until(lambda: any(kind == rtcp.SENDER_REPORT for kind, _, _ in mina.rtcp))
    slot = mina.slot("seat-0", "audio")
    block = rtcp.Block(slot, 64, 1, 1, 0, (5 << 16 | 6) & 0xFFFFFFFF, 0)
    mina.send_rtcp(rtcp.receiver_report(1, [block]))
    await call.until(LineQuality, lambda e: e.participant == "tao" and e.up_bps > 0)
    await call.until(LineQuality, lambda e: e.participant == "mina" and e.down_bps > 0)
    lost = await call.until(LineQuality, lambda e: e.up_loss > 0)
    assert lost.participant == "tao"
    trip = await call.until(LineQuality, lambda e: e.round_trip_ms is not None)
    assert trip.participant == "mina"
    assert 0 <= trip.round_trip_ms < 10_000
    block = rtcp.Block(slot, 255, 3, 21, 0, 0, 0)
    mina.send_rtcp(rtcp.receiver_report(1, [block]))
    lost = await call.until(LineQuality, lambda e: e.participant == "mina" and e.down_loss > 0)
    assert lost.down_loss == 2 / 20
