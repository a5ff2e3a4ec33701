"""Picture: all that one participant's camera (or screen) sent, as one video track."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recordings.check import decodes
from recordings.depacketize import vp8_frames, vp8_size
from recordings.streams import Part, Stream, shares
from recordings.tracks import I64, Blocks, Pieces

MILLISECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A video track: its frames, the size of the first, and how many frames could not be kept."""

    blocks: Blocks
    width: int
    height: int
    dropped: int


def picture(streams: Sequence[Stream], parts: Sequence[Part], origin_ns: int) -> Picture | None:
    """The frames of ``streams``, which are one participant's, on one timeline.

    None: there is no frame, or the first one is not what it says it is. ``source`` of the pieces
    is the place of the log in ``parts``.
    """
    at_ns, keys, counts, pieces, dropped = [], [], [], [], 0
    for stream, mine in shares([s for s in streams if s.codec == "vp8"]):
        frames = vp8_frames(stream.packets, parts[stream.part].log.data)
        kept = _unbroken(mine[frames.place], frames.key)
        dropped += frames.dropped
        at_ns.append(stream.at_ns[frames.place][kept])
        keys.append(frames.key[kept])
        counts.append(frames.count[kept])
        places = frames.pieces()[np.repeat(kept, frames.count)]
        source = np.full(len(places), stream.part, np.int64)
        pieces.append(Pieces(source, frames.offset[places], frames.length[places]))
    if not sum(map(len, counts)):
        return None
    blocks = _in_time(np.concatenate(at_ns), keys, counts, Pieces.join(pieces), origin_ns)
    first = _first_frame(blocks, parts)
    return Picture(blocks, *vp8_size(first), dropped) if decodes(first) else None


def _unbroken(mine: np.ndarray, key: np.ndarray) -> np.ndarray:
    """Which frames still decode when only ``mine`` are taken."""
    at = np.arange(len(mine))
    out = np.maximum.accumulate(np.where(mine, -1, at))
    anew = np.maximum.accumulate(np.where(mine & key, at, -1))
    unbroken: np.ndarray = anew > out
    return unbroken


def _in_time(
    at_ns: I64,
    keys: Sequence[np.ndarray],
    counts: Sequence[I64],
    pieces: Pieces,
    origin_ns: int,
) -> Blocks:
    """Frames sorted by time, each at least a millisecond after the one before."""
    count = np.concatenate(counts)
    order = np.argsort(at_ns, kind="stable")
    if (np.diff(order) < 0).any():
        begins = np.cumsum(count) - count
        spans = [np.arange(begins[i], begins[i] + count[i]) for i in order]
        pieces = pieces.pick(np.concatenate(spans))
    at_ms = np.maximum(at_ns[order] - origin_ns + MILLISECOND // 2, 0) // MILLISECOND
    places = np.arange(len(order))
    at_ms = np.maximum.accumulate(at_ms - places) + places
    return Blocks(at_ms, np.concatenate(keys)[order], count[order], pieces)


def _first_frame(blocks: Blocks, parts: Sequence[Part]) -> bytes:
    pieces = blocks.pieces.pick(slice(0, int(blocks.count[0])))
    return b"".join(parts[source].log.data[at : at + n] for source, at, n in pieces.rows())
