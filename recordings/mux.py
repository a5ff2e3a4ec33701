"""Muxing: writes WebM files of known content in one pass, with the cues in front.

Everything that goes into a file is known before its first byte is written, so all sizes and
positions are computed first and a file is written from front to end, the same bytes each time.
Format: RFC 8794 (EBML), RFC 9559 (Matroska), and the codec mappings of WebM.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recordings.tracks import I64, Buffer, Pieces, Track, opened
from recordings.webm import CLUSTER_HEADER_BYTES, cluster_header, front

CLUSTER_MS = 5000
WRITE_BYTES = 512 << 10
SETTLE_BYTES = 16 << 20

_BLOCK_HEADER_BYTES = 9
_HEADERS, _CLUSTERS = 0, 1
_OWN_SOURCES = 2


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: its name, size in bytes and SHA-256 in hexadecimal."""

    name: str
    bytes: int
    sha256: str


def write_webm(
    path: Path, tracks: Sequence[Track], sources: Sequence[Path | bytes], duration_ms: float
) -> Written:
    """Write ``tracks``, whose pieces lie in ``sources``, to ``path``; not forced to the disk.

    A source is a file or bytes. The same arguments give the same bytes. Raises OSError.
    """
    layout = _Layout.of(tracks, duration_ms)
    digest, size, settled = hashlib.sha256(), 0, 0
    with path.open("wb", buffering=0) as file:
        for data in layout.bytes_from([opened(source) for source in sources]):
            digest.update(data)
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            size += len(data)
            if size - settled >= SETTLE_BYTES:
                _settle(file.fileno(), settled, size)
                settled = size
    return Written(path.name, size, digest.hexdigest())


def _settle(fd: int, begin: int, end: int) -> None:
    """Have this stretch on its way to the disk, and memory given back for the one before.

    Else an hour would push what the server works with out of memory. On Linux the advice begins
    the writing of what is not on the disk yet, and drops what is.
    """
    os.posix_fadvise(fd, max(0, begin - SETTLE_BYTES), end, os.POSIX_FADV_DONTNEED)


class _Layout:
    """Where every byte of a file will lie."""

    def __init__(self, front: bytes, headers: bytes, clusters: bytes, pieces: Pieces) -> None:
        self.front, self.headers, self.clusters, self.pieces = front, headers, clusters, pieces

    @classmethod
    def of(cls, tracks: Sequence[Track], duration_ms: float) -> "_Layout":
        at_ms = np.concatenate([track.blocks.at_ms for track in tracks])
        number = np.repeat(np.arange(len(tracks)), [len(t.blocks) for t in tracks])
        key = np.concatenate([track.blocks.key for track in tracks])
        size = np.concatenate([track.blocks.size for track in tracks])
        order = np.lexsort((number, at_ms))
        at_ms, number, key, size = at_ms[order], number[order], key[order], size[order]

        video = next((i for i, t in enumerate(tracks) if t.codec == "vp8" and len(t.blocks)), None)
        cue = key & (number == video) if video is not None else np.zeros(len(key), np.bool_)
        first = _cluster_starts(at_ms, cue)
        content = np.add.reduceat(size + _BLOCK_HEADER_BYTES, first) if len(first) else first
        lengths = content + CLUSTER_HEADER_BYTES
        starts = np.cumsum(lengths) - lengths
        cued = cue[first] if video is not None else np.ones(len(first), np.bool_)

        block_cluster = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(at_ms))))
        headers = _block_headers(size, number, at_ms - at_ms[first][block_cluster], key)
        clusters = b"".join(
            cluster_header(int(n), int(t)) for n, t in zip(content, at_ms[first], strict=True)
        )
        head = front(
            tracks,
            duration_ms,
            (video or 0) + 1,
            at_ms[first][cued],
            starts[cued],
            int(lengths.sum()),
        )
        pieces = _pieces_in_order(tracks, order, first)
        return cls(head, headers, clusters, pieces)

    def bytes_from(self, sources: Sequence[Buffer]) -> Iterator[bytes]:
        yield self.front
        buffers: list[Buffer] = [self.headers, self.clusters, *sources]
        ends = self.pieces.offset + self.pieces.length
        total = np.cumsum(self.pieces.length)
        at, done = 0, 0
        while at < len(total):
            until = max(int(np.searchsorted(total, done + WRITE_BYTES)), at + 1)
            yield b"".join(
                [
                    buffers[source][start:end]
                    for source, start, end in zip(
                        self.pieces.source[at:until].tolist(),
                        self.pieces.offset[at:until].tolist(),
                        ends[at:until].tolist(),
                        strict=True,
                    )
                ]
            )
            at, done = until, int(total[until - 1])


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


def _pieces_in_order(tracks: Sequence[Track], order: I64, first: I64) -> Pieces:
    """The pieces of the whole file after its front: cluster headers, block headers, frames."""
    pieces = Pieces.join([track.blocks.pieces for track in tracks])
    counts = np.concatenate([track.blocks.count for track in tracks])
    begins = (np.cumsum(counts) - counts)[order]
    counts = counts[order]
    blocks = np.arange(len(order))
    opens = np.zeros(len(order), np.int64)
    opens[first] = 1
    slots = counts + 1 + opens
    ends = np.cumsum(slots)
    total = int(ends[-1]) if len(ends) else 0
    source, offset, length = (np.empty(total, np.int64) for _ in range(3))

    at = (ends - slots)[first]
    source[at], length[at] = _CLUSTERS, CLUSTER_HEADER_BYTES
    offset[at] = np.arange(len(first)) * CLUSTER_HEADER_BYTES

    at = ends - counts - 1
    source[at], length[at] = _HEADERS, _BLOCK_HEADER_BYTES
    offset[at] = blocks * _BLOCK_HEADER_BYTES

    within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    to, origin = np.repeat(ends - counts, counts) + within, np.repeat(begins, counts) + within
    source[to] = pieces.source[origin] + _OWN_SOURCES
    offset[to] = pieces.offset[origin]
    length[to] = pieces.length[origin]
    return Pieces(source, offset, length)
