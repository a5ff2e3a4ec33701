"""Depacketising: frames of VP8 (RFC 7741) and Opus (RFC 7587, RFC 6716) from RTP packets."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recordings.frames import LOG, MOST_PIXELS, Frames, decodable
from recordings.packets import Packets
from recordings.tracks import I64, Pieces

_START_CODE = b"\x9d\x01\x2a"
_SILK = (480, 960, 1920, 2880)
_HYBRID = (480, 960)
_CELT = (120, 240, 480, 960)
# Samples of one frame by the TOC's configuration number (RFC 6716 section 3.1, table 2).
_FRAME_SAMPLES = np.array([*_SILK * 3, *_HYBRID * 2, *_CELT * 4], np.int64)
_LONGEST_FRAME_BYTES = 1275
_TWO_BYTES_FROM = 252  # a frame's length that takes two bytes begins with this or more


def vp8_frames(packets: Packets, data: Any) -> Frames:
    """The decodable frames of one stream's ``packets``, which are in sending order.

    ``data`` is the log's bytes.
    """
    octets = np.frombuffer(data, np.uint8)
    start, descriptor = _descriptor(packets, octets)
    offset, length = packets.offset + descriptor, packets.length - descriptor
    gaps = np.cumsum(np.diff(packets.sequence, prepend=packets.sequence[:1]) > 1)
    filled = np.flatnonzero(length > 0)  # others only pad, but count in the sequence
    if not len(filled):
        return Frames.none()

    stamps, gaps = packets.timestamp[filled], gaps[filled]
    first = np.flatnonzero(np.diff(stamps, prepend=stamps[0] - 1))
    last = np.append(first[1:], len(filled)) - 1
    complete = start[filled[first]] & packets.marker[filled[last]] & (gaps[first] == gaps[last])
    linked = np.append(False, gaps[first[1:]] == gaps[last[:-1]])
    key = (octets[offset[filled[first]]] & 1 == 0) & start[filled[first]]
    complete[key] &= _begins_well(offset[filled[first[key]]], octets)
    good = decodable(complete, linked, key)

    return Frames(
        place=filled[first[good]],
        first=first[good],
        count=(last - first + 1)[good],
        key=key[good],
        pieces=Pieces(np.full(len(filled), LOG), offset[filled], length[filled]),
        made=b"",
        dropped=int((~good).sum()),
    )


def _descriptor(packets: Packets, octets: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], I64]:
    """Whether each packet begins a frame, and the length of its payload descriptor."""
    limit = max(len(octets) - 1, 0)

    def byte(at: I64) -> NDArray[np.uint8]:
        return octets[np.minimum(at, limit)]

    one = byte(packets.offset)
    start = (one & 0x17) == 0x10  # S set, partition 0
    length = np.ones(len(packets), np.int64)
    extended = (one & 0x80) != 0
    two = np.where(extended, byte(packets.offset + 1), 0)
    length += extended
    picture = (two & 0x80) != 0
    length += picture & ((byte(packets.offset + length) & 0x80) != 0)  # 15-bit picture id
    length += picture
    length += (two & 0x40) != 0
    length += (two & 0x30) != 0
    return start & (packets.length > length), length


def _begins_well(key_frames: I64, octets: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which key frames have the start code and a sensible size (RFC 6386 section 9.1)."""
    at = np.minimum(key_frames[:, None] + np.arange(3, 10), len(octets) - 1)
    header = octets[at].astype(np.int64)
    sides = (header[:, [3, 5]] | header[:, [4, 6]] << 8) & 0x3FFF
    sensible = ((sides > 0) & (sides <= MOST_PIXELS)).all(axis=1)
    well: NDArray[np.bool_] = (header[:, :3] == list(_START_CODE)).all(axis=1) & sensible
    return well


def vp8_size(key_frame: bytes) -> tuple[int, int]:
    """Width and height in the header of a key frame (RFC 6386 section 9.1)."""
    width = int.from_bytes(key_frame[6:8], "little") & 0x3FFF
    height = int.from_bytes(key_frame[8:10], "little") & 0x3FFF
    return width, height


def opus_samples(packets: Packets, data: Any) -> I64:
    """How many samples at 48 kHz each Opus packet holds; 0 for an empty or damaged one."""
    octets = np.frombuffer(data, np.uint8)
    limit = max(len(octets) - 1, 0)
    toc = octets[np.minimum(packets.offset, limit)]
    code = toc & 3
    more = octets[np.minimum(packets.offset + 1, limit)].astype(np.int64) & 0x3F
    frames = np.select([code == 0, code < 3, packets.length > 1], [1, 2, more], 0)
    samples = _FRAME_SAMPLES[toc >> 3] * frames
    sound = (packets.length > 0) & (packets.length <= 1 + _LONGEST_FRAME_BYTES) & (samples <= 5760)
    for several in np.flatnonzero((packets.length > 0) & (code > 0) & (samples <= 5760)).tolist():
        offset, length = int(packets.offset[several]), int(packets.length[several])
        sound[several] = _is_sound(bytes(data[offset : offset + length]))
    return np.where(sound, samples, 0)


def _is_sound(packet: bytes) -> bool:
    """Whether an Opus packet for several frames has them (RFC 6716 sections 3.2.3 to 3.2.5);
    players refuse others, and all that follows."""
    code, at, end = packet[0] & 3, 1, len(packet)
    frames, differ = 2, code == 2
    if code == 3:
        if end < 2:
            return False
        frames, differ, at = packet[1] & 0x3F, packet[1] & 0x80 != 0, 2
        padded = packet[1] & 0x40 != 0
        while padded:
            if at >= end:
                return False
            padded = packet[at] == 255
            end -= packet[at] - padded
            at += 1
    for _ in range(frames - 1 if differ else 0):
        two = at < end and packet[at] >= _TWO_BYTES_FROM
        if at + two >= end:
            return False
        length = packet[at] + (4 * packet[at + 1] if two else 0)
        end -= length
        at += 1 + two
        if length > _LONGEST_FRAME_BYTES:
            return False
    last, rest = divmod(end - at, 1 if differ else max(frames, 1))
    return frames > 0 and 0 <= last <= _LONGEST_FRAME_BYTES and not rest
