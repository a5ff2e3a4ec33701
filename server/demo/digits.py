"""Seven-segment digits, as clocks and meters show them."""

from server.demo.canvas import Canvas, Colour

# The segments a..g that each digit lights.
LIT = ["abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcfgd"]
ENDS = {
    "a": ((0.18, 0), (0.82, 0)),
    "b": ((1, 0.1), (1, 0.4)),
    "c": ((1, 0.6), (1, 0.9)),
    "d": ((0.18, 1), (0.82, 1)),
    "e": ((0, 0.6), (0, 0.9)),
    "f": ((0, 0.1), (0, 0.4)),
    "g": ((0.18, 0.5), (0.82, 0.5)),
}


def digit(number: int, unit: int, lit: Colour, unlit: Colour, paper: Colour) -> Canvas:
    """One digit, 3.3 units wide and 4.5 high, leaning a little to the right."""
    glyph = Canvas(int(3.3 * unit), int(4.5 * unit), paper)

    def corner(x: float, y: float) -> tuple[float, float]:
        return unit * (0.45 + 2.1 * x + 0.22 * (1 - y)), unit * (0.4 + 3.5 * y)

    for shown in (False, True):
        for name, (start, end) in ENDS.items():
            if (name in LIT[number]) is shown:
                stroke = [corner(*start), corner(*end)]
                glyph.line(stroke, 0.5 * unit, lit if shown else unlit)
    return glyph


def dots(unit: int, heights: tuple[float, ...], lit: Colour, paper: Colour) -> Canvas:
    """A colon or a point: dots at these heights, in units; 1.2 units wide and 4.5 high."""
    glyph = Canvas(int(1.2 * unit), int(4.5 * unit), paper)
    for height in heights:
        glyph.disc(0.55 * unit, height * unit, 0.32 * unit, lit)
    return glyph
