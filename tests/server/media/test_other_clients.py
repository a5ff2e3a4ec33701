"""Clients of another make: aiortc's own RTCPeerConnection against the plane."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aioice import ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from server.media.plane import Plane
from sessions.live.media import LegConnected
from tests.server.media.conftest import ROOM, Call


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice would look for other interfaces, of which there may be none."""
    monkeypatch.setattr(ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


class Client:
    """A peer connection that counts what it is shown."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.tracks: dict[str, Any] = {}
        self.connection.on("track", lambda track: self.tracks.setdefault(track.kind, track))

    async def join(self, call: Call, participant: str) -> None:
        connection = self.connection
        await connection.setLocalDescription(await connection.createOffer())
        answer = await call.plane.join(ROOM, participant, connection.localDescription.sdp)
        await connection.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        await call.until(LegConnected, lambda event: event.leg == answer.leg)


@pytest.fixture
async def clients(plane: Plane) -> AsyncIterator[tuple[Client, Client]]:
    made = (Client(), Client())
    yield made
    for client in made:
        await client.connection.close()


async def test_aiortc_clients_see_and_hear_each_other(
    call: Call, clients: tuple[Client, Client]
) -> None:
    await call.seat("mina", "tao")
    await call.seat("tao", "mina")
    mina, tao = clients
    for client in clients:
        client.connection.addTrack(AudioStreamTrack())
        client.connection.addTrack(VideoStreamTrack())
    await mina.join(call, "mina")
    await tao.join(call, "tao")
    for client in clients:
        picture = await asyncio.wait_for(client.tracks["video"].recv(), 20)
        assert (picture.width, picture.height) == (640, 480)
        sound = await asyncio.wait_for(client.tracks["audio"].recv(), 20)
        assert sound.sample_rate == 48_000


async def test_an_encoder_that_only_sends_and_a_viewer_that_only_receives(
    call: Call, clients: tuple[Client, Client]
) -> None:
    await call.seat("mina", "tao")
    mina, tao = clients
    tao.connection.addTransceiver(VideoStreamTrack(), "sendonly")
    mina.connection.addTransceiver("video", "recvonly")
    await tao.join(call, "tao")
    await mina.join(call, "mina")
    picture = await asyncio.wait_for(mina.tracks["video"].recv(), 20)
    assert picture.width == 640


async def test_a_data_channel_is_refused_and_the_rest_works(
    call: Call, clients: tuple[Client, Client]
) -> None:
    await call.seat("mina", "tao")
    mina, tao = clients
    tao.connection.addTrack(AudioStreamTrack())
    tao.connection.createDataChannel("notes")
    mina.connection.addTransceiver("audio", "recvonly")
    await tao.join(call, "tao")
    await mina.join(call, "mina")
    assert await asyncio.wait_for(mina.tracks["audio"].recv(), 20)
