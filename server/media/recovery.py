"""Recovery: a leg's missing packets are asked for, until they are there or given up."""

import asyncio
import time
from typing import Protocol

from server.media import losses
from server.media.source import Source
from sessions.live.media import Track

AGAIN_SECONDS = 0.01


class Sender(Protocol):
    """The leg whose streams these are."""

    ssrc: int
    sources: dict[Track, Source]

    @property
    def round_trip_ns(self) -> int | None: ...

    def send_rtcp(self, packet: bytes) -> None: ...


class Recovery:
    """Sends NACKs (RFC 4585) for a leg while something of it is missing."""

    def __init__(self, leg: Sender) -> None:
        self._leg = leg
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Something is missing: ask for it as soon as all that has come is read."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(0, self._ask)

    def close(self) -> None:
        """Ask no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _ask(self) -> None:
        self._timer = None
        leg, now = self._leg, time.monotonic_ns()
        waits = False
        for source in leg.sources.values():
            if not source.losses.waits or source.ssrc is None:
                continue
            numbers, given_up = source.losses.due(now, leg.round_trip_ns)
            if numbers:
                leg.send_rtcp(losses.request(leg.ssrc, source.ssrc, numbers))
            if given_up:
                source.want_keyframe()
            waits = waits or source.losses.waits
        if waits:
            self._timer = asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._ask)
