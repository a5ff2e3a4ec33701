"""One participant's end of ICE-lite (RFC 8445 section 2.5): checks are answered, never sent."""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

from server.media import stun

MAX_PATHS = 8
REMEMBERED_CHECKS = 64
QUIET_NS = 1_000_000_000
UFRAG_CHARS = 8

Receive = Callable[[bytes], None]


class Path(Protocol):
    """A way to a participant: a UDP address, or one TCP connection.

    ``address`` is what datagrams of this path are known by; ``send`` never waits and never
    raises: what cannot be sent at once is lost, as on any network.
    """

    address: Any
    host: str
    port: int

    def send(self, data: bytes, /) -> None: ...


class Doors(Protocol):
    """What an agent asks of the port: to let its paths in, and to stop doing so."""

    def let_in(self, path: Path, agent: "IceAgent") -> None: ...

    def listen(self, path: Path, receive: Receive) -> None: ...

    def shut(self, path: Path, agent: "IceAgent") -> None: ...


class IceAgent:
    """Credentials of one leg, and the paths that proved to know them.

    ``selected`` is the path that is sent on: the one nominated last, or the one valid media last
    came from. ``on_path`` is called when there is a first path, ``heard_ns`` is the time of the
    last valid check (CLOCK_MONOTONIC).
    """

    def __init__(self, doors: Doors, on_path: Callable[[], None]) -> None:
        self.ufrag = secrets.token_hex(UFRAG_CHARS // 2)
        self.password = secrets.token_hex(16)
        self.paths: OrderedDict[Any, Path] = OrderedDict()
        self.selected: Path | None = None
        self.heard_ns = 0
        self.moves = 0
        self.send: Callable[[bytes], None] = _nowhere
        self._key = self.password.encode()
        self._doors = doors
        self._on_path = on_path
        self._receiver: Callable[[Path], Receive] | None = None
        self._checks: OrderedDict[bytes, Any] = OrderedDict()

    def check(self, check: stun.Check, path: Path, now_ns: int) -> None:
        """Answer a check that names this agent, if it is signed and not a copy of another's."""
        if not check.signed_with(self._key):
            return
        if self._checks.setdefault(check.transaction, path.address) != path.address:
            return
        if len(self._checks) > REMEMBERED_CHECKS:
            self._checks.popitem(last=False)
        known = self.paths.get(path.address)
        if known is None:
            self._admit(path)
        else:
            path = known
            self.paths.move_to_end(path.address)
        path.send(stun.success(check, path.host, path.port, self._key))
        quiet = now_ns - self.heard_ns > QUIET_NS
        self.heard_ns = now_ns
        if self.selected is None:
            self.select(path)
            self._on_path()
        elif check.nominated or (known is None and quiet):
            self.select(path)

    def select(self, path: Path) -> None:
        """Send on this path from now on."""
        if self.selected is not path:
            self.moves += self.selected is not None
            self.selected = path
            self.send = path.send

    def listen(self, receiver: Callable[[Path], Receive]) -> None:
        """Hand the media of each path, present and future, to what ``receiver`` makes for it."""
        self._receiver = receiver
        for path in self.paths.values():
            self._doors.listen(path, receiver(path))

    def lose(self, path: Path) -> None:
        """A path is gone (a TCP connection was closed, or another leg proved to be there)."""
        if self.paths.get(path.address) is not path:
            return
        del self.paths[path.address]
        self._doors.shut(path, self)
        if self.selected is path:
            if self.paths:
                self.select(next(reversed(self.paths.values())))
            else:
                self.selected = None
                self.send = _nowhere

    def close(self) -> None:
        """Give up all paths."""
        for path in list(self.paths.values()):
            self.lose(path)

    def _admit(self, path: Path) -> None:
        if len(self.paths) >= MAX_PATHS:
            self.lose(next(p for p in self.paths.values() if p is not self.selected))
        self.paths[path.address] = path
        self._doors.let_in(path, self)
        if self._receiver is not None:
            self._doors.listen(path, self._receiver(path))


def _nowhere(data: bytes) -> None:
    """Where a leg without a path sends to."""
