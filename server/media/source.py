"""A source: one incoming stream of a publisher, and the slots it is shown in."""

import struct
from collections import deque
from collections.abc import Callable
from typing import Literal

from server.media import rtcp
from server.media.keyframes import KeyframeRequests
from server.media.rtp import starts_keyframe
from server.media.slot import CLOCK_RATES, Push, Slot
from sessions.live.media import Track

REMEMBERED_GAPS = 256
SEND_TIME_PER_NS = (1 << 18) / 1e9  # abs-send-time: 24 bits, 6.18 fixed point, in seconds

_HEAD = struct.Struct(">xBHI").unpack_from

Codec = Literal["vp8", "h264", "opus"]
Tap = Callable[[bytes, int], None]


class Source:
    """``ssrc`` is None until it is announced or learned; ``codec`` is what the answer chose.

    ``number`` is the sequence number of the newest packet, unwrapped and counted without those
    that were only padding; ``timestamp`` and ``arrived_ns`` are that packet's. ``packets`` and
    ``octets`` count payloads, ``received`` all packets. ``tap`` is given every packet as it
    came, while a recording runs. ``ask`` is called to have a keyframe sent.
    """

    def __init__(
        self,
        track: Track,
        payload_type: int,
        ssrc: int | None,
        ask: Callable[["Source"], None],
        *,
        codec: Codec | None = None,
    ) -> None:
        self.track = track
        self.kind = "audio" if track == "audio" else "video"
        self.codec = codec or ("opus" if track == "audio" else "vp8")
        self.payload_type = payload_type
        self.ssrc = ssrc
        self.tap: Tap | None = None
        self.number = 0
        self.timestamp = 0
        self.arrived_ns = 0
        self.received = 0
        self.packets = 0
        self.octets = 0
        self.keyframes = KeyframeRequests(lambda: ask(self))
        self.sender_report: tuple[int, int, int] | None = None
        self._first = 0
        self._highest: int | None = None
        self._padding = 0
        self._gaps: deque[int] = deque(maxlen=REMEMBERED_GAPS)
        self._slots: list[Slot] = []
        self._live: tuple[Push, ...] = ()
        self._waiting: tuple[Slot, ...] = ()
        self._before = (0, 0)
        self._transit: int | None = None
        self._jitter = 0.0

    # Packets

    def take(self, packet: bytes, start: int, now_ns: int) -> None:
        """Take a decrypted packet whose payload begins at ``start``, and forward it.

        Once for every packet that comes in: flat on purpose.
        """
        tap = self.tap
        if tap is not None:
            tap(packet, now_ns)
        payload = packet[start : -packet[-1]] if packet[0] & 0x20 else packet[start:]
        kind, sequence, timestamp = _HEAD(packet)
        marker = kind & 0x80
        self.received += 1
        highest = self._highest
        if highest is None:
            self._first = sequence + 0x10000
            highest = self._first - 1
        ahead = (sequence - highest) & 0xFFFF
        if not 0 < ahead < 0x8000:
            self._take_late(highest - (-ahead & 0xFFFF), marker, timestamp, now_ns, payload)
            return
        self._highest = highest = highest + ahead
        if not payload:
            self._padding += 1
            self._gaps.append(highest)
            return
        self.number = number = highest - self._padding
        if timestamp != self.timestamp:
            self._measure_jitter(timestamp, now_ns)
            self.timestamp = timestamp
        self.arrived_ns = now_ns
        if self._waiting and (self.kind == "audio" or starts_keyframe(payload)):
            self._start_waiting(number, timestamp, now_ns)
        self.packets += 1
        self.octets += len(payload)
        if self._live:
            stamp = int(now_ns * SEND_TIME_PER_NS) & 0xFFFFFF
            for push in self._live:
                push(marker, number, timestamp, stamp, payload)

    def _take_late(
        self, number: int, marker: int, timestamp: int, now_ns: int, payload: bytes
    ) -> None:
        """A packet older than the newest: it fills its place, if its slot had begun by then."""
        if not payload:
            return
        self.packets += 1
        self.octets += len(payload)
        number -= self._padding - sum(gap > number for gap in self._gaps)
        stamp = int(now_ns * SEND_TIME_PER_NS) & 0xFFFFFF
        for slot in self._slots:
            if slot.live and number >= slot.begin:
                slot.push(marker, number, timestamp, stamp, payload)

    # Slots

    def await_start(self, slot: Slot) -> None:
        """Show this source in the slot, from the next (key) frame on."""
        self._slots.append(slot)
        self._arrange()
        self.want_keyframe()

    def forget(self, slot: Slot) -> None:
        """The slot shows something else."""
        self._slots.remove(slot)
        self._arrange()

    def want_keyframe(self) -> None:
        """Somebody cannot go on without a keyframe."""
        if self.kind == "video" and self.ssrc is not None:
            self.keyframes.ask()

    def nudge(self) -> None:
        """Ask again for the keyframe that is still waited for; the request may be lost."""
        if self._waiting:
            self.want_keyframe()

    def close(self) -> None:
        """The stream is over."""
        self.keyframes.close()
        for slot in list(self._slots):
            slot.show(None)

    def _start_waiting(self, number: int, timestamp: int, now_ns: int) -> None:
        for slot in self._waiting:
            slot.start(number, timestamp, now_ns)
        self._arrange()

    def _arrange(self) -> None:
        self._live = tuple(slot.push for slot in self._slots if slot.live)
        self._waiting = tuple(slot for slot in self._slots if not slot.live)

    # Reports

    @property
    def expected(self) -> int:
        """Packets the publisher has sent so far, as far as their numbers tell."""
        return 0 if self._highest is None else self._highest - self._first + 1

    def hear_report(self, ntp: int, rtp: int, now_ns: int) -> None:
        """The publisher's own clocks: a moment as NTP (32.32) and as RTP time."""
        self.sender_report = (ntp, rtp, now_ns)
        for slot in self._slots:
            slot.report(now_ns)

    def report(self, now_ns: int) -> rtcp.Block | None:
        """How the stream arrives (RFC 3550 appendix A.3), since the last call; None: not at all."""
        if self._highest is None or self.ssrc is None:
            return None
        expected, expected_since = self.expected, self.expected - self._before[0]
        lost_since = expected_since - (self.received - self._before[1])
        self._before = (expected, self.received)
        fraction = 0
        if expected_since > 0 and lost_since > 0:
            fraction = min(255, (lost_since << 8) // expected_since)
        last, delay = 0, 0
        if self.sender_report is not None:
            ntp, _, heard_ns = self.sender_report
            last = ntp >> 16 & 0xFFFFFFFF
            delay = min((now_ns - heard_ns) * 65536 // 1_000_000_000, 0xFFFFFFFF)
        return rtcp.Block(
            ssrc=self.ssrc,
            fraction_lost=fraction,
            lost=expected - self.received,
            highest=self._highest & 0xFFFFFFFF,
            jitter=int(self._jitter),
            last_report=last,
            delay=delay,
        )

    def _measure_jitter(self, timestamp: int, now_ns: int) -> None:
        """Interarrival jitter (RFC 3550 section 6.4.1), at the first packet of each frame."""
        transit = now_ns * CLOCK_RATES[self.kind] // 1_000_000_000 - timestamp
        if self._transit is not None:
            difference = abs((transit - self._transit + 0x80000000 & 0xFFFFFFFF) - 0x80000000)
            self._jitter += (difference - self._jitter) / 16
        self._transit = transit
