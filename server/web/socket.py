"""The signalling socket: ``GET /socket``, see docs/protocol.md."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import WSMessage, WSMsgType, web

from server.web import access
from server.web.answers import sentence
from server.web.keys import DATABASE, HUB, SETTINGS, TIME
from server.web.wire import CLOSE_TOO_SLOW, SocketWire
from sessions.errors import FarhandError
from sessions.live import entrance
from sessions.live import protocol as say
from sessions.live.admission import ServerStopping
from sessions.live.conversation import converse
from sessions.live.loop import ServerBusy
from sessions.live.participants import Participant
from sessions.live.room import CLOSE_DRAINING, Room
from sessions.people.access import find_session

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 10.0
MESSAGES_PER_SECOND, MESSAGES_AT_ONCE = 50.0, 200.0
CLOSE_NO_HELLO = 4005
SPOKEN = (WSMsgType.TEXT, WSMsgType.BINARY)
# A message over the protocol's limit is refused in words; one over this ends the connection.
FRAME_LIMIT_BYTES = 16 * say.MESSAGE_LIMIT_BYTES


class HelloNeeded(FarhandError):
    code = "hello-needed"
    text = "This page did not say in time who it is. Please reload the page."
    status = 408


class Pace:
    """A token bucket: how fast a client may speak."""

    def __init__(self, now: float) -> None:
        self._left = MESSAGES_AT_ONCE
        self._at = now

    def allows(self, now: float) -> bool:
        """Count one message at ``now`` (seconds); False when they come too fast."""
        self._left = min(MESSAGES_AT_ONCE, self._left + (now - self._at) * MESSAGES_PER_SECOND)
        self._at = now
        self._left -= 1
        return self._left >= 0


async def socket(request: web.Request) -> web.StreamResponse:
    """A participant's or a desk's connection, from hello to close."""
    response = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=FRAME_LIMIT_BYTES)
    await response.prepare(request)
    wire = SocketWire(response, access.address(request))
    try:
        hello = await _hello(request, response, wire)
        if hello is not None:
            await _attend(request, response, wire, hello)
    finally:
        await wire.finish()
    return response


async def _hello(
    request: web.Request, response: web.WebSocketResponse, wire: SocketWire
) -> say.Hello | None:
    try:
        try:
            async with asyncio.timeout(request.app[SETTINGS].hello_seconds):
                frame = await response.receive()
        except TimeoutError:
            raise HelloNeeded from None
        if frame.type not in SPOKEN:
            return None
        hello = _parse(frame)
        if not isinstance(hello, say.Hello):
            raise say.MessageRefused
    except FarhandError as refusal:
        _refuse(request, wire, refusal, None)
        wire.close(CLOSE_NO_HELLO)
        return None
    return hello


def _parse(frame: WSMessage) -> say.FromClient:
    """The message in a frame. Raises MessageRefused."""
    if frame.type is not WSMsgType.TEXT or len(frame.data) > say.MESSAGE_LIMIT_BYTES:
        raise say.MessageRefused
    return say.parse(frame.data)


async def _attend(
    request: web.Request,
    response: web.WebSocketResponse,
    wire: SocketWire,
    hello: say.Hello,
) -> None:
    try:
        room, participant = await _whose(request, hello)
        if room is None or participant is None:
            await _watch_desk(request, response, wire, hello)
            return
        member = await room.ask(partial(entrance.enter, room, participant, wire, hello))
    except ServerStopping:  # as those are told who were here before: come back by yourself
        wire.send(say.Draining())
        wire.close(CLOSE_DRAINING)
        return
    except FarhandError as refusal:
        _refuse(request, wire, refusal, hello.id)
        wire.close(CLOSE_NO_HELLO)
        return

    async def answer(message: say.FromClient) -> None:
        if member.wire is wire:  # not left, replaced or turned away: then it is closing
            await room.ask(partial(converse, room, member, message))

    try:
        await _listen(request, response, wire, answer)
    finally:
        with contextlib.suppress(ServerBusy):
            room.post(partial(entrance.lose, room, member, wire))


async def _whose(request: web.Request, hello: say.Hello) -> tuple[Room | None, Participant | None]:
    now = request.app[TIME].now()
    async with request.app[DATABASE].begin() as db:
        if hello.side == "guest":
            visit = await access.guest(request, db)
            session = visit.session
            session.check_open()
            participant = await Participant.of_guest(
                db, session, visit.guest, visit.invitation, now
            )
        else:
            person = await access.signed_in(request, db)
            if hello.session is None:
                return None, None
            session, _ = await find_session(db, person, hello.session)
            session.check_open()
            participant = await Participant.of_person(db, session, person, now)
    return await request.app[HUB].room(session.id), participant


async def _watch_desk(
    request: web.Request,
    response: web.WebSocketResponse,
    wire: SocketWire,
    hello: say.Hello,
) -> None:
    hub = request.app[HUB]
    if hello.id is not None:
        wire.send(say.Done(reply_to=hello.id))
    hub.watch(wire)

    async def answer(message: say.FromClient) -> None:
        if not isinstance(message, say.Ping):
            raise say.MessageRefused
        wire.send(say.Pong(reply_to=message.id, server_time=request.app[TIME].now()))

    try:
        await _listen(request, response, wire, answer)
    finally:
        hub.unwatch(wire)


async def _listen(
    request: web.Request,
    response: web.WebSocketResponse,
    wire: SocketWire,
    answer: Callable[[say.FromClient], Awaitable[None]],
) -> None:
    clock = asyncio.get_running_loop().time
    pace = Pace(clock())
    async for frame in response:
        if frame.type not in SPOKEN:
            break
        if not pace.allows(clock()):
            wire.close(CLOSE_TOO_SLOW)
            break
        reply_to = None
        try:
            message = _parse(frame)
            reply_to = message.id
            await answer(message)
        except FarhandError as refusal:
            _refuse(request, wire, refusal, reply_to)


def _refuse(
    request: web.Request, wire: SocketWire, refusal: FarhandError, reply_to: str | None
) -> None:
    wire.send(
        say.ErrorMessage(reply_to=reply_to, error=refusal.code, message=sentence(request, refusal))
    )
