"""What is missing of one incoming stream, and when to ask for it again (RFC 4585 section 6.2.1).

A packet is asked for at once, then twice in each round trip but not more often than every 20 ms,
and given up a second after it was missed. In the middle, since the request is lost as easily as
what it asks for; and a little after the round trip, since browsers do not send a packet again
within one (libwebrtc, RtpPacketHistory).
"""

from collections.abc import Iterable

from server.media import rtcp

MS = 1_000_000
INTERVAL_NS = 20 * MS
ASKED_IN_A_ROUND_TRIP = 2
A_LITTLE_NS = 8 * MS
PATIENCE_NS = 1_000 * MS
TRIES = 30
# Beyond this a stream was broken off rather than lost packets: a keyframe helps, asking does not.
MOST_MISSING = 500
REMEMBERED = 2_000  # packets after which a missing one does not count any more
UNKNOWN_TRIP_NS = 100 * MS
LONGEST_TRIP_NS = 1_000 * MS


class _Missing:
    __slots__ = ("asked_ns", "first_asked_ns", "missed_ns", "tries")

    def __init__(self, missed_ns: int) -> None:
        self.missed_ns = missed_ns
        self.first_asked_ns = 0
        self.asked_ns = 0
        self.tries = 0


class Losses:
    """Missing packets by their unwrapped sequence number.

    ``round_trip_ns`` is how long a repair takes, as seen from those that came, ``next_ns`` when
    something will be due again. ``asks`` says whether packets are asked for at all; either way
    what comes late is told from duplicates.
    """

    def __init__(self, asks: bool) -> None:
        self.asks = asks
        self.round_trip_ns = UNKNOWN_TRIP_NS
        self.next_ns = 0
        self._missing: dict[int, _Missing] = {}
        self._open: set[int] = set()

    def miss(self, first: int, end: int, now_ns: int) -> bool:
        """Packets ``first`` up to ``end``, the latter not included, have not come. False: too
        many are missing, and none of them counts any more."""
        if end - first + len(self._open) > MOST_MISSING:
            self._missing.clear()
            self._open.clear()
            return False
        for number in [n for n in self._missing if n < end - REMEMBERED]:
            self._forget(number)
        for number in range(first, end):
            self._missing[number] = _Missing(now_ns)
            if self.asks:
                self._open.add(number)
        return True

    def came(self, number: int, now_ns: int) -> bool:
        """A packet came late, by itself or because it was asked for; false: it was not missing,
        so it is a duplicate or too old."""
        missing = self._missing.get(number)
        if missing is None:
            return False
        if 0 < missing.tries <= ASKED_IN_A_ROUND_TRIP:
            trip = min(now_ns - missing.first_asked_ns, LONGEST_TRIP_NS)
            self.round_trip_ns += (trip - self.round_trip_ns) // 4
        self._forget(number)
        return True

    def due(self, now_ns: int, round_trip_ns: int | None) -> tuple[list[int], bool]:
        """What is to be asked for now, in order, and whether something was given up.

        ``round_trip_ns`` is what is known of the line from elsewhere.
        """
        round_trip_ns = round_trip_ns or self.round_trip_ns
        interval = (round_trip_ns + A_LITTLE_NS) // ASKED_IN_A_ROUND_TRIP
        interval = max(INTERVAL_NS, interval)
        asked, given_up = [], []
        for number in sorted(self._open):
            missing = self._missing[number]
            if missing.tries >= TRIES or now_ns - missing.missed_ns >= PATIENCE_NS:
                given_up.append(number)
            elif not missing.tries or now_ns - missing.asked_ns >= interval:
                missing.first_asked_ns = missing.first_asked_ns or now_ns
                missing.tries += 1
                missing.asked_ns = now_ns
                asked.append(number)
        self._open.difference_update(given_up)
        oldest = min((self._missing[number].asked_ns for number in self._open), default=now_ns)
        self.next_ns = oldest + interval
        return asked, bool(given_up)

    @property
    def waits(self) -> bool:
        """Whether something is being asked for."""
        return bool(self._open)

    def _forget(self, number: int) -> None:
        self._missing.pop(number, None)
        self._open.discard(number)


def request(ssrc: int, media_ssrc: int, numbers: Iterable[int]) -> bytes:
    """A generic NACK (RFC 4585 section 6.2.1) for these packets, given in order."""
    pairs: list[list[int]] = []
    for number in numbers:
        if pairs and 0 < number - pairs[-1][0] <= 16:
            pairs[-1][1] |= 1 << (number - pairs[-1][0] - 1)
        else:
            pairs.append([number, 0])
    body = ssrc.to_bytes(4, "big") + media_ssrc.to_bytes(4, "big")
    body += b"".join(
        (first & 0xFFFF).to_bytes(2, "big") + mask.to_bytes(2, "big") for first, mask in pairs
    )
    return rtcp.write(rtcp.TRANSPORT_FEEDBACK, rtcp.NACK, body)
