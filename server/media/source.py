"""A source: one incoming stream of a publisher, and the slots it is shown in."""

import struct
from collections import deque
from collections.abc import Callable

from server.media import rtcp
from server.media.codecs import Coding
from server.media.keyframes import KeyframeRequests
from server.media.losses import Losses
from server.media.rtp import KEYFRAME_STARTS
from server.media.slot import CLOCK_RATES, Push, Slot
from sessions.live.media import Track

REMEMBERED_GAPS = 256
LATE_SOUND_NS = 40_000_000
SECOND_NS = 1_000_000_000
HISTORY = 1024  # packets that receivers may ask for again; a power of two
SEND_TIME_PER_NS = (1 << 18) / 1e9  # abs-send-time: 24 bits, 6.18 fixed point, in seconds

_HEAD = struct.Struct(">xBHI").unpack_from
_PLACE = HISTORY - 1

Tap = Callable[[bytes, int], None]
Kept = tuple[int, int, int, int, bytes]


class Source:
    """``ssrc`` is None until it is announced or learned; ``codec`` is what the answer chose.

    ``number`` is the sequence number of the newest packet, unwrapped and counted without those
    that were only padding; ``timestamp`` and ``arrived_ns`` are that packet's. ``packets`` and
    ``octets`` count payloads, ``received`` all packets but repairs. ``tap`` is given every packet
    once as it came, while a recording runs. ``ask`` is called to have a keyframe sent, ``missed``
    when packets are missing that can be asked for again.
    """

    def __init__(
        self,
        track: Track,
        coding: Coding,
        ssrc: int | None,
        ask: Callable[["Source"], None],
        missed: Callable[[], None],
    ) -> None:
        self.track = track
        self.kind = "audio" if track == "audio" else "video"
        self.codec = coding.codec
        self.payload_type = coding.payload_type
        self.ssrc = ssrc
        self.tap: Tap | None = None
        self.number = 0
        self.timestamp = 0
        self.arrived_ns = 0
        self.received = 0
        self.packets = 0
        self.octets = 0
        self.keyframes = KeyframeRequests(lambda: ask(self))
        self.losses = Losses(coding.nack)
        self.sender_report: tuple[int, int, int] | None = None
        self._missed = missed
        self._starts_keyframe = KEYFRAME_STARTS[coding.codec]
        self._first = 0
        self._highest: int | None = None
        self._padding = 0
        self._gaps: deque[int] = deque(maxlen=REMEMBERED_GAPS)
        self._history: list[Kept | None] = [None] * HISTORY
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
        kind, sequence, timestamp = _HEAD(packet)
        self.received += 1
        highest = self._highest
        if highest is None:
            self._first = sequence + 0x10000
            highest = self._first - 1
        ahead = (sequence - highest) & 0xFFFF
        if ahead != 1:
            if not 0 < ahead < 0x8000:
                self._take_late(packet, start, highest - (-ahead & 0xFFFF), now_ns)
                return
            self._skip(highest + 1, highest + ahead, now_ns)
        self._highest = highest = highest + ahead
        tap = self.tap
        if tap is not None:
            tap(packet, now_ns)
        payload = packet[start : -packet[-1]] if packet[0] & 0x20 else packet[start:]
        if not payload:
            self._padding += 1
            self._gaps.append(highest)
            return
        self.number = number = highest - self._padding
        if timestamp != self.timestamp:
            self._measure_jitter(timestamp, now_ns)
            self.timestamp = timestamp
        self.arrived_ns = now_ns
        if self._waiting and self._starts_keyframe(payload):
            self._start_waiting(number, timestamp, now_ns)
        self.packets += 1
        self.octets += len(payload)
        marker = kind & 0x80
        stamp = int(now_ns * SEND_TIME_PER_NS) & 0xFFFFFF
        self._history[number & _PLACE] = (number, marker, timestamp, stamp, payload)
        for push in self._live:
            push(number, marker, timestamp, stamp, payload)

    def repair(self, packet: bytes, start: int, now_ns: int) -> None:
        """Take a packet that was sent again, in its first form (RFC 4588 section 4)."""
        self.take(packet, start, now_ns)
        self.received -= 1

    def kept(self, number: int) -> Kept | None:
        """What ``Slot.push`` was given for this number, if it is not too long ago."""
        found = self._history[number & _PLACE]
        return found if found is not None and found[0] == number else None

    def _take_late(self, packet: bytes, start: int, number: int, now_ns: int) -> None:
        """A packet older than the newest: it fills its place, if it was missing there and if its
        slot had begun by then. Duplicates end here, and sound that comes too late to be heard: it
        is recorded, but a listener's buffer that waited for it would wait longer from then on."""
        if not self.losses.came(number, now_ns):
            return
        if self.tap is not None:
            self.tap(packet, now_ns)
        kind, _, timestamp = _HEAD(packet)
        payload = packet[start : -packet[-1]] if packet[0] & 0x20 else packet[start:]
        if self.kind == "audio" and self._late_ns(timestamp, now_ns) > LATE_SOUND_NS:
            return
        # Padding that is late goes on as an empty packet: its number is waited for.
        if payload:
            self.packets += 1
            self.octets += len(payload)
        number -= self._padding - sum(gap > number for gap in self._gaps)
        stamp = int(now_ns * SEND_TIME_PER_NS) & 0xFFFFFF
        self._history[number & _PLACE] = (number, kind & 0x80, timestamp, stamp, payload)
        for slot in self._slots:
            if slot.live and number >= slot.begin:
                slot.push(number, kind & 0x80, timestamp, stamp, payload)

    def _late_ns(self, timestamp: int, now_ns: int) -> int:
        """How much later than the newest packet this one comes, by the sender's clock."""
        ticks = (self.timestamp - timestamp) & 0xFFFFFFFF
        return now_ns - self.arrived_ns + ticks * SECOND_NS // CLOCK_RATES[self.kind]

    def _skip(self, first: int, end: int, now_ns: int) -> None:
        """Packets ``first`` up to ``end``, the latter not included, are missing."""
        if self.losses.miss(first, end, now_ns):
            self._missed()
        else:
            # Nobody will ask for so many: receivers see none of it but that a keyframe follows.
            self._padding += end - first
            self.want_keyframe()

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
        """The stream is over; a million bytes of it need not wait for the collector."""
        self.keyframes.close()
        self._history = [None] * HISTORY
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


def retransmissions(source: Source, coding: Coding) -> Callable[[bytes, int, int], None]:
    """What takes the stream in which packets of a source are sent again (RFC 4588): the source
    gets each as it was at first."""

    def take(packet: bytes, start: int, now_ns: int) -> None:
        end = len(packet) - packet[-1] if packet[0] & 0x20 else len(packet)
        if packet[1] & 0x7F != coding.rtx or end < start + 2 or source.ssrc is None:
            return  # an empty one only tries out the line
        head = bytes((packet[0] & 0xDF, packet[1] & 0x80 | coding.payload_type))
        number, rest = packet[start : start + 2], packet[12:start]
        first = head + number + packet[4:8] + source.ssrc.to_bytes(4, "big") + rest
        source.repair(first + packet[start + 2 : end], start, now_ns)

    return take
