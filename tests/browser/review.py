"""A produced file as a viewer has it: the clock in its pictures, the tone bursts in its sound."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from server.demo.clock import clock_for
from tests.browser.media import BURST_SECONDS, LOOP_SECONDS
from tests.recordings.playback import sound, tone

LOOP_MS = LOOP_SECONDS * 1000
BURST_MS = round(BURST_SECONDS * 1000)
FAINTEST = 0.1  # of full scale; softer than that is no burst


@dataclass(frozen=True)
class Frames:
    """Pictures: when each is, in ms, and what its clock shows, in ms of the camera's loop."""

    at: NDArray[np.float64]
    clock: NDArray[np.int64]

    @classmethod
    def of(cls, pairs: Any) -> "Frames":
        """Those of (time, clock) whose clock can be read."""
        read = [(at, clock) for at, clock in pairs if clock is not None]
        return cls(np.array([at for at, _ in read]), np.array([c for _, c in read], np.int64))

    def only(self, which: NDArray[np.bool_]) -> "Frames":
        return Frames(self.at[which], self.clock[which])

    def shown_at(self, ms: float) -> int:
        """The clock of the frame that is shown at a time."""
        return int(self.clock[max(0, np.searchsorted(self.at, ms, "right") - 1)])


@dataclass(frozen=True)
class Review:
    """A file, decoded from its first to its last block."""

    path: Path

    @cached_property
    def frames(self) -> Frames:
        def read(frame: av.VideoFrame) -> tuple[float, int | None]:
            y = np.frombuffer(frame.planes[0], np.uint8)
            y = y.reshape(-1, frame.planes[0].line_size)[:, : frame.width]
            return 1000 * frame.time, clock_for(frame.height).read(y)

        with av.open(str(self.path)) as container:
            container.streams.video[0].thread_type = "AUTO"
            return Frames.of(read(frame) for frame in container.decode(video=0))

    @cached_property
    def sound(self) -> NDArray[np.float64]:
        return sound(self.path)

    def bursts(self, hz: int) -> NDArray[np.float64]:
        """When bursts of a tone begin, in ms; those that are cut off at either end do not count."""
        begins = onsets(tone(self.sound, hz))
        return begins[(begins > BURST_MS) & (begins < self.duration_ms - BURST_MS)]

    @property
    def duration_ms(self) -> float:
        with av.open(str(self.path)) as container:
            assert container.duration is not None
            return container.duration / 1000


def onsets(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where bursts begin in a loudness taken each ms: where half of their own is passed."""
    begins: list[float] = []
    at = 0
    while (found := np.flatnonzero(level[at:] > FAINTEST)).size:
        at += int(found[0])
        burst = level[at : at + BURST_MS]
        above = burst > burst.max() / 2
        first = at + int(np.argmax(above))
        if above.sum() > BURST_MS / 2 and first:  # shorter ones are crackles
            rise = level[first] - level[first - 1]
            begins.append(first - (level[first] - burst.max() / 2) / rise)
        at += BURST_MS * 3
    return np.array(begins)


def apart(one: int, other: int) -> int:
    """How many ms lie between two times of the loop, the short way round."""
    between = abs(one - other) % LOOP_MS
    return min(between, LOOP_MS - between)
