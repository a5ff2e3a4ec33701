"""A demo participant's WebRTC connection: it sends its media and watches what comes back."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from statistics import median

import av
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from server.demo.clock import MS_A_DAY, clock_for
from server.demo.picture import Planes
from server.demo.tracks import ms_of_day_now

DELAYS_KEPT = 1_000
AUDIBLE = 300  # of 32768: louder than a quiet room


@dataclass
class Watched:
    """What one participant saw and heard of the other."""

    pictures: int = 0
    unread: int = 0  # pictures whose clock could not be read
    sounds: int = 0  # frames of 20 ms
    audible: int = 0  # of these, frames with a voice
    delays: deque[int] = field(default_factory=lambda: deque(maxlen=DELAYS_KEPT))

    @property
    def delay_ms(self) -> float | None:
        """The median time from drawing a picture to seeing it, decoded, on the other side."""
        return median(self.delays) if self.delays else None


class Peer:
    """One connection: it offers a microphone and a camera, and to receive seat 0."""

    def __init__(self, camera: MediaStreamTrack, microphone: MediaStreamTrack) -> None:
        self.watched = Watched()
        self.connected = asyncio.Event()
        self.lost = asyncio.Event()
        self._watchers: list[asyncio.Task[None]] = []
        self._connection = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._connection.on("connectionstatechange", self._state_changed)
        self._connection.on("track", self._track_came)
        self._connection.addTransceiver(microphone, direction="sendonly")
        self._connection.addTransceiver(camera, direction="sendonly")
        self._connection.addTransceiver("audio", direction="recvonly")
        self._connection.addTransceiver("video", direction="recvonly")

    async def offer(self) -> str:
        """The SDP of the one offer."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return str(self._connection.localDescription.sdp)

    async def accept(self, sdp: str) -> None:
        """Take the server's answer; ``connected`` is set when media can flow."""
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def close(self) -> None:
        await self._connection.close()
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)

    def _state_changed(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            self.connected.set()
        elif state in ("failed", "closed"):
            self.lost.set()

    def _track_came(self, track: MediaStreamTrack) -> None:
        self._watchers.append(asyncio.create_task(self._watch(track)))

    async def _watch(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, av.VideoFrame):
                self._see(frame)
            elif isinstance(frame, av.AudioFrame):
                self._hear(frame)

    def _see(self, frame: av.VideoFrame) -> None:
        self.watched.pictures += 1
        shown = clock_for(frame.height).read(Planes.of(frame).y)
        if shown is None:
            self.watched.unread += 1
        else:
            self.watched.delays.append((ms_of_day_now() - shown) % MS_A_DAY)

    def _hear(self, frame: av.AudioFrame) -> None:
        self.watched.sounds += 1
        samples = frame.to_ndarray()
        self.watched.audible += bool(abs(samples.astype(int)).mean() > AUDIBLE)
