"""What a publisher is told about its uplink: transport-wide feedback, or REMB without it."""

import struct

from server.media import rtcp

SLICE = 400
BACK = 100
TICK_NS = 250_000
REFERENCE_TICKS = 256  # 64 ms

FLOOR_BPS = 150_000
GROWTH = 1.08

_HEAD = struct.Struct(">IIHH")


class TransportFeedback:
    """Arrival times of packets by their transport-wide number, and the reports made of them
    (draft-holmer-rmcat-transport-wide-cc-extensions-01).

    ``arrivals`` takes, on the way of every packet, its arrival in ns and its 16-bit number below
    that in one integer: ``ns << 16 | number``.
    """

    def __init__(self, ssrc: int, media_ssrc: int) -> None:
        self.arrivals: list[int] = []
        self._ssrc = ssrc
        self._media_ssrc = media_ssrc
        self._next: int | None = None
        self._count = 0

    def reports(self) -> list[bytes]:
        """RTCP packets about all that has arrived since the last call."""
        if not self.arrivals:
            return []
        times = self._unwrapped()
        if not times:
            return []
        first, last = min(times), max(times)
        assert self._next is not None
        # What a publisher skipped without end is its own affair: report the recent part.
        start = max(min(first, self._next), last - 4 * SLICE)
        self._next = max(self._next, last + 1)
        made = []
        for low in range(start, last + 1, SLICE):
            report = self._report(times, low, min(low + SLICE, last + 1))
            if report is not None:
                made.append(report)
        return made

    def _unwrapped(self) -> dict[int, int]:
        """Arrivals in 250 us by full number; those too old to matter are left out."""
        arrivals = self.arrivals[:]
        self.arrivals.clear()
        if self._next is None:
            self._next = (arrivals[0] & 0xFFFF) + 0x10000
        oldest = self._next - BACK
        at = self._next
        times: dict[int, int] = {}
        for arrival in arrivals:
            number = at + ((arrival - at + 0x8000) & 0xFFFF) - 0x8000
            if number >= oldest and number not in times:
                times[number] = (arrival >> 16) // TICK_NS
                if number > at:
                    at = number
        return times

    def _report(self, times: dict[int, int], low: int, high: int) -> bytes | None:
        """A report about the numbers ``low`` to ``high``, the latter not included."""
        while low < high and high - 1 not in times:
            high -= 1
        present = next((number for number in range(low, high) if number in times), None)
        if present is None:
            return None
        reference = times[present] // REFERENCE_TICKS
        ticks = reference * REFERENCE_TICKS
        symbols = bytearray(high - low)
        deltas = bytearray()
        for place in range(high - low):
            arrived = times.get(low + place)
            if arrived is None:
                continue
            delta = arrived - ticks
            if 0 <= delta <= 0xFF:
                symbols[place] = 1
                deltas.append(delta)
            elif -0x8000 <= delta < 0x8000:
                symbols[place] = 2
                deltas += delta.to_bytes(2, "big", signed=True)
            else:
                continue
            ticks = arrived
        body = _HEAD.pack(self._ssrc, self._media_ssrc, low & 0xFFFF, high - low)
        body += (reference & 0xFFFFFF).to_bytes(3, "big") + bytes((self._count & 0xFF,))
        body += _chunks(symbols) + deltas
        self._count += 1
        padding = -len(body) % 4
        if not padding:
            return rtcp.write(rtcp.TRANSPORT_FEEDBACK, rtcp.TRANSPORT_CC, body)
        body += bytes(padding - 1) + bytes((padding,))
        return rtcp.write(rtcp.TRANSPORT_FEEDBACK, 0x20 | rtcp.TRANSPORT_CC, body)


def _chunks(symbols: bytearray) -> bytes:
    """Status chunks: one run where all are alike, else vectors of seven two-bit symbols."""
    if symbols.count(symbols[0]) == len(symbols):
        return (symbols[0] << 13 | len(symbols)).to_bytes(2, "big")
    made = bytearray()
    for at in range(0, len(symbols), 7):
        chunk = 0xC000
        for place, symbol in enumerate(symbols[at : at + 7]):
            chunk |= symbol << (12 - 2 * place)
        made += chunk.to_bytes(2, "big")
    return bytes(made)


class UplinkEstimate:
    """What a publisher that knows only REMB may send: less when much is lost."""

    def __init__(self, highest_bps: int) -> None:
        self.bps = highest_bps
        self._highest = highest_bps

    def update(self, loss: float) -> int:
        """Bits per second after one more second in which this share (0..1) was lost."""
        if loss > 0.1:
            self.bps = max(FLOOR_BPS, int(self.bps * (1 - loss / 2)))
        elif loss < 0.02:
            self.bps = min(self._highest, int(self.bps * GROWTH))
        return self.bps
