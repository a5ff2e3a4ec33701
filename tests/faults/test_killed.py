"""The server is killed in mid-call: next to nothing is lost, and what there is can be played."""

from pathlib import Path

from tests.faults.kills import kills
from tests.faults.lab.servers import server

LOST_SECONDS = 1.0


async def test_what_was_recorded_can_be_played(tmp_path: Path) -> None:
    async with server(tmp_path) as running:
        killed = await kills(running, 3)
    assert [kill.faults for kill in killed] == [[], [], []]
    assert max(kill.lost_s for kill in killed) <= LOST_SECONDS
