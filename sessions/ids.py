"""Identifiers in order of time, and secrets that are stored only as hashes."""

import hashlib
import secrets
import threading
import time
from uuid import UUID

TOKEN_BYTES = 32
RANDOM_BITS, LOW_BITS, STEP_BITS = 74, 62, 32


class _Sequence:
    """Numbers of 122 bits: milliseconds since 1970, then 74 random bits. They never step back,
    even within a millisecond (RFC 9562 section 6.2, method 2): "the last" is asked of ids."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        milliseconds = time.time_ns() // 1_000_000
        with self._lock:
            made = milliseconds << RANDOM_BITS | secrets.randbits(RANDOM_BITS)
            if made <= self._last:
                made = self._last + 1 + secrets.randbits(STEP_BITS)
            self._last = made
        return made


_sequence = _Sequence()


def new_id() -> UUID:
    """A time-ordered UUID, version 7 (RFC 9562 section 5.7)."""
    number = _sequence.next()
    high, low = number >> LOW_BITS, number & ((1 << LOW_BITS) - 1)
    milliseconds, middle = high >> 12, high & 0xFFF
    return UUID(int=milliseconds << 80 | 7 << 76 | middle << 64 | 0b10 << LOW_BITS | low)


def new_token() -> str:
    """A 256-bit secret in the URL-safe alphabet, 43 characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What is stored instead of a token: SHA-256, hexadecimal, 64 characters.

    A fast hash is right here: the token has 256 random bits, there is nothing to guess.
    """
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()
