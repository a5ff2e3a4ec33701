"""What participants say in a room: each message type with what it does."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sessions.db import Database
from sessions.errors import FarhandError
from sessions.guidance.checklists import Marked, MarkKind, Wish, find_checklist
from sessions.live import entrance
from sessions.live import protocol as say
from sessions.live.member import Member
from sessions.live.participants import CONSENT_TEXT_VERSION, Participant, ParticipantUnknown
from sessions.live.room import Room
from sessions.live.session import Session
from sessions.people.access import NotAllowed


class NotAdmitted(FarhandError):
    code = "not-admitted"
    text = "Please wait: the engineer has not let you in yet."
    status = 403


class ConsentNeeded(FarhandError):
    code = "consent-needed"
    text = "Please say first whether you agree to be recorded."
    status = 409


class AlreadyHello(FarhandError):
    code = "already-hello"
    text = "This page is connected already."
    status = 409


Handler = Callable[[Room, Member, Any], Awaitable[say.ToClient | None]]


async def converse(room: Room, member: Member, message: say.FromClient) -> None:
    """Carry out a message and reply. Refusals are raised as FarhandError."""
    allowed_in_lobby = isinstance(message, say.Ping | say.Consent | say.Leave)
    if not member.admitted and not allowed_in_lobby:
        raise NotAdmitted
    reply = await _HANDLERS[type(message)](room, member, message)
    if reply is None and message.id is not None:
        reply = say.Done(reply_to=message.id)
    if reply is not None:
        member.tell(reply)


async def _hello(room: Room, member: Member, message: say.Hello) -> None:
    raise AlreadyHello


async def _offer(room: Room, member: Member, message: say.Offer) -> say.ToClient:
    if member.consent is None:
        raise ConsentNeeded
    answer = await room.plane.join(room.id, member.id, message.sdp)
    member.leg, member.headless = answer.leg, False
    member.codecs = frozenset(answer.codecs)
    room.forget_seating(member)
    room.post(room.changed)
    return say.AnswerMessage(reply_to=message.id, leg=answer.leg, sdp=answer.sdp)


async def _media(room: Room, member: Member, message: say.Media) -> None:
    if message.screen:
        for other in room.members.values():
            other.screen = False
    for event, track in member.set_media(message):
        await room.note({"event": event, "participant": member.id, "track": track})
    await room.changed()


async def _uplink(room: Room, member: Member, message: say.Uplink) -> None:
    member.uplink, member.uplink_at = message, room.time.now()


async def _ask_photo(room: Room, member: Member, message: say.AskPhoto) -> None:
    asked = room.members.get(message.participant)
    if not member.staff:
        raise NotAllowed
    if asked is None or not asked.here:
        raise ParticipantUnknown
    asked.tell(say.PhotoWanted(by=member.participant.name))


async def _admit(room: Room, member: Member, message: say.Admit) -> None:
    await entrance.admit(room, member, message.participant)


async def _turn_away(room: Room, member: Member, message: say.TurnAway) -> None:
    await entrance.turn_away(room, member, message.participant)


async def _attach(room: Room, member: Member, message: say.Attach) -> None:
    if not member.staff:
        raise NotAllowed
    await room.follow(message.procedure, by=member.participant.person_id)
    await room.changed()


async def _mark(room: Room, member: Member, message: say.MarkStep) -> None:
    wish = Wish(message.step, MarkKind(message.mark), message.note, request=message.id)
    await mark(room, member.participant, wish)


async def mark(room: Room, by: Participant, wish: Wish, checklist: UUID | None = None) -> Marked:
    """Mark a step of the room's checklist, or of an earlier one that a phone still worked on."""
    now = room.time.now()
    running = room.checklist.id if room.checklist else None
    async with room.database.begin() as db:
        session = await db.get_one(Session, room.session.id)
        run = await find_checklist(db, session.id, checklist or running)
        marked = await run.mark(
            db, session, by, now, wish, offset_ms=room.offset_ms(wish.made_at or now)
        )
    # Else the same wish came before, or a later mark is here, or the room is on to other steps.
    if marked.fresh and marked.stands and run.id == running:
        await _tell_mark(room, marked)
    return marked


async def _tell_mark(room: Room, marked: Marked) -> None:
    run, made = room.checklist, marked.mark
    if run is None:
        return
    room.marks[made.step] = made
    step = run.procedure.step(made.step)
    await room.note(
        {
            "event": "step",
            "checklist": str(run.id),
            "step": made.step,
            "number": run.procedure.number(made.step),
            "mark": made.mark.value,
            "note": made.note,
            "by": str(made.by_id),
            "title": step.title["en"] if step else made.step,
            "at": made.at.isoformat(),
        }
    )
    await room.changed()


async def mark_without_room(
    database: Database,
    session: UUID,
    by: Participant,
    now: datetime,
    wish: Wish,
    checklist: UUID | None = None,
) -> Marked:
    """Mark a step while nobody has the room open. Call it in the hub's loop, where rooms are
    opened: a room must not read the marks while one is written."""
    async with database.begin() as db:
        run = await find_checklist(db, session, checklist)
        return await run.mark(db, await db.get_one(Session, session), by, now, wish)


async def _consent(room: Room, member: Member, message: say.Consent) -> None:
    await agree(
        room,
        member,
        recording=message.recording,
        language=message.language,
        version=CONSENT_TEXT_VERSION,
        address=member.wire.address if member.wire else "",
    )


async def agree(
    room: Room, member: Member, *, recording: bool, language: str, version: str, address: str
) -> None:
    """Store what a member says about being recorded; it takes effect at once."""
    member.consent = recording
    if not recording:
        # Stop before anything else: withdrawal must not wait for the database.
        await room.changed()
    async with room.database.begin() as db:
        await member.participant.consent(
            db,
            room.session,
            room.time.now(),
            recording=recording,
            language=language,
            version=version,
            address=address,
        )
    await room.changed()


async def _leave(room: Room, member: Member, message: say.Leave) -> None:
    if message.id is not None:
        member.tell(say.Done(reply_to=message.id))
    await entrance.leave(room, member)


async def _end(room: Room, member: Member, message: say.End) -> None:
    if not member.staff:
        raise NotAllowed
    if message.id is not None:
        member.tell(say.Done(reply_to=message.id))
    await entrance.end(room, member)


async def _ping(room: Room, member: Member, message: say.Ping) -> say.ToClient:
    return say.Pong(reply_to=message.id, server_time=room.time.now())


_HANDLERS: dict[type[say.ClientMessage], Handler] = {
    say.Hello: _hello,
    say.Offer: _offer,
    say.Media: _media,
    say.Uplink: _uplink,
    say.AskPhoto: _ask_photo,
    say.Admit: _admit,
    say.TurnAway: _turn_away,
    say.Attach: _attach,
    say.MarkStep: _mark,
    say.Consent: _consent,
    say.Leave: _leave,
    say.End: _end,
    say.Ping: _ping,
}
