"""How often somebody may try to sign in: guessing is slowed down, nobody is locked out for long."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

from sessions.errors import FarhandError

WITHIN = timedelta(minutes=15)
FOR_ONE_PERSON, FROM_ONE_ADDRESS = 10, 50
REMEMBERED = 10_000


class TooManyTries(FarhandError):
    code = "too-many-tries"
    text = "Too many tries to sign in. Please wait a quarter of an hour, or ask for a link."
    status = 429


class Tries:
    """Failed tries of the last quarter of an hour, by e-mail address and by network address.

    A try counts from its beginning, so that many at the same moment are not all let through."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, deque[datetime]] = OrderedDict()

    def begin(self, now: datetime, email: str, address: str) -> None:
        """Count a try. Raises TooManyTries."""
        for key, limit in _keys(email, address):
            failed = self._failed.get(key)
            while failed and failed[0] <= now - WITHIN:
                failed.popleft()
            if failed and len(failed) >= limit:
                raise TooManyTries
        for key, limit in _keys(email, address):
            self._failed.setdefault(key, deque(maxlen=limit)).append(now)
            self._failed.move_to_end(key)
        while len(self._failed) > REMEMBERED:
            self._failed.popitem(last=False)

    def succeeded(self, email: str, address: str) -> None:
        """The try did not fail: it counts no more."""
        for key, _ in _keys(email, address):
            if failed := self._failed.get(key):
                failed.pop()


def _keys(email: str, address: str) -> tuple[tuple[str, int], ...]:
    return (f"person {email[:254]}", FOR_ONE_PERSON), (f"address {address}", FROM_ONE_ADDRESS)
