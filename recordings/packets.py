"""RTP packets of a log as columns (RFC 3550 section 5.1)."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recordings.tracks import I64, Buffer


@dataclass(frozen=True, slots=True)
class Packets:
    """RTP packets as columns: ``offset`` and ``length`` are the payload's in the log file."""

    leg: I64
    mono_ns: I64
    sequence: I64
    timestamp: I64
    ssrc: I64
    payload_type: I64
    marker: NDArray[np.bool_]
    offset: I64
    length: I64

    def pick(self, which: NDArray[np.bool_] | I64 | slice) -> Self:
        return replace(self, **{name: getattr(self, name)[which] for name in self.__slots__})

    def __len__(self) -> int:
        return len(self.leg)


def rtp_packets(data: Buffer, leg: I64, mono_ns: I64, start: I64, length: I64) -> Packets:
    """The packets that lie at ``start`` in a log's ``data``; malformed ones are left out."""
    octets = np.frombuffer(data, np.uint8)
    last = max(len(octets) - 1, 0)

    def byte(at: I64) -> I64:
        return octets[np.minimum(at, last)].astype(np.int64)

    def number(at: I64, width: int) -> I64:
        value = byte(at)
        for more in range(1, width):
            value = value << 8 | byte(at + more)
        return value

    flags, second = byte(start), byte(start + 1)
    header = 12 + 4 * (flags & 0x0F)
    extended = (flags & 0x10) != 0
    words = np.zeros(len(start), np.int64)
    words[extended] = number((start + header + 2)[extended], 2)
    header += np.where(extended, 4 + 4 * words, 0)
    padded = (flags & 0x20) != 0
    padding = np.zeros(len(start), np.int64)
    padding[padded] = byte((start + length - 1)[padded])
    rest = length - header - padding
    packets = Packets(
        leg=leg,
        mono_ns=mono_ns,
        sequence=number(start + 2, 2),
        timestamp=number(start + 4, 4),
        ssrc=number(start + 8, 4),
        payload_type=second & 0x7F,
        marker=(second & 0x80) != 0,
        offset=start + header,
        length=rest,
    )
    return packets.pick((flags >> 6 == 2) & (length >= 12) & (rest >= 0))
