"""The live state of a session: who is in, what they see, what is recorded."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sessions.db import Database
from sessions.desk.tickets import Ticket, TicketFile
from sessions.guidance.checklists import Checklist, StepMark, checklist_of
from sessions.guidance.procedures import find_procedure
from sessions.live import protocol as say
from sessions.live.loop import Loop
from sessions.live.media import (
    Kept,
    LegClosed,
    LegConnected,
    LegHeard,
    LegSilent,
    LineQuality,
    MediaEvent,
    MediaPlane,
    MediaUnavailable,
    PlaneLost,
    Seating,
)
from sessions.live.member import Member
from sessions.live.photos import SHOWN, Photo, photos_of
from sessions.live.seating import seating_for
from sessions.live.session import Session

log = logging.getLogger(__name__)

CLOSE_ENDED, CLOSE_REPLACED, CLOSE_TURNED_AWAY, CLOSE_DRAINING = 4000, 4001, 4002, 4003


@dataclass(frozen=True)
class Timepiece:
    """Where time comes from: aware wall-clock time in UTC, and CLOCK_MONOTONIC in nanoseconds."""

    now: Callable[[], datetime]
    monotonic_ns: Callable[[], int]


class Observer(Protocol):
    """Who follows a room without taking part: the recorder, the desk. Called by its loop."""

    async def changed(self, room: "Room") -> None:
        """Members, presence, consents or connections changed."""

    async def noted(self, room: "Room", note: dict[str, Any]) -> None:
        """Something happened that belongs on the recording's timeline."""

    async def ticked(self, room: "Room") -> None:
        """A second has passed."""

    async def interrupted(self, room: "Room") -> None:
        """The media process was lost: no media flows and nothing is captured until legs return."""

    async def ended(self, room: "Room") -> None:
        """The session is over, or the server stops; no more calls follow."""


class Room(Loop):
    """A session's room. Its state changes only in its own loop: through ``ask`` and ``post``."""

    def __init__(
        self,
        session: Session,
        file: TicketFile,
        database: Database,
        plane: MediaPlane,
        time: Timepiece,
    ) -> None:
        super().__init__(f"room {session.id}")
        self.id = str(session.id)
        self.session = session
        self.file = file
        self.database = database
        self.plane = plane
        self.time = time
        self.members: dict[str, Member] = {}
        self.observers: list[Observer] = []
        self.checklist: Checklist | None = None
        self.marks: dict[str, StepMark] = {}
        self.recording = say.RecordingState(state="off")
        self.recording_origin_ns: int | None = None
        self.codec: say.Codec = "vp8"
        self.photos: list[say.PhotoState] = []
        self.over = False
        self.last_here = time.now()  # when somebody was connected last
        self._version = 0
        self._seated: dict[str, Seating] = {}

    async def restore(self) -> None:
        """Take up the running checklist, or start the one of the ticket's procedure."""
        key = self.file.ticket.procedure_key
        async with self.database.begin() as db:
            self.checklist = await checklist_of(db, self.session.id, key)
            if self.checklist is not None:
                self.marks = await self.checklist.marks(db)
            shown = await photos_of(db, self.session.id, newest=SHOWN)
        self.photos = [photo.state() for photo in shown]
        if self.checklist is None and key:
            await self.follow(key, by=None)

    async def follow(self, key: str, *, by: UUID | None) -> None:
        """Attach a procedure to the ticket and run its checklist here.

        Raises ProcedureUnknown, TicketClosed."""
        procedure = find_procedure(key)
        now = self.time.now()
        async with self.database.begin() as db:
            ticket = await db.get_one(Ticket, self.file.ticket.id)
            ticket.attach(db, procedure, by, now)
            self.checklist = await Checklist.start(db, self.session, procedure, now)
            self.marks = await self.checklist.marks(db)
        for member in self.members.values():
            if member.admitted:
                member.tell(say.ProcedureText(procedure=procedure.model_dump()))
        await self.note({"event": "procedure", "title": procedure.title["en"], "key": key})

    # What others are told

    async def changed(self) -> None:
        """Seat everybody, tell everybody, let the observers see."""
        self.choose_codec()
        for member in self.members.values():
            if member.here and member.leg is not None:
                seating = seating_for(member, self.members.values())
                if self._seated.get(member.id) != seating:
                    with contextlib.suppress(MediaUnavailable):  # ``hear`` is told of it
                        await self.plane.seat(self.id, member.id, seating)
                        self._seated[member.id] = seating
        for observer in self.observers:
            await observer.changed(self)
        self.announce()

    def announce(self) -> None:
        """Send everybody the state they may see."""
        self._version += 1
        for member in self.members.values():
            if member.wire is None:
                continue
            if member.admitted:
                member.tell(self.state_for(member))
            else:
                member.tell(self.lobby_for(member))

    def forget_seating(self, member: Member) -> None:
        """A new leg knows nothing: seat this member again at the next change."""
        self._seated.pop(member.id, None)

    async def note(self, note: dict[str, Any]) -> None:
        """Tell the observers what happened, for the timeline."""
        for observer in self.observers:
            with contextlib.suppress(MediaUnavailable):  # the event log has it all the same
                await observer.noted(self, note)

    async def show(self, photo: Photo) -> None:
        """A photo has arrived: everybody is told, and the recording's timeline."""
        states = sorted([*self.photos, photo.state()], key=lambda state: state.taken_at)
        self.photos = states[-SHOWN:]
        await self.note(
            {
                "event": "photo",
                "participant": str(photo.participant_id),
                "photo": str(photo.id),
                "reason": photo.reason.value,
                "url": photo.url,
                "at": photo.taken_at.isoformat(),
            }
        )
        self.announce()

    def offset_ms(self, at: datetime) -> int | None:
        """Milliseconds from the beginning of the recording to then, or None before it."""
        if self.recording_origin_ns is None:
            return None
        since = (self.time.monotonic_ns() - self.recording_origin_ns) // 1_000_000
        ago = (self.time.now() - at) // timedelta(milliseconds=1)
        return since - ago if ago <= since else None

    def state_for(self, member: Member) -> say.RoomState:
        file = self.file
        place = file.site.city or file.site.name
        clocks = [say.Clock(label=place, zone=file.site.zone)]
        if file.engineer is not None:
            label = file.engineer.place or file.engineer.name
            clocks.append(say.Clock(label=label, zone=file.engineer.zone))
        seating = seating_for(member, self.members.values())
        return say.RoomState(
            version=self._version,
            session=self.id,
            ticket=say.RoomTicket(reference=file.ticket.reference, title=file.ticket.title),
            machine=file.machine.label,
            clocks=clocks,
            started_at=self.session.started_at,
            participants=[
                other.state(stills=self._wants_stills(other))
                for other in self.members.values()
                if other.been_in or (other.waiting and member.staff)
            ],
            seating=say.SeatingState(
                seats={str(seat): who for seat, who in seating.seats.items()},
                screen=seating.screen,
            ),
            recording=self.recording,
            checklist=self._checklist_state(),
            codec=self.codec,
            photos=self.photos,
        )

    def lobby_for(self, member: Member) -> say.Lobby:
        engineers = [m for m in self.members.values() if m.staff and m.presence == "in"]
        name = engineers[0].participant.name if engineers else None
        if name is None and self.file.engineer is not None:
            name = self.file.engineer.name
        return say.Lobby(since=member.since, engineer=name, engineer_present=bool(engineers))

    def _checklist_state(self) -> say.ChecklistState | None:
        if self.checklist is None:
            return None
        return say.ChecklistState(
            id=str(self.checklist.id),
            procedure=self.checklist.procedure_key,
            current=self.checklist.current(self.marks),
            marks={
                step: say.StepMark(
                    mark=mark.mark.value,
                    note=mark.note,
                    by=str(mark.by_id),
                    at=mark.at,
                    offset_ms=mark.offset_ms,
                )
                for step, mark in self.marks.items()
            },
        )

    # What the media plane tells

    async def hear(self, event: MediaEvent) -> None:
        """Take in an event of the media plane."""
        if isinstance(event, PlaneLost):
            for member in self.members.values():
                member.silent = member.silent or member.leg is not None
                member.leg, member.leg_connected = None, False
            self._seated.clear()
            for observer in self.observers:
                await observer.interrupted(self)
            await self.changed()
            return
        if isinstance(event, Kept):
            kept = say.KeptMessage(
                bytes=event.bytes,
                still_seconds=event.still_seconds,
                dropped=event.dropped,
                trouble=event.trouble,
            )
            self._tell_all(kept)
            return
        if not isinstance(event, LineQuality | LegConnected | LegHeard | LegSilent | LegClosed):
            return
        known = self.members.get(event.participant)
        if known is None:
            return
        await self._hear_of(known, event)

    async def _hear_of(
        self,
        member: Member,
        event: LineQuality | LegConnected | LegHeard | LegSilent | LegClosed,
    ) -> None:
        was = member.presence
        if isinstance(event, LineQuality):
            await self._weigh(member, event)
            return
        if isinstance(event, LegConnected | LegHeard):
            member.connect(event.leg, self.time.now())
            self.forget_seating(member)
        elif isinstance(event, LegSilent):
            member.silent = True
        elif event.leg == member.leg:
            member.leg, member.leg_connected = None, False
            # A browser that is still here has lost its media, however politely it closed them.
            member.silent = member.here and (event.reason != "left" or member.wire is not None)
        if {was, member.presence} == {"in", "reconnecting"}:
            await self.note_presence(member)
        await self.changed()

    async def _weigh(self, member: Member, quality: LineQuality) -> None:
        """Tell how good a line is; on another rung, seat and tell everybody anew."""
        was = member.sends.rung
        moved = member.weigh(quality, self.time.now())
        if member.line is not None:
            self._tell_all(say.Quality(participants={member.id: member.line}))
        if not moved:
            return
        if member.sends.rung != was:
            note = {"event": "rung", "participant": member.id, "rung": member.sends.rung}
            await self.note({**note, "reason": member.sends.reason})
        await self.changed()

    def _wants_stills(self, member: Member) -> bool:
        """Whether a member is to send photos: instead of its picture, or beside it for somebody
        whose line carries none."""
        others = (other for other in self.members.values() if other is not member and other.here)
        blind = any(not other.pictures for other in others)
        return member.customer and (member.sends.rung == "stills" or blind)

    def choose_codec(self) -> None:
        """What cameras are to send: VP8, unless somebody here cannot show that."""
        known = [m.codecs for m in self.members.values() if m.here and m.codecs]
        self.codec = "vp8" if all("vp8" in codecs for codecs in known) else "h264"

    async def note_presence(self, member: Member) -> None:
        """Write to the ticket's story and the recording that a member was lost or is back."""
        now = self.time.now()
        lost = member.presence == "reconnecting"
        member.lost_at = now if lost else None
        async with self.database.begin() as db:
            member.participant.note(db, self.session, "lost" if lost else "back", now)
        event = "reconnecting" if lost else "back"
        await self.note({"event": event, "participant": member.id})

    def _tell_all(self, message: say.ToClient) -> None:
        for member in self.members.values():
            if member.here:
                member.tell(message)
