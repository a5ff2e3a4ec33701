"""Marks by HTTP: what the phone kept while it had no connection counts as made when it was made."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.server.web.media import connect
from tests.world import NO_PROCEDURE, Browser, Call, World, world

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


async def post(browser: Browser, **mark: Any) -> tuple[int, dict[str, Any]]:
    async with browser.post("/join/marks", json=mark) as response:
        return response.status, await response.json()


def mark(
    farhand: World, name: str, step: str = "park", *, ago: timedelta = SECOND, **more: Any
) -> dict[str, Any]:
    made_at = (farhand.now() - ago).isoformat()
    return {"id": name, "step": step, "mark": "done", "made_at": made_at, **more}


async def begun_a_while_ago(farhand: World, call: Call) -> None:
    """Everybody's clocks move on, and the phone has been without a connection."""
    farhand.clock.move(20 * MINUTE)
    await call.lin.ask("ping")


def marks(room: dict[str, Any]) -> dict[str, str]:
    return {step: mark["mark"] for step, mark in room["checklist"]["marks"].items()}


async def step_events(farhand: World, session: str) -> list[str]:
    events = await farhand.events(session)
    return [event["event"] for event in events if event["event"].startswith("step.")]


async def test_a_mark_is_seen_by_everybody(farhand: World) -> None:
    async with farhand.call() as call:
        status, said = await post(call.kim_browser, **mark(farhand, "one", ago=timedelta()))
        assert (status, said["stands"]) == (200, True)
        for side in (call.lin, call.kim):
            room = await side.room(lambda room: room["checklist"]["current"] == "charging")
            assert room["checklist"]["marks"]["park"]["by"] == call.kim_id
        assert "Marked at" not in await farhand.story(call.lin_browser)


async def test_a_late_mark_counts_from_when_it_was_made(farhand: World) -> None:
    async with farhand.call() as call:
        await begun_a_while_ago(farhand, call)
        late = mark(farhand, "one", ago=17 * MINUTE)
        status, said = await post(call.kim_browser, **late)
        assert status == 200
        assert datetime.fromisoformat(said["at"]) == datetime.fromisoformat(late["made_at"])
        room = await call.lin.room(lambda room: marks(room))
        shown = room["checklist"]["marks"]["park"]["at"]
        assert datetime.fromisoformat(shown) == datetime.fromisoformat(late["made_at"])
        assert "Marked at" in await farhand.story(call.lin_browser)


async def test_the_phones_clock_is_held_within_the_session(farhand: World) -> None:
    async with farhand.call() as call:
        await call.lin.room(lambda room: room["started_at"] is not None)
        _, early = await post(call.kim_browser, **mark(farhand, "one", ago=100 * MINUTE))
        _, ahead = await post(call.kim_browser, **mark(farhand, "two", "charging", ago=-MINUTE))
        for said in (early, ahead):
            at = datetime.fromisoformat(said["at"])
            assert farhand.now() - MINUTE < at <= farhand.now()


async def test_the_same_mark_twice_is_one(farhand: World) -> None:
    async with farhand.call() as call:
        same = mark(farhand, "one")
        replies = await asyncio.gather(*(post(call.kim_browser, **same) for _ in range(4)))
        assert {status for status, _ in replies} == {200}
        assert len({said["at"] for _, said in replies}) == 1
        said = await call.kim.ask("mark", id="one", step="park", mark="done")
        assert said["type"] == "done"
        assert await step_events(farhand, call.session) == ["step.done"]
        status, said = await post(call.kim_browser, **{**same, "step": "charging"})
        assert (status, said["error"]) == (409, "id-used")


async def test_a_later_mark_by_somebody_else_stands(farhand: World) -> None:
    async with farhand.call() as call:
        await begun_a_while_ago(farhand, call)
        problem = mark(farhand, "one", ago=10 * MINUTE, mark="problem", note="No chock")
        await call.lin.ask("mark", step="park", mark="done")
        await call.kim.room(lambda room: room["checklist"]["current"] == "charging")
        status, said = await post(call.kim_browser, **problem)
        assert (status, said["stands"]) == (200, False)
        assert (await post(call.kim_browser, **problem))[1]["stands"] is False
        # Nothing has changed for anybody who looks now, or after a restart ...
        await call.lin.ask("mark", step="charging", mark="done")
        room = await call.lin.room(lambda room: "charging" in marks(room))
        assert marks(room)["park"] == "done"
        # ... and it is in the story all the same.
        assert await step_events(farhand, call.session) == [
            "step.overtaken",
            "step.done",
            "step.done",
        ]
        story = await farhand.story(call.lin_browser)
        assert "a mark that came late changes nothing" in story
        assert "No chock" in story


async def test_an_earlier_mark_by_somebody_else_is_overtaken(farhand: World) -> None:
    async with farhand.call() as call:
        await call.lin.ask("mark", step="park", mark="problem", note="No chock")
        await begun_a_while_ago(farhand, call)
        status, said = await post(call.kim_browser, **mark(farhand, "one", ago=10 * MINUTE))
        assert (status, said["stands"]) == (200, True)
        await call.lin.room(lambda room: marks(room).get("park") == "done")


async def test_an_overtaken_mark_stays_so_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with world(folder, media_process=False) as before, before.call() as call:
        await begun_a_while_ago(before, call)
        await call.lin.ask("mark", step="park", mark="done")
        late = mark(before, "one", ago=10 * MINUTE, mark="problem", note="No chock")
        assert (await post(call.kim_browser, **late))[0] == 200
    async with world(folder, media_process=False) as after:
        kim = after.browser(like=call.kim_browser)
        async with after.socket(kim, hello={"side": "guest"}) as back:
            assert marks(await back.hear("room")) == {"park": "done"}


async def test_nobody_has_the_call_open(tmp_path: Path) -> None:
    """The server was started anew, the phone only empties what it kept."""
    folder = tmp_path / "data"
    async with world(folder, media_process=False) as before, before.call() as call:
        pass
    async with world(folder, media_process=False) as after:
        kim = after.browser(like=call.kim_browser)
        assert (await post(kim, **mark(after, "one")))[0] == 200
        async with after.socket(kim, hello={"side": "guest"}) as back:
            assert marks(await back.hear("room")) == {"park": "done"}


async def test_a_mark_that_comes_after_the_session(farhand: World) -> None:
    async with farhand.call() as call:
        farhand.clock.move(5 * MINUTE)
        kept = mark(farhand, "one", ago=2 * MINUTE, participant=call.kim_id)
        room = await call.lin.room(lambda room: True)
        kept["checklist"] = room["checklist"]["id"]
        await call.lin.ask("end")
        await call.kim.hear("ended")
        again = await farhand.session(call.lin_browser)
        assert (await post(call.kim_browser, **kept))[0] == 200
        assert await step_events(farhand, call.session) == ["step.done"]
        assert await step_events(farhand, again) == []
        farhand.clock.move(11 * MINUTE)


async def test_the_link_has_ended(farhand: World) -> None:
    async with farhand.call() as call:
        await call.lin.ask("end")
        await call.kim.hear("ended")
        farhand.clock.move(11 * MINUTE)
        status, said = await post(call.kim_browser, **mark(farhand, "one"))
        assert (status, said["error"]) == (410, "invitation-expired")


async def test_a_mark_of_the_procedure_before(farhand: World) -> None:
    """It is written to the checklist it was made on, and the steps of now stay as they are."""
    async with farhand.call() as call:
        old = (await call.lin.room(lambda room: True))["checklist"]["id"]
        await call.lin.ask("attach", procedure="ups-battery-module")
        room = await call.lin.room(lambda room: room["checklist"]["id"] != old)
        status, _ = await post(call.kim_browser, **mark(farhand, "one", checklist=old))
        assert status == 200
        status, said = await post(call.kim_browser, **mark(farhand, "two"))
        assert (status, said["error"]) == (404, "step-unknown")
        await call.lin.ask("attach", procedure="bus-hv-isolation")
        room = await call.lin.room(lambda room: room["checklist"]["id"] == old)
        assert marks(room) == {"park": "done"}


async def test_what_cannot_be_marked_is_refused(farhand: World) -> None:
    async with farhand.call() as call:
        right = mark(farhand, "one")
        for change, status, code in (
            ({"step": "dance"}, 404, "step-unknown"),
            ({"mark": "skipped"}, 400, "note-needed"),
            ({"mark": "forgotten"}, 400, "message-refused"),
            ({"made_at": "yesterday"}, 400, "message-refused"),
            ({"made_at": "2026-11-22T02:00:00"}, 400, "message-refused"),
            ({"id": ""}, 400, "message-refused"),
            ({"note": "x" * 2001}, 400, "message-refused"),
            ({"more": 1}, 400, "message-refused"),
            ({"participant": call.lin_id}, 404, "participant-unknown"),
            ({"checklist": call.kim_id}, 409, "no-checklist"),
        ):
            said = await post(call.kim_browser, **{**right, **change})
            assert (said[0], said[1]["error"]) == (status, code), change
        waiting = await farhand.guest()
        assert (await post(waiting, **right))[1]["error"] == "not-admitted"
        assert (await post(farhand.browser(), **right))[1]["error"] == "invitation-unknown"
        assert await step_events(farhand, call.session) == []


async def test_without_a_procedure_there_is_nothing_to_mark(farhand: World) -> None:
    async with farhand.call(NO_PROCEDURE) as call:
        status, said = await post(call.kim_browser, **mark(farhand, "one"))
        assert (status, said["error"]) == (409, "no-checklist")


async def test_a_late_mark_has_its_place_in_the_recording(farhand: World) -> None:
    async with farhand.call() as call:
        peer = await connect(call.kim)
        await call.kim.room(lambda room: room["recording"]["state"] == "on")
        farhand.clock.move(MINUTE)
        await post(call.kim_browser, **mark(farhand, "one", ago=20 * SECOND))
        room = await call.lin.room(lambda room: marks(room))
        assert 39_000 <= room["checklist"]["marks"]["park"]["offset_ms"] < 50_000
        await post(call.kim_browser, **mark(farhand, "two", "charging", ago=10 * MINUTE))
        room = await call.lin.room(lambda room: "charging" in marks(room))
        assert room["checklist"]["marks"]["charging"]["offset_ms"] is None
        await peer.close()
