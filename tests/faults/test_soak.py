"""Calls that are over leave nothing behind in the server."""

from pathlib import Path

from tests.faults.lab.servers import server
from tests.faults.soak import soak

WARM, CALLS = 11, 15
MOST_MIB = 20


async def test_calls_joined_and_left_leave_nothing(tmp_path: Path) -> None:
    async with server(tmp_path / "data", rated_calls=1) as running:
        growth = await soak(running, WARM, CALLS)
    assert growth.rss_mib < MOST_MIB
    assert growth.descriptors <= 0
    assert growth.threads <= 0
