"""The phone's line is cut in mid-call: when it is back, so is the call."""

from pathlib import Path

from tests.faults.breaks import cuts
from tests.faults.calls import a_call, figures


async def test_a_call_is_back_when_the_network_is(tmp_path: Path) -> None:
    async with a_call(tmp_path) as call:
        back = await cuts(call, [5.0, 5.0, 30.0])
    print(back)
