"""What a page's camera and microphone took in, on the system's monotonic clock."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Page

from tests.browser.review import LOOP_MS, Frames, Review, onsets


@dataclass(frozen=True)
class Source:
    """Frames and bursts as they were captured, before anything was encoded; in ms."""

    frames: Frames
    bursts: NDArray[np.float64]

    @classmethod
    async def of(cls, page: Page) -> "Source":
        """Everything since ``farhandProbe.listen()``."""
        taken: dict[str, Any] = await page.evaluate(
            "() => ({...farhandProbe.source, origin: performance.timeOrigin})"
        )
        page_begins = taken["origin"] - 1000 * (time.time() - time.monotonic())
        at = np.concatenate([start + np.arange(len(part)) for start, part in taken["sound"]])
        level = np.concatenate([part for _, part in taken["sound"]])
        begins = onsets(level * np.pi / 2)  # a sine's mean is 2/π of its height
        bursts = page_begins + np.interp(begins, np.arange(len(at)), at)
        return cls(Frames.of(taken["frames"]), bursts)

    @staticmethod
    def clock_at(moment: datetime) -> float:
        """A moment on the clock of the source."""
        return 1000 * (moment.timestamp() - time.time() + time.monotonic())

    def captured(self, file: Frames, zero: float) -> NDArray[np.float64]:
        """When each frame of a file was captured: when the same clock was before the camera.
        ``zero`` is about when the file begins. NaN for frames that were not seen here."""
        found = np.full(len(file.at), np.nan)
        for number, (at, clock) in enumerate(zip(file.at, file.clock, strict=True)):
            same = self.frames.at[self.frames.clock == clock]
            near = same[np.abs(same - (zero + at)) < LOOP_MS / 2]
            if near.size:
                found[number] = near[0]
        return found

    def sounded(self, bursts: NDArray[np.float64], zero: float) -> NDArray[np.float64]:
        """When each burst of a file was captured; NaN for those that were not heard here."""
        apart = np.abs(self.bursts[None, :] - (zero + bursts[:, None]))
        nearest = self.bursts[apart.argmin(axis=1)]
        return np.where(apart.min(axis=1) < 500, nearest, np.nan)

    def apart(self, file: Review, hz: int, moment: datetime) -> NDArray[np.float64]:
        """For each burst of a tone in a file that begins at a moment: by how many ms it is later
        than the pictures around it, compared with when both were captured."""
        zero = self.clock_at(moment)
        frames, bursts = file.frames, file.bursts(hz)
        seen = frames.at - (self.captured(frames, zero) - zero)
        frames, seen = frames.only(~np.isnan(seen)), seen[~np.isnan(seen)]
        heard = bursts - (self.sounded(bursts, zero) - zero)
        return np.array(
            [
                late - np.median(beside)
                for burst, late in zip(bursts, heard, strict=True)
                if len(beside := seen[np.abs(frames.at - burst) < 1000]) and not np.isnan(late)
            ]
        )
