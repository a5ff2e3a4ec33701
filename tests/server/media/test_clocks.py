"""Keyframe requests in time, and the watchdog."""

import asyncio
import logging
import time

import pytest

from server.media import watchdog
from server.media.keyframes import KeyframeRequests
from sessions.live.media import LoopLag


async def test_the_first_request_goes_out_at_once_and_a_second_one_later() -> None:
    sent: list[float] = []
    twice = asyncio.Event()

    def send() -> None:
        sent.append(time.monotonic())
        if len(sent) == 2:
            twice.set()

    requests = KeyframeRequests(send, interval=0.05)
    requests.ask()
    assert len(sent) == 1
    for _ in range(10):
        requests.ask()
    assert len(sent) == 1
    await asyncio.wait_for(twice.wait(), 5)
    assert sent[1] - sent[0] >= 0.05


async def test_after_the_end_nothing_is_asked() -> None:
    sent: list[str] = []
    later = asyncio.Event()
    ended = KeyframeRequests(lambda: sent.append("ended"), interval=0.01)
    going_on = KeyframeRequests(later.set, interval=0.02)
    for requests in (ended, ended, going_on):
        requests.ask()
    later.clear()
    going_on.ask()
    ended.close()
    await asyncio.wait_for(later.wait(), 5)
    assert sent == ["ended"]


def test_lags_are_summed_up() -> None:
    lags = [1.0] * 99 + [80.0]
    assert watchdog.summarise(lags, 0.2) == LoopLag(p99_ms=1.0, worst_ms=80.0, cpu=0.2)
    assert watchdog.summarise([3.0], 0) == LoopLag(p99_ms=3.0, worst_ms=3.0, cpu=0)


async def test_a_loop_that_stands_still_is_reported(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watchdog, "REPORT_SECONDS", 0.2)
    reports: asyncio.Queue[LoopLag] = asyncio.Queue()
    watching = asyncio.create_task(watchdog.watch(reports.put_nowait))
    await asyncio.sleep(0)
    with caplog.at_level(logging.WARNING, "server.media.watchdog"):
        time.sleep(0.7)
        report = await asyncio.wait_for(reports.get(), 10)
    assert report.worst_ms > watchdog.ALARM_MS
    assert 0 <= report.cpu < 1.5
    assert "media loop stood still" in caplog.text
    watching.cancel()
