"""Figures of bad networks: a call of two browsers, one of them at the end of the lab's line."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.bench.faults.figures import Figure, Rows
from tests.faults.breaks import cuts, rebinds
from tests.faults.calls import Call, a_call, figures
from tests.faults.loss import DELAY_MS, lossy, offsets, single
from tests.faults.paths import joins
from tests.faults.wrap import duration_error_ms

SHORT_SECONDS, LONG_SECONDS = 5.0, 30.0


@asynccontextmanager
async def _call(**conditions: Any) -> AsyncIterator[Call]:
    with tempfile.TemporaryDirectory(prefix="farhand-bench-") as name:
        async with a_call(Path(name), **conditions) as call:
            yield call


async def network_back(quick: bool) -> list[Figure]:
    short, long = (3, 1) if quick else (14, 6)
    async with _call() as call:
        back = await cuts(call, [SHORT_SECONDS] * short + [LONG_SECONDS] * long)
    half, most = figures(back, 50, 95)
    return [
        Figure("fault.network_back_s_p50", half, "s"),
        Figure("fault.network_back_s_p95", most, "s"),
    ]


async def rebind(quick: bool) -> list[Figure]:
    async with _call() as call:
        back = await rebinds(call, 5 if quick else 20)
    return [Figure("fault.rebind_s", *figures(back, 95), "s")]


async def loss10(quick: bool) -> list[Figure]:
    async with _call(delay_ms=DELAY_MS) as call:
        seen = await lossy(call, 20 if quick else 60)
        apart = await offsets(call, 15 if quick else 60)
    return [
        Figure("fault.loss10_frames", seen.share, "share", "higher"),
        Figure("fault.loss10_freeze_ms", seen.freeze_ms, "ms"),
        Figure("fault.loss10_av_offset_ms", *figures(apart, 95), "ms"),
    ]


async def single_loss(quick: bool) -> list[Figure]:
    count = 10 if quick else 50
    async with _call(delay_ms=DELAY_MS) as call:
        freezes = [*await single(call, "up", count), *await single(call, "down", count)]
    return [Figure("fault.single_loss_freeze_ms", *figures(freezes, 95), "ms")]


async def tcp_only(quick: bool) -> list[Figure]:
    async with _call(has_udp=False) as call:
        took = await joins(call, 3 if quick else 10)
    return [Figure("fault.tcp_only_connect_s", max(took), "s")]


async def wrap(_: bool) -> list[Figure]:
    return [Figure("fault.wrap", await asyncio.to_thread(duration_error_ms), "ms")]


FIGURES: Rows = {
    "fault.network_back_s": network_back,
    "fault.rebind_s": rebind,
    "fault.loss10_frames": loss10,
    "fault.loss10_freeze_ms": loss10,
    "fault.loss10_av_offset_ms": loss10,
    "fault.single_loss_freeze_ms": single_loss,
    "fault.tcp_only_connect_s": tcp_only,
    "fault.wrap": wrap,
}
