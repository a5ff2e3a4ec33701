"""The one port of all calls: a UDP socket and, on the same number, ICE-TCP.

Datagrams are told apart by their first byte (RFC 7983) and then by where they come from: only
what an ICE check has proved is listened to. Whatever else arrives is dropped without an answer.
"""

import asyncio
import logging
import socket
import time
from typing import Any, cast

from server.media import stun
from server.media.ice import UFRAG_CHARS, IceAgent, Path, Receive
from server.media.udp import Udp, UdpPath

BIND_TRIES = 20

MAX_TCP = 512
MAX_TCP_OF_ONE_HOST = 64
TCP_PROOF_SECONDS = 10.0
TCP_BACKLOG_BYTES = 512 << 10
FRAME_BYTES = 1500

# Where a check's user name begins if it stands first, as all known clients write it.
UFRAG = slice(stun.HEADER_BYTES + 4, stun.HEADER_BYTES + 4 + UFRAG_CHARS)
STRANGERS_SECONDS = 0.1
MOST_STRANGERS = 100

_log = logging.getLogger(__name__)


class TcpPath(asyncio.Protocol):
    """An ICE-TCP connection (RFC 6544): each frame has two bytes of length (RFC 4571).

    Its own identity is its address.
    """

    def __init__(self, port: "MediaPort") -> None:
        self.address: Any = self
        self.host = ""
        self.port = 0
        self._media_port = port
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self._proof: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        tcp = self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        if peer:
            self.host, self.port = peer[0], peer[1]
        if not peer or not self._media_port.greet(self):
            tcp.abort()
            return
        self._proof = asyncio.get_running_loop().call_later(TCP_PROOF_SECONDS, tcp.abort)

    def proved(self) -> None:
        """A valid check came over this connection: it may stay."""
        if self._proof is not None:
            self._proof.cancel()

    def send(self, data: bytes) -> None:
        """Send one frame; a connection that does not keep up loses it."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() < TCP_BACKLOG_BYTES:
            transport.write(len(data).to_bytes(2, "big") + data)

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        at = 0
        while len(received) >= at + 2:
            size = int.from_bytes(received[at : at + 2], "big")
            if size > FRAME_BYTES:
                self.abort()
                return
            if len(received) < at + 2 + size:
                break
            if size:
                self._media_port.arrived(bytes(received[at + 2 : at + 2 + size]), self)
            at += 2 + size
        del received[:at]

    def connection_lost(self, exc: Exception | None) -> None:
        self.proved()
        self._media_port.forget(self)

    def abort(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()


class MediaPort:
    """Binds the port, and brings each datagram to the leg it is for."""

    def __init__(self, udp: socket.socket, tcp: socket.socket) -> None:
        """Use ``open``."""
        self.number: int = udp.getsockname()[1]
        self._media: dict[Any, Receive] = {}
        self._udp = Udp(udp, self._media, self._signalling)
        self._tcp = tcp
        self._server: asyncio.Server | None = None
        self._connections: set[TcpPath] = set()
        self._agents: dict[str, IceAgent] = {}
        self._ufrags: set[bytes] = set()
        self._strangers = 0
        self._strangers_until = 0.0
        self._owners: dict[Any, tuple[Path, IceAgent]] = {}
        self._handshakes: dict[IceAgent, Receive] = {}

    @classmethod
    async def open(cls, host: str, number: int) -> "MediaPort":
        """Bind ``number`` (0: any that is free) for UDP and TCP. Raises OSError."""
        for attempt in range(BIND_TRIES):
            udp = _bind(host, number, socket.SOCK_DGRAM)
            try:
                tcp = _bind(host, udp.getsockname()[1], socket.SOCK_STREAM)
            except OSError:
                udp.close()
                if number or attempt == BIND_TRIES - 1:
                    raise
                continue
            break
        port = cls(udp, tcp)
        loop = asyncio.get_running_loop()
        port._server = await loop.create_server(lambda: TcpPath(port), sock=tcp, backlog=64)
        return port

    async def close(self) -> None:
        """Stop listening; connections are cut."""
        self._udp.close()
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.abort()

    def register(self, agent: IceAgent, handshake: Receive) -> None:
        """Answer checks for this agent; DTLS from its paths goes to ``handshake``."""
        self._agents[agent.ufrag] = agent
        self._ufrags.add(agent.ufrag.encode())
        self._handshakes[agent] = handshake

    def unregister(self, agent: IceAgent) -> None:
        """Know this agent and its paths no more."""
        self._agents.pop(agent.ufrag, None)
        self._ufrags.discard(agent.ufrag.encode())
        self._handshakes.pop(agent, None)
        agent.close()

    # What agents ask (ice.Doors)

    def let_in(self, path: Path, agent: IceAgent) -> None:
        """Accept DTLS from this path, for this agent."""
        before = self._owners.get(path.address)
        if before is not None:
            before[1].lose(before[0])
        self._owners[path.address] = (path, agent)
        if isinstance(path, TcpPath):
            path.proved()

    def listen(self, path: Path, receive: Receive) -> None:
        """Accept media from this path."""
        self._media[path.address] = receive

    def shut(self, path: Path, agent: IceAgent) -> None:
        """Accept nothing more from this path."""
        owner = self._owners.get(path.address)
        if owner is not None and owner[1] is agent:
            del self._owners[path.address]
            self._media.pop(path.address, None)
            if isinstance(path, TcpPath):
                path.abort()

    # What TCP connections say

    def greet(self, path: TcpPath) -> bool:
        """Whether one more connection is taken."""
        of_host = sum(other.host == path.host for other in self._connections)
        if len(self._connections) >= MAX_TCP or of_host >= MAX_TCP_OF_ONE_HOST:
            return False
        self._connections.add(path)
        return True

    def forget(self, path: TcpPath) -> None:
        """A connection has ended."""
        self._connections.discard(path)
        owner = self._owners.get(path)
        if owner is not None:
            owner[1].lose(path)

    def arrived(self, data: bytes, path: TcpPath) -> None:
        """A frame has come."""
        receive = self._media.get(path)
        if receive is not None and 127 < data[0] < 192:
            receive(data)
        else:
            self._signalling(data, path, path)

    # Datagrams

    def _signalling(self, data: bytes, address: Any, path: Path | None = None) -> None:
        first = data[0]
        if first < 4:
            if data[UFRAG] not in self._ufrags and not self._has_time_for_strangers():
                return
            check = stun.parse_check(data)
            agent = self._agents.get(check.ufrag) if check is not None else None
            if check is not None and agent is not None:
                path = path or UdpPath(self._udp, address)
                agent.check(check, path, time.monotonic_ns())
        elif 19 < first < 64:
            owner = self._owners.get(address)
            if owner is not None:
                self._handshakes[owner[1]](data)

    def _has_time_for_strangers(self) -> bool:
        """Whether one more check is read that does not begin with a name that is known here."""
        now = time.monotonic()
        if now >= self._strangers_until:
            self._strangers_until = now + STRANGERS_SECONDS
            self._strangers = 0
        self._strangers += 1
        return self._strangers <= MOST_STRANGERS


def _bind(host: str, number: int, kind: socket.SocketKind) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, kind)
    try:
        bound.setblocking(False)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
        if kind == socket.SOCK_STREAM:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, number))
    except OSError:
        bound.close()
        raise
    return bound
