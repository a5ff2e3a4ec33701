"""The server is killed in mid-call: next to nothing is lost, and the call comes back by itself."""

from pathlib import Path

from tests.faults.breaks import restarts
from tests.faults.calls import a_call
from tests.faults.kills import kills
from tests.faults.lab.servers import server
from tests.faults.noise import NOISE

LOST_SECONDS, BACK_SECONDS = 1.0, 4.0


async def test_what_was_recorded_can_be_played(tmp_path: Path) -> None:
    async with server(tmp_path) as running:
        killed = await kills(running, 3)
    assert [kill.faults for kill in killed] == [[], [], []]
    assert max(kill.lost_s for kill in killed) <= LOST_SECONDS


async def test_the_call_is_back_when_the_server_is(tmp_path: Path) -> None:
    async with a_call(tmp_path) as call:
        assert max(await restarts(call, 2)) <= NOISE * BACK_SECONDS
