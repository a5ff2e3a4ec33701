"""A demo caller at a socket: replies find their question, refusals and hang-ups are told."""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from server.demo.caller import Caller, HungUp, Refused

Talk = Callable[[web.WebSocketResponse], Awaitable[None]]


async def call(talk: Talk, asks: Callable[[Caller], Awaitable[None]]) -> None:
    """Hold a call with a server that talks like this."""

    async def socket(request: web.Request) -> web.WebSocketResponse:
        response = web.WebSocketResponse()
        await response.prepare(request)
        await talk(response)
        await response.close()
        return response

    app = web.Application()
    app.router.add_get("/socket", socket)
    async with (
        TestServer(app) as server,
        ClientSession(server.make_url("/")) as http,
        http.ws_connect("/socket") as wire,
        Caller(wire) as caller,
    ):
        await asks(caller)


async def test_a_reply_finds_its_question_among_other_news() -> None:
    async def talk(wire: web.WebSocketResponse) -> None:
        first = await wire.receive_json()
        await wire.send_json({"type": "room", "version": 1})
        await wire.send_json({"type": "done", "reply_to": "of somebody else"})
        await wire.send_json({"type": "answer", "reply_to": first["id"], "sdp": first["sdp"][::-1]})
        await wire.receive()

    async def asks(caller: Caller) -> None:
        assert (await caller.say("offer", sdp="v=0"))["sdp"] == "0=v"
        assert (await caller.told("room"))["version"] == 1

    await call(talk, asks)


async def test_a_refusal_is_raised_with_its_code() -> None:
    async def talk(wire: web.WebSocketResponse) -> None:
        asked = await wire.receive_json()
        error = {"type": "error", "error": "note-needed", "message": "Please say why."}
        await wire.send_json({**error, "reply_to": asked["id"]})
        await wire.receive()

    async def asks(caller: Caller) -> None:
        with pytest.raises(Refused, match="Please say why") as refusal:
            await caller.say("mark", step="park", mark="skipped")
        assert refusal.value.code == "note-needed"

    await call(talk, asks)


async def test_news_are_waited_for_until_they_are_as_wanted() -> None:
    async def talk(wire: web.WebSocketResponse) -> None:
        for version in (1, 2, 3):
            await wire.send_json({"type": "room", "version": version})
        await wire.receive()

    async def asks(caller: Caller) -> None:
        room = await caller.told("room", lambda room: room["version"] == 3)
        assert room["version"] == 3

    await call(talk, asks)


async def test_who_is_hung_up_on_is_told_while_asking_and_while_waiting() -> None:
    async def talk(wire: web.WebSocketResponse) -> None:
        await wire.receive_json()
        await wire.close(code=4002)

    async def asks(caller: Caller) -> None:
        with pytest.raises(HungUp, match="4002"):
            await caller.say("ping")
        with pytest.raises(HungUp, match="4002"):
            await caller.told("room")
        with pytest.raises(HungUp, match="4002"):
            await caller.say("ping")

    await call(talk, asks)
