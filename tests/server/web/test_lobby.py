"""The lobby: the customer waits until the engineer lets them in, or does not."""

import json
from datetime import timedelta

from tests.world import JISOO, OTHER_TICKET, TICKET, Socket, World, presence

GUEST = {"side": "guest"}


async def test_the_guest_waits_and_sees_who_will_help(farhand: World) -> None:
    lin = await farhand.signed_in()
    session = await farhand.session(lin)
    kim = await farhand.guest()
    async with farhand.socket(kim, hello=GUEST) as waiting:
        assert (await waiting.hear("welcome"))["role"] == "customer"
        lobby = await waiting.hear("lobby")
        assert (lobby["engineer"], lobby["engineer_present"]) == ("Lin Wei", False)
        async with farhand.socket(lin, hello={"side": "staff", "session": session}) as staff:
            await staff.hear("welcome")
            await waiting.hear("lobby", engineer="Lin Wei", engineer_present=True)
        await waiting.hear("lobby", engineer="Lin Wei", engineer_present=False)


async def test_the_engineer_sees_who_waits_and_since_when(farhand: World) -> None:
    lin = await farhand.signed_in()
    session = await farhand.session(lin)
    kim = await farhand.guest()
    async with farhand.socket(lin, hello={"side": "staff", "session": session}) as console:
        await console.hear("welcome")
        async with farhand.socket(kim, hello=GUEST) as waiting:
            me = (await waiting.hear("welcome"))["you"]
            since = (await waiting.hear("lobby"))["since"]
            room = await console.room(lambda room: presence(room, me) == "waiting")
            shown = next(p for p in room["participants"] if p["id"] == me)
            assert (shown["name"], shown["language"], shown["since"]) == ("Kim Minjun", "ko", since)
        await console.room(lambda room: presence(room, me) != "waiting")


async def test_the_desk_rings_until_nobody_waits(farhand: World) -> None:
    lin = await farhand.signed_in()
    kim = await farhand.guest()
    async with farhand.socket(lin, hello={"side": "staff"}) as desk:
        assert (await desk.hear("desk"))["waiting"] == []
        async with farhand.socket(kim, hello=GUEST) as waiting:
            me = (await waiting.hear("welcome"))["you"]
            since = (await waiting.hear("lobby"))["since"]
            ringing = (await desk.hear("desk"))["waiting"]
            assert [guest.pop("session") != "" for guest in ringing] == [True]
            assert ringing == [
                {
                    "ticket": TICKET,
                    "title": "Charging stops at 80 %",
                    "participant": me,
                    "name": "Kim Minjun",
                    "since": since,
                    "zone": "Asia/Seoul",
                    "place": "Depot Gangseo",
                }
            ]
        while (await desk.hear("desk"))["waiting"]:
            pass


async def test_the_desk_answers_a_ping_and_nothing_else(farhand: World) -> None:
    async with farhand.socket(await farhand.signed_in(), hello={"side": "staff"}) as desk:
        assert (await desk.ask("ping"))["type"] == "pong"
        assert (await desk.ask("end"))["error"] == "message-refused"
        await desk.socket.send_str("{")
        assert (await desk.hear("error"))["error"] == "message-refused"
        assert (await desk.ask("ping"))["type"] == "pong"


async def test_who_is_let_in_is_in(farhand: World) -> None:
    async with farhand.call() as call:
        assert call.kim.last("procedure")["procedure"]["key"] == "bus-hv-isolation"
        names = [event["event"] for event in await farhand.events(call.session)]
        assert names.index("participant.arrived") < names.index("participant.admitted")
        assert names.count("participant.admitted") == 1
        assert names.count("session.started") == 1
        story = await farhand.story(call.lin_browser)
        assert "Kim Minjun was let in" in story
        assert "Session started" in story


async def test_who_was_let_in_waits_no_more_when_they_come_back(farhand: World) -> None:
    async with farhand.call() as call:
        await call.kim.socket.close()
        await call.lin.room(lambda room: presence(room, call.kim_id) == "reconnecting")
        async with farhand.socket(call.kim_browser, hello=GUEST) as back:
            assert (await back.hear("welcome"))["you"] == call.kim_id
            await back.room(lambda room: presence(room, call.kim_id) == "in")
            assert "lobby" not in {message["type"] for message in back.heard}


async def test_who_is_turned_away_is_told_and_may_ask_again(farhand: World) -> None:
    lin = await farhand.signed_in()
    session = await farhand.session(lin)
    kim = await farhand.guest()
    async with farhand.socket(lin, hello={"side": "staff", "session": session}) as console:
        await console.hear("welcome")
        async with farhand.socket(kim, hello=GUEST) as waiting:
            me = (await waiting.hear("welcome"))["you"]
            await console.room(lambda room: presence(room, me) == "waiting")
            assert (await console.ask("turn_away", participant=me))["type"] == "done"
            await waiting.hear("turned_away")
            assert await waiting.closed() == 4002
        await console.room(lambda room: presence(room, me) is None)
        async with farhand.socket(kim, hello=GUEST) as again:
            await again.hear("lobby")
            await console.room(lambda room: presence(room, me) == "waiting")
            assert (await console.ask("admit", participant=me))["type"] == "done"
            await again.room(lambda room: presence(room, me) == "in")
    names = [event["event"] for event in await farhand.events(session)]
    assert names.count("participant.turned-away") == 1
    assert "Kim Minjun was turned away" in await farhand.story(lin)


async def test_how_long_somebody_waits_is_not_forgotten_by_a_reload(farhand: World) -> None:
    kim = await farhand.guest()
    async with farhand.socket(kim, hello=GUEST) as first:
        since = (await first.hear("lobby"))["since"]
    farhand.clock.move(timedelta(seconds=40))
    async with farhand.socket(kim, hello=GUEST) as reloaded:
        assert (await reloaded.hear("lobby"))["since"] == since
    farhand.clock.move(timedelta(minutes=20))
    async with farhand.socket(kim, hello=GUEST) as later:
        assert (await later.hear("lobby"))["since"] > since, "this is another wait"


OFFER = {"sdp": "v=0\r\n"}
REFUSED_IN_THE_LOBBY = [
    ("offer", OFFER),
    ("media", {"microphone": "on", "camera": "on"}),
    ("admit", {"participant": "me"}),
    ("turn_away", {"participant": "me"}),
    ("attach", {"procedure": "ups-battery-module"}),
    ("mark", {"step": "park", "mark": "done"}),
    ("end", {}),
]


async def test_nothing_of_the_room_reaches_the_lobby(farhand: World) -> None:
    async with farhand.call() as call:
        seo = await farhand.guest(await farhand.invitation("Seo Yuna"))
        async with farhand.socket(seo, hello=GUEST) as waiting:
            me = (await waiting.hear("welcome"))["you"]
            for kind, fields in REFUSED_IN_THE_LOBBY:
                fields = {key: me if value == "me" else value for key, value in fields.items()}
                assert (await waiting.ask(kind, **fields))["error"] == "not-admitted", kind
            await call.lin.ask("mark", step="park", mark="done")
            await call.kim.ask("media", microphone="on", camera="off")
            assert (await waiting.ask("ping"))["type"] == "pong"
            assert {message["type"] for message in waiting.heard} <= {
                "welcome",
                "lobby",
                "error",
                "pong",
            }
            heard = json.dumps(waiting.heard)
            for secret in (call.kim_id, call.lin_id, "Kim Minjun", "park", TICKET):
                assert secret not in heard


async def test_other_guests_do_not_see_who_waits(farhand: World) -> None:
    async with farhand.call() as call:
        seo = await farhand.guest(await farhand.invitation("Seo Yuna"))
        async with farhand.socket(seo, hello=GUEST) as waiting:
            me = (await waiting.hear("welcome"))["you"]
            await call.lin.room(lambda room: presence(room, me) == "waiting")
            await call.kim.ask("media", microphone="on", camera="off")
            room = await call.kim.room(lambda room: "on" in str(room["participants"]))
            assert presence(room, me) is None
            assert "Yuna" not in json.dumps(call.kim.heard)


FOR_STAFF = [
    ("admit", {"participant": "seo"}),
    ("turn_away", {"participant": "seo"}),
    ("attach", {"procedure": "ups-battery-module"}),
    ("end", {}),
]


async def test_a_customer_cannot_do_what_staff_can(farhand: World) -> None:
    async with farhand.call() as call:
        seo = await farhand.guest(await farhand.invitation("Seo Yuna"))
        async with farhand.socket(seo, hello=GUEST) as waiting:
            me = (await waiting.hear("welcome"))["you"]
            for kind, fields in FOR_STAFF:
                fields = {key: me if value == "seo" else value for key, value in fields.items()}
                assert (await call.kim.ask(kind, **fields))["error"] == "not-allowed", kind
            assert (await call.kim.ask("ping"))["type"] == "pong"
            assert (await waiting.ask("ping"))["type"] == "pong"
            assert "room" not in {message["type"] for message in waiting.heard}


async def test_a_guest_reaches_only_the_session_of_their_ticket(farhand: World) -> None:
    lin = await farhand.signed_in()
    session = await farhand.session(lin)
    stranger = await farhand.guest(await farhand.invitation("Asel", "en", OTHER_TICKET))
    async with farhand.socket(stranger, hello={"side": "guest", "session": session}) as socket:
        await socket.hear("lobby")
    assert [event["event"] for event in await farhand.events(session)] == ["session.opened"]
    async with farhand.socket(stranger, hello={"side": "staff", "session": session}) as socket:
        assert (await socket.hear("error"))["error"] == "sign-in-needed"
        assert await socket.closed() == 4005
    for path in (f"/sessions/{session}", f"/tickets/{TICKET}", f"/api/v1/sessions/{session}"):
        async with stranger.get(path) as response:
            assert response.status == 401


async def test_an_engineer_admits_only_who_is_in_this_session(farhand: World) -> None:
    other = await farhand.guest(await farhand.invitation("Asel", "en", OTHER_TICKET))
    async with farhand.call() as call, farhand.socket(other, hello=GUEST) as elsewhere:
        asel = (await elsewhere.hear("welcome"))["you"]
        for kind in ("admit", "turn_away"):
            for who in (asel, "nobody", call.kim_id):
                said = await call.lin.ask(kind, participant=who)
                assert said["error"] == "participant-unknown"
        await elsewhere.ask("ping")
        assert "room" not in {message["type"] for message in elsewhere.heard}


async def test_a_supervisor_watches_along_in_the_open(farhand: World) -> None:
    async with farhand.call() as call:
        jisoo = await farhand.signed_in(JISOO)
        hello = {"side": "staff", "session": call.session}
        async with farhand.socket(jisoo, hello=hello) as watching:
            welcome = await watching.hear("welcome")
            assert welcome["role"] == "observer"
            room = await call.kim.room(lambda room: presence(room, welcome["you"]) == "in")
            shown = {p["name"]: p["role"] for p in room["participants"]}
            assert shown["Park Jisoo"] == "observer"


async def test_the_seventh_is_told_that_the_call_is_full(farhand: World) -> None:
    async with farhand.call() as call:
        tokens = [await farhand.invitation(f"Guest {n}", "en") for n in range(5)]
        sockets: list[Socket] = []
        contexts = []
        for token in tokens:
            context = farhand.socket(await farhand.guest(token), hello=GUEST)
            contexts.append(context)
            sockets.append(await context.__aenter__())
        said = []
        for socket in sockets:
            me = (await socket.hear("welcome"))["you"]
            await call.lin.room(lambda room, me=me: presence(room, me) == "waiting")
            said.append(await call.lin.ask("admit", participant=me))
        assert [reply["type"] for reply in said] == ["done"] * 4 + ["error"]
        assert said[4]["error"] == "room-full"
        room = await call.kim.room(lambda room: len(room["participants"]) == 6)
        assert sorted(room["seating"]["seats"]) == ["0", "1", "2", "3", "4"]
        await sockets[0].ask("leave")
        me = next(m["you"] for m in sockets[4].heard if m["type"] == "welcome")
        assert (await call.lin.ask("admit", participant=me))["type"] == "done"
        for context in contexts:
            await context.__aexit__(None, None, None)
