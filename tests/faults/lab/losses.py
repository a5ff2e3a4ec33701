"""Losses of chosen packets: which of the SRTP packets on a line do not arrive."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

Direction = Literal["up", "down"]


class Loss(Protocol):
    """``loses`` is asked for each UDP payload, once, at its time in seconds; ``losses`` counts."""

    losses: int

    def loses(self, direction: Direction, payload: bytes, now: float) -> bool: ...


def payload_type(payload: bytes) -> int | None:
    """The RTP payload type of a datagram; None for all else (RFC 7983, RFC 5761)."""
    if len(payload) < 12 or not 127 < payload[0] < 192 or 191 < payload[1] < 224:
        return None
    return payload[1] & 0x7F


class OneOfMany:
    """Of the packets of a payload type one is lost, then ``every`` - 1 arrive, ``most`` times."""

    def __init__(self, direction: Direction, kind: int, every: int, most: int) -> None:
        self.losses = 0
        self._direction, self._kind, self._every, self._most = direction, kind, every, most
        self._seen = 0

    def loses(self, direction: Direction, payload: bytes, now: float) -> bool:
        if direction != self._direction or payload_type(payload) != self._kind:
            return False
        self._seen += 1
        lost = self._seen % self._every == 0 and self.losses < self._most
        self.losses += lost
        return lost


class WithItsRetransmission:
    """One packet in ``seconds`` is lost, and the first time it is sent again, too.

    A browser also sends retransmissions unasked, to probe the line: only what comes when the
    request can have arrived, a ``round_trip`` (seconds) after the loss, is taken for the answer.
    """

    EARLY, LATE = 0.9, 1.95  # round trips after the loss; the second attempt comes after two

    def __init__(
        self,
        direction: Direction,
        kind: int,
        retransmission: int,
        seconds: float,
        round_trip: float,
    ) -> None:
        self.losses = 0
        self._direction, self._kind, self._again = direction, kind, retransmission
        self._seconds, self._round_trip = seconds, round_trip
        self._lost_at = float("-inf")
        self._expected = False

    def loses(self, direction: Direction, payload: bytes, now: float) -> bool:
        if direction != self._direction:
            return False
        kind = payload_type(payload)
        passed = now - self._lost_at
        if kind == self._kind and passed >= self._seconds:
            self._lost_at, self._expected = now, True
            self.losses += 1
            return True
        in_time = self.EARLY <= passed / self._round_trip <= self.LATE
        if kind == self._again and self._expected and in_time:
            self._expected = False
            return True
        return False


_RULES = {"one of many": OneOfMany, "with its retransmission": WithItsRetransmission}


def rule(described: Mapping[str, Any] | None) -> Loss | None:
    """The loss that ``{"rule": NAME, ...}`` describes."""
    if described is None:
        return None
    how = dict(described)
    made: Loss = _RULES[how.pop("rule")](**how)
    return made
