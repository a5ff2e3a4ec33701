"""The watchdog: how late the event loop is, as everything else in it must be."""

import asyncio
import logging
import time
from collections.abc import Callable

from sessions.live.media import LoopLag

PROBE_SECONDS = 0.05
REPORT_SECONDS = 5.0
WARN_MS = 50.0
ALARM_MS = 500.0

_log = logging.getLogger(__name__)


def summarise(lags_ms: list[float]) -> LoopLag:
    """The lags' 99th percentile and the worst."""
    ordered = sorted(lags_ms)
    return LoopLag(p99_ms=ordered[(len(ordered) * 99 - 1) // 100], worst_ms=ordered[-1])


async def watch(report: Callable[[LoopLag], None]) -> None:
    """Probe the loop for ever; report every five seconds."""
    lags: list[float] = []
    due = time.monotonic() + REPORT_SECONDS
    while True:
        before = time.monotonic()
        await asyncio.sleep(PROBE_SECONDS)
        now = time.monotonic()
        lag = max(0.0, (now - before - PROBE_SECONDS) * 1000)
        lags.append(lag)
        if lag > ALARM_MS:
            _log.error("media loop stood still", extra={"lag_ms": round(lag)})
        elif lag > WARN_MS:
            _log.warning("media loop is late", extra={"lag_ms": round(lag)})
        if now >= due:
            report(summarise(lags))
            lags.clear()
            due = now + REPORT_SECONDS
