"""The demo: an engineer and a customer hold a call through the server's public interfaces."""

import asyncio
import json
import logging
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    CookieJar,
    TCPConnector,
)
from yarl import URL

from server.demo import script, voice
from server.demo.caller import Caller, HungUp, Refused
from server.demo.peer import Peer, Watched
from server.demo.picture import CustomerPicture, EngineerPicture
from server.demo.tracks import CameraTrack, MicrophoneTrack, Pace

log = logging.getLogger(__name__)

API = "/api/v1"
REQUEST_SECONDS = 20.0
MEDIA_SECONDS = 15.0
CUSTOMER_RATE = 24  # frames a second
ENGINEER_RATE = 15
PAGE = re.compile(r'<script type="application/json" id="page">(.*?)</script>', re.DOTALL)


class DemoFailed(Exception):
    """The server did not do what its documents promise; the text says where."""


FAILURES = (DemoFailed, Refused, HungUp, TimeoutError, ClientError)


@dataclass(frozen=True)
class Played:
    """A demo call that went to its end, and what each side saw and heard of the other."""

    ticket: str
    session: str
    engineer: Watched
    customer: Watched

    def check(self) -> None:
        """Say what came through. Raises DemoFailed when somebody saw or heard nothing."""
        for part, watched in (("engineer", self.engineer), ("customer", self.customer)):
            seen = {"pictures": watched.pictures, "delay_ms": watched.delay_ms}
            log.info("Demo call over", extra={"part": part, **seen, "voiced": watched.audible})
            if not watched.pictures or not watched.sounds:
                raise DemoFailed(f"the {part} saw or heard nothing")


async def drive(
    base: str, token: str, *, seconds: float = script.SECONDS, certificate: Path | None = None
) -> Played:
    """Hold one call at the server with address ``base``, as the engineer whose API token it is.

    ``seconds`` stretches or shrinks the script; ``certificate`` is the server's own, where it
    is self-signed. Raises DemoFailed, caller.Refused, caller.HungUp, TimeoutError and aiohttp's
    ClientError."""
    tracks = await asyncio.to_thread(_tracks)
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(_http(base, certificate, token))
        phone = await stack.enter_async_context(_http(base, certificate))
        ticket, session, link = await _invite(desk)
        await _accept(phone, URL(link).path)
        engineer = await stack.enter_async_context(_call(desk, session))
        customer = await stack.enter_async_context(_call(phone, None))
        await _let_in(engineer, customer)
        await engineer.say("attach", procedure=script.PROCEDURE)
        await customer.told("procedure")
        engineer_sees = await stack.enter_async_context(_media(engineer, *tracks["engineer"]))
        customer_sees = await stack.enter_async_context(_media(customer, *tracks["customer"]))
        await _play({"engineer": engineer, "customer": customer}, seconds / script.SECONDS)
        await engineer.say("end")
        await customer.told("ended")
    played = Played(ticket, session, engineer_sees.watched, customer_sees.watched)
    played.check()
    return played


@asynccontextmanager
async def _http(
    base: str, certificate: Path | None, token: str | None = None
) -> AsyncIterator[ClientSession]:
    """A program's session with a bearer token, or a browser's with cookies."""
    trust = ssl.create_default_context(cafile=certificate) if certificate else True
    async with ClientSession(
        base,
        connector=TCPConnector(ssl=trust),
        # A phone keeps __Host- cookies of this very machine over plain HTTP, too.
        cookie_jar=CookieJar(unsafe=True, treat_as_secure_origin=URL(base).origin()),
        headers={"Authorization": f"Bearer {token}"} if token else None,
        timeout=ClientTimeout(total=REQUEST_SECONDS),
    ) as http:
        yield http


async def _invite(desk: ClientSession) -> tuple[str, str, str]:
    """The engineer's preparation by API: a ticket, its session, and a link for the customer."""
    machines = (await _json(desk.get(f"{API}/machines")))["machines"]
    if not machines:
        raise DemoFailed("the server knows no machine")
    bus = next((one for one in machines if "bus" in one["model"].lower()), machines[0])
    report = {"machine": bus["id"], "title": script.TITLE, "description": script.DESCRIPTION}
    ticket = (await _json(desk.post(f"{API}/tickets", json=report)))["reference"]
    session = (await _json(desk.post(f"{API}/tickets/{ticket}/sessions")))["id"]
    invited = await _json(
        desk.post(f"{API}/tickets/{ticket}/invitations", json={"name": script.CUSTOMER})
    )
    log.info("Demo ticket made", extra={"ticket": ticket, "session": session})
    return ticket, session, invited["url"]


async def _accept(phone: ClientSession, link: str) -> None:
    """The customer opens the link and agrees to be recorded, as the join page does."""
    async with phone.get(link) as response:
        _check(response)
        found = PAGE.search(await response.text())
    if found is None:
        raise DemoFailed("the join page carries no data")
    page = json.loads(found.group(1))
    agreed = {"recording": True, "language": page["language"], **page["consent"]}
    async with phone.post("/join/consent", json=agreed) as response:
        _check(response)


@asynccontextmanager
async def _call(http: ClientSession, session: str | None) -> AsyncIterator[Caller]:
    """The signalling socket; staff name the session, a guest's is known."""
    side = "staff" if session else "guest"
    async with http.ws_connect("/socket") as socket, Caller(socket) as caller:
        await caller.say("hello", protocol=1, side=side, session=session)
        yield caller


async def _let_in(engineer: Caller, customer: Caller) -> None:
    await engineer.say("consent", recording=True, language="en")
    await customer.told("lobby")
    room = await engineer.told("room", lambda room: bool(_waiting(room)))
    await engineer.say("admit", participant=_waiting(room)[0])
    await customer.told("room")


def _waiting(room: dict[str, Any]) -> list[str]:
    return [one["id"] for one in room["participants"] if one["presence"] == "waiting"]


def _tracks() -> dict[script.Part, tuple[CameraTrack, MicrophoneTrack]]:
    """Both people's cameras and microphones; drawing the scenes takes a second."""
    engineer, customer = Pace(), Pace()
    return {
        "engineer": (
            CameraTrack(EngineerPicture(), ENGINEER_RATE, engineer),
            MicrophoneTrack(voice.ENGINEER.speak(), engineer),
        ),
        "customer": (
            CameraTrack(CustomerPicture(), CUSTOMER_RATE, customer),
            MicrophoneTrack(voice.CUSTOMER.speak(), customer),
        ),
    }


@asynccontextmanager
async def _media(
    caller: Caller, camera: CameraTrack, microphone: MicrophoneTrack
) -> AsyncIterator[Peer]:
    """Offer, take the answer, and wait until media flows."""
    peer = Peer(camera, microphone)
    try:
        await caller.say("media", microphone="on", camera="on", screen=False)
        answer = await caller.say("offer", sdp=await peer.offer())
        await peer.accept(answer["sdp"])
        async with asyncio.timeout(MEDIA_SECONDS):
            await peer.connected.wait()
        yield peer
    finally:
        await peer.close()


async def _play(callers: dict[script.Part, Caller], pace: float) -> None:
    """Mark the steps at their times; ``pace`` is 1 for real time, less for faster."""
    start = asyncio.get_running_loop().time()

    async def until(at: float) -> None:
        await asyncio.sleep(start + at * pace - asyncio.get_running_loop().time())

    for cue in script.CUES:
        await until(cue.at)
        await callers[cue.by].say("mark", step=cue.step, mark=cue.mark, note=cue.note)
        log.info("Demo step marked", extra={"step": cue.step, "mark": cue.mark})
    await until(script.SECONDS)


async def _json(request: Any) -> Any:
    async with request as response:
        _check(response)
        return await response.json()


def _check(response: ClientResponse) -> None:
    if response.status >= 300:
        raise DemoFailed(f"{response.method} {response.url.path} was answered {response.status}")
