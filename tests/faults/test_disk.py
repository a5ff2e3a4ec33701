"""A disk that is full or stands still is the recording's trouble, never the call's."""

import pytest

from tests.faults.disk import Fault, full, stalled, stutter, why_no_disk

LONGEST_MS = 500  # what no busy machine explains, nor more than a gap or two
NOISE = 2
KEPT_AGAIN_SECONDS = 5

pytestmark = pytest.mark.skipif(bool(why_no_disk()), reason=why_no_disk())


@pytest.mark.parametrize(
    ("fault", "seconds", "trouble"),
    [(full, 3, "full"), (stalled, 3, "slow")],
    ids=["full", "stalled"],
)
async def test_the_call_does_not_stutter(fault: Fault, seconds: float, trouble: str) -> None:
    found = await stutter(fault, seconds)
    assert found.added <= NOISE
    assert found.longest_ms < LONGEST_MS
    assert trouble in found.troubles
    assert found.kept_again_s < KEPT_AGAIN_SECONDS
