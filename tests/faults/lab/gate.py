"""The gate of a line: which packets pass, and when."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.faults.lab.losses import Direction, Loss, rule
from tests.faults.lab.packets import UDP

QUEUE_SECONDS = 0.5


@dataclass(frozen=True)
class Conditions:
    """What a line is like. ``delay_ms`` is one way; ``loss`` is the share of packets lost each
    way; ``bps`` is what it carries each way (None: as much as there is), of which it keeps half a
    second's worth waiting; ``is_cut``: nothing passes; ``has_udp``: false where a network blocks
    it; ``ports`` are the only ones of the server that can be reached (None: all); ``chosen``
    describes a loss of chosen packets (``losses.rule``)."""

    delay_ms: float = 0
    loss: float = 0
    bps: int | None = None
    is_cut: bool = False
    has_udp: bool = True
    ports: Sequence[int] | None = None
    chosen: dict[str, Any] | None = None


class Gate:
    """Judges each packet of one line; what it loses by chance is the same in each run."""

    def __init__(self, seed: int = 1) -> None:
        self.conditions = Conditions()
        self._chance = random.Random(seed)
        self._chosen: Loss | None = None
        self._busy_until: dict[Direction, float] = {"up": 0.0, "down": 0.0}

    @property
    def losses(self) -> int:
        """How many of the chosen packets were lost so far."""
        return self._chosen.losses if self._chosen is not None else 0

    def be(self, **changes: Any) -> None:
        """Conditions change; what is not named stays as it is."""
        self.conditions = replace(self.conditions, **changes)
        if "chosen" in changes:
            self._chosen = rule(changes["chosen"])

    def judge(
        self,
        direction: Direction,
        protocol: int,
        port: int | None,
        payload: bytes,
        size: int,
        now: float,
    ) -> float | None:
        """When a packet of ``size`` bytes may go on, in the seconds of ``now``; None: never.
        ``port`` is the server's, ``payload`` what UDP carries."""
        how = self.conditions
        if how.is_cut or (protocol == UDP and not how.has_udp):
            return None
        if how.ports is not None and port not in how.ports:
            return None
        if how.loss and self._chance.random() < how.loss:
            return None
        if self._chosen is not None and payload and self._chosen.loses(direction, payload, now):
            return None
        if how.bps is not None:
            begins = max(now, self._busy_until[direction])
            if begins - now > QUEUE_SECONDS:
                return None
            now = self._busy_until[direction] = begins + 8 * size / how.bps
        return now + how.delay_ms / 1000
