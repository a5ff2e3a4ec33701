"""What the media plane tells a room, and what that changes."""

from sessions.live import protocol as say
from sessions.live.media import (
    Kept,
    LegClosed,
    LegConnected,
    LegHeard,
    LegSilent,
    LineQuality,
    MediaEvent,
    PlaneLost,
)
from sessions.live.member import Member
from sessions.live.room import Room

OfLeg = LegConnected | LegHeard | LegSilent | LegClosed


async def hear(room: Room, event: MediaEvent) -> None:
    """Take in an event of the media plane."""
    if isinstance(event, PlaneLost):
        await _lose_all(room)
    elif isinstance(event, Kept):
        room.tell_all(
            say.KeptMessage(
                bytes=event.bytes,
                still_seconds=event.still_seconds,
                dropped=event.dropped,
                trouble=event.trouble,
            )
        )
    elif isinstance(event, LineQuality):
        if (measured := room.members.get(event.participant)) is not None:
            await _weigh(room, measured, event)
    elif isinstance(event, OfLeg) and (member := room.members.get(event.participant)) is not None:
        await _follow(room, member, event)


async def _lose_all(room: Room) -> None:
    for member in room.members.values():
        member.silent = member.silent or member.leg is not None
        member.leg, member.leg_connected = None, False
    room.forget_seatings()
    for observer in room.observers:
        await observer.interrupted(room)
    await room.changed()


async def _follow(room: Room, member: Member, event: OfLeg) -> None:
    """A connection came, went, or is not heard."""
    was = member.presence
    if isinstance(event, LegConnected | LegHeard):
        member.connect(event.leg, room.time.now())
        room.forget_seating(member)
    elif isinstance(event, LegSilent):
        member.silent = True
    elif event.leg == member.leg:
        member.leg, member.leg_connected = None, False
        # A browser that is still here has lost its media, however politely it closed them.
        member.silent = member.here and (event.reason != "left" or member.wire is not None)
    if {was, member.presence} == {"in", "reconnecting"}:
        await room.note_presence(member)
    await room.changed()


async def _weigh(room: Room, member: Member, quality: LineQuality) -> None:
    """Tell how good a line is; on another rung, seat and tell everybody anew."""
    was = member.sends.rung
    moved = member.weigh(quality, room.time.now())
    if member.line is not None:
        room.tell_all(say.Quality(participants={member.id: member.line}))
    if not moved:
        return
    if member.sends.rung != was:
        note = {"event": "rung", "participant": member.id, "rung": member.sends.rung}
        await room.note({**note, "reason": member.sends.reason})
    await room.changed()
