"""Admission: whether a session may begin while the server has its hands full, or is to stop."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from sessions.errors import FarhandError
from sessions.live.media import LoopLag

LASTING = 3  # reports, one a second: a load must last to count
SETTLING = 5  # seconds until the load of a session that was let in can be seen


class ServerFull(FarhandError):
    code = "server-full"
    text = "All lines are busy. This call waits for its turn and begins by itself."
    status = 503


class ServerStopping(FarhandError):
    code = "server-stopping"
    text = "The server is about to restart. Please try again in a few minutes."
    status = 503


@dataclass(frozen=True)
class Limits:
    """Beyond which the media process takes no more sessions: the share of a core it uses, and
    how late its loop is (99th percentile, milliseconds)."""

    cpu: float = 0.7
    lag_ms: float = 20.0


class Admission:
    """Sessions that have not begun wait here in the order in which they asked.

    A call that runs is never asked to wait: not when its people come back, nor after a restart.
    ``finish_by`` is set while the server stops: no session begins any more.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.finish_by: datetime | None = None
        self._limits = limits or Limits()
        self._lags: deque[LoopLag] = deque(maxlen=LASTING)
        self._let_in: set[str] = set()
        self._queue: list[str] = []
        self._told: dict[str, int] = {}
        self._rest = 0

    def heard(self, lag: LoopLag) -> None:
        """The media process says how much it has to do, once a second."""
        self._lags.append(lag)

    def ask(self, session: str) -> int:
        """A session would like to begin: 0, it may; else its place among those who wait.

        Raises ServerStopping."""
        if self.finish_by is not None:
            raise ServerStopping
        if session in self._let_in:
            return 0
        if session not in self._queue:
            if not self._queue and not self._is_full():
                self._let_in.add(session)
                return 0
            self._queue.append(session)
        return self._queue.index(session) + 1

    def tick(self, present: set[str], *, calls: bool) -> dict[str, int]:
        """Once a second: those who are not ``present`` are forgotten, the first in the queue is
        let in if there is room. Gives the places that changed.

        Where there are no ``calls`` the load is not theirs, and waiting would not lessen it."""
        self._let_in &= present
        self._queue = [session for session in self._queue if session in present]
        self._rest = max(0, self._rest - 1)
        calm = self._rest == 0 and not any(self._is_heavy(lag) for lag in self._lags)
        places = {}
        if self._queue and (calm or not calls):
            first = self._queue.pop(0)
            self._let_in.add(first)
            self._rest = SETTLING
            places[first] = 0
        waiting = {session: place for place, session in enumerate(self._queue, 1)}
        changed = {s: place for s, place in waiting.items() if self._told.get(s) != place}
        self._told = waiting
        return places | changed

    def _is_full(self) -> bool:
        return len(self._lags) == LASTING and all(self._is_heavy(lag) for lag in self._lags)

    def _is_heavy(self, lag: LoopLag) -> bool:
        return lag.cpu > self._limits.cpu or lag.p99_ms > self._limits.lag_ms
