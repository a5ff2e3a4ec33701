"""More calls than the server can carry, and a server that is to stop."""

import asyncio
from datetime import timedelta

from server.app import PLANE
from server.web.keys import HUB
from sessions.live.media import LoopLag
from tests.server.media.peer import Peer
from tests.server.web.media import connect
from tests.world import OTHER_TICKET, World, presence

BUSY, CALM = LoopLag(2.0, 3.0, 0.9), LoopLag(2.0, 3.0, 0.2)


async def loaded(farhand: World, lag: LoopLag) -> None:
    """The media process reports its load for a while."""
    for _ in range(5):
        farhand.app[PLANE]._emit(lag)


async def test_a_new_call_waits_and_begins_by_itself(farhand: World) -> None:
    async with farhand.call() as call:
        running = [await connect(call.lin), await connect(call.kim)]
        lin = await farhand.signed_in()
        session = await farhand.session(lin, OTHER_TICKET)
        await farhand.console(lin, session)
        async with farhand.socket(lin, hello={"side": "staff", "session": session}) as waiting:
            await waiting.hear("welcome")
            await loaded(farhand, BUSY)
            refused = await waiting.ask("offer", sdp=Peer().offer)
            assert refused["error"] == "server-full"
            assert "begins by itself" in refused["message"]
            await waiting.hear("queued", place=1)
            await loaded(farhand, CALM)
            await waiting.hear("queued", place=0)
            begun = await connect(waiting)
            await begun.close()
        for peer in running:
            await peer.close()


async def test_a_call_that_runs_comes_back_however_full_the_server_is(farhand: World) -> None:
    async with farhand.call() as call:
        engineer = await connect(call.lin)
        await loaded(farhand, BUSY)
        again = await connect(call.lin)
        customer = await connect(call.kim)
        for peer in (engineer, again, customer):
            await peer.close()


async def test_a_program_is_told_to_come_later(farhand: World) -> None:
    program = await farhand.bearer()
    lin = await farhand.signed_in()
    session = await farhand.session(lin, OTHER_TICKET)
    await loaded(farhand, BUSY)
    async with program.post(
        f"/whip/{session}?recording=agreed",
        data=Peer().offer,
        headers={"Content-Type": "application/sdp"},
    ) as response:
        assert (response.status, (await response.json())["error"]) == (503, "server-full")


async def test_while_the_server_stops_a_call_that_runs_may_finish(farhand: World) -> None:
    hub = farhand.app[HUB]
    async with farhand.call() as call:
        by = farhand.now() + timedelta(minutes=10)
        finishing = asyncio.create_task(hub.finish(by))
        room = await call.kim.room(lambda room: room["finish_by"] is not None)
        assert presence(room, call.lin_id) == "in"
        peer = await connect(call.kim)  # and come back, as often as needed
        await peer.close()
        assert not finishing.done()
        await call.lin.ask("end")
        await asyncio.wait_for(finishing, 10)


async def test_while_the_server_stops_nothing_begins(farhand: World) -> None:
    lin = await farhand.signed_in()
    session = await farhand.session(lin, OTHER_TICKET)
    staff = {"side": "staff", "session": session}
    async with farhand.call() as call, farhand.socket(lin, hello=staff) as alone:
        await alone.hear("welcome")
        finishing = asyncio.create_task(
            farhand.app[HUB].finish(farhand.now() + timedelta(minutes=10))
        )
        await alone.hear("draining")
        assert await alone.closed() == 4003
        async with farhand.socket(lin, hello=staff) as again:
            await again.hear("draining")
            assert await again.closed() == 4003
        async with lin.get("/health") as response:
            assert (await response.json())["stopping"] is True
        await call.lin.ask("end")
        await asyncio.wait_for(finishing, 10)


async def test_a_call_that_goes_on_and_on_is_cut_at_the_limit(farhand: World) -> None:
    async with farhand.call():
        by = farhand.now() + timedelta(minutes=10)
        finishing = asyncio.create_task(farhand.app[HUB].finish(by))
        await asyncio.sleep(0)
        assert not finishing.done()
        farhand.clock.move(timedelta(minutes=10))
        await asyncio.wait_for(finishing, 10)


async def test_an_idle_server_stops_at_once(farhand: World) -> None:
    await asyncio.wait_for(farhand.app[HUB].finish(farhand.now() + timedelta(minutes=10)), 1)
