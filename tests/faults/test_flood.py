"""Whoever sends far too much, a stranger or one of the call, delays nobody else."""

import pytest

from tests.faults.flood import RATE, Trouble, flood, greedy, strangers

CALLS, SECONDS = 3, 4.0
MOST_MS = 20
NOISE = 4  # times the delay of the undisturbed calls: a machine that is busy is so for all


@pytest.mark.parametrize(
    ("trouble", "least"), [(strangers, RATE / 5), (greedy, 500)], ids=["strangers", "greedy"]
)
async def test_other_calls_are_not_delayed(trouble: Trouble, least: float) -> None:
    found = await flood(trouble, CALLS, SECONDS)
    assert found.rate > least
    assert found.delivered > 0.98
    assert found.p99_ms < MOST_MS + NOISE * found.quiet_p99_ms
