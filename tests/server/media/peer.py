"""A WebRTC peer made by hand over real sockets: every packet it sends is the test's own."""

import asyncio
import hmac
import os
import re
import socket
import struct
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from server.media import rtcp
from server.media.dtls import Dtls, Identity, Keys
from sessions.live.media import Answer
from tests.server.media.offers import EXTENSIONS, TRANSPORT_CC, Line, browser_lines, write_offer

IDENTITY = Identity()
KEYFRAME = b"\x10\x00" + bytes(50)  # VP8: start of partition 0, P bit clear
DELTA = b"\x10\x01" + bytes(50)


@dataclass(frozen=True)
class Rtp:
    """A packet as it was received, decrypted."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    extension: bytes
    payload: bytes
    at: float


def parse_rtp(packet: bytes) -> Rtp:
    first, kind, sequence, timestamp, ssrc = struct.unpack_from(">BBHII", packet)
    start = 12 + 4 * (first & 15)
    extension = b""
    if first & 0x10:
        size = 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
        extension = packet[start + 4 : start + 4 + size]
        start += 4 + size
    payload = packet[start:]
    return Rtp(
        kind & 127, kind > 127, sequence, timestamp, ssrc, extension, payload, time.monotonic()
    )


def write_rtp(
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    *,
    marker: bool = False,
    extensions: Sequence[tuple[int, bytes]] = (),
    padding: int = 0,
) -> bytes:
    block = b"".join(bytes((n << 4 | len(v) - 1,)) + v for n, v in extensions)
    block += bytes(-len(block) % 4)
    first = 0x80 | (0x10 if block else 0) | (0x20 if padding else 0)
    head = struct.pack(
        ">BBHII", first, marker << 7 | payload_type, sequence & 0xFFFF, timestamp, ssrc
    )
    if block:
        head += b"\xbe\xde" + (len(block) // 4).to_bytes(2, "big") + block
    return head + payload + (bytes(padding - 1) + bytes((padding,)) if padding else b"")


def write_check(
    username: str,
    password: str,
    *,
    nominate: bool = True,
    transaction: bytes | None = None,
    fingerprint: bool = True,
) -> bytes:
    """A connectivity check, signed (RFC 8445 section 7.2)."""
    name = username.encode()
    body = struct.pack(">HH", 0x0006, len(name)) + name + bytes(-len(name) % 4)
    body += struct.pack(">HHI", 0x0024, 4, 1853824767)
    body += struct.pack(">HHQ", 0x802A, 8, 7)
    body += struct.pack(">HH", 0x0025, 0) if nominate else b""
    transaction = transaction or os.urandom(12)
    head = struct.pack(">HHI12s", 1, len(body) + 24, 0x2112A442, transaction)
    body += struct.pack(">HH", 8, 20) + hmac.digest(password.encode(), head + body, "sha1")
    if fingerprint:
        head = struct.pack(">HHI12s", 1, len(body) + 8, 0x2112A442, transaction)
        body += struct.pack(">HHI", 0x8028, 4, zlib.crc32(head + body) ^ 0x5354554E)
    return head + body


class Wire(asyncio.DatagramProtocol):
    """A UDP socket of its own that keeps what it gets."""

    def __init__(self, hear: Callable[[bytes], None] | None = None) -> None:
        self.got: list[bytes] = []
        self._hear = hear or self.got.append

    @classmethod
    async def open(cls, port: int, hear: Callable[[bytes], None] | None = None) -> "Wire":
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_datagram_endpoint(
            lambda: cls(hear), remote_addr=("127.0.0.1", port), family=socket.AF_INET
        )
        return wire

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.address = transport.get_extra_info("sockname")
        bound = transport.get_extra_info("socket")
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._hear(data)

    def send(self, data: bytes) -> None:
        self.transport.sendto(data)

    def close(self) -> None:
        self.transport.close()


class TcpWire:
    """The same over ICE-TCP."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        hear: Callable[[bytes], None],
    ) -> None:
        self._reader, self._writer, self._hear = reader, writer, hear
        self._task = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, port: int, hear: Callable[[bytes], None]) -> "TcpWire":
        return cls(*await asyncio.open_connection("127.0.0.1", port), hear)

    async def _read(self) -> None:
        try:
            while True:
                size = int.from_bytes(await self._reader.readexactly(2), "big")
                self._hear(await self._reader.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError):
            return

    def send(self, data: bytes) -> None:
        self._writer.write(len(data).to_bytes(2, "big") + data)

    def close(self) -> None:
        self._writer.close()


class Peer:
    """Offers, connects, sends and keeps what it receives.

    ``rtp`` are the packets received, ``rtcp`` the RTCP packets as (type, count, body). The next
    ``loses`` RTP packets are lost on their way: ``lost`` has their (SSRC, number).
    """

    def __init__(self, lines: Sequence[Line] | None = None) -> None:
        self.lines = list(browser_lines() if lines is None else lines)
        self.rtp: list[Rtp] = []
        self.rtcp: list[tuple[int, int, bytes]] = []
        self.stun: list[bytes] = []
        self.keys: Keys | None = None
        self.wire: Wire | TcpWire | None = None
        self.sequences: dict[int, int] = {}
        self.timestamps: dict[int, int] = {}
        self.transport_sequence = 0
        self.without_rtx = False
        self.loses = 0
        self.lost: list[tuple[int, int]] = []
        self.dtls_ended = asyncio.Event()
        self._changed = asyncio.Event()
        self._checked = asyncio.Event()

    @property
    def offer(self) -> str:
        offer = write_offer(self.lines, IDENTITY.fingerprint)
        return re.sub(r"a=rtpmap:\d+ rtx/.*\r\n", "", offer) if self.without_rtx else offer

    def take(self, answer: Answer) -> None:
        """Read the answer."""
        sdp = self.sdp = answer.sdp
        self.leg = answer.leg
        self.sections = sdp.split("m=")[1:]
        self.ufrag = re.search(r"a=ice-ufrag:(\S+)", sdp)[1]
        self.password = re.search(r"a=ice-pwd:(\S+)", sdp)[1]
        self.fingerprint = re.search(r"a=fingerprint:sha-256 (\S+)", sdp)[1]
        self.port = int(re.search(r"a=candidate:\S+ 1 udp \d+ \S+ (\d+)", sdp)[1])

    def slot(self, stream: str, kind: str) -> int:
        """The SSRC in which something is received: ``seat-0``, ``audio``."""
        for section in self.sections:
            if section.startswith(kind) and f"msid:{stream} " in section:
                return int(re.search(r"a=ssrc:(\d+)", section)[1])
        raise LookupError(stream)

    async def connect(self, answer: Answer, *, tcp: bool = False) -> None:
        self.take(answer)
        self.wire = await (TcpWire if tcp else Wire).open(self.port, self._hear)
        await self.check()
        self.dtls = Dtls(IDENTITY, lambda data: self.wire.send(data), self.dtls_ended.set, "client")
        self.keys = await self.dtls.handshake([("sha-256", self.fingerprint)])

    async def check(self, *, nominate: bool = True) -> None:
        """Send a check until it is answered."""
        self._checked.clear()
        while not self._checked.is_set():
            self.wire.send(write_check(f"{self.ufrag}:peer", self.password, nominate=nominate))
            try:
                await asyncio.wait_for(self._checked.wait(), 0.5)
            except TimeoutError:
                continue

    async def move(self) -> None:
        """Go on from another address, as behind a NAT that has forgotten."""
        self.wire.close()
        self.wire = await Wire.open(self.port, self._hear)

    async def close(self) -> None:
        if self.keys is not None:
            await self.dtls.close()
        if self.wire is not None:
            self.wire.close()

    def vanish(self) -> None:
        """Be gone without a word."""
        self.wire.close()

    # Sending

    def send(self, packet: bytes) -> None:
        self.wire.send(self.keys.protect(packet))

    def send_rtcp(self, packet: bytes) -> None:
        self.wire.send(self.keys.protect_rtcp(packet))

    def _next(self, line: Line, step: int, skip: int = 0) -> tuple[int, int]:
        sequence = self.sequences.get(line.ssrc, 65_500) + 1 + skip
        self.sequences[line.ssrc] = sequence
        timestamp = (self.timestamps.get(line.ssrc, 0xFFFF_0000) + step) & 0xFFFFFFFF
        self.timestamps[line.ssrc] = timestamp
        return sequence, timestamp

    def say(self, payload: bytes = b"sound", line: Line | None = None) -> None:
        """Send one packet of sound."""
        line = line or next(x for x in self.lines if x.kind == "audio")
        sequence, timestamp = self._next(line, 960)
        self.send(
            write_rtp(
                line.payload_type,
                sequence,
                timestamp,
                line.ssrc,
                payload,
                extensions=self.extensions(line),
            )
        )

    def show(
        self,
        payload: bytes = KEYFRAME,
        line: Line | None = None,
        *,
        step: int = 3000,
        skip: int = 0,
        padding: int = 0,
    ) -> None:
        """Send one picture of one packet; ``skip`` sequence numbers are lost before it."""
        line = line or next(x for x in self.lines if x.kind == "video")
        sequence, timestamp = self._next(line, step, skip)
        packet = write_rtp(
            line.payload_type,
            sequence,
            timestamp,
            line.ssrc,
            payload,
            marker=True,
            padding=padding,
            extensions=self.extensions(line),
        )
        self.send(packet)

    def extensions(self, line: Line) -> list[tuple[int, bytes]]:
        number = line.extensions.get(TRANSPORT_CC)
        if number is None:
            return []
        self.transport_sequence = (self.transport_sequence + 1) & 0xFFFF
        return [(EXTENSIONS[TRANSPORT_CC], self.transport_sequence.to_bytes(2, "big"))]

    # Receiving

    def _hear(self, data: bytes) -> None:
        first = data[0]
        if first < 4:
            self.stun.append(data)
            if data[:2] == b"\x01\x01":
                self._checked.set()
        elif first < 64:
            self.dtls.feed(data)
        elif self.keys is not None and 191 < data[1] < 224:
            self.rtcp += rtcp.packets(self.keys.unprotect_rtcp(data))
        elif self.keys is not None and self.loses:
            self.loses -= 1
            self.lost.append((int.from_bytes(data[8:12], "big"), data[2] << 8 | data[3]))
        elif self.keys is not None:
            self.rtp.append(parse_rtp(self.keys.unprotect(data)))
        self._changed.set()

    async def until(self, found: Callable[[], object]) -> None:
        """Wait until something that was received makes this true."""
        while not found():
            self._changed.clear()
            await asyncio.wait_for(self._changed.wait(), 10)

    def of(self, ssrc: int) -> list[Rtp]:
        """The packets received in one slot."""
        return [packet for packet in self.rtp if packet.ssrc == ssrc]

    def plis(self, ssrc: int) -> int:
        """How often a keyframe was asked of this stream."""
        return sum(
            ssrc in rtcp.keyframe_wanted(count, body)
            for kind, count, body in self.rtcp
            if kind == rtcp.PAYLOAD_FEEDBACK
        )
