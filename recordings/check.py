"""The check of a produced file: it opens, lasts as long as its log, and decodes at both ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet

DURATION_TOLERANCE_MS = 500
END_TOLERANCE_MS = 100
ENDS_MS = 2000
MOST_FRAMES = 120  # of each kind that are decoded at an end, however rare key frames are


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a file. ``problems`` are English sentences, empty when all is well.

    ``ends_ms`` is when the last frame of each kind of stream is; ``skew_ms`` how much later that
    is for sound than for picture, None when only one of them is there.
    """

    name: str
    duration_ms: int
    ends_ms: Mapping[str, int]
    skew_ms: int | None
    problems: tuple[str, ...]


def check(path: Path, duration_ms: int, ends_ms: Mapping[str, int]) -> Checked:
    """Check a file against what its log says.

    ``ends_ms`` has the streams that are to be there, ``audio`` and ``video``, and when the last
    frame of each is.
    """
    try:
        with av.open(str(path)) as container:
            return _check(container, path.name, duration_ms, ends_ms)
    except av.FFmpegError as error:
        return Checked(path.name, 0, {}, None, (f"cannot be read: {error.strerror}",))


def _check(
    container: InputContainer, name: str, expected_ms: int, expected_ends: Mapping[str, int]
) -> Checked:
    problems = []
    duration_ms = (container.duration or 0) // 1000
    if abs(duration_ms - expected_ms) > DURATION_TOLERANCE_MS:
        problems.append(f"lasts {duration_ms} ms, not {expected_ms}")

    begun = _Watch()
    for packet in container.demux():
        begun.see(packet, 0)
        # A camera may be switched on long after the first word.
        if all(begun.frames.get(k) and begun.ends_ms[k] > ENDS_MS for k in expected_ends):
            break
    container.seek(max(0, duration_ms - ENDS_MS) * 1000)
    ended = _Watch()
    for packet in container.demux():
        ended.see(packet, duration_ms - ENDS_MS)

    for kind, end_ms in expected_ends.items():
        if not begun.frames.get(kind):
            problems.append(f"{kind} does not decode at the beginning")
        if not ended.frames.get(kind):
            problems.append(f"{kind} does not decode at the end")
        elif abs(ended.ends_ms[kind] - end_ms) > END_TOLERANCE_MS:
            problems.append(f"{kind} ends at {ended.ends_ms[kind]} ms, not {end_ms}")
    if extra := sorted(set(ended.ends_ms) - set(expected_ends)):
        problems.append(f"has streams of {extra}")
    ends = ended.ends_ms
    skew = ends["audio"] - ends["video"] if {"audio", "video"} <= set(ends) else None
    return Checked(name, duration_ms, ends, skew, tuple(problems))


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
        if self.frames.get(kind, 0) < MOST_FRAMES:
            decoded = len(packet.decode())
            self.frames[kind] = self.frames.get(kind, 0) + decoded
