"""Frames: the pictures of one stream as ranges of bytes, and which of them can be decoded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recordings.tracks import I64, Pieces, places

LOG, MADE = 0, 1
MOST_PIXELS = 4096  # of a side: a larger picture is no camera's but an attack on memory


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames that can be decoded, in order.

    ``place`` is that of a frame's first packet in the stream; ``first`` and ``count`` say which
    of the ``pieces`` make up the frame. Their source is ``LOG`` or ``MADE``: the bytes ``made``,
    which stand in no log. ``dropped`` frames were incomplete, or came after one and before the
    next key frame.
    """

    place: I64
    first: I64
    count: I64
    key: NDArray[np.bool_]
    pieces: Pieces
    made: bytes
    dropped: int

    @classmethod
    def none(cls, dropped: int = 0) -> "Frames":
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty, empty.astype(np.bool_), Pieces.none(), b"", dropped)

    def pieces_of(self, which: NDArray[np.bool_]) -> Pieces:
        """All pieces of these frames, in order."""
        return self.pieces.pick(places(self.first[which], self.count[which]))


def decodable(
    complete: NDArray[np.bool_], linked: NDArray[np.bool_], key: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Key frames that are complete, and what follows them without a gap.

    ``linked`` is whether no packet is missing between a frame and the one before it."""
    at = np.arange(len(key))
    anew = complete & key
    broken = ~complete | ~(key | linked)
    last_anew = np.maximum.accumulate(np.where(anew, at, -1))
    last_broken = np.maximum.accumulate(np.where(broken, at, -1))
    good: NDArray[np.bool_] = last_anew > last_broken
    return good
