"""One participant, several tabs, lost connections and a server that restarts."""

from datetime import timedelta
from pathlib import Path

from tests.server.web.media import connect
from tests.world import World, presence, world

GUEST = {"side": "guest"}


async def story_of(farhand: World, session: str, participant: str) -> list[str]:
    """What the timeline says of one participant's coming and going."""
    told = {"joined", "left", "lost", "back"}
    return [
        event["event"].partition(".")[2]
        for event in await farhand.events(session)
        if event["participant"] == participant and event["event"].partition(".")[2] in told
    ]


async def test_a_second_tab_is_refused_and_the_first_goes_on(farhand: World) -> None:
    async with farhand.call() as call:
        async with farhand.socket(call.kim_browser, hello=GUEST) as second:
            refusal = await second.hear("error")
            assert (refusal["error"], refusal["reply_to"]) == ("already-here", "hello")
            assert "다른 탭" in refusal["message"]
            assert await second.closed() == 4005
        assert (await call.kim.ask("ping"))["type"] == "pong"
        assert (await call.kim.ask("mark", step="park", mark="done"))["type"] == "done"


async def test_a_second_tab_takes_over_when_asked_to(farhand: World) -> None:
    async with farhand.call() as call:
        hello = {**GUEST, "take_over": True}
        async with farhand.socket(call.kim_browser, hello=hello) as second:
            assert (await second.hear("welcome"))["you"] == call.kim_id
            await call.kim.hear("replaced")
            assert await call.kim.closed() == 4001
            room = await second.room(lambda room: presence(room, call.kim_id) == "in")
            assert len(room["participants"]) == 2
            assert (await second.ask("mark", step="park", mark="done"))["type"] == "done"
        await call.lin.room(lambda room: presence(room, call.kim_id) == "reconnecting")
        assert await story_of(farhand, call.session, call.kim_id) == ["joined", "lost"]


async def test_an_engineer_has_one_console_too(farhand: World) -> None:
    async with farhand.call() as call:
        staff = {"side": "staff", "session": call.session}
        async with farhand.socket(call.lin_browser, hello=staff) as second:
            assert (await second.hear("error"))["error"] == "already-here"
        async with farhand.socket(call.lin_browser, hello={**staff, "take_over": True}) as second:
            await second.hear("welcome")
            assert await call.lin.closed() == 4001


async def test_a_reloaded_tab_is_back_at_once(farhand: World) -> None:
    async with farhand.call() as call:
        resume = call.kim.last("welcome")["resume"]
        # The page is reloaded before the server has noticed that its socket is gone.
        async with farhand.socket(call.kim_browser, hello={**GUEST, "resume": resume}) as reloaded:
            assert (await reloaded.hear("welcome"))["you"] == call.kim_id
            await reloaded.room(lambda room: presence(room, call.kim_id) == "in")
            assert reloaded.last("procedure") is not None
            assert await call.kim.closed() == 4001
        await call.lin.room(lambda room: presence(room, call.kim_id) == "reconnecting")
        assert await story_of(farhand, call.session, call.kim_id) == ["joined", "lost"]


async def test_a_token_of_another_tab_does_not_open_this_one(farhand: World) -> None:
    async with farhand.call() as call:
        resume = call.lin.last("welcome")["resume"]
        hello = {**GUEST, "resume": resume}
        async with farhand.socket(call.kim_browser, hello=hello) as second:
            assert (await second.hear("error"))["error"] == "already-here"


async def test_the_other_side_sees_a_lost_connection_and_its_return(farhand: World) -> None:
    async with farhand.call() as call:
        await call.kim.socket.close()
        await call.lin.room(lambda room: presence(room, call.kim_id) == "reconnecting")
        async with farhand.socket(call.kim_browser, hello=GUEST) as back:
            await back.hear("welcome")
            await call.lin.room(lambda room: presence(room, call.kim_id) == "in")
            assert await story_of(farhand, call.session, call.kim_id) == ["joined", "lost", "back"]
        page = await farhand.story(call.lin_browser)
        assert "Kim Minjun lost the connection" in page
        assert "Kim Minjun is back" in page


async def test_who_stays_away_has_left_and_joins_anew(farhand: World) -> None:
    async with farhand.call() as call:
        await call.kim.socket.close()
        await call.lin.room(lambda room: presence(room, call.kim_id) == "reconnecting")
        farhand.clock.move(timedelta(seconds=91))
        await call.lin.room(lambda room: presence(room, call.kim_id) == "left")
        async with farhand.socket(call.kim_browser, hello=GUEST) as back:
            await back.room(lambda room: presence(room, call.kim_id) == "in")
        await call.lin.room(lambda room: presence(room, call.kim_id) == "reconnecting")
        assert await story_of(farhand, call.session, call.kim_id) == [
            "joined",
            "lost",
            "left",
            "joined",
            "lost",
        ]


async def test_leaving_is_told_and_so_is_coming_back(farhand: World) -> None:
    async with farhand.call() as call:
        assert (await call.kim.ask("leave"))["type"] == "done"
        assert await call.kim.closed() == 4000
        await call.lin.room(lambda room: presence(room, call.kim_id) == "left")
        async with farhand.socket(call.kim_browser, hello=GUEST) as back:
            await back.room(lambda room: presence(room, call.kim_id) == "in")
            await call.lin.room(lambda room: presence(room, call.kim_id) == "in")
            assert await story_of(farhand, call.session, call.kim_id) == [
                "joined",
                "left",
                "joined",
            ]


async def test_what_a_tab_still_says_after_leaving_is_not_done(farhand: World) -> None:
    async with farhand.call() as call:
        await call.kim.say("leave")
        await call.kim.say("mark", step="park", mark="done")
        assert await call.kim.closed() == 4000
        events = [event["event"] for event in await farhand.events(call.session)]
        assert "step.done" not in events


async def test_media_moves_to_the_reloaded_tab(farhand: World) -> None:
    async with farhand.call() as call:
        first = await connect(call.kim)
        await call.kim.room(lambda room: room["recording"]["state"] == "on")
        resume = call.kim.last("welcome")["resume"]
        async with farhand.socket(call.kim_browser, hello={**GUEST, "resume": resume}) as reloaded:
            await reloaded.hear("welcome")
            second = await connect(reloaded)
            await first.dtls_ended.wait()
            await reloaded.ask("mark", step="park", mark="done")
            room = await call.lin.room(lambda room: "park" in room["checklist"]["marks"])
            assert presence(room, call.kim_id) == "in"
            assert room["recording"]["state"] == "on"
            await second.close()
        await first.close()
        names = [event["event"] for event in await farhand.events(call.session)]
        assert names.count("recording.begun") == 1, "a reload does not interrupt the recording"


async def test_the_end_is_told_to_everybody(farhand: World) -> None:
    async with farhand.call() as call:
        await call.lin.say("end")
        for side in (call.lin, call.kim):
            ended = await side.hear("ended")
            assert ended["by"] == "Lin Wei"
            assert await side.closed() == 4000
        staff = {"side": "staff", "session": call.session}
        for browser, hello in ((call.kim_browser, GUEST), (call.lin_browser, staff)):
            async with farhand.socket(browser, hello=hello) as again:
                assert (await again.hear("error"))["error"] == "session-ended"
        events = [event["event"] for event in await farhand.events(call.session)]
        assert events[-1] == "session.ended"
        assert "Session ended" in await farhand.story(call.lin_browser)
        path = f"/sessions/{call.session}"
        async with call.lin_browser.get(path, allow_redirects=False) as response:
            assert response.status == 303


async def test_a_room_nobody_came_back_to_ends_by_itself(farhand: World) -> None:
    async with farhand.call() as call:
        farhand.clock.move(timedelta(hours=13))
        # Twelve hours in a call are no reason to end it: somebody is there.
        assert (await call.kim.ask("ping"))["type"] == "pong"
        for side in (call.kim, call.lin):
            await side.socket.close()
        farhand.clock.move(timedelta(minutes=1))
        hello = {"side": "staff", "session": call.session}
        async with farhand.socket(call.lin_browser, hello=hello) as back:
            await back.hear("welcome")
        farhand.clock.move(timedelta(hours=12, minutes=1))

        async def nobody_there() -> bool:
            async with farhand.browser().get("/health") as response:
                return (await response.json())["rooms"] == 0

        await farhand.until(nobody_there)
        events = await farhand.events(call.session)
        assert (events[-1]["event"], events[-1]["data"]["reason"]) == ("session.ended", "idle")


async def test_a_restarted_server_takes_everybody_back_into_the_same_session(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    async with world(folder, media_process=False) as before, before.call() as call:
        resume = call.kim.last("welcome")["resume"]
        await before.stop()
        for side in (call.lin, call.kim):
            await side.hear("draining")
            assert await side.closed() == 4003
    async with world(folder, media_process=False) as after:
        lin = after.browser(like=call.lin_browser)
        kim = after.browser(like=call.kim_browser)
        async with (
            after.socket(kim, hello={**GUEST, "resume": resume}) as kims,
            after.socket(lin, hello={"side": "staff", "session": call.session}) as lins,
        ):
            assert (await kims.hear("welcome"))["you"] == call.kim_id
            assert (await lins.hear("welcome"))["you"] == call.lin_id
            for side in (kims, lins):
                room = await side.room(lambda room: len(room["participants"]) == 2)
                assert room["session"] == call.session
                assert presence(room, call.kim_id) == presence(room, call.lin_id) == "in"
                assert room["started_at"] is not None
        names = [event["event"] for event in await after.events(call.session)]
        assert "session.ended" not in names
        assert names.count("participant.admitted") == 1
