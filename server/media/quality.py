"""What a leg's line is like: bits, losses and round trip over the last second."""

from collections import deque

from server.media.leg import SECOND_NS, Leg
from sessions.live.media import LineQuality

# Receivers report when they like, and what is sent again comes after the report on its loss.
LOSS_SECONDS = 2
# After a break reports still count what was sent into it, which says nothing of the line.
SPARED_NS = 8 * SECOND_NS


class LineMeter:
    """Measures one leg from one call to the next."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._before_ns = leg.connected_ns
        self._up = (0, 0, 0)
        self._octets = 0
        self._spared_until_ns = 0
        self._arrived: deque[dict[int, tuple[int, int]]] = deque(maxlen=LOSS_SECONDS + 1)

    def measure(self, room: str, now_ns: int) -> LineQuality:
        """The figures since the last call."""
        leg = self._leg
        elapsed = max(1, now_ns - self._before_ns)
        self._before_ns = now_ns
        sources = leg.sources.values()
        up = (
            sum(source.octets for source in sources),
            sum(source.expected for source in sources),
            sum(source.received for source in sources),
        )
        octets, expected, received = (a - b for a, b in zip(up, self._up, strict=True))
        self._up = up
        down_octets, down_loss = self._measure_down()
        down_bps = down_octets * 8 * SECOND_NS // elapsed
        up_loss = (expected - received) / expected if expected > 0 else 0.0
        if leg.is_silent:
            self._spared_until_ns = now_ns + SPARED_NS
        if now_ns < self._spared_until_ns:
            up_loss = down_loss = 0.0
        leg.downlink.look(down_bps, down_loss, now_ns / SECOND_NS)
        trip_ns = leg.round_trip_ns
        return LineQuality(
            room=room,
            participant=leg.participant,
            up_bps=octets * 8 * SECOND_NS // elapsed,
            down_bps=down_bps,
            up_loss=min(1.0, max(0.0, up_loss)),
            down_loss=down_loss,
            round_trip_ms=trip_ns / 1e6 if trip_ns is not None else None,
            downlink_bps=leg.downlink.bps,
            listeners_bps=leg.uplink.limit_bps,
        )

    def _measure_down(self) -> tuple[int, float]:
        slots = self._leg.slots.values()
        sent = sum(slot.sent[1] for slot in slots)
        octets, self._octets = sent - self._octets, sent
        self._arrived.append({slot.ssrc: slot.arrived for slot in slots if slot.arrived[0]})
        expected = lost = 0
        for ssrc, before in self._arrived[0].items():
            highest, missing = self._arrived[-1][ssrc]
            expected += highest - before[0]
            lost += missing - before[1]
        return octets, min(1.0, max(0.0, lost / expected)) if expected > 0 else 0.0
