"""The check of a produced file: it opens, lasts as long as its log, and decodes at both ends."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext

from recordings.tracks import Codec, Track

DURATION_TOLERANCE_MS = 500
END_TOLERANCE_MS = 100
ENDS_MS = 2000
MOST_FRAMES = 120  # of each kind that are decoded at an end, however rare key frames are


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a file, as English sentences; both lists are empty when all is well.

    ``problems`` are mistakes of production; ``warnings`` tell what a participant sent that does
    not decode. ``ends_ms`` is when the last frame of each kind of stream is; ``skew_ms`` how much
    later that is for sound than for picture, None when only one of them is there.
    """

    name: str
    duration_ms: int
    ends_ms: Mapping[str, int]
    skew_ms: int | None
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def check(path: Path, duration_ms: int, ends_ms: Mapping[str, int], own: str = "") -> Checked:
    """Check a file against what its log says.

    ``ends_ms`` has the streams that are to be there, ``audio`` and ``video``, and when the last
    frame of each is. ``own`` is the kind that production encoded itself, which must decode.
    """
    try:
        with av.open(str(path)) as container:
            return _check(container, path.name, duration_ms, ends_ms, own)
    except av.FFmpegError as error:
        return Checked(path.name, 0, {}, None, (f"cannot be read: {error.strerror}",), ())


def _check(
    container: InputContainer,
    name: str,
    expected_ms: int,
    expected_ends: Mapping[str, int],
    own: str,
) -> Checked:
    problems: list[str] = []
    warnings: list[str] = []
    duration_ms = (container.duration or 0) // 1000
    if abs(duration_ms - expected_ms) > DURATION_TOLERANCE_MS:
        problems.append(f"lasts {duration_ms} ms, not {expected_ms}")

    begun, ended = _Watch(), _Watch()
    for packet in container.demux():
        begun.see(packet, 0)
        # A camera may be switched on long after the first word.
        if all(begun.ends_ms.get(kind, 0) > ENDS_MS for kind in expected_ends):
            break
    container.seek(max(0, duration_ms - ENDS_MS) * 1000)
    for packet in container.demux():
        ended.see(packet, duration_ms - ENDS_MS)

    ends = ended.ends_ms
    for kind, end_ms in expected_ends.items():
        if abs(ends.get(kind, 0) - end_ms) > END_TOLERANCE_MS:
            problems.append(f"{kind} ends at {ends.get(kind, 0)} ms, not {end_ms}")
        watches = {"beginning": begun, "end": ended}
        if silent := [end for end, watch in watches.items() if not watch.frames.get(kind)]:
            # A picture whose first frame decodes by itself fails at both ends by our mistake only.
            ours = kind == own or (kind == "video" and len(silent) == 2)
            text = f"{kind} does not decode at the {' and the '.join(silent)}"
            (problems if ours else warnings).append(text)
    if extra := sorted(set(ends) - set(expected_ends)):
        problems.append(f"has streams of {extra}")
    skew = ends["audio"] - ends["video"] if {"audio", "video"} <= set(ends) else None
    return Checked(name, duration_ms, ends, skew, tuple(problems), tuple(warnings))


class _Watch:
    """Decodes what comes by, and remembers how far each kind of stream has come."""

    def __init__(self) -> None:
        self.frames: dict[str, int] = {}
        self.ends_ms: dict[str, int] = {}

    def see(self, packet: "Packet[Any]", sound_from_ms: int) -> None:
        kind = packet.stream.type
        if packet.pts is not None and packet.time_base is not None:
            at_ms = round(packet.pts * packet.time_base * 1000)
            self.ends_ms[kind] = max(self.ends_ms.get(kind, 0), at_ms)
            if kind == "audio" and at_ms < sound_from_ms:
                return
        if self.frames.get(kind, 0) < MOST_FRAMES or kind == "audio":
            with suppress(av.FFmpegError):
                self.frames[kind] = self.frames.get(kind, 0) + len(packet.decode())


def decodes(key_frame: bytes, track: Track) -> bool:
    """Whether a key frame of a track can be decoded."""
    decoder = decoder_of(track.codec, track.configuration)
    try:
        return bool([*decoder.decode(av.Packet(key_frame)), *decoder.decode(None)])
    except av.FFmpegError:
        return False


def decoder_of(codec: Codec, configuration: bytes) -> VideoCodecContext:
    """A decoder of a video track's frames, in this thread alone."""
    decoder = VideoCodecContext.create(codec, "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    decoder.extradata = configuration or None
    return decoder
