"""STUN (RFC 8489): the one request an ICE-lite agent answers, and the answer."""

import hashlib
import hmac
import ipaddress
import zlib
from dataclasses import dataclass

MAGIC_COOKIE = b"\x21\x12\xa4\x42"
HEADER_BYTES = 20
MAX_BYTES = 1200

_BINDING_REQUEST = b"\x00\x01"
_BINDING_SUCCESS = b"\x01\x01"
_USERNAME = 0x0006
_MESSAGE_INTEGRITY = 0x0008
_XOR_MAPPED_ADDRESS = 0x0020
_USE_CANDIDATE = 0x0025
_FINGERPRINT = 0x8028
_INTEGRITY_BYTES = 24
_FINGERPRINT_XOR = 0x5354554E


@dataclass(frozen=True)
class Check:
    """A connectivity check (RFC 8445 section 7) as it came, not yet trusted.

    ``signed`` is the part its MESSAGE-INTEGRITY covers, with the length field as it was when the
    sender computed ``digest``.
    """

    transaction: bytes
    username: str
    nominated: bool
    signed: bytes
    digest: bytes

    @property
    def ufrag(self) -> str:
        """The fragment of the one who is asked."""
        return self.username.partition(":")[0]

    def signed_with(self, password: bytes) -> bool:
        """Whether the check proves knowledge of ``password`` (RFC 8489 section 14.5)."""
        return hmac.compare_digest(hmac.digest(password, self.signed, "sha1"), self.digest)


def parse_check(data: bytes) -> Check | None:
    """The check in a datagram; None for everything else, whatever it is."""
    size = len(data)
    if (
        size < HEADER_BYTES
        or size > MAX_BYTES
        or size % 4
        or data[0:2] != _BINDING_REQUEST
        or data[4:8] != MAGIC_COOKIE
        or int.from_bytes(data[2:4], "big") != size - HEADER_BYTES
    ):
        return None
    username: str | None = None
    nominated = False
    at = HEADER_BYTES
    while at + 4 <= size:
        kind = int.from_bytes(data[at : at + 2], "big")
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        value = data[at + 4 : at + 4 + length]
        if len(value) != length:
            return None
        if kind == _MESSAGE_INTEGRITY:
            if username is None or length != hashlib.sha1(usedforsecurity=False).digest_size:
                return None
            if not _rest_is_sound(data, at + _INTEGRITY_BYTES):
                return None
            covered = (at + _INTEGRITY_BYTES - HEADER_BYTES).to_bytes(2, "big")
            signed = data[0:2] + covered + data[4:at]
            return Check(data[8:HEADER_BYTES], username, nominated, signed, value)
        if kind == _USERNAME:
            try:
                username = value.decode()
            except UnicodeDecodeError:
                return None
        elif kind == _USE_CANDIDATE:
            nominated = True
        at += 4 + length + (-length) % 4
    return None


def _rest_is_sound(data: bytes, at: int) -> bool:
    """What follows the integrity: nothing, or a right FINGERPRINT (RFC 8489 section 14.7)."""
    if at == len(data):
        return True
    fingerprint = (zlib.crc32(data[:at]) ^ _FINGERPRINT_XOR).to_bytes(4, "big")
    return data[at:] == _FINGERPRINT.to_bytes(2, "big") + b"\x00\x04" + fingerprint


def success(check: Check, host: str, port: int, password: bytes) -> bytes:
    """The answer to a trusted check: the address it came from, signed."""
    mapped = _xor_address(host, port, check.transaction)
    body = _XOR_MAPPED_ADDRESS.to_bytes(2, "big") + len(mapped).to_bytes(2, "big") + mapped
    head = _head(len(body) + _INTEGRITY_BYTES, check.transaction)
    digest = hmac.digest(password, head + body, "sha1")
    body += _MESSAGE_INTEGRITY.to_bytes(2, "big") + b"\x00\x14" + digest
    head = _head(len(body) + 8, check.transaction)
    fingerprint = zlib.crc32(head + body) ^ _FINGERPRINT_XOR
    return head + body + _FINGERPRINT.to_bytes(2, "big") + b"\x00\x04" + fingerprint.to_bytes(4)


def _head(length: int, transaction: bytes) -> bytes:
    return _BINDING_SUCCESS + length.to_bytes(2, "big") + MAGIC_COOKIE + transaction


def _xor_address(host: str, port: int, transaction: bytes) -> bytes:
    address = ipaddress.ip_address(host)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    packed = address.packed
    mask = MAGIC_COOKIE + transaction
    family = b"\x00\x01" if len(packed) == 4 else b"\x00\x02"
    xored = bytes(a ^ b for a, b in zip(packed, mask, strict=False))
    return family + (port ^ 0x2112).to_bytes(2, "big") + xored
