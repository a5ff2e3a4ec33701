"""RTP and RTCP as bytes, held against aiortc's own reading and writing, and against anything."""

import os

import pytest
from aiortc import rtp as aiortc_rtp
from hypothesis import given
from hypothesis import strategies as st

from server.media import rtcp
from server.media.rtp import KEYFRAME_STARTS, find_extension
from tests.server.media.peer import write_rtp

ssrcs = st.integers(1, 0xFFFFFFFF)


def one(packet: bytes) -> aiortc_rtp.AnyRtcpPacket:
    (parsed,) = aiortc_rtp.RtcpPacket.parse(packet)
    return parsed


@given(ssrcs, ssrcs)
def test_a_picture_loss_indication(ours: int, theirs: int) -> None:
    parsed = one(rtcp.pli(ours, theirs))
    assert (parsed.fmt, parsed.ssrc, parsed.media_ssrc) == (1, ours, theirs)
    ((kind, fmt, body),) = rtcp.packets(rtcp.pli(ours, theirs))
    assert kind == rtcp.PAYLOAD_FEEDBACK
    assert rtcp.keyframe_wanted(fmt, body) == [theirs]


@given(ssrcs, st.integers(0, (1 << 64) - 1), ssrcs, st.integers(0, 1 << 40), st.integers(0, 9))
def test_a_sender_report(ssrc: int, ntp: int, rtp: int, sent: int, octets: int) -> None:
    packet = rtcp.sender_report(ssrc, ntp, rtp, sent, octets)
    info = one(packet).sender_info
    assert (info.ntp_timestamp, info.rtp_timestamp) == (ntp, rtp)
    assert (info.packet_count, info.octet_count) == (sent & 0xFFFFFFFF, octets)
    ((_, _, body),) = rtcp.packets(packet)
    assert rtcp.sender_info(body) == (ssrc, ntp, rtp)


@given(
    st.lists(
        st.builds(
            rtcp.Block,
            ssrc=ssrcs,
            fraction_lost=st.integers(0, 255),
            lost=st.integers(-(1 << 23), (1 << 23) - 1),
            highest=ssrcs,
            jitter=ssrcs,
            last_report=ssrcs,
            delay=ssrcs,
        ),
        max_size=31,
    )
)
def test_a_receiver_report(blocks: list[rtcp.Block]) -> None:
    packet = rtcp.receiver_report(5, blocks)
    assert [b.packets_lost for b in one(packet).reports] == [b.lost for b in blocks]
    ((kind, count, body),) = rtcp.packets(packet)
    assert list(rtcp.blocks(kind, count, body)) == blocks


@given(st.integers(0, 1 << 40), st.lists(ssrcs, max_size=9))
def test_a_bandwidth_limit(bps: int, streams: list[int]) -> None:
    packet = rtcp.remb(1, bps, streams)
    told, named = aiortc_rtp.unpack_remb_fci(one(packet).fci)
    assert named == streams
    assert told <= bps < told + max(1, bps >> 17)
    ((_, fmt, body),) = rtcp.packets(packet)
    assert rtcp.remb_bps(fmt, body) == told


@given(st.text("abc", max_size=40))
def test_a_description(name: str) -> None:
    chunk = one(rtcp.description(7, name)).chunks[0]
    assert (chunk.ssrc, chunk.items) == (7, [(1, name.encode())])


def test_a_compound_ends_at_the_first_broken_packet() -> None:
    good = rtcp.pli(1, 2)
    assert len(list(rtcp.packets(good + good))) == 2
    assert len(list(rtcp.packets(good + good[:-1]))) == 1
    assert len(list(rtcp.packets(good + b"\x01" + good))) == 1
    assert list(rtcp.packets(b"\xa0\xc8\x00\x01\x00\x00\x00\x09")) == []


def test_a_goodbye() -> None:
    ((kind, count, body),) = rtcp.packets(bytes(aiortc_rtp.RtcpByePacket([3, 4])))
    assert kind == rtcp.GOODBYE
    assert rtcp.goodbyes(count, body) == [3, 4]


@given(st.binary(max_size=120), st.integers(0, 31))
def test_anything_at_all_is_read_without_harm(data: bytes, count: int) -> None:
    rtcp.sender_info(data)
    list(rtcp.blocks(rtcp.SENDER_REPORT, count, data))
    list(rtcp.blocks(rtcp.RECEIVER_REPORT, count, data))
    rtcp.keyframe_wanted(count, data)
    rtcp.remb_bps(count, data)
    rtcp.goodbyes(count, data)
    for _ in rtcp.packets(data):
        pass
    KEYFRAME_STARTS["vp8"](data)


@given(st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=5))
def test_header_extensions_are_found(values: dict[int, bytes]) -> None:
    packet = write_rtp(96, 1, 1, 1, b"payload", extensions=list(values.items()))
    for number in range(1, 15):
        assert find_extension(packet, number) == values.get(number)


@given(st.binary(max_size=60), st.integers(0, 20))
def test_broken_header_extensions_are_read_without_harm(block: bytes, words: int) -> None:
    packet = b"\x90" + bytes(11) + b"\xbe\xde" + words.to_bytes(2, "big") + block
    find_extension(packet, 3)


@pytest.mark.parametrize(
    ("payload", "is_start"),
    [
        (b"\x10\x00", True),  # S, partition 0, P clear
        (b"\x10\x01", False),  # P set: not a keyframe
        (b"\x00\x00", False),  # not the start
        (b"\x11\x00", False),  # another partition
        (b"\x90\x00\x00", True),  # extension octet, nothing in it
        (b"\x90\x80\x05\x00", True),  # short picture number
        (b"\x90\x80\x85\x01\x00", True),  # long picture number
        (b"\x90\xe0\x85\x01\x07\x60\x00", True),  # and TL0PICIDX and TID
        (b"\x90\xe0\x85\x01\x07\x60\x01", False),
        (b"\x90\x80", False),
        (b"\x10", False),
        (b"", False),
    ],
)
def test_keyframes_are_recognised(payload: bytes, is_start: bool) -> None:
    assert KEYFRAME_STARTS["vp8"](payload) is is_start
    assert KEYFRAME_STARTS["vp8"](payload + os.urandom(20)) is is_start or len(payload) < 3
