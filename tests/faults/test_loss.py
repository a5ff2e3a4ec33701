"""A call goes on through loss: pictures move, nothing stands still for long, all is in step."""

import asyncio

import pytest
import pytest_asyncio

from tests.faults.calls import Call, figures
from tests.faults.lab.rights import needs_namespaces
from tests.faults.loss import DELAY_MS, GROWTH_SECONDS, lossy, offsets, single
from tests.faults.noise import NOISE

pytestmark = [needs_namespaces, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

SHARE = 0.95
FREEZE_MS, SINGLE_FREEZE_MS, APART_MS = 500, 250, 40


@pytest_asyncio.fixture(loop_scope="module")
async def slow(call: Call) -> Call:
    """A round trip takes 100 ms."""
    await call.line.be(delay_ms=DELAY_MS)
    await asyncio.sleep(GROWTH_SECONDS)
    return call


async def test_a_packet_and_its_first_retransmission_are_lost(slow: Call) -> None:
    freezes = [*await single(slow, "up", 6), *await single(slow, "down", 6)]
    assert figures(freezes, 90)[0] <= NOISE * SINGLE_FREEZE_MS


async def test_a_tenth_of_all_packets_is_lost(slow: Call) -> None:
    seen = await lossy(slow, 20)
    assert seen.share >= 1 - NOISE * (1 - SHARE)
    assert seen.freeze_ms <= NOISE * FREEZE_MS
    apart = await offsets(slow, 12)
    assert len(apart) >= 8
    assert figures(apart, 95)[0] <= NOISE * APART_MS
