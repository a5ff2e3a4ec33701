"""Stories of loss: what does not arrive is asked for and sent again, on both ways."""

import re
import time
from pathlib import Path

from recordings.log import Kind
from server.media import losses, rtcp
from server.media.source import HISTORY
from tests.server.media.conftest import ROOM, Call
from tests.server.media.offers import OPUS, RTX, VP8, Line
from tests.server.media.peer import DELTA, KEYFRAME, Peer, Rtp, write_rtp
from tests.server.media.test_recording import packets

Pair = tuple[Peer, Peer]
MICROPHONE, CAMERA, CAMERA_AGAIN = 1001, 1002, 6002


def asked(peer: Peer, ssrc: int) -> list[int]:
    """The packets of a stream that a peer was asked for again, one after the other."""
    found = []
    for kind, count, body in peer.rtcp:
        if (kind, count) == (rtcp.TRANSPORT_FEEDBACK, rtcp.NACK):
            of, numbers = rtcp.wanted_again(body, 100)
            found += numbers if of == ssrc else []
    return found


def again(peer: Peer, number: int, payload: bytes, *, own: int = 1, marker: bool = True) -> None:
    """Send a packet of the camera again (RFC 4588)."""
    timestamp = peer.timestamps[CAMERA]
    original = (number & 0xFFFF).to_bytes(2, "big") + payload
    peer.send(write_rtp(RTX, own, timestamp, CAMERA_AGAIN, original, marker=marker))


def want(peer: Peer, ssrc: int, *numbers: int) -> None:
    """Ask for packets that were received not, or not well."""
    peer.send_rtcp(losses.request(1, ssrc, sorted(numbers)))


def numbers(packets: list[Rtp]) -> list[int]:
    """Sequence numbers, counted from the first packet."""
    return [(p.sequence - packets[0].sequence) & 0xFFFF for p in packets]


def rtx_slot(peer: Peer, stream: str) -> int:
    """The SSRC in which packets of a slot are sent again."""
    section = next(s for s in peer.sections if s.startswith("video") and f"msid:{stream} " in s)
    group = re.search(r"a=ssrc-group:FID \d+ (\d+)", section)
    assert group is not None
    return int(group[1])


# On the way up


async def test_a_lost_picture_is_asked_for_and_fills_its_place(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    tao.show(DELTA + b"third", skip=1)
    await tao.until(lambda: asked(tao, CAMERA))
    lost = tao.sequences[CAMERA] - 1
    assert asked(tao, CAMERA)[0] == lost & 0xFFFF
    again(tao, lost, DELTA + b"second")
    await mina.until(lambda: len(mina.rtp) == 3)
    assert numbers(mina.rtp) == [0, 2, 1]
    assert mina.rtp[2].payload == DELTA + b"second"
    assert (mina.rtp[2].payload_type, mina.rtp[2].marker) == (VP8, True)


async def test_it_is_asked_for_until_it_comes(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    tao.show(DELTA, skip=1)
    await tao.until(lambda: len(asked(tao, CAMERA)) >= 3)
    again(tao, tao.sequences[CAMERA] - 1, DELTA)
    await mina.until(lambda: len(mina.rtp) == 3)


async def test_what_does_not_come_is_given_up_and_a_keyframe_asked_for(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    await mina.until(lambda: mina.rtp)
    before = tao.plis(CAMERA)
    began = time.monotonic()
    tao.show(DELTA, skip=1)
    await tao.until(lambda: tao.plis(CAMERA) > before)
    assert time.monotonic() - began >= 0.9
    so_far = len(asked(tao, CAMERA))
    assert 2 <= so_far <= losses.TRIES
    tao.show(DELTA, skip=1)  # a fence: only the new loss is asked for from now on
    await tao.until(lambda: len(asked(tao, CAMERA)) > so_far)
    assert asked(tao, CAMERA)[so_far] == (tao.sequences[CAMERA] - 1) & 0xFFFF


async def test_a_lost_word_is_asked_for_and_sent_again_as_it_was(pair: Pair) -> None:
    mina, tao = pair
    tao.say(b"one")
    tao.sequences[MICROPHONE] += 1
    tao.say(b"three")
    await tao.until(lambda: asked(tao, MICROPHONE))
    lost = tao.sequences[MICROPHONE] - 1
    tao.send(write_rtp(OPUS, lost, tao.timestamps[MICROPHONE], MICROPHONE, b"two"))
    await mina.until(lambda: len(mina.rtp) == 3)
    assert [p.payload for p in mina.rtp] == [b"one", b"three", b"two"]
    assert numbers(mina.rtp) == [0, 2, 1]


async def test_sound_that_comes_too_late_to_be_heard_is_recorded_alone(
    call: Call, pair: Pair, tmp_path: Path
) -> None:
    mina, tao = pair
    recorded = await call.plane.record(ROOM, str(tmp_path / "session"), {"session": "s"})
    tao.say(b"one")
    tao.sequences[MICROPHONE] += 1
    tao.say(b"three")
    lost = tao.sequences[MICROPHONE] - 1
    long_ago = tao.timestamps[MICROPHONE] - 5 * 960
    tao.send(write_rtp(OPUS, lost, long_ago & 0xFFFFFFFF, MICROPHONE, b"two"))
    tao.say(b"four")
    await mina.until(lambda: len(mina.rtp) == 3)
    assert [p.payload for p in mina.rtp] == [b"one", b"three", b"four"]
    assert numbers(mina.rtp) == [0, 2, 3]
    mina.send_rtcp(losses.request(1, mina.rtp[0].ssrc, [mina.rtp[0].sequence + 1]))
    tao.say(b"fence")
    await mina.until(lambda: len(mina.rtp) == 4)
    assert mina.rtp[3].payload == b"fence"
    await call.plane.stop_recording(ROOM)
    kept = [packet.body for packet in packets(recorded, Kind.RTP)]
    assert [body.endswith(b"two") for body in kept] == [False, False, True, False, False]


async def test_who_asks_again_gets_it_twice(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    tao.show(DELTA + b"lost")
    await mina.until(lambda: len(mina.rtp) == 2)
    wanted = losses.request(1, mina.rtp[1].ssrc, [mina.rtp[1].sequence])
    mina.send_rtcp(wanted)
    await mina.until(lambda: len(mina.rtp) == 3)
    while len(mina.rtp) < 5:  # not before the first can have arrived
        mina.send_rtcp(wanted)
        tao.show(DELTA)
        await tao.check()
        mina.rtp = [packet for packet in mina.rtp if packet.payload != DELTA]
    again = [packet.payload[2:] for packet in mina.rtp[2:]]
    assert again == [DELTA + b"lost"] * 3


async def test_duplicates_and_tries_of_the_line_reach_nobody(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    tao.show(DELTA)
    newest = tao.sequences[CAMERA]
    again(tao, newest - 1, KEYFRAME, own=1)
    again(tao, newest, DELTA, own=2)
    again(tao, newest - 40, DELTA, own=3)
    tao.send(write_rtp(VP8, newest, 0, CAMERA, DELTA + b"twice"))
    tao.send(write_rtp(RTX, 4, 0, CAMERA_AGAIN, b"", padding=200))
    tao.send(write_rtp(RTX, 5, 0, CAMERA_AGAIN, b"\x00"))
    tao.send(write_rtp(VP8, 6, 0, CAMERA_AGAIN, KEYFRAME))
    tao.show(DELTA + b"fence")
    await mina.until(lambda: mina.rtp and mina.rtp[-1].payload.endswith(b"fence"))
    assert numbers(mina.rtp) == [0, 1, 2]


async def test_reordered_packets_come_out_once_each(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    base = tao.sequences[CAMERA]
    for step in (2, 1, 4, 3, 1, 5):
        packet = write_rtp(VP8, base + step, 0, CAMERA, DELTA + bytes((step,)), marker=True)
        tao.send(packet)
    await mina.until(lambda: len(mina.rtp) >= 6)
    assert numbers(mina.rtp) == [0, 2, 1, 4, 3, 5]


async def test_padding_that_was_lost_leaves_no_hole(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    tao.show(DELTA, skip=1)
    lost = tao.sequences[CAMERA] - 1
    await tao.until(lambda: asked(tao, CAMERA))
    tao.send(write_rtp(VP8, lost, 0, CAMERA, b"", padding=100))
    await mina.until(lambda: len(mina.rtp) == 3)
    assert numbers(mina.rtp) == [0, 2, 1]
    assert mina.rtp[2].payload == b""


async def test_a_long_gap_is_closed_for_those_who_watch(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    tao.show(KEYFRAME + b"later", skip=5_000)
    await mina.until(lambda: len(mina.rtp) == 2)
    assert numbers(mina.rtp) == [0, 1]


# On the way down


async def test_a_picture_is_sent_again_to_who_asks(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    tao.show(DELTA + b"second")
    tao.show(DELTA + b"third")
    slot = mina.slot("seat-0", "video")
    await mina.until(lambda: len(mina.of(slot)) == 3)
    second = mina.of(slot)[1]
    want(mina, slot, second.sequence)
    await mina.until(lambda: mina.of(rtx_slot(mina, "seat-0")))
    (got,) = mina.of(rtx_slot(mina, "seat-0"))
    assert got.payload == second.sequence.to_bytes(2, "big") + DELTA + b"second"
    assert (got.payload_type, got.marker) == (RTX, True)
    assert got.timestamp == second.timestamp


async def test_retransmissions_have_numbers_of_their_own(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    for _ in range(4):
        tao.show(DELTA)
    slot, other = mina.slot("seat-0", "video"), rtx_slot(mina, "seat-0")
    await mina.until(lambda: len(mina.of(slot)) == 5)
    sent = [packet.sequence for packet in mina.of(slot)]
    want(mina, slot, sent[1])
    want(mina, slot, *sent[2:4])
    await mina.until(lambda: len(mina.of(other)) == 3)
    assert numbers(mina.of(other)) == [0, 1, 2]
    assert [int.from_bytes(p.payload[:2], "big") for p in mina.of(other)] == sent[1:4]


async def test_without_retransmissions_the_very_packet_comes_again(call: Call) -> None:
    await call.seat("mina", "tao")
    lines = [Line("audio", "recvonly"), Line("video", "recvonly")]
    peer = Peer(lines)
    peer.without_rtx = True
    tao, mina = await call.join("tao"), await call.join("mina", peer)
    mina.loses = 2
    tao.say(b"word")
    tao.show(KEYFRAME)
    await mina.until(lambda: len(mina.lost) == 2)
    for ssrc, sequence in mina.lost:
        want(mina, ssrc, sequence)
    await mina.until(lambda: len(mina.rtp) == 2)
    assert [(p.ssrc, p.sequence) for p in mina.rtp] == mina.lost
    assert [p.payload for p in mina.rtp] == [b"word", KEYFRAME]


async def test_what_is_lost_before_the_server_is_sent_on_when_it_comes(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    tao.show(DELTA, skip=1)
    slot = mina.slot("seat-0", "video")
    await mina.until(lambda: len(mina.of(slot)) == 2)
    lost = (mina.of(slot)[0].sequence + 1) & 0xFFFF
    want(mina, slot, lost)
    again(tao, tao.sequences[CAMERA] - 1, DELTA + b"late")
    await mina.until(lambda: len(mina.of(slot)) == 3)
    want(mina, slot, lost)
    await mina.until(lambda: mina.of(rtx_slot(mina, "seat-0")))
    assert mina.rtp[-1].payload == lost.to_bytes(2, "big") + DELTA + b"late"


async def test_who_asks_without_end_gets_no_more_than_is_sent(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    for _ in range(99):
        tao.show(DELTA)
    slot, other = mina.slot("seat-0", "video"), rtx_slot(mina, "seat-0")
    await mina.until(lambda: len(mina.of(slot)) == 100)
    sent = [packet.sequence for packet in mina.of(slot)]
    for _ in range(40):
        want(mina, slot, *sent)
        tao.say(b"fence")
        heard = mina.slot("seat-0", "audio")
        before = len(mina.of(heard))
        await mina.until(lambda: len(mina.of(heard)) > before)  # noqa: B023 - awaited at once
    assert len(mina.of(other)) <= 300


async def test_what_is_long_gone_or_never_was_is_not_sent(pair: Pair) -> None:
    mina, tao = pair
    tao.show(KEYFRAME)
    slot, other = mina.slot("seat-0", "video"), rtx_slot(mina, "seat-0")
    await mina.until(lambda: mina.of(slot))
    first = mina.of(slot)[0].sequence
    want(mina, slot, first - 1, first + 100)
    for at in range(HISTORY):
        tao.show(DELTA)
        if at % 64 == 0:
            await mina.until(lambda: len(mina.of(slot)) >= at)  # noqa: B023 - awaited at once
    await mina.until(lambda: len(mina.of(slot)) == HISTORY + 1)
    want(mina, slot, first)
    want(mina, slot, mina.of(slot)[-1].sequence)
    await mina.until(lambda: mina.of(other))
    told = [int.from_bytes(p.payload[:2], "big") for p in mina.of(other)]
    assert told == [mina.of(slot)[-1].sequence]
