"""A person who talks and shows something: real sound and picture, sent at their pace."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from server.media import rtcp
from tests.bench.media import clip
from tests.server.media.offers import Line, browser_lines
from tests.server.media.peer import Peer, write_rtp

SOUND_SECONDS, PICTURE_SECONDS, REPORT_SECONDS = 1 / 50, 1 / 30, 1.0
SINCE_1900 = 2_208_988_800  # NTP's zero, in seconds before 1970


@dataclass(frozen=True, slots=True)
class Sent:
    """One packet: its stream, its number (unwrapped), and when it left (CLOCK_MONOTONIC)."""

    ssrc: int
    number: int
    at: float


class Talk:
    """``sent`` is all that went out, in order. ``rate`` multiplies how much that is."""

    def __init__(self, peer: Peer, *, shows: bool = True, rate: int = 1) -> None:
        self.sent: list[Sent] = []
        self._peer = peer
        self._rate = rate
        self._clip = clip.load()
        self._sound = next(line for line in peer.lines if line.kind == "audio")
        self._picture = next(line for line in peer.lines if line.kind == "video")
        self._shows = shows
        self._numbers = {self._sound.ssrc: 65_000, self._picture.ssrc: 65_000}
        self._began = time.monotonic()

    async def go_on(self) -> None:
        """Talk until cancelled; what is late is made up for."""
        self._began = time.monotonic()
        due = {"sound": 0.0, "picture": 0.0 if self._shows else float("inf"), "report": 0.5}
        while True:
            what = min(due, key=lambda kind: due[kind])
            wait = self._began + due[what] - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            if what == "sound":
                self._say(round(due[what] / SOUND_SECONDS))
                due[what] += SOUND_SECONDS
            elif what == "picture":
                self._show(round(due[what] / PICTURE_SECONDS))
                due[what] += PICTURE_SECONDS
            else:
                self._report()
                due[what] += REPORT_SECONDS

    def _say(self, beat: int) -> None:
        sounds = self._clip.sounds
        for _ in range(self._rate):
            self._send(self._sound, sounds[beat % len(sounds)], beat * 960)

    def _show(self, beat: int) -> None:
        packets = self._clip.frames[beat % len(self._clip.frames)]
        for place, payload in enumerate(packets):
            for _ in range(self._rate):
                self._send(self._picture, payload, beat * 3000, last=place == len(packets) - 1)

    def _send(self, line: Line, payload: bytes, timestamp: int, *, last: bool = False) -> None:
        assert line.ssrc is not None
        number = self._numbers[line.ssrc] = self._numbers[line.ssrc] + 1
        packet = write_rtp(
            line.payload_type,
            number,
            timestamp & 0xFFFFFFFF,
            line.ssrc,
            payload,
            marker=last,
            extensions=self._peer.extensions(line),
        )
        self.sent.append(Sent(line.ssrc, number, time.monotonic()))
        self._peer.send(packet)

    def _report(self) -> None:
        passed = time.monotonic() - self._began
        ntp = int((time.time() + SINCE_1900) * (1 << 32))
        for line, clock in ((self._sound, 48_000), (self._picture, 90_000)):
            assert line.ssrc is not None
            stamp = int(passed * clock) & 0xFFFFFFFF
            report = rtcp.sender_report(line.ssrc, ntp, stamp, len(self.sent), 0)
            self._peer.send_rtcp(report + rtcp.description(line.ssrc, "talk"))


@asynccontextmanager
async def talking(*talks: Talk) -> AsyncIterator[None]:
    """While this lasts they talk."""
    tasks = [asyncio.create_task(talk.go_on()) for talk in talks]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


def peer(person: int) -> Peer:
    """A peer whose streams are nobody else's."""
    return Peer(browser_lines(*(10 * person + kind for kind in (1001, 1002, 1003))))
