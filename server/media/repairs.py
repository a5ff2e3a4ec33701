"""Repairs of one slot: how often its receiver gets packets again (RFC 4588)."""

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.media.source import Source

MOST = 200  # packets sent again at once; after that no more than are sent anyway
SOONEST_NS = 20_000_000
LONG_TRIP_NS = 60_000_000


class Repairs:
    """Keeps a receiver that asks without end from getting more than it is sent.

    ``number`` is the sequence number of each retransmission, a new one every time it is read.
    """

    def __init__(self, ssrc: int | None) -> None:
        self.ssrc = ssrc
        self._number = secrets.randbelow(1 << 14)
        self._source: Source | None = None
        self._left = MOST
        self._counted = 0
        self._sent_ns: dict[int, int] = {}

    @property
    def number(self) -> int:
        self._number = (self._number + 1) & 0xFFFF
        return self._number

    def begin(self, source: "Source") -> None:
        """Another source is shown: its numbers are others."""
        self._source = source
        self._counted = source.packets
        self._sent_ns.clear()

    def copies(self, number: int, now_ns: int, round_trip_ns: int | None) -> int:
        """How often the packet with this number of the source is to be sent again now: twice
        where that was in vain once, and where another attempt would take long."""
        assert self._source is not None
        wait_ns = max(SOONEST_NS, (round_trip_ns or 0) // 2)
        if now_ns - self._sent_ns.get(number, -wait_ns) < wait_ns:
            return 0
        packets = self._source.packets
        self._left = min(MOST, self._left + packets - self._counted)
        self._counted = packets
        if self._left <= 0:
            return 0
        is_far = (round_trip_ns or 0) >= LONG_TRIP_NS
        copies = 2 if is_far or number in self._sent_ns else 1
        self._left -= copies
        if len(self._sent_ns) > 2 * MOST:
            recent = [(n, at) for n, at in self._sent_ns.items() if now_ns - at < wait_ns]
            self._sent_ns = dict(recent)
        self._sent_ns[number] = now_ns
        return copies
