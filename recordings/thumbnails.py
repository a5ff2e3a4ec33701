"""Thumbnails: small still pictures of the review file, at even times and at each step mark."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from recordings.check import decoder_of
from recordings.picture import Picture, together
from recordings.tracks import Blocks, Codec, opened

EVERY_MS = 10_000
MOST_EVEN = 240  # stills at even times: a longer recording has them farther apart
WIDTH = 320
QUALITY = 5  # of mjpeg's 2 (best) to 31
NEAR_MS = 500  # a key frame this near to a step mark is shown for it
SEARCH_FRAMES = 1200  # frames that may be decoded, in sum, to show a step's very moment


@dataclass(frozen=True, slots=True)
class Still:
    """A picture to make: decode ``frames`` (each a list of (source, begin, end)), show the last."""

    frames: tuple[tuple[tuple[int, int, int], ...], ...]
    name: str
    codec: Codec
    configuration: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """A thumbnail on the timeline; several may show the same still."""

    at_ms: int
    file: str


def plan(
    seen: Sequence[Picture], marks_ms: Iterable[int], until_ms: int
) -> tuple[list[Still], list[Shown]]:
    """Which stills to make of one participant's pictures, and when each is shown.

    Only key frames are decoded for the even times. Up to a step mark the frames since the key
    frame before it are decoded too, as long as ``SEARCH_FRAMES`` lasts.
    """
    if not seen:
        return [], []
    blocks, which = together(seen)
    keys = np.flatnonzero(blocks.key)
    wanted = _wanted(blocks, keys, sorted(set(marks_ms)), until_ms)
    starts = np.append(0, np.cumsum(blocks.count))
    names: dict[tuple[int, int], str] = {}
    stills, shown = [], []
    for at_ms, key, frame in wanted:
        if (key, frame) not in names:
            names[key, frame] = f"{len(names) + 1:04}.jpg"
            ranges = tuple(_ranges(blocks, starts, f) for f in range(key, frame + 1))
            track = seen[int(which[key])].track
            stills.append(Still(ranges, names[key, frame], track.codec, track.configuration))
        shown.append(Shown(at_ms, names[key, frame]))
    return stills, shown


def _wanted(
    blocks: Blocks, keys: np.ndarray, marks_ms: list[int], until_ms: int
) -> list[tuple[int, int, int]]:
    """(time, key frame, frame to show), in order of time."""
    at_ms, first = blocks.at_ms, int(blocks.at_ms[0])
    found = []
    every = max(EVERY_MS, -(-until_ms // MOST_EVEN))
    for time in range(0, until_ms + 1, every):
        near = int(keys[np.abs(at_ms[keys] - time).argmin()])
        if first - every <= time:
            found.append((time, near, near))
    budget = SEARCH_FRAMES
    for time in marks_ms:
        near = int(keys[np.abs(at_ms[keys] - time).argmin()])
        frame = int(np.searchsorted(at_ms, time, "right")) - 1
        key = int(keys[np.searchsorted(keys, frame, "right") - 1]) if frame >= 0 else -1
        if abs(int(at_ms[near]) - time) <= NEAR_MS or key < 0 or frame - key > budget:
            found.append((time, near, near))
        else:
            budget -= frame - key
            found.append((time, key, frame))
    return sorted(found)


def _ranges(blocks: Blocks, starts: np.ndarray, frame: int) -> tuple[tuple[int, int, int], ...]:
    span = slice(int(starts[frame]), int(starts[frame + 1]))
    pieces = blocks.pieces
    ends = pieces.offset[span] + pieces.length[span]
    return tuple(
        zip(pieces.source[span].tolist(), pieces.offset[span].tolist(), ends.tolist(), strict=True)
    )


def make(stills: Sequence[Still], sources: Sequence[Path | bytes], folder: Path) -> list[str]:
    """Write the stills to ``folder`` as JPEG; return the names of those that could be decoded."""
    data = [opened(source) for source in sources]
    press, made = _Press(), []
    for still in stills:
        frames = (b"".join([data[s][a:b] for s, a, b in frame]) for frame in still.frames)
        picture = _last_of(frames, decoder_of(still.codec, still.configuration))
        if picture is not None:
            (folder / still.name).write_bytes(press.jpeg(picture))
            made.append(still.name)
    return made


def _last_of(frames: Iterator[bytes], decoder: VideoCodecContext) -> VideoFrame | None:
    decoder.options = {"skip_loop_filter": "all"}  # not seen at this size
    last = None
    try:
        for packet in (*(av.Packet(frame) for frame in frames), None):
            last = next(iter(reversed(decoder.decode(packet))), last)
    except av.FFmpegError:
        return None
    return last


class _Press:
    """Makes small JPEG files of pictures; what it needs for a size it keeps for the next one."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()
        self._encoders: dict[tuple[int, int], VideoCodecContext] = {}

    def jpeg(self, picture: VideoFrame) -> bytes:
        width = max(2, min(WIDTH, picture.width) // 2 * 2)
        height = max(2, round(picture.height * width / picture.width / 2) * 2)
        small = self._scaler.reformat(
            picture, width, height, "yuvj420p", interpolation=Interpolation.AREA
        )
        small.pts = None
        encoder = self._encoders.get((width, height))
        if encoder is None:
            encoder = self._encoders[width, height] = _encoder(width, height)
        return b"".join(bytes(packet) for packet in encoder.encode(small))


def _encoder(width: int, height: int) -> VideoCodecContext:
    encoder = VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 1)
    encoder.thread_count = 1
    encoder.flags |= Flags.bitexact | Flags.qscale
    encoder.qmin = encoder.qmax = QUALITY
    return encoder
