"""Picture: all that one participant's camera (or screen) sent in one codec, as one video track."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recordings.check import decodes
from recordings.depacketize import vp8_frames, vp8_size
from recordings.frames import LOG, Frames
from recordings.h264 import configuration, parameter_sets, size_of
from recordings.packets import Packets
from recordings.streams import Part, Stream, shares
from recordings.tracks import I64, Blocks, Buffer, Codec, Pieces, Track
from recordings.units import h264_frames
from recordings.voice import FILLERS

MILLISECOND = 1_000_000
DEPACKETIZE: dict[Codec, Callable[[Packets, Any], Frames]] = {
    "vp8": vp8_frames,
    "h264": h264_frames,
}

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Picture:
    """A video track, and how many frames of it could not be kept."""

    track: Track
    dropped: int

    @property
    def blocks(self) -> Blocks:
        return self.track.blocks

    @property
    def span_ms(self) -> tuple[int, int]:
        """When its first and its last frame are."""
        return int(self.blocks.at_ms[0]), int(self.blocks.at_ms[-1])


@dataclass(frozen=True, slots=True)
class Span:
    """When one of several pictures is to be seen, and its place among them; ``to_ms`` is None
    where no other comes after it."""

    place: int
    from_ms: int
    to_ms: int | None


class Made:
    """Bytes of pictures that stand in no log: one more source, after the logs and the fillers."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._data = bytearray()
        self._logs = [part.log.data for part in parts]

    @property
    def others(self) -> list[bytes]:
        """The sources after the logs."""
        return [FILLERS, bytes(self._data)]

    @property
    def sources(self) -> list[Buffer]:
        """Where the pieces of pictures lie."""
        return [*self._logs, *self.others]

    def keep(self, pieces: Pieces, part: int, data: bytes) -> Pieces:
        """Pieces of a log part and of ``data``, as pieces of all ``sources``."""
        in_log = pieces.source == LOG
        shift = len(self._data)
        self._data += data
        return Pieces(
            np.where(in_log, part, len(self._logs) + 1),
            pieces.offset + np.where(in_log, 0, shift),
            pieces.length,
        )


def pictures(
    streams: Sequence[Stream], parts: Sequence[Part], made: Made, origin_ns: int
) -> list[Picture]:
    """The frames of ``streams``, which are one participant's, on one timeline, by codec: the one
    that most were sent in comes first.

    Left out is a codec of which there is no frame, or whose first is not what it says it is.
    ``source`` of the pieces is a place in ``made.sources``.
    """
    shared = shares([stream for stream in streams if stream.codec in DEPACKETIZE])
    codecs = sorted({stream.codec for stream, _ in shared})
    found = [
        _picture(codec, [one for one in shared if one[0].codec == codec], parts, made, origin_ns)
        for codec in codecs
    ]
    return sorted((one for one in found if one), key=lambda picture: -len(picture.blocks))


def in_turn(several: Sequence[Picture]) -> list[Span]:
    """Which of one participant's pictures is to be seen when."""
    blocks, which = together(several)
    turns = np.flatnonzero(np.diff(which, prepend=-1))
    begins = blocks.at_ms[turns].tolist()
    rows = zip(which[turns].tolist(), begins, [*begins[1:], None], strict=True)
    return [Span(*row) for row in rows]


def together(several: Sequence[Picture]) -> tuple[Blocks, I64]:
    """All frames of one participant's pictures in order of time, and of which picture each is."""
    blocks = Blocks.join([picture.blocks for picture in several])
    which = np.repeat(np.arange(len(several)), [len(picture.blocks) for picture in several])
    order = np.argsort(blocks.at_ms, kind="stable")
    return blocks.pick(order), which[order]


def _picture(
    codec: Codec,
    shared: Sequence[tuple[Stream, Flags]],
    parts: Sequence[Part],
    made: Made,
    origin_ns: int,
) -> Picture | None:
    at_ns, keys, counts, pieces, dropped = [], [], [], [], 0
    for stream, mine in shared:
        frames = DEPACKETIZE[codec](stream.packets, parts[stream.part].log.data)
        kept = _unbroken(mine[frames.place], frames.key)
        dropped += frames.dropped
        at_ns.append(stream.at_ns[frames.place][kept])
        keys.append(frames.key[kept])
        counts.append(frames.count[kept])
        pieces.append(made.keep(frames.pieces_of(kept), stream.part, frames.made))
    if not sum(map(len, counts)):
        return None
    at_ms = (np.concatenate(at_ns) - origin_ns + MILLISECOND // 2) // MILLISECOND
    blocks = Blocks(at_ms, np.concatenate(keys), np.concatenate(counts), Pieces.join(pieces))
    return _described(codec, _in_time(blocks), made.sources, dropped)


def _described(
    codec: Codec, blocks: Blocks, sources: Sequence[Buffer], dropped: int
) -> Picture | None:
    """With what the first key frame says of it; None: that cannot be decoded."""
    key_frames = (blocks.frame(at, sources) for at in np.flatnonzero(blocks.key).tolist())
    first = next(key_frames)
    if codec == "vp8":
        track = Track(codec, blocks, *vp8_size(first))
    else:
        sets = parameter_sets(first)
        changes = any(parameter_sets(frame) != sets for frame in key_frames)
        track = Track(codec, blocks, *size_of(sets), configuration(sets), changes)
    return Picture(track, dropped) if decodes(first, track) else None


def _unbroken(mine: Flags, key: Flags) -> Flags:
    """Which frames still decode when only ``mine`` are taken."""
    at = np.arange(len(mine))
    out = np.maximum.accumulate(np.where(mine, -1, at))
    anew = np.maximum.accumulate(np.where(mine & key, at, -1))
    unbroken: Flags = anew > out
    return unbroken


def _in_time(blocks: Blocks) -> Blocks:
    """Frames sorted by time, none before the beginning, each at least a millisecond after the one
    before."""
    order = np.argsort(blocks.at_ms, kind="stable")
    if (np.diff(order) < 0).any():
        blocks = blocks.pick(order)
    places = np.arange(len(blocks))
    at_ms: I64 = np.maximum.accumulate(np.maximum(blocks.at_ms, 0) - places) + places
    return replace(blocks, at_ms=at_ms)
