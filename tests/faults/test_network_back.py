"""The phone's line is cut, or its address changes, in mid-call: soon the call is back."""

from pathlib import Path

from tests.faults.breaks import cuts, rebinds
from tests.faults.calls import a_call, figures
from tests.faults.noise import NOISE

HALF_SECONDS, MOST_SECONDS = 1.0, 3.0


async def test_the_call_is_back_when_the_network_is(tmp_path: Path) -> None:
    async with a_call(tmp_path) as call:
        back = await cuts(call, [5.0, 5.0, 5.0])
        back += await cuts(call, [30.0])
    assert figures(back, 50)[0] <= NOISE * HALF_SECONDS
    assert max(back) <= NOISE * MOST_SECONDS


async def test_the_call_goes_on_when_the_phones_address_changes(tmp_path: Path) -> None:
    async with a_call(tmp_path) as call:
        assert max(await rebinds(call, 3)) <= NOISE * MOST_SECONDS
