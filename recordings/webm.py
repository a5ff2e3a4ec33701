"""WebM: a file of VP8 and Opus, laid out from its first byte to its last.

RFC 8794 (EBML), RFC 9559 (Matroska), RFC 7845 (the head of Opus), and the codec mappings of WebM.
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recordings.layout import Layout, in_order
from recordings.tracks import I64, Pieces, Track, places

CLUSTER_MS = 5000
OPUS_RATE = 48000
OPUS_SEEK_PRE_ROLL_NS = 80_000_000

_CLUSTER_HEADER_BYTES = 22
_BLOCK_HEADER_BYTES = 9
_HEADERS, _CLUSTERS = 0, 1
_OWN_SOURCES = 2
_SIZE_8 = 0x0100_0000_0000_0000


def webm_layout(tracks: Sequence[Track], duration_ms: float) -> Layout:
    """A WebM file of these tracks, with its cues in front."""
    at_ms = np.concatenate([track.blocks.at_ms for track in tracks])
    number = np.repeat(np.arange(len(tracks)), [len(t.blocks) for t in tracks])
    key = np.concatenate([track.blocks.key for track in tracks])
    size = np.concatenate([track.blocks.size for track in tracks])
    order = np.lexsort((number, at_ms))
    at_ms, number, key, size = at_ms[order], number[order], key[order], size[order]

    video = next((i for i, t in enumerate(tracks) if t.kind == "video" and len(t.blocks)), None)
    cue = key & (number == video) if video is not None else np.zeros(len(key), np.bool_)
    first = _cluster_starts(at_ms, cue)
    content = np.add.reduceat(size + _BLOCK_HEADER_BYTES, first) if len(first) else first
    lengths = content + _CLUSTER_HEADER_BYTES
    starts = np.cumsum(lengths) - lengths
    cued = cue[first] if video is not None else np.ones(len(first), np.bool_)

    block_cluster = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(at_ms))))
    headers = _block_headers(size, number, at_ms - at_ms[first][block_cluster], key)
    clusters = b"".join(
        _cluster_header(int(n), int(t)) for n, t in zip(content, at_ms[first], strict=True)
    )
    head = _front(
        tracks,
        duration_ms,
        (video or 0) + 1,
        at_ms[first][cued],
        starts[cued],
        int(lengths.sum()),
    )
    return Layout(head, (headers, clusters), _pieces(tracks, order, first))


def _cluster_starts(at_ms: I64, cue: NDArray[np.bool_]) -> I64:
    """A cluster begins at each cue, and wherever the last one would grow too long."""
    starts: list[int] = []
    cues = np.flatnonzero(cue).tolist()
    bounds = sorted({0, *cues}) if len(at_ms) else []
    for at, end in zip(bounds, [*bounds[1:], len(at_ms)], strict=True):
        while at < end:
            starts.append(at)
            at += int(np.searchsorted(at_ms[at:end], at_ms[at] + CLUSTER_MS))
    return np.array(starts, np.int64)


def _block_headers(size: I64, track: I64, relative_ms: I64, key: NDArray[np.bool_]) -> bytes:
    """SimpleBlock headers (RFC 9559 section 10.2), nine bytes each."""
    header = np.zeros((len(size), _BLOCK_HEADER_BYTES), np.uint8)
    header[:, 0] = 0xA3
    header[:, 1:5] = (((size + 4) | 0x10000000).astype(">u4")).view(np.uint8).reshape(-1, 4)
    header[:, 5] = 0x81 + track
    header[:, 6:8] = relative_ms.astype(">i2").view(np.uint8).reshape(-1, 2)
    header[:, 8] = np.where(key, 0x80, 0)
    return header.tobytes()


def _pieces(tracks: Sequence[Track], order: I64, first: I64) -> Pieces:
    """All after the front of the file: cluster headers, block headers, frames."""
    frames, counts = in_order(tracks, order)
    blocks = np.arange(len(order))
    opens = np.zeros(len(order), np.int64)
    opens[first] = 1
    slots = counts + 1 + opens
    ends = np.cumsum(slots)
    total = int(ends[-1]) if len(ends) else 0
    source, offset, length = (np.empty(total, np.int64) for _ in range(3))

    at = (ends - slots)[first]
    source[at], length[at] = _CLUSTERS, _CLUSTER_HEADER_BYTES
    offset[at] = np.arange(len(first)) * _CLUSTER_HEADER_BYTES

    at = ends - counts - 1
    source[at], length[at] = _HEADERS, _BLOCK_HEADER_BYTES
    offset[at] = blocks * _BLOCK_HEADER_BYTES

    at = places(ends - counts, counts)
    source[at], offset[at], length[at] = frames.source + _OWN_SOURCES, frames.offset, frames.length
    return Pieces(source, offset, length)


# Elements


def _element(name: int, content: bytes) -> bytes:
    identity = name.to_bytes((name.bit_length() + 7) // 8, "big")
    return identity + (_SIZE_8 | len(content)).to_bytes(8, "big") + content


def _number(name: int, value: int, width: int = 8) -> bytes:
    return _element(name, value.to_bytes(width, "big"))


def _float(name: int, value: float) -> bytes:
    return _element(name, struct.pack(">d", value))


def _text(name: int, value: str) -> bytes:
    return _element(name, value.encode())


def _cluster_header(content: int, at_ms: int) -> bytes:
    size = (_SIZE_8 | content + 10).to_bytes(8, "big")
    return b"\x1f\x43\xb6\x75" + size + b"\xe7\x88" + at_ms.to_bytes(8, "big")


def _front(
    tracks: Sequence[Track],
    duration_ms: float,
    cue_track: int,
    cue_ms: I64,
    cue_at: I64,
    body: int,
) -> bytes:
    """All that stands before the first cluster."""
    ebml = _element(
        0x1A45DFA3,
        _number(0x4286, 1, 1)
        + _number(0x42F7, 1, 1)
        + _number(0x42F2, 4, 1)
        + _number(0x42F3, 8, 1)
        + _text(0x4282, "webm")
        + _number(0x4287, 4, 1)
        + _number(0x4285, 2, 1),
    )
    info = _element(
        0x1549A966,
        _number(0x2AD7B1, 1_000_000, 4)
        + _float(0x4489, duration_ms)
        + _text(0x4D80, "Farhand")
        + _text(0x5741, "Farhand"),
    )
    entries = _element(0x1654AE6B, b"".join(_track(i + 1, t) for i, t in enumerate(tracks)))

    def seek(target: int, position: int) -> bytes:
        identity = _element(0x53AB, target.to_bytes(4, "big"))
        return _element(0x4DBB, identity + _number(0x53AC, position))

    def cues(shift: int) -> bytes:
        points = (
            _element(
                0xBB,
                _number(0xB3, at)
                + _element(0xB7, _number(0xF7, cue_track, 1) + _number(0xF1, where + shift)),
            )
            for at, where in zip(cue_ms.tolist(), cue_at.tolist(), strict=True)
        )
        return _element(0x1C53BB6B, b"".join(points))

    def head(length: int) -> bytes:
        return _element(
            0x114D9B74,
            seek(0x1549A966, length)
            + seek(0x1654AE6B, length + len(info))
            + seek(0x1C53BB6B, length + len(info) + len(entries)),
        )

    before = head(len(head(0))) + info + entries
    content = before + cues(len(before) + len(cues(0)))
    size = (_SIZE_8 | len(content) + body).to_bytes(8, "big")
    return ebml + b"\x18\x53\x80\x67" + size + content


def _track(number: int, track: Track) -> bytes:
    common = (
        _number(0xD7, number, 1)
        + _number(0x73C5, number)
        + _number(0x9C, 0, 1)
        + _text(0x22B59C, "und")
    )
    if track.codec == "vp8":
        picture = _number(0xB0, track.width, 2) + _number(0xBA, track.height, 2)
        return _element(
            0xAE, common + _number(0x83, 1, 1) + _text(0x86, "V_VP8") + _element(0xE0, picture)
        )
    sound = _float(0xB5, float(OPUS_RATE)) + _number(0x9F, track.channels, 1)
    return _element(
        0xAE,
        common
        + _number(0x83, 2, 1)
        + _text(0x86, "A_OPUS")
        + _element(0x63A2, opus_head(track.channels, track.pre_skip))
        + _number(0x56AA, track.pre_skip * 1_000_000_000 // OPUS_RATE)
        + _number(0x56BB, OPUS_SEEK_PRE_ROLL_NS)
        + _element(0xE1, sound),
    )


def opus_head(channels: int, pre_skip: int) -> bytes:
    """The identification header of Opus (RFC 7845 section 5.1), channel mapping family 0."""
    return b"OpusHead" + struct.pack("<BBHIhB", 1, channels, pre_skip, OPUS_RATE, 0, 0)
