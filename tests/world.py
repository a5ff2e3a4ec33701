"""The small world the stories play in: a real server, its people, a depot with a bus."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import aiohttp
from aiohttp import web
from yarl import URL

from server import seed
from server.app import build_app
from server.media.plane import Plane
from server.media.remote import RemotePlane
from server.settings import Settings
from server.web import keys
from sessions.desk.tickets import ticket_files
from sessions.live.participants import CONSENT_TEXT_VERSION
from sessions.live.room import Room, Timepiece
from sessions.people.invitations import Invitation
from sessions.people.logins import ApiToken, SignInLink
from sessions.people.persons import Person

LIN, JISOO, ADMIN = seed.ENGINEER, seed.SUPERVISOR, seed.ADMINISTRATOR
TICKET = f"SR-{datetime.now(UTC).year}-0001"
OTHER_TICKET = f"SR-{datetime.now(UTC).year}-0002"
NO_PROCEDURE = f"SR-{datetime.now(UTC).year}-0003"


class Clock:
    """The world's time: it runs, and a test may move it on."""

    def __init__(self) -> None:
        self.moved = timedelta(0)

    def move(self, by: timedelta) -> None:
        self.moved += by

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def monotonic_ns(self) -> int:
        return time.monotonic_ns() + int(self.moved.total_seconds() * 1e9)


class Disk:
    """The disk that the world's recordings are on: as large and as empty as a test says."""

    TOTAL = 1 << 40

    def __init__(self) -> None:
        self.free = self.TOTAL
        self.answers = threading.Event()
        self.answers.set()

    def space(self, folder: Path) -> tuple[int, int]:
        assert self.answers.wait(60)
        return self.TOTAL, self.free


Browser = aiohttp.ClientSession  # somebody's: it keeps cookies and sends Origin as browsers do


class Socket:
    """One signalling connection in a test's hands."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self._number = 0

    async def hear(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Wait for the next message of a kind whose fields are as wanted; others are kept."""
        async with asyncio.timeout(20):
            while True:
                message = await self.next()
                if message["type"] == kind and all(message.get(k) == v for k, v in wanted.items()):
                    return message

    async def room(self, condition: Any) -> dict[str, Any]:
        """The room's state, once it meets a condition."""
        message = self.last("room")
        async with asyncio.timeout(20):
            while message is None or not condition(message):
                message = await self.hear("room")
        return message

    def last(self, kind: str) -> dict[str, Any] | None:
        """The newest message of a kind heard so far."""
        return next((m for m in reversed(self.heard) if m["type"] == kind), None)

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
            else:  # who reads late finds the connection gone, yet the frame is there
                is_code = frame.type is aiohttp.WSMsgType.CLOSE
                return frame.data if is_code else self.socket.close_code

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


@dataclass
class Call:
    """A call that runs: the engineer and the customer are both in."""

    session: str
    lin_browser: Browser
    kim_browser: Browser
    lin: Socket
    kim: Socket
    lin_id: str
    kim_id: str


class World:
    """A running server on loopback, and ways in for each of its people."""

    def __init__(self, runner: web.AppRunner, clock: Clock, disk: Disk) -> None:
        app = runner.app
        self.app = app
        self.runner = runner
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self.clock = clock
        self.disk = disk
        self.database = app[keys.DATABASE]
        self._open: list[aiohttp.ClientSession] = []

    def now(self) -> datetime:
        return self.clock.now()

    def browser(self, *, like: aiohttp.ClientSession | None = None, **headers: str) -> Browser:
        """A new browser that knows nobody, or one with the cookies of another."""
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=[self.url])
        for cookie in like.cookie_jar if like else ():
            jar.update_cookies({cookie.key: cookie.value}, URL(self.url))
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
        async with browser.get(f"/in/{link}", allow_redirects=False) as response:
            assert response.status == 303, await response.text()
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

    async def invitation(
        self, name: str = "Kim Minjun", language: str = "ko", ticket: str = TICKET
    ) -> str:
        """The token of a new link for a ticket: the bus with the charging fault."""
        async with self.database.begin() as db:
            person = await Person.by_email(db, LIN)
            assert person is not None
            file = (await ticket_files(db, reference=ticket))[0]
            _, token = await Invitation.make(
                db, file.ticket, person.id, self.now(), name=name, language=language
            )
        return token

    async def guest(
        self, token: str | None = None, *, consent: bool | None = True, **headers: str
    ) -> Browser:
        """A customer's browser that has opened a link, and answered about being recorded."""
        browser = self.browser(**headers)
        path = f"/j/{token or await self.invitation()}"
        async with browser.get(path, allow_redirects=False) as response:
            assert response.status == 303, await response.text()
        if consent is not None:
            body = {"recording": consent, "language": "ko", "version": CONSENT_TEXT_VERSION}
            async with browser.post("/join/consent", json=body) as response:
                assert response.status == 204, await response.text()
        return browser

    async def session(self, lin: aiohttp.ClientSession, ticket: str = TICKET) -> str:
        """The id of the ticket's session, as the engineer's call button opens it."""
        async with lin.post(f"/tickets/{ticket}/sessions", allow_redirects=False) as response:
            assert response.status == 303, await response.text()
            return response.headers["Location"].rpartition("/")[2]

    async def console(
        self, lin: aiohttp.ClientSession, session: str, *, consent: bool = True
    ) -> None:
        """Say, on the console's page, whether to be recorded."""
        body = {"recording": consent, "language": "en", "version": CONSENT_TEXT_VERSION}
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

    @asynccontextmanager
    async def call(
        self, ticket: str = TICKET, *, lin_consents: bool = True, kim_consents: bool = True
    ) -> AsyncIterator[Call]:
        """Lin has let Kim in; both have heard that they are."""
        lin_browser = await self.signed_in()
        session = await self.session(lin_browser, ticket)
        await self.console(lin_browser, session, consent=lin_consents)
        token = await self.invitation(ticket=ticket)
        kim_browser = await self.guest(token, consent=kim_consents)
        staff = {"side": "staff", "session": session}
        async with (
            self.socket(lin_browser, hello=staff) as lin,
            self.socket(kim_browser, hello={"side": "guest"}) as kim,
        ):
            lin_id = (await lin.hear("welcome"))["you"]
            kim_id = (await kim.hear("welcome"))["you"]
            await lin.room(lambda room: presence(room, kim_id) == "waiting")
            assert (await lin.ask("admit", participant=kim_id))["type"] == "done"
            await kim.room(lambda room: presence(room, kim_id) == "in")
            yield Call(session, lin_browser, kim_browser, lin, kim, lin_id, kim_id)

    def room(self, session: str) -> Room:
        """The live room of a session."""
        room = self.app[keys.HUB].room_if_open(UUID(session))
        assert room is not None
        return room

    async def events(self, session: str) -> list[dict[str, Any]]:
        """What happened in a session, as a program reads it."""
        program = await self.bearer()
        async with program.get(f"/api/v1/sessions/{session}/timeline") as response:
            assert response.status == 200, await response.text()
            entries: list[dict[str, Any]] = (await response.json())["entries"]
            return entries

    async def story(self, browser: aiohttp.ClientSession, ticket: str = TICKET) -> str:
        """The ticket's page as text."""
        async with browser.get(f"/tickets/{ticket}") as response:
            assert response.status == 200, await response.text()
            return await response.text()

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Wait until something is so that nobody is told of."""
        async with asyncio.timeout(20):
            while not await condition():
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Stop the server, as Ctrl-C does, while its people are still there."""
        await self.runner.cleanup()

    async def close(self) -> None:
        for session in self._open:
            await session.close()


def presence(room: dict[str, Any], participant: str) -> str | None:
    """How a participant is there, as a ``room`` message says it; None: not shown."""
    return next((p["presence"] for p in room["participants"] if p["id"] == participant), None)


@asynccontextmanager
async def world(
    folder: Path, *, media_process: bool = True, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[World]:
    """A server with the demo's people and machines, on free ports of loopback.

    Without ``media_process`` the media plane runs in this process, which starts sooner."""
    made = Settings(
        data_dir=folder, host="127.0.0.1", port=0, media_host="127.0.0.1", media_port=0, **settings
    )
    clock = clock or Clock()
    app = build_app(made)
    app[keys.TIME] = Timepiece(now=clock.now, monotonic_ns=clock.monotonic_ns)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=made.drain_seconds)
    start = RemotePlane.start if media_process else Plane.open
    with patch.object(RemotePlane, "start", start):
        await runner.setup()
    disk = Disk()
    try:
        site = web.TCPSite(runner, made.host, made.port)
        await site.start()
        await seed.seed(app[keys.DATABASE], clock.now())
        there = World(runner, clock, disk)
        with patch("recordings.disk.space", disk.space):
            try:
                yield there
            finally:
                disk.answers.set()
                await there.close()
    finally:
        await runner.cleanup()
