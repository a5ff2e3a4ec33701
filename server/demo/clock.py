"""The clock in a demo picture: large digits for people, a row of blocks for machines."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from server.demo.canvas import Bytes, Canvas, luma
from server.demo.digits import digit, dots

MS_A_DAY = 24 * 60 * 60 * 1000
BLACK, WHITE = 16, 235

# The row of blocks: a white and a black one to read the levels from, 27 bits of milliseconds
# since midnight (highest first), and three check bits.
VALUE_BITS = 27
CHECK_BITS = 3
BLOCKS = 2 + VALUE_BITS + CHECK_BITS


class Clock:
    """A dark box at the lower left: hh:mm:ss.t (UTC) in digits, and below it the row of blocks.

    ``block`` is the side of a block in pixels, even; the digits are four blocks high.
    """

    def __init__(self, picture_height: int, block: int) -> None:
        self.block = block
        self.left = block
        self.top = (picture_height // block - 8) * block
        self.width = (BLOCKS + 2) * block
        self.height = 13 * block // 2
        black, dim, white = (0.0, 0.0, 0.0), (0.07, 0.07, 0.07), (1.0, 1.0, 1.0)
        box = Canvas(self.width, self.height, black)
        box.letter("UTC", self.width - 6 * block, 2.5 * block, 1.6 * block, (0.75, 0.75, 0.75))
        self._box = luma(box.rgb)
        self._digits = [luma(digit(n, block, white, dim, black).rgb) for n in range(10)]
        self._colon = luma(dots(block, (1.5, 3.1), white, black).rgb)
        self._point = luma(dots(block, (3.9,), white, black).rgb)

    def draw(self, y: Bytes, ms: int) -> None:
        """Draw ``ms`` since midnight into a Y plane; the colour planes stay as they are."""
        ms %= MS_A_DAY
        block, digits = self.block, self._digits
        box = y[self.top : self.top + self.height, self.left : self.left + self.width]
        box[:] = self._box
        hours, minutes, seconds = ms // 3_600_000, ms // 60_000 % 60, ms // 1000 % 60
        glyphs = [digits[hours // 10], digits[hours % 10], self._colon]
        glyphs += [digits[minutes // 10], digits[minutes % 10], self._colon]
        glyphs += [digits[seconds // 10], digits[seconds % 10], self._point]
        glyphs += [digits[ms // 100 % 10]]
        at = block
        for glyph in glyphs:
            high, wide = glyph.shape
            box[block // 4 : block // 4 + high, at : at + wide] = glyph
            at += wide
        box[5 * block : 6 * block, block:-block] = np.repeat(
            np.where(_bits(ms), WHITE, BLACK), block
        )

    def read(self, y: Bytes) -> int | None:
        """The milliseconds since midnight that a Y plane shows, None if it shows no clock."""
        block = self.block
        top, left = self.top + 5 * block, self.left + block
        row = y[top : top + block, left : left + BLOCKS * block]
        if row.shape != (block, BLOCKS * block):
            return None
        edge = block // 4
        cells = row.reshape(block, BLOCKS, block)[edge : block - edge, :, edge : block - edge]
        levels = cells.mean(axis=(0, 2))
        if levels[0] - levels[1] < 64:
            return None
        bits = levels > (levels[0] + levels[1]) / 2
        value = 0
        for bit in bits[2 : 2 + VALUE_BITS]:
            value = value * 2 + int(bit)
        if value >= MS_A_DAY or not np.array_equal(bits, _bits(value)):
            return None
        return value


@cache
def clock_for(picture_height: int) -> Clock:
    """The clock in pictures of this height: in any decoded frame it is where it was drawn."""
    return Clock(picture_height, max(picture_height // 45 & ~1, 6))


def _bits(ms: int) -> NDArray[np.bool_]:
    check = 7 - ms % 7
    bits = [True, False]
    bits += [bool(ms >> place & 1) for place in reversed(range(VALUE_BITS))]
    bits += [bool(check >> place & 1) for place in reversed(range(CHECK_BITS))]
    return np.array(bits)
