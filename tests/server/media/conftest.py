"""A plane on a free port of the loopback, and the people of one repair: Mina, the engineer,
Tao, the customer, and Jun, who interprets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from server.media.plane import Plane
from server.media.settings import MediaSettings
from sessions.live.media import LegClosed, LegConnected, MediaEvent, MediaPlane, Seating
from tests.server.media.peer import Peer

# How fast a busy machine is proves nothing.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

LOOPBACK = MediaSettings(host="127.0.0.1", pending_seconds=20)
ROOM = "repair"


class Call:
    """One room of a plane, and what the plane has told."""

    def __init__(self, plane: MediaPlane) -> None:
        self.plane = plane
        self.events: list[MediaEvent] = []
        self.peers: list[Peer] = []
        self._told = asyncio.Event()
        plane.on_event(self._hear)

    def _hear(self, event: MediaEvent) -> None:
        self.events.append(event)
        self._told.set()

    async def until(self, kind: type, fits: Callable[[Any], bool] = lambda event: True) -> Any:
        """Wait for an event, told already or not yet."""
        while True:
            for event in self.events:
                if isinstance(event, kind) and fits(event):
                    return event
            self._told.clear()
            await asyncio.wait_for(self._told.wait(), 15)

    async def join(self, participant: str, peer: Peer | None = None, **how: Any) -> Peer:
        """Let a peer join and connect."""
        peer = peer or Peer()
        self.peers.append(peer)
        answer = await self.plane.join(ROOM, participant, peer.offer)
        await peer.connect(answer, **how)
        await self.until(LegConnected, lambda event: event.leg == answer.leg)
        return peer

    async def closed(self, peer: Peer) -> LegClosed:
        """Wait for the end of a peer's leg."""
        return await self.until(LegClosed, lambda event: event.leg == peer.leg)

    async def seat(
        self, receiver: str, *publishers: str, screen: str | None = None, pictures: bool = True
    ) -> None:
        """Seat these publishers, in order."""
        seating = Seating(dict(enumerate(publishers)), screen, pictures)
        await self.plane.seat(ROOM, receiver, seating)


@pytest.fixture
async def plane() -> AsyncIterator[Plane]:
    plane = await Plane.open(LOOPBACK)
    yield plane
    await plane.stop()


@pytest.fixture
async def call(plane: Plane) -> AsyncIterator[Call]:
    call = Call(plane)
    yield call
    for peer in call.peers:
        await peer.close()


@pytest.fixture
async def pair(call: Call) -> tuple[Peer, Peer]:
    """Mina and Tao, connected, each in the other's first seat."""
    await call.seat("mina", "tao")
    await call.seat("tao", "mina")
    return await call.join("mina"), await call.join("tao")
