"""Keyframe requests to one publisher: many may ask, it is asked at most twice a second."""

import asyncio
import time
from collections.abc import Callable

INTERVAL_SECONDS = 0.5


class KeyframeRequests:
    """Relays requests by calling ``send``; one that comes too early is put off, never lost."""

    def __init__(self, send: Callable[[], None], interval: float = INTERVAL_SECONDS) -> None:
        self._send = send
        self._interval = interval
        self._sent_at = -interval
        self._later: asyncio.TimerHandle | None = None

    def ask(self) -> None:
        """A keyframe is wanted."""
        if self._later is not None:
            return
        wait = self._sent_at + self._interval - time.monotonic()
        if wait <= 0:
            self._now()
        else:
            self._later = asyncio.get_running_loop().call_later(wait, self._now)

    def close(self) -> None:
        """Ask no more."""
        if self._later is not None:
            self._later.cancel()
        self._later = None

    def _now(self) -> None:
        self._later = None
        self._sent_at = time.monotonic()
        self._send()
