"""What the stories of a disk in trouble and of a full server fake: at the edges of the room."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from server.media.remote import RemotePlane
from server.web import keys
from server.web.wire import SocketWire
from sessions.errors import FarhandError
from sessions.live.media import Answer
from sessions.live.protocol import KeptMessage, ToClient
from tests.world import World

SEND, JOIN = SocketWire.send, RemotePlane.join


def disk_is(patch: pytest.MonkeyPatch, **wrong: Any) -> None:
    """From now on everybody is told this of the recording's disk."""

    def sent(wire: SocketWire, message: ToClient) -> None:
        kept = isinstance(message, KeptMessage)
        SEND(wire, message.model_copy(update=wrong) if kept else message)

    patch.setattr(SocketWire, "send", sent)


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
