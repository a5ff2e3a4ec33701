"""A caller: one light WebRTC connection of the load, made for many packets and little work."""

import asyncio
import contextlib
import hmac
import os
import re
import secrets
import socket
import struct
import time
import zlib
from collections.abc import Callable

from server.media import rtcp, stun
from server.media.dtls import Dtls, Identity, Keys

OPUS, VP8 = 111, 96
AUDIO_SSRC, VIDEO_SSRC = 1111, 2222
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
CHECK_SECONDS = 2.0
BATCH = 64

IDENTITY = Identity()


class Caller:
    """Connects as the one who offers or who answers; always sends the checks that nominate.

    ``on_media`` is called with each decrypted RTP packet; ``video_type`` is the payload type
    of those that are picture (a marker there ends a frame; some servers mark sound as well).
    """

    def __init__(self, address: str, sends: bool, on_media: Callable[[bytes], None]) -> None:
        self.sends = sends
        self.connected = asyncio.Event()
        self.keys: Keys | None = None
        self.video_type = VP8
        self.rtcp_in = 0
        self.bad = 0
        self._on_media = on_media
        self._ufrag, self._password = secrets.token_hex(4), secrets.token_hex(16)
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._udp.setblocking(False)
        self._udp.bind((address, 0))
        self._address, self._port = self._udp.getsockname()
        self._remote: tuple[str, int] = ("", 0)
        self._answered = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._dtls: Dtls | None = None

    # Signalling

    def offer(self) -> str:
        """An offer to send, or to receive, sound and picture."""
        return self._describe(
            "active", ["0", "1"], {"audio": OPUS, "video": VP8}, ["audio", "video"]
        )

    def take(self, answer: str) -> None:
        """Connect as the answer says."""
        self._connect(answer)

    def answer(self, offer: str) -> str:
        """Answer an offer and connect."""
        kinds = re.findall(r"^m=(audio|video)", offer, re.M)
        mids = re.findall(r"^a=mid:(\S+)", offer, re.M)
        types = {
            "audio": _payload_type(offer, "opus"),
            "video": _payload_type(offer, "VP8"),
        }
        self.video_type = types["video"]
        self._connect(offer)
        return self._describe("active", mids, types, kinds)

    def _describe(
        self, setup: str, mids: list[str], types: dict[str, int], kinds: list[str]
    ) -> str:
        lines = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
        lines += ["a=group:BUNDLE " + " ".join(mids), "a=msid-semantic: WMS load"]
        for mid, kind in zip(mids, kinds, strict=True):
            number = types[kind]
            codec = "opus/48000/2" if kind == "audio" else "VP8/90000"
            feedback = (
                ["transport-cc"]
                if kind == "audio"
                else ["transport-cc", "nack", "nack pli", "goog-remb"]
            )
            lines += [
                f"m={kind} 9 UDP/TLS/RTP/SAVPF {number}",
                f"c=IN IP4 {self._address}",
                f"a=ice-ufrag:{self._ufrag}",
                f"a=ice-pwd:{self._password}",
                f"a=fingerprint:sha-256 {IDENTITY.fingerprint}",
                f"a=setup:{setup}",
                f"a=mid:{mid}",
                f"a={'sendonly' if self.sends else 'recvonly'}",
                "a=rtcp-mux",
                "a=rtcp-rsize",
                f"a=rtpmap:{number} {codec}",
                *(f"a=rtcp-fb:{number} {what}" for what in feedback),
                f"a=candidate:1 1 udp 2130706431 {self._address} {self._port} typ host",
                "a=end-of-candidates",
            ]
            if self.sends:
                ssrc = AUDIO_SSRC if kind == "audio" else VIDEO_SSRC
                lines += [f"a=extmap:3 {TRANSPORT_CC}", f"a=msid:load {kind}"]
                lines += [f"a=ssrc:{ssrc} cname:load", f"a=ssrc:{ssrc} msid:load {kind}"]
            else:
                lines += [f"a=extmap:2 {ABS_SEND_TIME}"]
        return "\r\n".join(lines) + "\r\n"

    # Connection

    def _connect(self, sdp: str) -> None:
        self._peer_ufrag = _find(r"a=ice-ufrag:(\S+)", sdp)
        self._peer_password = _find(r"a=ice-pwd:(\S+)", sdp)
        fingerprint = _find(r"a=fingerprint:sha-256 (\S+)", sdp)
        host, port = re.search(
            r"a=candidate:\S+ 1 udp \d+ (\d+\.\S+) (\d+) typ host", sdp, re.IGNORECASE
        ).groups()
        self._remote = (host, int(port))
        asyncio.get_running_loop().add_reader(self._udp, self._readable)
        self._tasks = [
            asyncio.create_task(self._check()),
            asyncio.create_task(self._shake(fingerprint)),
        ]

    async def _check(self) -> None:
        while True:
            self._send(self._write_check())
            pause = CHECK_SECONDS if self._answered.is_set() else 0.1
            await asyncio.sleep(pause)

    async def _shake(self, fingerprint: str) -> None:
        await self._answered.wait()
        self._dtls = Dtls(IDENTITY, self._send, lambda: None, "client")
        self.keys = await self._dtls.handshake([("sha-256", fingerprint)])
        self.connected.set()

    def _write_check(self) -> bytes:
        name = f"{self._peer_ufrag}:{self._ufrag}".encode()
        body = struct.pack(">HH", 6, len(name)) + name + bytes(-len(name) % 4)
        body += struct.pack(">HHIHHQHH", 0x24, 4, 1853824767, 0x802A, 8, 7, 0x25, 0)
        transaction = os.urandom(12)
        head = struct.pack(">HHI12s", 1, len(body) + 24, 0x2112A442, transaction)
        key = self._peer_password.encode()
        body += struct.pack(">HH", 8, 20) + hmac.digest(key, head + body, "sha1")
        head = struct.pack(">HHI12s", 1, len(body) + 8, 0x2112A442, transaction)
        return head + body + struct.pack(">HHI", 0x8028, 4, zlib.crc32(head + body) ^ 0x5354554E)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        asyncio.get_running_loop().remove_reader(self._udp)
        self._udp.close()

    # Packets

    def send(self, packet: bytes) -> None:
        """Protect and send an RTP packet."""
        self._send(self.keys.protect(packet))

    def send_rtcp(self, packet: bytes) -> None:
        """Protect and send an RTCP packet."""
        self._send(self.keys.protect_rtcp(packet))

    def report(self, ssrc: int, timestamp: int, packets: int, octets: int) -> None:
        """Send a sender report, as browsers do every second."""
        now = time.time() + 2_208_988_800
        ntp = int(now * (1 << 32))
        report = rtcp.sender_report(ssrc, ntp, timestamp & 0xFFFFFFFF, packets, octets)
        self.send_rtcp(report + rtcp.description(ssrc, "load"))

    def _send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self._udp.sendto(data, self._remote)

    def _readable(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            for _ in range(BATCH):
                self._hear(*self._udp.recvfrom(2048))

    def _hear(self, data: bytes, address: tuple[str, int]) -> None:
        first = data[0]
        if 127 < first < 192:
            if self.keys is None:
                return
            if 191 < data[1] < 224:
                self.rtcp_in += 1
                return
            packet = self.keys.unprotect(data)
            if packet is None:
                self.bad += 1
            else:
                self._on_media(packet)
        elif first < 4:
            check = stun.parse_check(data)
            if check is not None:
                reply = stun.success(check, *address, self._password.encode())
                self._udp.sendto(reply, address)
            elif data[:2] == b"\x01\x01":
                self._answered.set()
        elif self._dtls is not None:
            self._dtls.feed(data)


def _find(pattern: str, sdp: str) -> str:
    return re.search(pattern, sdp)[1]


def _payload_type(sdp: str, codec: str) -> int:
    return int(re.search(rf"a=rtpmap:(\d+) {codec}/", sdp, re.IGNORECASE)[1])
