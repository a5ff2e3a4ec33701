"""Tracks: the frames of a file as columns of byte ranges that lie in a list of sources."""

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
Buffer = bytes | mmap.mmap
Codec = Literal["vp8", "h264", "opus"]


def opened(source: Path | bytes) -> Buffer:
    """A source, to be sliced: bytes as they are, a file mapped."""
    if isinstance(source, bytes):
        return source
    with source.open("rb") as file:
        size = file.seek(0, 2)
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""


def places(first: I64, count: I64) -> I64:
    """The places of ranges, one range after the other: ``count`` each from ``first`` on."""
    within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    found: I64 = np.repeat(first, count) + within
    return found


@dataclass(frozen=True, slots=True)
class Pieces:
    """Byte ranges as columns: ``source`` is a place in a list of sources."""

    source: I64
    offset: I64
    length: I64

    @classmethod
    def none(cls) -> "Pieces":
        return cls(*(np.empty(0, np.int64) for _ in range(3)))

    @classmethod
    def join(cls, several: Sequence["Pieces"]) -> "Pieces":
        return cls(
            *(
                np.concatenate([np.empty(0, np.int64), *columns])
                for columns in (
                    [p.source for p in several],
                    [p.offset for p in several],
                    [p.length for p in several],
                )
            )
        )

    def pick(self, which: NDArray[np.bool_] | I64 | slice) -> "Pieces":
        return Pieces(self.source[which], self.offset[which], self.length[which])

    def rows(self) -> Iterator[tuple[int, int, int]]:
        """(source, offset, length) of each."""
        return zip(self.source.tolist(), self.offset.tolist(), self.length.tolist(), strict=True)

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True, slots=True)
class Blocks:
    """The frames of a track in order: time in ms, whether a key frame, how many pieces each."""

    at_ms: I64
    key: NDArray[np.bool_]
    count: I64
    pieces: Pieces

    @property
    def size(self) -> I64:
        """Bytes of each frame."""
        ends = np.append(0, np.cumsum(self.pieces.length))[np.cumsum(self.count)]
        return np.diff(ends, prepend=0)

    @classmethod
    def join(cls, several: Sequence["Blocks"]) -> "Blocks":
        """The frames of several, one after the other."""
        return cls(
            np.concatenate([blocks.at_ms for blocks in several]),
            np.concatenate([blocks.key for blocks in several]),
            np.concatenate([blocks.count for blocks in several]),
            Pieces.join([blocks.pieces for blocks in several]),
        )

    def pick(self, order: I64) -> "Blocks":
        """These frames, in this order."""
        first, count = (np.cumsum(self.count) - self.count)[order], self.count[order]
        pieces = self.pieces.pick(places(first, count))
        return Blocks(self.at_ms[order], self.key[order], count, pieces)

    def ranges(self, at: int) -> list[tuple[int, int, int]]:
        """(source, begin, end) of what makes up one frame."""
        first = int(self.count[:at].sum())
        pieces = self.pieces.pick(slice(first, first + int(self.count[at])))
        return [(source, begin, begin + length) for source, begin, length in pieces.rows()]

    def frame(self, at: int, sources: Sequence[Buffer]) -> bytes:
        """The bytes of one frame."""
        return b"".join([sources[source][begin:end] for source, begin, end in self.ranges(at)])

    def __len__(self) -> int:
        return len(self.at_ms)


@dataclass(frozen=True, slots=True)
class Track:
    """One track. ``width`` and ``height`` are pixels; ``pre_skip`` is samples at 48 kHz.

    H.264 has its ``configuration`` (ISO/IEC 14496-15 section 5.3.3.1); ``changes``: key frames
    bring other parameter sets later.
    """

    codec: Codec
    blocks: Blocks
    width: int = 0
    height: int = 0
    configuration: bytes = b""
    changes: bool = False
    channels: int = 1
    pre_skip: int = 0

    @property
    def kind(self) -> Literal["video", "audio"]:
        return "audio" if self.codec == "opus" else "video"
