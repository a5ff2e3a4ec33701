"""A slot of a receiver: one outgoing stream in which one source after the other is shown.

The receiver sees one SSRC with contiguous sequence numbers and a running clock, whoever is shown.
"""

import secrets
import struct
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from server.media import rtcp
from server.media.answer import SlotPlace
from server.media.codecs import Coding
from server.media.dtls import Transform
from server.media.ice import IceAgent
from server.media.repairs import Repairs
from sessions.live.media import Codec

if TYPE_CHECKING:
    from server.media.source import Kept, Source

CLOCK_RATES = {"audio": 48_000, "video": 90_000}
FRAME_TICKS = {"audio": 960, "video": 3_000}
REMEMBERED_REPORTS = 8

_PLAIN = struct.Struct(">BBHII")
_EXTENDED = struct.Struct(">BBHIIHHI")

Push = Callable[[int, int, int, int, bytes], None]
Write = Callable[[int, int, int, int, int, bytes], None]


class Slot:
    """``source`` is what is shown; the slot is ``live`` once its first (key) frame has come,
    which has the source's number ``begin``.

    ``push(number, marker, timestamp, stamp, payload)`` sends one packet of the source: its
    sequence number with padding packets left out, its timestamp, and its time of arrival as
    abs-send-time counts it. ``codings`` are the receiver's, and so is the id of that header
    extension, ``send_time``. ``arrived`` is what the receiver last said: the highest sequence
    number, and how many packets in all had not come.
    """

    def __init__(
        self,
        place: SlotPlace,
        codings: Mapping[Codec, Coding],
        send_time: int | None,
        protect: Transform,
        ice: IceAgent,
        send_rtcp: Callable[[bytes], None],
    ) -> None:
        self.place = place
        self.ssrc = place.ssrc
        self.source: Source | None = None
        self.live = False
        self.begin = 0
        self.arrived = (0, 0)
        self.round_trip_ns: int | None = None
        self._codings = codings
        self._coding = next(iter(codings.values()))
        self._write = _writer(send_time, protect, ice)
        self.push = self._pusher()
        self._repairs = Repairs(place.rtx_ssrc)
        self._send_rtcp = send_rtcp
        self._number_shift = 0
        self._timestamp_shift = 0
        self._next_number = secrets.randbelow(1 << 14)
        self._last_timestamp: int | None = None
        self._last_ns = 0
        self._sent = (0, 0)
        self._reports: deque[tuple[int, int]] = deque(maxlen=REMEMBERED_REPORTS)

    @property
    def sent(self) -> tuple[int, int]:
        """Packets and octets of payload sent so far."""
        packets, octets = self._sent
        if self.live and self.source is not None:
            return packets + self.source.packets, octets + self.source.octets
        return packets, octets

    def show(self, source: "Source | None") -> None:
        """Show this source from its next (key) frame on; None shows nothing, and so does what
        the receiver cannot decode."""
        if source is not None and source.codec not in self._codings:
            source = None
        if source is self.source:
            return
        if self.source is not None:
            self._leave(self.source)
        self.source = source
        if source is not None:
            source.await_start(self)

    def start(self, number: int, timestamp: int, now_ns: int) -> None:
        """The first packet of the source that is sent is this one."""
        assert self.source is not None
        packets, octets = self._sent
        self._sent = (packets - self.source.packets, octets - self.source.octets)
        self.live = True
        self.begin = number
        self._coding = self._codings[self.source.codec]
        self._repairs.begin(self.source)
        self._number_shift = self._next_number - number
        if self._last_timestamp is not None:
            kind = self.place.kind
            elapsed = (now_ns - self._last_ns) * CLOCK_RATES[kind] // 1_000_000_000
            target = self._last_timestamp + max(elapsed, FRAME_TICKS[kind])
            self._timestamp_shift = target - timestamp
        self.report(now_ns)

    def report(self, now_ns: int) -> None:
        """Send the source's last sender report as this receiver is to see it (RFC 3550 section
        6.4.1). Its clocks stay the publisher's: so sound and picture of one are in step.
        """
        if not self.live or self.source is None or self.source.sender_report is None:
            return
        ntp, rtp, _ = self.source.sender_report
        self._reports.append((ntp >> 16 & 0xFFFFFFFF, now_ns))
        shifted = (rtp + self._timestamp_shift) & 0xFFFFFFFF
        report = rtcp.sender_report(self.ssrc, ntp, shifted, *self.sent)
        self._send_rtcp(report + rtcp.description(self.ssrc, self.place.stream))

    def hear_report(self, block: rtcp.Block, now_ns: int) -> None:
        """How the receiver gets this stream."""
        self.arrived = (block.highest, block.lost)
        for middle, sent_ns in self._reports:
            if middle == block.last_report:
                away = now_ns - sent_ns - block.delay * 1_000_000_000 // 65536
                self.round_trip_ns = max(0, away)

    def repair(self, numbers: Sequence[int], now_ns: int) -> None:
        """The receiver misses the packets with these 16-bit numbers: those that are still there
        are sent again, as a retransmission (RFC 4588) or byte for byte as they were."""
        source = self.source
        if not self.live or source is None:
            return
        newest = source.number + self._number_shift
        for number in numbers:
            own = newest - (newest - number & 0xFFFF) - self._number_shift
            kept = source.kept(own) if own >= self.begin else None
            if kept is not None:
                for _ in range(self._repairs.copies(own, now_ns, self.round_trip_ns)):
                    self._push_again(number, kept)

    def _push_again(self, number: int, kept: "Kept") -> None:
        rtx, ssrc = self._coding.rtx, self.place.rtx_ssrc
        if rtx is None or ssrc is None:
            self.push(*kept)
            return
        _, marker, timestamp, stamp, payload = kept
        timestamp = (timestamp + self._timestamp_shift) & 0xFFFFFFFF
        original = number.to_bytes(2, "big")
        self._write(marker | rtx, self._repairs.number, timestamp, ssrc, stamp, original + payload)

    def _leave(self, source: "Source") -> None:
        if self.live:
            self._sent = self.sent
            self._next_number = source.number + 1 + self._number_shift
            self._last_timestamp = source.timestamp + self._timestamp_shift
            self._last_ns = source.arrived_ns
            self.live = False
        source.forget(self)

    def _pusher(self) -> Push:
        ssrc = self.ssrc
        write = self._write

        # Once for every packet that goes out: flat on purpose.
        def push(number: int, marker: int, timestamp: int, stamp: int, payload: bytes) -> None:
            write(
                marker | self._coding.payload_type,
                (number + self._number_shift) & 0xFFFF,
                (timestamp + self._timestamp_shift) & 0xFFFFFFFF,
                ssrc,
                stamp,
                payload,
            )

        return push


def _writer(send_time: int | None, protect: Transform, ice: IceAgent) -> Write:
    """Writes and sends a packet: marker and payload type, number, timestamp, SSRC,
    abs-send-time, payload."""
    plain, extended = _PLAIN.pack, _EXTENDED.pack
    label = 0 if send_time is None else (send_time << 4 | 2) << 24

    def write(
        kind: int, number: int, timestamp: int, ssrc: int, stamp: int, payload: bytes
    ) -> None:
        if label:
            head = extended(0x90, kind, number, timestamp, ssrc, 0xBEDE, 1, label | stamp)
        else:
            head = plain(0x80, kind, number, timestamp, ssrc)
        packet = protect(head + payload)
        if packet is not None:
            ice.send(packet)

    return write
