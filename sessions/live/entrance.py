"""Coming into a room, waiting in its lobby, going, and the end of the session."""

from datetime import datetime, timedelta
from uuid import UUID

from sessions.errors import FarhandError
from sessions.live import protocol as say
from sessions.live.ladder import Ladder
from sessions.live.media import Answer
from sessions.live.member import FACE_BPS, Member, Wire
from sessions.live.participants import Participant, ParticipantUnknown, consent_of
from sessions.live.room import (
    CLOSE_DRAINING,
    CLOSE_ENDED,
    CLOSE_REPLACED,
    CLOSE_TURNED_AWAY,
    Room,
)
from sessions.live.seating import take_place
from sessions.live.session import Session, SessionEnded
from sessions.people.access import NotAllowed

LEFT_AFTER = timedelta(seconds=90)
IDLE_AFTER = timedelta(hours=12)


class AlreadyHere(FarhandError):
    code = "already-here"
    text = "This call is open in another tab or on another page."
    status = 409


async def enter(room: Room, participant: Participant, wire: Wire, hello: say.Hello) -> Member:
    """A participant's page connects, or comes back. Raises AlreadyHere, RoomFull, SessionEnded.

    The tab that was here before is told that it was replaced, unless it is this one."""
    if room.over:
        raise SessionEnded
    member = room.members.get(str(participant.id)) or await _known(room, participant)
    same_tab = hello.resume is not None and hello.resume == member.resume
    if member.wire is not None and not same_tab and not hello.take_over:
        raise AlreadyHere
    if participant.admitted and not member.participant.admitted:
        member.participant = participant
    if member.admitted:
        take_place(member, room.members.values())
    _replace_wire(member, wire)
    member.wire = wire
    if not member.been_in:
        _wait(member, room.time.now())
    back, member.gone = member.gone, False
    wire.send(
        say.Welcome(
            reply_to=hello.id,
            you=member.id,
            role=member.participant.role.value,
            resume=member.resume,
            server_time=room.time.now(),
        )
    )
    if member.admitted:
        await _step_in(room, member, back=back)
    await room.changed()
    return member


async def _known(room: Room, participant: Participant) -> Member:
    async with room.database.begin() as db:
        consent = await consent_of(db, participant.id)
    member = Member(
        participant=participant,
        consent=consent.recording if consent else None,
        since=room.time.now(),
    )
    if member.staff:
        member.sends = Ladder(FACE_BPS)
    room.members[member.id] = member
    return member


def _wait(member: Member, now: datetime) -> None:
    """A wait in the lobby begins, unless it was left for a moment only."""
    moment = member.lost_at is not None and now - member.lost_at <= LEFT_AFTER
    if member.gone and not moment:
        member.since = now
    member.lost_at = None


def _replace_wire(member: Member, wire: Wire) -> None:
    old = member.wire
    if old is not None and old is not wire:
        old.send(say.Replaced())
        old.close(CLOSE_REPLACED)


async def _step_in(room: Room, member: Member, *, back: bool = False) -> None:
    """The member is in: its checklist is sent, its coming is written down. ``back`` is who had
    left before, rather than lost the connection."""
    if room.checklist is not None:
        member.tell(say.ProcedureText(procedure=room.checklist.procedure.model_dump()))
    if member.been_in and member.lost_at is None and not back:
        return
    now = room.time.now()
    joins = back or not member.been_in
    member.been_in = True
    if not joins:
        if member.presence == "in":
            await room.note_presence(member)
        return
    member.since = now
    async with room.database.begin() as db:
        member.participant.note(db, room.session, "joined", now)
    await room.note(joined_note(member))


def joined_note(member: Member) -> dict[str, str]:
    """The recording's note of who came in."""
    return {
        "event": "joined",
        "participant": member.id,
        "name": member.participant.name,
        "role": member.participant.role.value,
    }


async def lose(room: Room, member: Member, wire: Wire) -> None:
    """A page's connection is gone; the participant may come back."""
    if member.wire is not wire or room.over:
        return
    was = member.presence
    member.wire = None
    room.last_here = room.time.now()
    if not member.admitted:
        member.gone, member.lost_at = True, room.time.now()
    elif member.presence != was:
        await room.note_presence(member)
    await room.changed()


async def admit(room: Room, by: Member, participant: str) -> None:
    """Staff let a waiting participant in. Raises NotAllowed, ParticipantUnknown, RoomFull."""
    member = _waiting(room, by, participant)
    take_place(member, room.members.values())
    now = room.time.now()
    async with room.database.begin() as db:
        room.session = await db.get_one(Session, room.session.id)
        member.participant = await db.get_one(Participant, member.participant.id)
        member.participant.admit(db, room.session, by.participant, now)
    member.gone, member.lost_at = False, None
    if member.wire is not None:
        await _step_in(room, member)
    await room.changed()


async def turn_away(room: Room, by: Member, participant: str) -> None:
    """Staff refuse a waiting participant. Raises NotAllowed, ParticipantUnknown."""
    member = _waiting(room, by, participant)
    now = room.time.now()
    async with room.database.begin() as db:
        member.participant = await db.get_one(Participant, member.participant.id)
        member.participant.turn_away(db, room.session, by.participant, now)
    if member.wire is not None:
        member.wire.send(say.TurnedAway())
        member.wire.close(CLOSE_TURNED_AWAY)
        member.wire = None
    member.gone = True
    await room.changed()


def _waiting(room: Room, by: Member, participant: str) -> Member:
    if not by.staff:
        raise NotAllowed
    member = room.members.get(participant)
    if member is None or member.admitted:
        raise ParticipantUnknown
    return member


async def leave(room: Room, member: Member) -> None:
    """A participant leaves; the session goes on."""
    if member.gone:
        return
    member.gone = True
    member.leg, member.leg_connected, member.silent, member.screen = None, False, False, False
    if member.been_in:
        async with room.database.begin() as db:
            member.participant.note(db, room.session, "left", room.time.now())
        await room.note({"event": "left", "participant": member.id})
        await room.plane.leave(room.id, member.id)
    wire, member.wire, member.lost_at = member.wire, None, None
    await room.changed()
    if wire is not None:
        wire.close(CLOSE_ENDED)


async def end(room: Room, by: Member | None, reason: str = "ended") -> None:
    """End the session for everybody. Raises NotAllowed unless by staff or the server."""
    if by is not None and not by.staff:
        raise NotAllowed
    if room.over:
        return
    now = room.time.now()
    who: UUID | None = by.participant.id if by else None
    async with room.database.begin() as db:
        room.session = await db.get_one(Session, room.session.id)
        room.session.end(db, now, participant=who, reason=reason)
    await room.note({"event": "ended", "by": by.participant.name if by else None})
    await _close(room, say.Ended(by=by.participant.name if by else None, at=now), CLOSE_ENDED)


async def drain(room: Room) -> None:
    """The server stops: everybody is told to come back, captures are sealed, nothing ends."""
    if not room.over:
        await room.note({"event": "server-stopped"})
        await _close(room, say.Draining(), CLOSE_DRAINING)


async def _close(room: Room, last_word: say.ToClient, code: int) -> None:
    room.over = True
    for member in room.members.values():
        if member.wire is not None:
            member.wire.send(last_word)
            member.wire.close(code)
            member.wire = None
    for observer in room.observers:
        await observer.ended(room)
    await room.plane.close(room.id)


async def tick(room: Room) -> None:
    """Once a second: those lost for long have left; a room nobody is in for hours ends."""
    now = room.time.now()
    for member in list(room.members.values()):
        if member.lost_at is not None and not member.gone and now - member.lost_at > LEFT_AFTER:
            await leave(room, member)
    if any(m.wire or (m.headless and not m.gone) for m in room.members.values()):
        room.last_here = now
    elif now - room.last_here > IDLE_AFTER:
        await end(room, None, reason="idle")
    if not room.over:
        for observer in room.observers:
            await observer.ticked(room)


async def join_headless(
    room: Room,
    participant: Participant,
    offer: str,
    *,
    recording: bool,
    version: str,
    address: str,
) -> Answer:
    """A client without a signalling socket (WHIP) joins with its offer.

    Raises AlreadyHere, RoomFull, SessionEnded, and what the media plane refuses."""
    if room.over:
        raise SessionEnded
    member = room.members.get(str(participant.id)) or await _known(room, participant)
    if member.wire is not None:
        raise AlreadyHere
    take_place(member, room.members.values())
    now = room.time.now()
    async with room.database.begin() as db:
        await participant.consent(
            db,
            room.session,
            now,
            recording=recording,
            language=participant.language,
            version=version,
            address=address,
        )
    answer = await room.plane.join(room.id, member.id, offer)
    back = member.gone
    member.consent, member.headless, member.gone = recording, True, False
    member.leg, member.microphone, member.camera = answer.leg, "on", "on"
    member.codecs = frozenset(answer.codecs)
    room.forget_seating(member)
    await _step_in(room, member, back=back)
    await room.changed()
    return answer
