"""A call goes on through loss: pictures move, nothing stands still for long, all is in step."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.faults.calls import Call, a_call, figures
from tests.faults.loss import DELAY_MS, lossy, offsets, single
from tests.faults.noise import NOISE

SHARE = 0.95
FREEZE_MS, SINGLE_FREEZE_MS, APART_MS = 500, 250, 40


@pytest_asyncio.fixture
async def call(tmp_path: Path) -> AsyncIterator[Call]:
    """Over a line with a round trip of 100 ms."""
    async with a_call(tmp_path, delay_ms=DELAY_MS) as running:
        yield running


async def test_a_tenth_of_all_packets_is_lost(call: Call) -> None:
    seen = await lossy(call, 20)
    assert seen.share >= 1 - NOISE * (1 - SHARE)
    assert seen.freeze_ms <= NOISE * FREEZE_MS
    apart = await offsets(call, 15)
    assert len(apart) >= 10
    assert figures(apart, 95)[0] <= NOISE * APART_MS


async def test_a_packet_and_its_first_retransmission_are_lost(call: Call) -> None:
    freezes = [*await single(call, "up", 8), *await single(call, "down", 8)]
    assert figures(freezes, 90)[0] <= NOISE * SINGLE_FREEZE_MS
