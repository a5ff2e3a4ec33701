"""All live rooms: found or opened by session, fed by the media plane, watched by the desk."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

from sessions.db import Database
from sessions.desk.tickets import ticket_files
from sessions.live import entrance
from sessions.live import protocol as say
from sessions.live.loop import Loop, ServerBusy
from sessions.live.media import LoopLag, MediaEvent, MediaPlane, PlaneLost
from sessions.live.member import Wire
from sessions.live.room import CLOSE_DRAINING, Observer, Room, Timepiece
from sessions.live.session import Session, SessionEnded, SessionState

log = logging.getLogger(__name__)

LAG_WARN_MS, LAG_ALARM_MS = 50.0, 500.0


class Hub(Loop):
    """The rooms of this server. Opening and closing rooms happens in the hub's own loop."""

    def __init__(self, database: Database, plane: MediaPlane, time: Timepiece) -> None:
        super().__init__("hub")
        self.database = database
        self.plane = plane
        self.time = time
        self.rooms: dict[str, Room] = {}
        self.lag: LoopLag | None = None
        self.watchers: set[Wire] = set()
        self._observer_makers: list[Callable[[Room], Observer]] = []
        plane.on_event(self._hear)

    def observe(self, maker: Callable[[Room], Observer]) -> None:
        """Give every room opened from now on an observer made by ``maker``."""
        self._observer_makers.append(maker)

    async def room(self, session: UUID) -> Room:
        """The session's room, opened if it is not. Raises SessionEnded."""
        existing = self.rooms.get(str(session))
        if existing is not None and not existing.over:
            return existing
        return await self.ask(partial(self._open, session))

    def room_if_open(self, session: UUID) -> Room | None:
        """The room, only if somebody opened it."""
        return self.rooms.get(str(session))

    async def _open(self, key: UUID) -> Room:
        existing = self.rooms.get(str(key))
        if existing is not None and not existing.over:
            return existing
        async with self.database.begin() as db:
            session = await db.get(Session, key)
            if session is None or session.state is SessionState.ended:
                raise SessionEnded
            file = (await ticket_files(db, ticket=session.ticket_id))[0]
        room = Room(session, file, self.database, self.plane, self.time)
        room.observers = [maker(room) for maker in self._observer_makers]
        room.observers.append(self)
        await room.restore()
        self.rooms[room.id] = room
        return room

    # The desk: who is waiting, told to whoever watches

    def watch(self, wire: Wire) -> None:
        """Tell this connection who waits, now and at every change."""
        self.watchers.add(wire)
        wire.send(self.desk())

    def unwatch(self, wire: Wire) -> None:
        self.watchers.discard(wire)

    def desk(self) -> say.Desk:
        waiting = [
            say.WaitingGuest(
                session=room.id,
                ticket=room.file.ticket.reference,
                title=room.file.ticket.title,
                participant=member.id,
                name=member.participant.name,
                since=member.since,
                zone=room.file.site.zone,
                place=room.file.site.name,
            )
            for room in self.rooms.values()
            for member in room.members.values()
            if member.waiting and not room.over
        ]
        return say.Desk(waiting=sorted(waiting, key=lambda guest: guest.since))

    async def changed(self, room: Room) -> None:
        self._tell_watchers()

    async def noted(self, room: Room, note: dict[str, Any]) -> None:
        """The desk shows only who waits."""

    async def ticked(self, room: Room) -> None:
        """Who waits is told when it changes."""

    async def interrupted(self, room: Room) -> None:
        """Who waits goes on waiting."""

    async def ended(self, room: Room) -> None:
        self._tell_watchers()
        self.post(partial(self._retire, room))

    def _tell_watchers(self) -> None:
        if self.watchers:
            desk = self.desk()
            for wire in list(self.watchers):
                wire.send(desk)

    async def _retire(self, room: Room) -> None:
        if self.rooms.get(room.id) is room:
            del self.rooms[room.id]
        await room.stop()

    # Time and media

    async def tick(self) -> None:
        """Once a second."""
        for room in list(self.rooms.values()):
            if not room.over:
                _post(room, partial(entrance.tick, room))

    def _hear(self, event: MediaEvent) -> None:
        if isinstance(event, LoopLag):
            self.lag = event
            if event.worst_ms > LAG_ALARM_MS:
                log.error("media loop stalled", extra={"worst_ms": event.worst_ms})
            elif event.p99_ms > LAG_WARN_MS:
                log.warning("media loop lags", extra={"p99_ms": event.p99_ms})
        elif isinstance(event, PlaneLost):
            log.error("media process lost")
            for room in list(self.rooms.values()):
                _post(room, partial(room.hear, event))
        else:
            concerned = self.rooms.get(event.room)
            if concerned is not None and not concerned.over:
                _post(concerned, partial(concerned.hear, event))

    async def drain(self) -> None:
        """The server stops: tell every room, seal every capture, end the loops."""
        for room in list(self.rooms.values()):
            await room.ask(partial(entrance.drain, room))
        await self.stop()
        for wire in list(self.watchers):
            wire.close(CLOSE_DRAINING)


def _post(room: Room, work: Callable[[], Awaitable[None]]) -> None:
    try:
        room.post(work)
    except ServerBusy:
        log.warning("room inbox full", extra={"room": room.id})
