"""Pictures in H.264 (RFC 6184): forwarded from a key frame on, beside those in VP8."""

import pytest

from tests.server.media.conftest import Call
from tests.server.media.offers import H264, browser_lines
from tests.server.media.peer import DELTA, KEYFRAME, Peer

PARAMETERS, SLICE, IDR = b"\x67\x42\xe0\x1f", b"\x41\x9a" + bytes(8), b"\x65\x88" + bytes(8)
SIZED = len(PARAMETERS).to_bytes(2, "big") + PARAMETERS
IN_ONE_PACKET = b"\x78" + SIZED + b"\x00\x04\x68\xce\x3c\x80"
FIRST_FRAGMENT, LAST_FRAGMENT = b"\x7c\x85" + bytes(9), b"\x7c\x45" + bytes(9)
DELTA_FRAGMENT = b"\x5c\x81" + bytes(9)


def modern(codec: int = H264) -> Peer:
    return Peer(browser_lines(video=codec))


@pytest.fixture
async def pair(call: Call) -> tuple[Peer, Peer]:
    await call.seat("mina", "tao")
    await call.seat("tao", "mina")
    return await call.join("mina", modern()), await call.join("tao", modern())


@pytest.mark.parametrize("start", [PARAMETERS, IN_ONE_PACKET, IDR, FIRST_FRAGMENT])
async def test_pictures_flow_from_a_key_frame_on(pair: tuple[Peer, Peer], start: bytes) -> None:
    mina, tao = pair
    tao.show(SLICE)
    tao.show(DELTA_FRAGMENT)
    tao.show(LAST_FRAGMENT)
    tao.show(start)
    tao.show(SLICE)
    await mina.until(lambda: len(mina.rtp) == 2)
    seen = mina.of(mina.slot("seat-0", "video"))
    assert [packet.payload for packet in seen] == [start, SLICE]
    assert {packet.payload_type for packet in seen} == {H264}


@pytest.mark.parametrize("nonsense", [b"\x78", b"\x78\x00", b"\x78\xff\xff\x67", b"\x7c", b"\x18"])
async def test_a_payload_cut_short_harms_nobody(pair: tuple[Peer, Peer], nonsense: bytes) -> None:
    mina, tao = pair
    tao.show(nonsense)
    tao.show(IDR)
    await mina.until(lambda: any(packet.payload == IDR for packet in mina.rtp))


async def test_who_cannot_show_a_codec_is_not_sent_it(call: Call) -> None:
    await call.seat("mina", "tao", "jun")
    mina = await call.join("mina", modern())
    jun, tao = await call.join("jun", modern()), await call.join("tao")
    tao.show(KEYFRAME)
    tao.show(DELTA)
    jun.show(IDR)
    await mina.until(lambda: mina.rtp)
    assert [packet.payload for packet in mina.rtp] == [IDR]
