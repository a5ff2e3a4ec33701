"""H.264 (ITU-T H.264 | ISO/IEC 14496-10): the little that a recording must read of it."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from recordings.frames import MOST_PIXELS

LENGTH_BYTES = 4  # of the length before each unit of a sample (ISO/IEC 14496-15 section 5.3)

SLICE, IDR, SPS, PPS = 1, 5, 7, 8
LAST_SLICE = 5  # units of type 1 to 5 hold picture
UNTOLD = (9, 10, 11, 12)  # delimiters, ends and filling: a file says these in its own way

_HIGH = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}


class Unreadable(Exception):
    """Bits that are no parameter set, or one of a picture that no camera makes."""


class _Bits:
    """Reads a unit bit by bit, without its emulation prevention bytes (section 7.3.1)."""

    def __init__(self, unit: bytes) -> None:
        plain = unit.replace(b"\0\0\3", b"\0\0")
        self._bits, self._left = int.from_bytes(plain, "big"), 8 * len(plain)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise Unreadable
        return self._bits >> self._left & ((1 << count) - 1)

    def number(self) -> int:
        """ue(v), section 9.1."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 31:
                raise Unreadable
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """se(v), section 9.1.1."""
        code = self.number()
        return (code + 1) // 2 if code & 1 else -(code // 2)


@dataclass(frozen=True, slots=True)
class Sequence:
    """What a sequence parameter set says: its number, and the picture's size in pixels."""

    number: int
    width: int
    height: int


def sequence_of(unit: bytes) -> Sequence:
    """Read a sequence parameter set (section 7.3.2.1.1). Raises Unreadable."""
    bits = _Bits(unit)
    bits.take(8)
    profile = bits.take(8)
    bits.take(16)
    number = bits.number()
    chroma, planes = 1, 0
    if profile in _HIGH:
        chroma = bits.number()
        planes = bits.take(1) if chroma == 3 else 0
        bits.number(), bits.number(), bits.take(1)
        if bits.take(1):
            for place in range(12 if chroma == 3 else 8):
                if bits.take(1):
                    _skip_scaling(bits, 16 if place < 6 else 64)
    bits.number()
    order = bits.number()
    if order == 0:
        bits.number()
    elif order == 1:
        bits.take(1), bits.signed(), bits.signed()
        for _ in range(min(bits.number(), 255)):
            bits.signed()
    bits.number(), bits.take(1)
    across, down = bits.number() + 1, bits.number() + 1
    fields = 1 - bits.take(1)
    if fields:
        bits.take(1)
    bits.take(1)
    left = right = top = bottom = 0
    if bits.take(1):
        left, right, top, bottom = (bits.number() for _ in range(4))
    one_x = 2 if chroma in (1, 2) and not planes else 1
    one_y = (2 if chroma == 1 and not planes else 1) * (1 + fields)
    width = 16 * across - one_x * (left + right)
    height = 16 * down * (1 + fields) - one_y * (top + bottom)
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS and number <= 31):
        raise Unreadable
    return Sequence(number, width, height)


def _skip_scaling(bits: _Bits, size: int) -> None:
    """Section 7.3.2.1.1.1."""
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def picture_set(unit: bytes) -> tuple[int, int]:
    """The number of a picture parameter set, and of the sequence parameter set that it is for
    (section 7.3.2.2). Raises Unreadable."""
    bits = _Bits(unit[:16])
    bits.take(8)
    number, sequence = bits.number(), bits.number()
    if number > 255 or sequence > 31:
        raise Unreadable
    return number, sequence


def slice_set(unit: bytes) -> int:
    """The number of the picture parameter set that a slice is coded with (section 7.3.3).

    ``unit`` is the beginning of the slice, without the byte of its header. Raises Unreadable."""
    bits = _Bits(unit[:16])
    bits.number(), bits.number()
    return bits.number()


def units_of(sample: bytes) -> Iterator[bytes]:
    """The units of a sample, each of which stands behind its length."""
    at = 0
    while at + LENGTH_BYTES < len(sample):
        end = at + LENGTH_BYTES + int.from_bytes(sample[at : at + LENGTH_BYTES], "big")
        yield sample[at + LENGTH_BYTES : end]
        at = end


def parameter_sets(sample: bytes) -> tuple[bytes, ...]:
    """The different parameter sets in a sample, those of sequences first."""
    sets = {unit for unit in units_of(sample) if unit and unit[0] & 0x1F in (SPS, PPS)}
    return tuple(sorted(sets, key=lambda unit: (unit[0] & 0x1F, unit)))


def size_of(sets: tuple[bytes, ...]) -> tuple[int, int]:
    """Width and height that parameter sets say, the first of which is of a sequence."""
    sequence = sequence_of(sets[0])
    return sequence.width, sequence.height


def configuration(sets: tuple[bytes, ...]) -> bytes:
    """The AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3.1.2) of these sets, of
    which the first is of a sequence."""
    sequences = [unit for unit in sets if unit[0] & 0x1F == SPS]
    pictures = [unit for unit in sets if unit[0] & 0x1F == PPS]

    def listed(units: list[bytes]) -> bytes:
        return b"".join(struct.pack(">H", len(unit)) + unit for unit in units)

    profile = sequences[0][1:4]
    ending = b""
    if profile[0] in (100, 110, 122, 144):
        ending = b"\xfd\xf8\xf8\0"  # 4:2:0, 8 bits: what a camera sends
    return b"".join(
        [
            b"\x01",
            profile,
            bytes((0xFC | LENGTH_BYTES - 1, 0xE0 | len(sequences))),
            listed(sequences),
            bytes((len(pictures),)),
            listed(pictures),
            ending,
        ]
    )
