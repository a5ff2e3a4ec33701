"""RTP and RTCP with the right keys and the wrong contents, from somebody in the call."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from recordings.produce import produce
from server.media import losses, rtcp
from tests.fuzz import mutants
from tests.fuzz.conftest import Victims
from tests.server.media.conftest import ROOM
from tests.server.media.offers import EXTENSIONS, OPUS, RTX, TRANSPORT_CC, VP8
from tests.server.media.peer import DELTA, KEYFRAME, Peer, write_rtp

IN_ORDER_SHARE = 0.998
HEAD = {"session": "fuzz", "started_at": "2026-11-22T17:30:00Z"}


def packets(peer: Peer) -> list[bytes]:
    """What may arrive of RTP: all streams of a peer, and some that are nobody's."""
    extensions = [(EXTENSIONS[TRANSPORT_CC], b"\0\7"), (2, b"abc"), (4, b"1")]
    camera = peer.lines[1].ssrc
    assert camera is not None
    long_picture = b"\x90\x80\x80\x01" + KEYFRAME[2:] + bytes(900)
    return [
        write_rtp(VP8, 10, 9_000, camera, KEYFRAME, marker=True, extensions=extensions),
        write_rtp(VP8, 11, 12_000, camera, DELTA, marker=True),
        write_rtp(VP8, 12, 15_000, camera, long_picture, extensions=extensions, padding=9),
        write_rtp(VP8, 13, 15_000, camera, b"", padding=200),
        write_rtp(VP8, 14, 18_000, camera, b""),
        write_rtp(RTX, 1, 9_000, camera + 5_000, b"\0\x0c" + DELTA, extensions=extensions),
        write_rtp(RTX, 2, 9_000, camera + 5_000, b"\0"),
        write_rtp(VP8, 5, 9_000, camera + 1, KEYFRAME, marker=True),
        write_rtp(OPUS, 6, 9_000, 4_711, b"sound", extensions=[(4, b"0")]),
    ]


def compounds(peer: Peer) -> list[bytes]:
    """What may arrive of RTCP."""
    sender = peer.lines[1].ssrc
    slot = peer.slot("seat-0", "video")
    assert sender is not None
    block = rtcp.Block(slot, 25, 3, 70_000, 9, 0x1234_5678, 655)
    own = sender.to_bytes(4, "big")
    return [
        rtcp.sender_report(sender, 1 << 63, 9_000, 10, 9_000) + rtcp.description(sender, "fuzz"),
        rtcp.receiver_report(sender, [block, block]),
        losses.request(sender, slot, [5, 6, 7, 30, 65_535]),
        rtcp.pli(sender, slot),
        rtcp.write(rtcp.PAYLOAD_FEEDBACK, rtcp.FIR, own + bytes(4) + slot.to_bytes(4, "big") * 2),
        rtcp.remb(sender, 700_000, [slot]),
        rtcp.write(rtcp.TRANSPORT_FEEDBACK, rtcp.TRANSPORT_CC, own + bytes(40)),
        rtcp.write(rtcp.GOODBYE, 1, own),
        rtcp.write(204, 0, own + b"name" + bytes(8)),
    ]


def numbered(seed: str, thrown: Iterator[bytes]) -> Iterator[bytes]:
    """Most of them in order, as a sender's are: SRTP refuses the same number twice."""
    chance = random.Random(seed)
    for number, one in enumerate(thrown, 1_000):
        in_order = chance.random() < IN_ORDER_SHARE and len(one) > 4
        yield one[:2] + (number & 0xFFFF).to_bytes(2, "big") + one[4:] if in_order else one


class Protected:
    """Mutants with the right keys; what cannot have them goes as it is. ``count`` of them have."""

    def __init__(self, thrown: Iterator[bytes], protect: Callable[[bytes], bytes | None]) -> None:
        self.count = 0
        self._thrown, self._protect = thrown, protect

    def __iter__(self) -> Iterator[bytes]:
        for one in self._thrown:
            packet = self._protect(one) if len(one) > 12 else None
            self.count += packet is not None
            yield packet or one


async def test_rtp_of_somebody_in_the_call(victims: Victims, tmp_path: Path) -> None:
    tao, plane = victims.tao, victims.call.plane
    await plane.record(ROOM, str(tmp_path / "kept"), HEAD)
    thrown = Protected(
        numbered("numbers", mutants.of_bytes("rtp", packets(tao), 20_000)), tao.keys.protect
    )
    await victims.bear(thrown, tao.wire.send)
    await plane.stop_recording(ROOM)
    assert thrown.count > 10_000
    assert produce(tmp_path / "kept").duration_ms > 0


async def test_rtcp_of_somebody_in_the_call(victims: Victims) -> None:
    tao = victims.tao
    thrown = Protected(
        mutants.of_bytes("rtcp", compounds(tao), 20_000, kept=8), tao.keys.protect_rtcp
    )
    await victims.bear(thrown, tao.wire.send)
    assert thrown.count > 10_000
