"""A server that is told to stop while a call runs."""

from pathlib import Path

import pytest

from recordings.log import Log
from tests.faults.lab.servers import Server, server
from tests.faults.talk import Talk, peer, talking
from tests.server.web.media import connect
from tests.world import OTHER_TICKET, Call


def sealed(running: Server, call: Call) -> bool:
    with Log(running.settings.recordings_dir / call.session / "part-0001.log") as log:
        return log.seal is not None


async def heard_more(call: Call, bytes_before: int) -> int:
    """More of the call has reached the disk."""
    kept = await call.lin.hear("kept")
    while kept["bytes"] <= bytes_before:
        kept = await call.lin.hear("kept")
    return int(kept["bytes"])


async def test_a_call_that_runs_is_finished_and_nothing_new_begins(tmp_path: Path) -> None:
    async with server(tmp_path / "data") as running, running.call() as call:
        engineer = await connect(call.lin, peer(2))
        customer = await connect(call.kim, peer(3))
        lin = await running.signed_in()
        session = await running.session(lin, OTHER_TICKET)
        async with talking(Talk(engineer, shows=False), Talk(customer)):
            kept = await heard_more(call, 0)
            running.terminate()
            await call.kim.room(lambda room: room["finish_by"] is not None)
            kept = await heard_more(call, kept)
            hello = {"side": "staff", "session": session}
            async with running.socket(lin, hello=hello) as refused:
                await refused.hear("draining")
            await heard_more(call, kept)
            await call.lin.ask("end")
        assert await running.ended() == 0
        assert sealed(running, call)
        await engineer.close()
        await customer.close()


@pytest.mark.parametrize("minutes", [0, 15])
async def test_whoever_is_in_a_hurry_stops_it_at_once(minutes: int, tmp_path: Path) -> None:
    """With a second signal, or because calls may not go on at all."""
    async with server(tmp_path / "data", finish_minutes=minutes) as running, running.call() as call:
        engineer = await connect(call.lin, peer(2))
        customer = await connect(call.kim, peer(3))
        async with talking(Talk(engineer, shows=False), Talk(customer)):
            await heard_more(call, 0)
            running.terminate()
            if minutes:
                await call.kim.room(lambda room: room["finish_by"] is not None)
                running.terminate()
            await call.kim.hear("draining")
        assert await running.ended() == 0
        assert sealed(running, call)
        await engineer.close()
        await customer.close()
