"""The media process dies during a call: the call waits, nothing said is lost, media comes back."""

import os
import signal
from pathlib import Path

from server.app import PLANE
from tests.server.web.media import connect
from tests.world import presence, world


async def test_a_call_outlives_the_media_process(tmp_path: Path) -> None:
    async with world(tmp_path / "data") as farhand, farhand.call() as call:
        first = await connect(call.kim)
        await call.lin.room(lambda room: room["recording"]["state"] == "on")
        plane = farhand.app[PLANE]
        os.kill(plane.pid, signal.SIGKILL)
        assert (await call.kim.ask("mark", step="park", mark="done"))["type"] == "done"
        await call.lin.room(lambda room: presence(room, call.kim_id) == "reconnecting")
        room = await call.lin.room(lambda room: room["recording"]["state"] == "off")
        assert room["checklist"]["marks"]["park"]["mark"] == "done"

        async def media_is_back() -> bool:
            return plane.pid is not None

        await farhand.until(media_is_back)
        second = await connect(call.kim)
        await call.lin.room(lambda room: presence(room, call.kim_id) == "in")
        await call.lin.room(lambda room: room["recording"]["state"] == "on")
        for peer in (first, second):
            peer.vanish()
        names = [event["event"] for event in await farhand.events(call.session)]
        assert names.count("recording.begun") == 2
        assert names.count("step.done") == 1


async def test_a_call_that_ends_without_its_media_process_is_recorded_up_to_there(
    tmp_path: Path,
) -> None:
    async with world(tmp_path / "data") as farhand, farhand.call() as call:
        peer = await connect(call.kim)
        await call.lin.room(lambda room: room["recording"]["state"] == "on")
        peer.say()
        assert (await call.kim.hear("kept"))["bytes"] > 0
        os.kill(farhand.app[PLANE].pid, signal.SIGKILL)
        await call.lin.room(lambda room: room["recording"]["state"] == "off")
        await call.lin.ask("end")
        peer.vanish()

        async def is_sealed() -> bool:
            events = await farhand.events(call.session)
            return "recording.sealed" in [event["event"] for event in events]

        await farhand.until(is_sealed)


async def test_a_server_with_no_time_to_close_stops_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with (
        world(folder, media_process=False, drain_seconds=0) as hurried,
        hurried.call() as call,
    ):
        await call.kim.ask("mark", step="park", mark="done")
        await hurried.stop()
    async with world(folder, media_process=False) as after:
        names = [event["event"] for event in await after.events(call.session)]
        assert "step.done" in names
        assert "session.ended" not in names
