"""What a leg's line is like: bits, losses and round trip over the last second."""

from server.media.leg import SECOND_NS, Leg
from sessions.live.media import LineQuality


class LineMeter:
    """Measures one leg from one call to the next."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._before_ns = leg.connected_ns
        self._up = (0, 0, 0)
        self._down: dict[int, tuple[int, int]] = {}

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
        leg.downlink.look(down_bps, down_loss, now_ns / SECOND_NS)
        trip_ns = leg.round_trip_ns
        return LineQuality(
            room=room,
            participant=leg.participant,
            up_bps=octets * 8 * SECOND_NS // elapsed,
            down_bps=down_bps,
            up_loss=min(1.0, max(0.0, (expected - received) / expected)) if expected > 0 else 0.0,
            down_loss=down_loss,
            round_trip_ms=trip_ns / 1e6 if trip_ns is not None else None,
            downlink_bps=leg.downlink.bps,
            listeners_bps=leg.uplink.limit_bps,
        )

    def _measure_down(self) -> tuple[int, float]:
        octets = packets = 0
        lost = 0.0
        for slot in self._leg.slots.values():
            sent, size = slot.sent
            sent_before, size_before = self._down.get(slot.ssrc, (0, 0))
            self._down[slot.ssrc] = (sent, size)
            octets += size - size_before
            packets += sent - sent_before
            lost += (sent - sent_before) * slot.fraction_lost / 256
        return octets, lost / packets if packets > 0 else 0.0
