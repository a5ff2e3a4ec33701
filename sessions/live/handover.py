"""A participant goes on in another browser: the page that was open lets go."""

from sessions.live import entrance
from sessions.live import protocol as say
from sessions.live.room import CLOSE_REPLACED, Room


async def let_go(room: Room, participant: str) -> None:
    """Tell the participant's page, if one is open, that the call goes on elsewhere."""
    member = room.members.get(participant)
    if member is None or member.wire is None:
        return
    wire = member.wire
    wire.send(say.Replaced())
    wire.close(CLOSE_REPLACED)
    await entrance.lose(room, member, wire)
