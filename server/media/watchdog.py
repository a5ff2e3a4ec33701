"""The watchdog: how late the event loop is, as everything else in it must be."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable

from sessions.live.media import LoopLag

PROBE_SECONDS = 0.05
REPORT_SECONDS = 1.0
LAGS = 100
WARN_MS = 50.0
ALARM_MS = 500.0

_log = logging.getLogger(__name__)


def summarise(lags_ms: Iterable[float], cpu: float) -> LoopLag:
    """The lags' 99th percentile and the worst; ``cpu`` is the share of a core."""
    ordered = sorted(lags_ms)
    return LoopLag(ordered[(len(ordered) * 99 - 1) // 100], ordered[-1], cpu)


async def watch(report: Callable[[LoopLag], None]) -> None:
    """Probe the loop for ever; report every second about the last five, and on the share of a
    core that this process used in the last one."""
    lags: deque[float] = deque(maxlen=LAGS)
    reported, used = time.monotonic(), time.process_time()
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
        if now - reported >= REPORT_SECONDS:
            cpu = (time.process_time() - used) / (now - reported)
            reported, used = now, time.process_time()
            report(summarise(lags, cpu))
