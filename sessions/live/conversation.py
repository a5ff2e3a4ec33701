"""What participants say in a room: each message type with what it does."""

from collections.abc import Awaitable, Callable
from typing import Any

from sessions.errors import FarhandError
from sessions.guidance.checklists import MarkKind, NoChecklist
from sessions.live import entrance
from sessions.live import protocol as say
from sessions.live.member import Member
from sessions.live.participants import CONSENT_TEXT_VERSION, ParticipantUnknown
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
    if room.checklist is None:
        raise NoChecklist
    now = room.time.now()
    async with room.database.begin() as db:
        session = await db.get_one(Session, room.session.id)
        mark = await room.checklist.mark(
            db,
            session,
            member.participant,
            now,
            step=message.step,
            kind=MarkKind(message.mark),
            note=message.note,
            offset_ms=room.offset_ms(),
            request=message.id,
        )
    if mark.at != now:  # the same wish came before: it is marked already
        return
    room.marks[mark.step] = mark
    procedure = room.checklist.procedure
    step = procedure.step(mark.step)
    await room.note(
        {
            "event": "step",
            "checklist": str(room.checklist.id),
            "step": mark.step,
            "number": procedure.number(mark.step),
            "mark": mark.mark.value,
            "note": mark.note,
            "by": member.id,
            "title": step.title["en"] if step else mark.step,
            "at": now.isoformat(),
        }
    )
    await room.changed()


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
