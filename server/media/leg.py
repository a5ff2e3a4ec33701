"""A leg: one WebRTC connection of one participant, from its offer to its end."""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence

from server.media import rtcp
from server.media.answer import Part
from server.media.downlink import Downlink
from server.media.dtls import Dtls, Fingerprint, Identity, Keys
from server.media.ice import IceAgent, Path, Receive
from server.media.port import MediaPort
from server.media.recovery import Recovery
from server.media.rtp import find_extension
from server.media.sdp import ABS_SEND_TIME, MID, TRANSPORT_CC
from server.media.slot import Slot
from server.media.source import Source, retransmissions
from server.media.uplink import Uplink
from sessions.live.media import Track

SECOND_NS = 1_000_000_000
MAX_RTCP_SENDERS = 64
MAX_UNKNOWN_STREAMS = 64
RTP_HEADER_BYTES = 12
# What a participant may send: well above camera, screen and voice at their best.
ALLOWED_BYTES_PER_SECOND = 1_250_000
ALLOWED_AT_ONCE_BYTES = 500_000
PACKET_BYTES = 200  # what one packet costs beside its bytes
MOST_WANTED_AGAIN = 256

Tap = Callable[[bytes, int], None]
Take = Callable[[bytes, int, int], None]
SlotKey = tuple[str, int | None]


class Leg:
    """``sources`` are what the participant sends, by track; ``slots`` where it receives.

    ``allowance`` is how many bytes may still come before more are refused, ``refused`` whether
    some were. ``downlink`` is what its line carries down, ``uplink`` what it is told about what
    it sends. ``outcome`` is a future of the reason (``sessions.live.media.LegClosed``) for which
    the leg ends; whoever decides that calls ``end``.
    """

    def __init__(
        self,
        port: MediaPort,
        identity: Identity,
        participant: str,
        parts: Sequence[Part],
        max_up_bps: int,
    ) -> None:
        self.name = secrets.token_hex(8)
        self.participant = participant
        self.ssrc = secrets.randbits(31) | 1
        self.connected_ns = 0
        self.heard_ns = 0
        self.media_ns = 0
        self.goodbye_ns = 0
        self.is_silent = False
        self.allowance = ALLOWED_AT_ONCE_BYTES
        self.refused = False
        self.tap: Tap | None = None
        self.sources: dict[Track, Source] = {}
        self.slots: dict[SlotKey, Slot] = {}
        self.outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.ice = IceAgent(port, self._on_path)
        self.downlink = Downlink()
        self.learned: Callable[[Leg], None] = lambda leg: None
        self._port = port
        self._parts = parts
        self._path_found = asyncio.Event()
        self._dtls = Dtls(identity, lambda record: self.ice.send(record), self._dtls_ended)
        self._keys: Keys | None = None
        self._streams: dict[bytes, Take] = {}
        self._recovery = Recovery(self)
        self._slots_by_ssrc: dict[int, Slot] = {}
        self._beat_ns = time.monotonic_ns()
        self._rtcp_senders: set[bytes] = set()
        self._unknown: set[bytes] = set()
        self._mid_sources: dict[bytes, Source] = {}
        self._make_sources()
        measured = bool(self._extension(TRANSPORT_CC, sends=True))
        self.uplink = Uplink(self.ssrc, self.sources, self.send_rtcp, max_up_bps, measured)
        port.register(self.ice, self._dtls.feed)

    # From the offer to the end

    async def connect(self, fingerprints: Sequence[Fingerprint]) -> None:
        """Wait for a proved path and shake hands. Raises DtlsFailed."""
        await self._path_found.wait()
        self._keys = await self._dtls.handshake(fingerprints)
        now = time.monotonic_ns()
        self.connected_ns = self.heard_ns = now
        self._make_slots(self._keys)
        self.ice.listen(self._receiver)

    def end(self, reason: str) -> None:
        """The leg is to end, for this reason; the first one counts."""
        if not self.outcome.done():
            self.outcome.set_result(reason)

    async def close(self) -> None:
        """Say goodbye and give up everything."""
        self.end("left")
        self._recovery.close()
        for source in self.sources.values():
            source.close()
        for slot in self.slots.values():
            slot.show(None)
        await self._dtls.close()
        self._port.unregister(self.ice)

    def _on_path(self) -> None:
        self._path_found.set()

    def _dtls_ended(self) -> None:
        self.end("left" if self.connected_ns else "failed")

    # What flows

    def _make_sources(self) -> None:
        for part in self._parts:
            line = part.line
            if part.track is None:
                continue
            source = Source(
                part.track, part.coming, line.ssrc, self._ask_keyframe, self._recovery.begin
            )
            self.sources[part.track] = source
            if line.ssrc is not None:
                self._streams[line.ssrc.to_bytes(4, "big")] = source.take
            else:
                self._mid_sources[line.mid.encode()] = source
            if line.rtx_ssrc is not None and part.coming.rtx is not None:
                again = retransmissions(source, part.coming)
                self._streams[line.rtx_ssrc.to_bytes(4, "big")] = again

    def _make_slots(self, keys: Keys) -> None:
        for part in self._parts:
            place, line = part.slot, part.line
            if place is None:
                continue
            send_time = line.extensions.get(ABS_SEND_TIME)
            codings = {coding.codec: coding for coding in part.codings}
            slot = Slot(place, codings, send_time, keys.protect, self.ice, self.send_rtcp)
            self.slots[place.kind, place.seat] = slot
            self._slots_by_ssrc[place.ssrc] = slot

    def _extension(self, uri: str, sends: bool) -> int:
        """The number of a header extension on the way up (``sends``) or down; 0: none."""
        for part in self._parts:
            if (part.track if sends else part.slot) is not None and uri in part.line.extensions:
                return part.line.extensions[uri]
        return 0

    def _receiver(self, path: Path) -> Receive:
        """What takes the SRTP and SRTCP packets of one path; flat on purpose."""
        assert self._keys is not None
        unprotect = self._keys.unprotect
        streams = self._streams
        ice = self.ice
        clock = time.monotonic_ns
        arrived = self.uplink.feedback.arrivals.append
        number = self._extension(TRANSPORT_CC, sends=True)
        label = number << 4 | 1 if number else -1

        def receive(data: bytes) -> None:
            self.allowance -= len(data) + PACKET_BYTES
            if self.allowance < 0 or len(data) < RTP_HEADER_BYTES:
                return
            if 191 < data[1] < 224:  # RFC 5761 section 4
                self._receive_rtcp(data, path)
                return
            take = streams.get(data[8:12])
            if take is None and not self._may_learn(data[8:12]):
                return
            packet = unprotect(data)
            if packet is None:
                return
            now = clock()
            self.heard_ns = self.media_ns = now
            if ice.selected is not path:
                ice.select(path)
            if take is None:
                take = self._learn(packet)
                if take is None:
                    return
            # libsrtp refuses packets whose header reaches beyond their end.
            first = packet[0]
            start = 12 + ((first & 0x0F) << 2)
            if first & 0x10:
                words = packet[start + 2] << 8 | packet[start + 3]
                if words and packet[start + 4] == label:
                    arrived(now << 16 | packet[start + 5] << 8 | packet[start + 6])
                elif number:
                    value = find_extension(packet, number)
                    if value is not None and len(value) == 2:
                        arrived(now << 16 | value[0] << 8 | value[1])
                start += 4 + (words << 2)
            take(packet, start, now)

        return receive

    def _may_learn(self, ssrc: bytes) -> bool:
        """Whether an unknown stream is looked at: libsrtp remembers each one for good."""
        if not self._mid_sources:
            return False
        if ssrc not in self._unknown and len(self._unknown) < MAX_UNKNOWN_STREAMS:
            self._unknown.add(ssrc)
        return ssrc in self._unknown

    def _learn(self, packet: bytes) -> Take | None:
        """Whose stream this is, of those that did not announce their SSRC: by mid, else by
        payload type, the first that is free (RFC 8843 section 9.2)."""
        number = self._extension(MID, sends=True)
        mid = find_extension(packet, number) if number else None
        if mid is None:
            fits = (m for m, s in self._mid_sources.items() if s.payload_type == packet[1] & 0x7F)
            mid = next(fits, None)
        source = self._mid_sources.pop(mid, None) if mid is not None else None
        if source is None:
            return None
        source.ssrc = int.from_bytes(packet[8:12], "big")
        self._streams[packet[8:12]] = source.take
        self.learned(self)
        return source.take

    # RTCP

    def send_rtcp(self, packet: bytes) -> None:
        """Send an RTCP packet, compound or not (RFC 5506)."""
        if self._keys is not None and not self.outcome.done():
            protected = self._keys.protect_rtcp(packet)
            if protected is not None:
                self.ice.send(protected)

    def _ask_keyframe(self, source: Source) -> None:
        if source.ssrc is not None:
            self.send_rtcp(rtcp.pli(self.ssrc, source.ssrc))

    @property
    def round_trip_ns(self) -> int | None:
        """As the client's reports tell; None before there is one."""
        trips = [s.round_trip_ns for s in self.slots.values() if s.round_trip_ns is not None]
        return min(trips, default=None)

    def _receive_rtcp(self, data: bytes, path: Path) -> None:
        assert self._keys is not None
        sender = data[4:8]
        if sender not in self._rtcp_senders and len(self._rtcp_senders) >= MAX_RTCP_SENDERS:
            return
        compound = self._keys.unprotect_rtcp(data)
        if compound is None:
            return
        self._rtcp_senders.add(sender)
        now = time.monotonic_ns()
        self.heard_ns = now
        if self.ice.selected is not path:
            self.ice.select(path)
        reported = False
        for kind, count, body in rtcp.packets(compound):
            if kind == rtcp.SENDER_REPORT:
                reported = True
                self._hear_sender(body, now)
            if kind in (rtcp.SENDER_REPORT, rtcp.RECEIVER_REPORT):
                for block in rtcp.blocks(kind, count, body):
                    if (slot := self._slots_by_ssrc.get(block.ssrc)) is not None:
                        slot.hear_report(block, now)
            elif kind == rtcp.TRANSPORT_FEEDBACK and count == rtcp.NACK:
                ssrc, numbers = rtcp.wanted_again(body, MOST_WANTED_AGAIN)
                if (slot := self._slots_by_ssrc.get(ssrc)) is not None:
                    slot.repair(numbers, now)
            elif kind == rtcp.PAYLOAD_FEEDBACK:
                self._hear_feedback(count, body, now)
            elif kind == rtcp.GOODBYE:
                self.goodbye_ns = now
        if reported and self.tap is not None:
            self.tap(compound, now)

    def _hear_sender(self, body: bytes, now_ns: int) -> None:
        info = rtcp.sender_info(body)
        if info is None:
            return
        source = next((s for s in self.sources.values() if s.ssrc == info[0]), None)
        if source is not None:
            source.hear_report(info[1], info[2], now_ns)

    def _hear_feedback(self, fmt: int, body: bytes, now_ns: int) -> None:
        if (bps := rtcp.remb_bps(fmt, body)) is not None:
            self.downlink.hear(bps, now_ns / SECOND_NS)
        for ssrc in rtcp.keyframe_wanted(fmt, body):
            slot = self._slots_by_ssrc.get(ssrc)
            if slot is not None and slot.source is not None:
                slot.source.want_keyframe()

    # On the clock

    def silent_ns(self, now_ns: int) -> int:
        """How long nothing valid has come."""
        return now_ns - max(self.heard_ns, self.ice.heard_ns)

    @property
    def was_sending(self) -> bool:
        """Whether media came up to the last; a leg that stopped it on purpose is heard less."""
        return self.media_ns > self.goodbye_ns and self.heard_ns - self.media_ns < SECOND_NS

    def beat(self, now_ns: int) -> None:
        """Send what is due, and let some more come in."""
        self.refused = self.refused or self.allowance < 0
        elapsed_ns, self._beat_ns = now_ns - self._beat_ns, now_ns
        more = elapsed_ns * ALLOWED_BYTES_PER_SECOND // SECOND_NS
        self.allowance = min(ALLOWED_AT_ONCE_BYTES, max(0, self.allowance) + more)
        self.uplink.beat(now_ns)
