"""A call goes on through loss: pictures move, nothing stands still for long, all is in step."""

import pytest

from tests.faults.calls import Call, figures
from tests.faults.lab.rights import needs_namespaces
from tests.faults.loss import DELAY_MS, lossy, offsets, single
from tests.faults.noise import NOISE

pytestmark = [needs_namespaces, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

LINE = {"delay_ms": DELAY_MS}
SHARE = 0.95
FREEZE_MS, SINGLE_FREEZE_MS, APART_MS = 500, 250, 40


async def test_a_packet_and_its_first_retransmission_are_lost(call: Call) -> None:
    freezes = [*await single(call, "up", 6), *await single(call, "down", 6)]
    assert figures(freezes, 50)[0] <= NOISE * SINGLE_FREEZE_MS


async def test_a_tenth_of_all_packets_is_lost(call: Call) -> None:
    seen = await lossy(call, 20)
    assert seen.share >= 1 - NOISE * (1 - SHARE)
    assert seen.freeze_ms <= NOISE * FREEZE_MS
    apart = await offsets(call, 12)
    assert len(apart) >= 8
    assert figures(apart, 95)[0] <= NOISE * APART_MS
