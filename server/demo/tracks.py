"""The demo's camera and microphone: tracks that give pictures and sound at the pace of time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from fractions import Fraction
from typing import Protocol

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from server.demo.clock import MS_A_DAY
from server.demo.voice import RATE, Samples

VIDEO_CLOCK = 90_000
SAMPLES_A_FRAME = RATE // 50
AUDIO_LATE_FRAMES = 10  # sound that is later than this is left out, as a sound card would


def ms_of_day_now() -> int:
    """Milliseconds since midnight UTC."""
    return time.time_ns() // 1_000_000 % MS_A_DAY


class Picture(Protocol):
    """Something that draws a frame for a moment of the call and a time of day."""

    def draw(self, elapsed: float, ms: int) -> av.VideoFrame: ...


class Pace:
    """Real time since the first frame, shared by one person's camera and microphone."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._now = now
        self._wait = wait
        self._started: float | None = None
        self._started_ms = 0

    def elapsed(self) -> float:
        """Seconds since this was first asked."""
        if self._started is None:
            self._started = self._now()
            self._started_ms = ms_of_day_now()
        return self._now() - self._started

    def ms_of_day(self, elapsed: float) -> int:
        """Milliseconds since midnight UTC at ``elapsed`` seconds."""
        return (self._started_ms + round(elapsed * 1000)) % MS_A_DAY

    async def until(self, elapsed: float) -> None:
        ahead = elapsed - self.elapsed()
        if ahead > 0:
            await self._wait(ahead)


class CameraTrack(MediaStreamTrack):
    """A picture's frames, ``rate`` a second; frames that would come late are left out."""

    kind = "video"

    def __init__(self, picture: Picture, rate: int, pace: Pace) -> None:
        super().__init__()
        self._picture = picture
        self._rate = rate
        self._pace = pace
        self._number = -1

    async def recv(self) -> av.VideoFrame:
        if self.readyState != "live":
            raise MediaStreamError
        self._number = max(self._number + 1, int(self._pace.elapsed() * self._rate))
        elapsed = self._number / self._rate
        await self._pace.until(elapsed)
        frame = self._picture.draw(elapsed, self._pace.ms_of_day(elapsed))
        frame.pts = self._number * VIDEO_CLOCK // self._rate
        frame.time_base = Fraction(1, VIDEO_CLOCK)
        return frame


class MicrophoneTrack(MediaStreamTrack):
    """A sound played over and over, 20 ms at a time."""

    kind = "audio"

    def __init__(self, sound: Samples, pace: Pace) -> None:
        super().__init__()
        self._frames = sound[: sound.size // SAMPLES_A_FRAME * SAMPLES_A_FRAME].reshape(
            -1, 1, SAMPLES_A_FRAME
        )
        self._pace = pace
        self._number = -1

    async def recv(self) -> av.AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        due = int(self._pace.elapsed() * RATE) // SAMPLES_A_FRAME
        self._number = max(self._number + 1, due - AUDIO_LATE_FRAMES)
        await self._pace.until(self._number * SAMPLES_A_FRAME / RATE)
        samples = self._frames[self._number % len(self._frames)]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = RATE
        frame.pts = self._number * SAMPLES_A_FRAME
        frame.time_base = Fraction(1, RATE)
        return frame
