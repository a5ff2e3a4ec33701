"""Pictures in H.264 are put together again from whatever packets they came in."""

from collections.abc import Sequence
from contextlib import suppress

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.check import decoder_of
from recordings.frames import Frames
from recordings.h264 import PPS, SPS, Unreadable, configuration, parameter_sets, sequence_of
from recordings.packets import Packets, rtp_packets
from recordings.units import h264_frames
from tests.recordings.sender import (
    Sent,
    film_h264,
    fragments,
    h264_camera,
    number_of,
    units_of,
    without,
)

DELIMITER = b"\x09\xf0"


@pytest.fixture(scope="module")
def film() -> list[bytes]:
    """Forty pictures, with a key frame every ten."""
    return film_h264(40 / 15, key_every=10)


def arrived(sent: Sequence[Sent]) -> tuple[Packets, bytes]:
    """The packets as a log has them, and its bytes."""
    lengths = np.array([len(one.packet) for one in sent], np.int64)
    nothing = np.zeros(len(sent), np.int64)
    data = b"".join(one.packet for one in sent)
    return rtp_packets(data, nothing, nothing, np.cumsum(lengths) - lengths, lengths), data


def samples(frames: Frames, data: bytes) -> list[bytes]:
    """The bytes of each frame."""
    sources = (data, frames.made)
    return [
        b"".join(
            sources[source][offset : offset + length]
            for source, offset, length in frames.pieces.pick(slice(first, first + count)).rows()
        )
        for first, count in zip(frames.first.tolist(), frames.count.tolist(), strict=True)
    ]


def sample(units: Sequence[bytes]) -> bytes:
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def put_together(sent: Sequence[Sent]) -> list[bytes]:
    packets, data = arrived(sent)
    return samples(h264_frames(packets, data), data)


def shown(pictures: Sequence[bytes]) -> list[int]:
    """The numbers that are seen when these are decoded."""
    decoder = decoder_of("h264", configuration(parameter_sets(pictures[0])))
    frames = [f for one in pictures for f in decoder.decode(av.Packet(one))]
    frames += decoder.decode(None)
    return [number_of(frame.to_ndarray(format="gray")) for frame in frames]


def kind(unit: bytes) -> int:
    return unit[0] & 0x1F


def bare(frame: bytes) -> list[bytes]:
    """The units of a picture without its parameter sets."""
    return [unit for unit in units_of(frame) if kind(unit) not in (SPS, PPS)]


def send(pictures: Sequence[Sequence[bytes]]) -> list[Sent]:
    """Pictures of which each unit is a packet of its own."""
    cam = h264_camera(mtu=1 << 20)
    sent = []
    for payloads in pictures:
        sent += cam.packets(payloads)
        cam.silent(1 / 15)
    return sent


@pytest.mark.parametrize("mtu", [60, 300, 1100, 60_000])
@pytest.mark.parametrize("slices", ["1", "4"])
def test_a_picture_is_the_same_in_whatever_packets_it_came(mtu: int, slices: str) -> None:
    film = film_h264(2, key_every=10, slices=slices)
    assert len(bare(film[1])) == int(slices)
    assert put_together(h264_camera(mtu=mtu).video(film)) == [sample(units_of(f)) for f in film]


def test_what_only_separates_and_fills_is_left_out(film: list[bytes]) -> None:
    pictures = [[DELIMITER, *units_of(frame), b"\x0c" + b"\xff" * 50 + b"\x80"] for frame in film]
    assert put_together(send(pictures)) == [sample(units_of(frame)) for frame in film]


def test_any_lost_packet_costs_what_depends_on_it_and_no_more(film: list[bytes]) -> None:
    sent = h264_camera(mtu=300).video(film)
    stamps = [one.packet[4:8] for one in sent]
    place = {stamp: at for at, stamp in enumerate(dict.fromkeys(stamps))}
    for lost, stamp in enumerate(stamps[:-1]):
        broken = place[stamp]
        again = -(-broken // 10) * 10 if broken % 10 else broken + 10
        whole = [*range(broken), *range(again, len(film))]
        assert shown(put_together(without(sent, [lost]))) == whole, f"packet {lost}"


@pytest.mark.parametrize(
    "payload",
    [
        bytes([25, 0, 1, 0, 1, 0x41]),
        bytes([26, 0, 0, 0, 1, 0, 0, 1, 0x41]),
        bytes([29, 0x81, 0, 0, 1]),
        bytes([0, 1, 2]),
        bytes([30, 1, 2]),
        bytes([24]),
        bytes([24, 0, 9, 0x41]),
        bytes([24, 0, 1, 0x41, 0]),
        bytes([24, 0, 0]),
        bytes([24, 0, 2, 24, 0]),
        bytes([28, 0x9C, 7]),
        bytes([28, 0x85]),
        bytes([28, 0x01, 7]),
        bytes([28, 0x81, 7]),
    ],
    ids=lambda payload: payload.hex(),
)
def test_a_packet_of_another_kind_or_malformed_breaks_its_picture_only(
    film: list[bytes], payload: bytes
) -> None:
    pictures = [units_of(frame) for frame in film]
    pictures[15] = [payload, *pictures[15]]
    assert shown(put_together(send(pictures))) == [*range(15), *range(20, 40)]


def test_parameter_sets_that_came_once_are_put_into_every_key_frame(film: list[bytes]) -> None:
    pictures = [units_of(film[0]), *(bare(frame) for frame in film[1:])]
    made = put_together(send(pictures))
    assert shown(made) == list(range(40))
    assert {parameter_sets(made[at]) for at in range(0, 40, 10)} == {parameter_sets(made[0])}


def test_parameter_sets_may_come_in_a_packet_of_their_own_time(film: list[bytes]) -> None:
    sets = [unit for unit in units_of(film[0]) if kind(unit) in (SPS, PPS)]
    packets, data = arrived(send([sets, *(bare(frame) for frame in film)]))
    frames = h264_frames(packets, data)
    assert shown(samples(frames, data)) == list(range(40))
    assert frames.place[0] == len(sets)
    assert frames.dropped == 0


def test_a_key_frame_that_has_lost_its_parameter_sets_is_not_shown(film: list[bytes]) -> None:
    other = film_h264(10 / 15, size=(128, 192), key_every=10, first=40)
    sent = send([units_of(frame) for frame in [*film, *other]])
    packet = next(
        at
        for at, one in enumerate(sent)
        if one.packet.endswith(units_of(other[0])[0]) and kind(units_of(other[0])[0]) == SPS
    )
    assert shown(put_together(without(sent, [packet, packet + 1]))) == list(range(40))


def test_without_parameter_sets_there_is_no_picture(film: list[bytes]) -> None:
    packets, data = arrived(send([bare(frame) for frame in film]))
    frames = h264_frames(packets, data)
    assert (len(frames.place), frames.dropped) == (0, 40)


def test_a_picture_larger_than_any_camera_makes_is_refused(film: list[bytes]) -> None:
    sets = units_of(film_h264(1 / 15, size=(4224, 16))[0])
    pictures = [units_of(frame) for frame in film]
    pictures[20] = [sets[0], *pictures[20][1:]]
    assert kind(sets[0]) == SPS
    assert shown(put_together(send(pictures))) == [*range(20), *range(30, 40)]


def test_a_unit_in_fragments_need_not_be_large(film: list[bytes]) -> None:
    pictures = [
        [part for unit in bare(frame) for part in fragments(unit, 10 if len(unit) > 11 else 1)]
        for frame in film
    ]
    sets = [unit for unit in units_of(film[0]) if kind(unit) in (SPS, PPS)]
    assert shown(put_together(send([[*sets, *pictures[0]], *pictures[1:]]))) == list(range(40))


@given(st.lists(st.binary(max_size=30), max_size=30), st.integers(0, 3))
def test_any_bytes_may_be_packets(payloads: list[bytes], together: int) -> None:
    pictures = [payloads[at : at + together + 1] for at in range(0, len(payloads), together + 1)]
    assert put_together(send(pictures)) is not None


@pytest.mark.parametrize("size", [(192, 128), (1280, 720), (1920, 1080), (360, 640), (98, 50)])
@pytest.mark.parametrize("profile", ["baseline", "high"])
def test_the_size_is_read_from_the_parameter_sets(size: tuple[int, int], profile: str) -> None:
    (frame,) = film_h264(1 / 15, size=size, profile=profile)
    sequence = sequence_of(units_of(frame)[0])
    assert (sequence.width, sequence.height) == size


@given(st.binary(max_size=60))
def test_any_bytes_may_be_parameter_sets(unit: bytes) -> None:
    with suppress(Unreadable):
        assert sequence_of(b"\x67" + unit).width > 0
