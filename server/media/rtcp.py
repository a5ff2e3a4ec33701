"""RTCP (RFC 3550, 4585, 5104, REMB): reading compound packets, writing the few the plane sends."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SENDER_REPORT = 200
RECEIVER_REPORT = 201
DESCRIPTION = 202
GOODBYE = 203
TRANSPORT_FEEDBACK = 205
PAYLOAD_FEEDBACK = 206

NACK = 1
PLI = 1
FIR = 4
TRANSPORT_CC = 15
APPLICATION = 15

_SENDER_INFO = struct.Struct(">IQIII")
_BLOCK = struct.Struct(">IB3sIIII")
_TWO = struct.Struct(">II")

Packet = tuple[int, int, bytes]


@dataclass(frozen=True)
class Block:
    """One report block (RFC 3550 section 6.4.1): how ``ssrc`` arrives there.

    ``fraction_lost`` in 1/256; ``last_report`` and ``delay`` in 1/65536 s, as they stand.
    """

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay: int


def packets(compound: bytes) -> Iterator[Packet]:
    """The packets of a compound: (type, count or format, body). Ends at the first broken one."""
    at = 0
    while at + 4 <= len(compound):
        first, kind = compound[at], compound[at + 1]
        end = at + 4 + 4 * int.from_bytes(compound[at + 2 : at + 4], "big")
        if first >> 6 != 2 or end > len(compound):
            return
        body = compound[at + 4 : end]
        if first & 0x20:
            if not body or not 0 < body[-1] <= len(body):
                return
            body = body[: -body[-1]]
        yield kind, first & 0x1F, body
        at = end


def sender_info(body: bytes) -> tuple[int, int, int] | None:
    """(SSRC, NTP time as 32.32, RTP time) of a sender report's body."""
    if len(body) < _SENDER_INFO.size:
        return None
    ssrc, ntp, rtp, _, _ = _SENDER_INFO.unpack_from(body)
    return ssrc, ntp, rtp


def blocks(kind: int, count: int, body: bytes) -> Iterator[Block]:
    """The report blocks of a sender's or receiver's report."""
    at = _SENDER_INFO.size if kind == SENDER_REPORT else 4
    for _ in range(count):
        if at + _BLOCK.size > len(body):
            return
        ssrc, fraction, lost, highest, jitter, last, delay = _BLOCK.unpack_from(body, at)
        lost_count = int.from_bytes(lost, "big", signed=True)
        yield Block(ssrc, fraction, lost_count, highest, jitter, last, delay)
        at += _BLOCK.size


def keyframe_wanted(fmt: int, body: bytes) -> list[int]:
    """SSRCs that a payload feedback asks a keyframe of: PLI (RFC 4585), FIR (RFC 5104)."""
    if len(body) < 8:
        return []
    if fmt == PLI:
        return [int.from_bytes(body[4:8], "big")]
    if fmt == FIR:
        return [int.from_bytes(body[at : at + 4], "big") for at in range(8, len(body) - 7, 8)]
    return []


def wanted_again(body: bytes, most: int) -> tuple[int, list[int]]:
    """A generic NACK (RFC 4585 section 6.2.1): whose packets, and their 16-bit numbers, at most
    so many."""
    if len(body) < 12:
        return 0, []
    numbers: list[int] = []
    for at in range(8, len(body) - 3, 4):
        first, mask = int.from_bytes(body[at : at + 2], "big"), body[at + 2] << 8 | body[at + 3]
        numbers.append(first)
        numbers += [(first + 1 + bit) & 0xFFFF for bit in range(16) if mask >> bit & 1]
        if len(numbers) >= most:
            break
    return int.from_bytes(body[4:8], "big"), numbers[:most]


def remb_bps(fmt: int, body: bytes) -> int | None:
    """The bits per second of a REMB message (draft-alvestrand-rmcat-remb-03)."""
    if fmt != APPLICATION or len(body) < 16 or body[8:12] != b"REMB":
        return None
    return (int.from_bytes(body[13:16], "big") & 0x3FFFF) << (body[13] >> 2)


def goodbyes(count: int, body: bytes) -> list[int]:
    """SSRCs that a BYE packet (RFC 3550 section 6.6) names."""
    ends = range(0, min(4 * count, len(body) - 3), 4)
    return [int.from_bytes(body[at : at + 4], "big") for at in ends]


def write(kind: int, count: int, body: bytes) -> bytes:
    """One RTCP packet; ``body`` is a multiple of four bytes long."""
    return struct.pack(">BBH", 0x80 | count, kind, len(body) // 4) + body


def description(ssrc: int, name: str) -> bytes:
    """SDES with a CNAME, which every compound has (RFC 3550 section 6.1)."""
    item = bytes((1, len(name))) + name.encode()
    body = ssrc.to_bytes(4, "big") + item
    return write(DESCRIPTION, 1, body + bytes(4 - len(body) % 4))


def sender_report(ssrc: int, ntp: int, rtp: int, sent: int, octets: int) -> bytes:
    """A sender report without blocks."""
    mask = 0xFFFFFFFF
    body = _SENDER_INFO.pack(ssrc, ntp, rtp, sent & mask, octets & mask)
    return write(SENDER_REPORT, 0, body)


def receiver_report(ssrc: int, reports: Sequence[Block]) -> bytes:
    """A receiver report with up to 31 blocks."""
    body = ssrc.to_bytes(4, "big")
    for block in reports:
        lost = max(-(1 << 23), min(block.lost, (1 << 23) - 1)).to_bytes(3, "big", signed=True)
        body += _BLOCK.pack(
            block.ssrc,
            block.fraction_lost,
            lost,
            block.highest,
            block.jitter,
            block.last_report,
            block.delay,
        )
    return write(RECEIVER_REPORT, len(reports), body)


def pli(ssrc: int, media_ssrc: int) -> bytes:
    """Picture loss indication (RFC 4585 section 6.3.1): a keyframe, please."""
    return write(PAYLOAD_FEEDBACK, PLI, _TWO.pack(ssrc, media_ssrc))


def remb(ssrc: int, bps: int, media_ssrcs: Sequence[int]) -> bytes:
    """REMB: send no more than ``bps`` bits per second in all."""
    exponent = max(0, bps.bit_length() - 18)
    body = _TWO.pack(ssrc, 0) + b"REMB" + bytes((len(media_ssrcs),))
    body += (exponent << 18 | bps >> exponent).to_bytes(3, "big")
    return write(PAYLOAD_FEEDBACK, APPLICATION, body + b"".join(map(_ssrc, media_ssrcs)))


def _ssrc(ssrc: int) -> bytes:
    return ssrc.to_bytes(4, "big")
