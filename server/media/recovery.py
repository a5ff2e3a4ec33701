"""Recovery: a leg's missing packets are asked for, until they are there or given up."""

import asyncio
import time
from typing import Protocol

from server.media import losses
from server.media.source import Source
from sessions.live.media import Track

SOONEST_NS = 2_000_000


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
        self._is_due = False

    def begin(self) -> None:
        """Something is missing: ask for it as soon as all that has come is read."""
        if not self._is_due:
            self._is_due = True
            self._set(0)

    def close(self) -> None:
        """Ask no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _set(self, after_ns: int) -> None:
        self.close()
        self._timer = asyncio.get_running_loop().call_later(after_ns / 1e9, self._ask)

    def _ask(self) -> None:
        self._is_due, self._timer = False, None
        leg, now = self._leg, time.monotonic_ns()
        again = []
        for source in leg.sources.values():
            if not source.losses.waits or source.ssrc is None:
                continue
            numbers, given_up = source.losses.due(now, leg.round_trip_ns)
            if numbers:
                leg.send_rtcp(losses.request(leg.ssrc, source.ssrc, numbers))
            if given_up:
                source.want_keyframe()
            if source.losses.waits:
                again.append(source.losses.next_ns)
        if again:
            self._set(max(SOONEST_NS, min(again) - now))
