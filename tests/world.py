"""The small world the stories play in: a real server, its people, a depot with a bus."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from server import seed
from server.app import build_app
from server.settings import Settings
from server.web import keys
from sessions.desk.tickets import ticket_files
from sessions.people.invitations import Invitation
from sessions.people.logins import ApiToken, SignInLink
from sessions.people.persons import Person

LIN, JISOO, ADMIN = seed.ENGINEER, seed.SUPERVISOR, seed.ADMINISTRATOR
TICKET = f"SR-{datetime.now(UTC).year}-0001"


class Browser(aiohttp.ClientSession):
    """Somebody's browser: keeps cookies, sends Origin as browsers do."""


class Socket:
    """One signalling connection in a test's hands."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self._number = 0

    async def hear(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Wait for the next message of a kind whose fields are as wanted; others are kept."""
        while True:
            message = await self.next()
            if message["type"] == kind and all(message.get(k) == v for k, v in wanted.items()):
                return message

    async def room(self, condition: Any) -> dict[str, Any]:
        """Wait for a state of the room that meets a condition."""
        while True:
            message = await self.hear("room")
            if condition(message):
                return message

    async def next(self) -> dict[str, Any]:
        frame = await asyncio.wait_for(self.socket.receive(), 10)
        assert frame.type is aiohttp.WSMsgType.TEXT, (frame, self.socket.close_code)
        message: dict[str, Any] = json.loads(frame.data)
        self.heard.append(message)
        return message

    async def closed(self) -> int | None:
        """Wait until the server has closed the socket; its close code."""
        while True:
            frame = await asyncio.wait_for(self.socket.receive(), 10)
            if frame.type is aiohttp.WSMsgType.TEXT:
                self.heard.append(json.loads(frame.data))
            else:
                return self.socket.close_code

    async def say(self, kind: str, **fields: Any) -> str:
        """Send a message; its id."""
        self._number += 1
        number = str(fields.pop("id", self._number))
        await self.socket.send_str(json.dumps({"type": kind, "id": number, **fields}))
        return number

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Send a message and wait for its reply, whatever it is."""
        number = await self.say(kind, **fields)
        while True:
            message = await self.next()
            if message.get("reply_to") == number:
                return message


class World:
    """A running server on loopback, and ways in for each of its people."""

    def __init__(self, app: web.Application, url: str) -> None:
        self.app = app
        self.url = url
        self.database = app[keys.DATABASE]
        self._open: list[aiohttp.ClientSession] = []

    def now(self) -> datetime:
        return datetime.now(UTC)

    def browser(self, **headers: str) -> Browser:
        """A new browser that knows nobody."""
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=[self.url])
        made = Browser(self.url, cookie_jar=jar, headers={"Origin": self.url, **headers})
        self._open.append(made)
        return made

    async def signed_in(self, email: str = LIN) -> Browser:
        """A browser in which somebody of the staff has signed in by a one-time link."""
        async with self.database.begin() as db:
            person = await Person.by_email(db, email)
            assert person is not None
            link = await SignInLink.make(db, person, self.now())
        browser = self.browser()
        async with browser.get(f"/in/{link}") as response:
            assert response.status == 200, await response.text()
        return browser

    async def bearer(self, email: str = LIN) -> aiohttp.ClientSession:
        """A program that acts for somebody of the staff."""
        async with self.database.begin() as db:
            person = await Person.by_email(db, email)
            assert person is not None
            token = await ApiToken.add(db, person, "test", self.now())
        made = aiohttp.ClientSession(self.url, headers={"Authorization": f"Bearer {token}"})
        self._open.append(made)
        return made

    async def invitation(self, name: str = "Kim Minjun", language: str = "ko") -> str:
        """The token of a new link for the bus with the charging fault."""
        async with self.database.begin() as db:
            person = await Person.by_email(db, LIN)
            assert person is not None
            file = (await ticket_files(db, reference=TICKET))[0]
            _, token = await Invitation.make(
                db, file.ticket, person.id, self.now(), name=name, language=language
            )
        return token

    async def guest(self, token: str | None = None, *, consent: bool | None = True) -> Browser:
        """A customer's browser that has opened a link, and answered about being recorded."""
        browser = self.browser()
        async with browser.get(f"/j/{token or await self.invitation()}") as response:
            assert response.status == 200, await response.text()
        if consent is not None:
            body = {"recording": consent, "language": "ko", "version": "2026-11-1"}
            async with browser.post("/join/consent", json=body) as response:
                assert response.status == 204, await response.text()
        return browser

    async def session(self, lin: aiohttp.ClientSession, ticket: str = TICKET) -> str:
        """The id of the ticket's session, as the engineer's call button opens it."""
        async with lin.post(f"/tickets/{ticket}/sessions", allow_redirects=False) as response:
            assert response.status == 303, await response.text()
            return response.headers["Location"].rpartition("/")[2]

    async def console(self, lin: aiohttp.ClientSession, session: str) -> None:
        """Open the console's page and agree to be recorded."""
        async with lin.get(f"/sessions/{session}") as response:
            assert response.status == 200, await response.text()
        body = {"recording": True, "language": "en", "version": "2026-11-1"}
        async with lin.post(f"/sessions/{session}/consent", json=body) as response:
            assert response.status == 204, await response.text()

    @asynccontextmanager
    async def socket(
        self, browser: aiohttp.ClientSession, *, hello: dict[str, Any] | None
    ) -> AsyncIterator[Socket]:
        """A signalling connection; says hello unless ``hello`` is None."""
        async with browser.ws_connect("/socket") as raw:
            socket = Socket(raw)
            if hello is not None:
                fields = {"protocol": 1, "resume": None, "session": None, **hello}
                await socket.say("hello", id="hello", **fields)
            yield socket

    async def close(self) -> None:
        for session in self._open:
            await session.close()


@asynccontextmanager
async def world(folder: Path, **settings: Any) -> AsyncIterator[World]:
    """A server with the demo's people and machines, on free ports of loopback."""
    made = Settings(
        data_dir=folder, host="127.0.0.1", port=0, media_host="127.0.0.1", media_port=0, **settings
    )
    app = build_app(made)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=made.drain_seconds)
    await runner.setup()
    try:
        site = web.TCPSite(runner, made.host, made.port)
        await site.start()
        await seed.seed(app[keys.DATABASE], datetime.now(UTC))
        there = World(app, f"http://127.0.0.1:{runner.addresses[0][1]}")
        try:
            yield there
        finally:
            await there.close()
    finally:
        await runner.cleanup()
