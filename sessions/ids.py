"""Identifiers in order of time, and secrets that are stored only as hashes."""

import hashlib
import secrets
import time
from uuid import UUID

TOKEN_BYTES = 32


def new_id() -> UUID:
    """A time-ordered UUID, version 7 (RFC 9562 section 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0b11 << 62) | 0b10 << 62
    return UUID(int=value)


def new_token() -> str:
    """A 256-bit secret in the URL-safe alphabet, 43 characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What is stored instead of a token: SHA-256, hexadecimal, 64 characters.

    A fast hash is right here: the token has 256 random bits, there is nothing to guess.
    """
    return hashlib.sha256(token.encode()).hexdigest()
