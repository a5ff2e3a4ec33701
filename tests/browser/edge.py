"""What the stories of a disk in trouble and of a full server fake: at the edge of the room."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from server.media.remote import RemotePlane
from server.web import keys
from sessions.errors import FarhandError
from sessions.live.media import Answer, Kept, MediaEvent
from sessions.live.room import Room
from tests.world import World

HEAR, JOIN = Room.hear, RemotePlane.join


def disk_is(patch: pytest.MonkeyPatch, **wrong: Any) -> None:
    """From now on the plane says this of every recording's disk."""

    async def heard(room: Room, event: MediaEvent) -> None:
        await HEAR(room, replace(event, **wrong) if isinstance(event, Kept) else event)

    patch.setattr(Room, "hear", heard)


async def connected(farhand: World, session: str) -> None:
    """Wait until the first one in a session has a line."""

    async def is_there() -> bool:
        room = farhand.app[keys.HUB].room_if_open(UUID(session))
        return room is not None and any(m.leg_connected for m in room.members.values())

    await farhand.until(is_there)


class FullServer(FarhandError):
    """As the server refuses an offer while it has all it can do."""

    code = "server-full"
    text = "All lines are busy."
    status = 503


def lines_are(patch: pytest.MonkeyPatch, free: Callable[[], bool]) -> list[str]:
    """Offers are refused until a line is free; whose offers came, in their order."""
    came: list[str] = []

    async def joined(plane: RemotePlane, room: str, participant: str, offer: str) -> Answer:
        came.append(participant)
        if not free():
            raise FullServer
        return await JOIN(plane, room, participant, offer)

    patch.setattr(RemotePlane, "join", joined)
    return came
