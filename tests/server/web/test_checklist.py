"""The checklist: both sides work through the same steps, and every mark is kept."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.server.web.media import connect
from tests.world import NO_PROCEDURE, World, world

GUEST = {"side": "guest"}


def current(room: dict[str, Any]) -> str | None:
    return room["checklist"]["current"] if room["checklist"] else None


def mark_of(room: dict[str, Any], step: str) -> dict[str, Any] | None:
    return room["checklist"]["marks"].get(step) if room["checklist"] else None


async def step_events(farhand: World, session: str) -> list[tuple[str, str]]:
    events = await farhand.events(session)
    return [(e["event"], e["data"]["step"]) for e in events if e["event"].startswith("step.")]


async def test_both_sides_see_the_same_step(farhand: World) -> None:
    async with farhand.call() as call:
        for side in (call.lin, call.kim):
            assert current(await side.room(lambda room: True)) == "park"
        assert (await call.kim.ask("mark", step="park", mark="done"))["type"] == "done"
        for side in (call.lin, call.kim):
            room = await side.room(lambda room: current(room) == "charging")
            mark = mark_of(room, "park")
            assert (mark["mark"], mark["by"], mark["note"]) == ("done", call.kim_id, "")
        await call.lin.ask("mark", step="charging", mark="skipped", note="Not plugged in")
        for side in (call.lin, call.kim):
            room = await side.room(lambda room: current(room) == "key-off")
            assert mark_of(room, "charging")["note"] == "Not plugged in"
        assert await step_events(farhand, call.session) == [
            ("step.done", "park"),
            ("step.skipped", "charging"),
        ]
        story = await farhand.story(call.lin_browser)
        assert "Step 2 skipped" in story
        assert "Not plugged in" in story


async def test_skipping_and_problems_need_a_reason(farhand: World) -> None:
    async with farhand.call() as call:
        for mark in ("skipped", "problem"):
            for note in ("", "   "):
                said = await call.kim.ask("mark", step="park", mark=mark, note=note)
                assert said["error"] == "note-needed"
                assert "이유" in said["message"]
        assert await step_events(farhand, call.session) == []


async def test_a_problem_holds_the_step_until_it_is_done(farhand: World) -> None:
    async with farhand.call() as call:
        await call.kim.ask("mark", step="park", mark="problem", note="The chock is missing")
        room = await call.lin.room(lambda room: mark_of(room, "park"))
        assert current(room) == "park"
        await call.lin.ask("mark", step="park", mark="done")
        await call.kim.room(lambda room: current(room) == "charging")


async def test_a_step_is_opened_again(farhand: World) -> None:
    async with farhand.call() as call:
        for step in ("park", "charging"):
            await call.lin.ask("mark", step=step, mark="done")
        await call.kim.ask("mark", step="park", mark="reopened")
        room = await call.lin.room(lambda room: current(room) == "park")
        assert mark_of(room, "charging")["mark"] == "done"
        assert await step_events(farhand, call.session) == [
            ("step.done", "park"),
            ("step.done", "charging"),
            ("step.reopened", "park"),
        ]


async def test_the_same_wish_said_twice_is_one_mark(farhand: World) -> None:
    async with farhand.call() as call:
        for _ in range(3):
            said = await call.kim.ask("mark", id="once", step="park", mark="done")
            assert said["type"] == "done"
        await call.kim.socket.close()
        async with farhand.socket(call.kim_browser, hello=GUEST) as back:
            await back.hear("welcome")
            await back.ask("mark", id="once", step="park", mark="done")
            await back.ask("mark", id="another", step="park", mark="done")
        assert await step_events(farhand, call.session) == [("step.done", "park")] * 2


async def test_a_used_id_does_not_swallow_another_wish(farhand: World) -> None:
    async with farhand.call() as call:
        await call.kim.ask("mark", id="1", step="park", mark="done")
        said = await call.kim.ask("mark", id="1", step="charging", mark="done")
        assert said["error"] == "id-used"
        assert await step_events(farhand, call.session) == [("step.done", "park")]


async def test_what_is_not_in_the_checklist_cannot_be_marked(farhand: World) -> None:
    async with farhand.call() as call:
        said = await call.kim.ask("mark", step="dance", mark="done")
        assert said["error"] == "step-unknown"


async def test_without_a_procedure_there_is_nothing_to_mark(farhand: World) -> None:
    async with farhand.call(NO_PROCEDURE) as call:
        said = await call.kim.ask("mark", step="park", mark="done")
        assert said["error"] == "no-checklist"
        assert (await call.lin.ask("attach", procedure="dance"))["error"] == "procedure-unknown"
        await call.lin.ask("attach", procedure="generator-oil-filter")
        told = await call.kim.hear("procedure")
        first = told["procedure"]["steps"][0]["key"]
        await call.kim.room(lambda room: current(room) == first)
        assert (await call.kim.ask("mark", step=first, mark="done"))["type"] == "done"


async def test_two_marks_at_once_are_both_kept(farhand: World) -> None:
    async with farhand.call() as call:
        await asyncio.gather(
            call.lin.ask("mark", step="park", mark="done"),
            call.kim.ask("mark", step="charging", mark="done"),
        )
        for side in (call.lin, call.kim):
            await side.room(lambda room: current(room) == "key-off")


async def test_marks_survive_a_restart_of_the_server(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with world(folder, media_process=False) as before, before.call() as call:
        await call.kim.ask("mark", step="park", mark="done")
        await call.kim.ask("mark", step="charging", mark="problem", note="The plug is stuck")
        kim_browser, kim_id, session = call.kim_browser, call.kim_id, call.session
    async with world(folder, media_process=False) as after:
        kim = after.browser(like=kim_browser)
        async with after.socket(kim, hello=GUEST) as back:
            room = await back.room(lambda room: room["session"] == session)
            assert current(room) == "charging"
            assert mark_of(room, "park")["by"] == kim_id
            assert mark_of(room, "charging")["note"] == "The plug is stuck"


async def test_a_procedure_that_was_taken_up_again_is_the_one_after_a_restart(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    async with world(folder, media_process=False) as before, before.call() as call:
        await call.kim.ask("mark", step="park", mark="done")
        for key in ("ups-battery-module", "bus-hv-isolation"):
            await call.lin.ask("attach", procedure=key)
        room = await call.kim.room(lambda room: current(room) == "charging")
        assert mark_of(room, "park")["mark"] == "done"
    async with (
        world(folder, media_process=False) as after,
        after.socket(after.browser(like=call.kim_browser), hello=GUEST) as back,
    ):
        room = await back.hear("room")
        assert room["checklist"]["procedure"] == "bus-hv-isolation"
        assert current(room) == "charging"


async def test_a_mark_knows_its_place_in_the_recording(farhand: World) -> None:
    async with farhand.call() as call:
        await call.lin.ask("mark", step="park", mark="done")
        room = await call.lin.room(lambda room: mark_of(room, "park"))
        assert mark_of(room, "park")["offset_ms"] is None, "nothing is recorded yet"
        peer = await connect(call.kim)
        await call.kim.room(lambda room: room["recording"]["state"] == "on")
        farhand.clock.move(timedelta(seconds=10))
        await call.kim.ask("mark", step="charging", mark="done")
        room = await call.lin.room(lambda room: mark_of(room, "charging"))
        offset = mark_of(room, "charging")["offset_ms"]
        events = await farhand.events(call.session)
        begun = next(e for e in events if e["event"] == "recording.begun")
        marked = next(e for e in events if e["data"].get("step") == "charging")
        assert begun["offset_ms"] == 0
        assert marked["offset_ms"] == offset
        assert 10_000 <= offset < 60_000
        await peer.close()
