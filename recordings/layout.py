"""Layout: where every byte of a media file will lie, known before the first is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recordings.tracks import I64, Blocks, Buffer, Pieces, Track

WRITE_BYTES = 512 << 10


@dataclass(frozen=True, slots=True)
class Layout:
    """A file: its ``front``, then ``pieces``. Their source is a place among its ``own`` sources,
    and after those among the sources of its tracks."""

    front: bytes
    own: tuple[bytes, ...]
    pieces: Pieces

    def bytes_from(self, sources: Sequence[Buffer]) -> Iterator[bytes]:
        """The file from its beginning to its end."""
        yield self.front
        buffers: list[Buffer] = [*self.own, *sources]
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


def in_order(tracks: Sequence[Track], order: I64) -> tuple[Pieces, I64]:
    """The pieces of all frames of all tracks, and how many each frame has, in this order.

    ``order`` are places in the row of all frames, those of the first track first."""
    frames = Blocks.join([track.blocks for track in tracks]).pick(order)
    return frames.pieces, frames.count
