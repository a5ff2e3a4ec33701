"""A canvas: anti-aliased shapes and lettering on an RGB picture, made once at start."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]
Points = Sequence[tuple[float, float]]
Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

# Strokes of a letter on a grid four wide and six high, "xy" by "xy"; only what is drawn here.
LETTERS = {
    "A": "06-20-46 14-34",
    "C": "41-30-10-01-05-16-36-45",
    "D": "00-06-26-45-41-20-00",
    "E": "40-00-06-46 03-33",
    "F": "40-00-06 03-33",
    "G": "41-30-10-01-05-16-36-45-43-23",
    "K": "00-06 40-03-46",
    "M": "06-00-23-40-46",
    "N": "06-00-46-40",
    "R": "06-00-30-41-42-33-03 23-46",
    "S": "41-30-10-01-02-13-33-44-45-36-16-05",
    "T": "00-40 20-26",
    "U": "00-05-16-36-45-40",
    "V": "00-26-40",
    "0": "10-30-41-45-36-16-05-01-10",
    "1": "11-20-26 16-36",
    "2": "01-10-30-41-42-06-46",
    "4": "36-30-04-44",
    "5": "40-00-03-33-44-45-36-06",
    "6": "30-10-01-05-16-36-45-44-33-03",
    "+": "03-43 21-25",
    "-": "03-43",
    " ": "",
}


class Canvas:
    """An RGB picture with alpha, values 0 to 1; coordinates are pixels, fractions allowed."""

    def __init__(self, width: int, height: int, paper: Colour | None = None) -> None:
        self.width = width
        self.height = height
        self.rgb = np.zeros((height, width, 3), np.float32)
        self.alpha = np.zeros((height, width), np.float32)
        if paper is not None:
            self.rgb[:] = paper
            self.alpha[:] = 1

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: Colour,
        foot: Colour | None = None,
        radius: float = 0,
    ) -> None:
        """A rectangle with round corners; ``foot`` is its colour at the bottom, if it fades."""
        across, down = self._grid(x, y, x + width, y + height)
        dx = np.abs(across - (x + width / 2)) - (width / 2 - radius)
        dy = np.abs(down - (y + height / 2)) - (height / 2 - radius)
        outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
        distance = outside + np.minimum(np.maximum(dx, dy), 0) - radius
        share = None if foot is None else np.clip((down - y) / height, 0, 1)
        self._lay(across, down, distance, colour, foot, share)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        across, down = self._grid(x - radius, y - radius, x + radius, y + radius)
        self._lay(across, down, np.hypot(across - x, down - y) - radius, colour)

    def line(self, points: Points, width: float, colour: Colour) -> None:
        """A stroke with round ends through ``points``."""
        xs = [x for x, _ in points]
        ys = [y for _, y in points]
        half = width / 2
        across, down = self._grid(min(xs) - half, min(ys) - half, max(xs) + half, max(ys) + half)
        distance = np.full(np.broadcast_shapes(across.shape, down.shape), np.inf, np.float32)
        for (ax, ay), (bx, by) in pairwise(points):
            length = max((bx - ax) ** 2 + (by - ay) ** 2, 1e-6)
            along = ((across - ax) * (bx - ax) + (down - ay) * (by - ay)) / length
            along = np.clip(along, 0, 1)
            away = np.hypot(across - ax - along * (bx - ax), down - ay - along * (by - ay))
            distance = np.minimum(distance, away)
        self._lay(across, down, distance - half, colour)

    def polygon(self, points: Points, colour: Colour) -> None:
        """A filled convex polygon, its corners clockwise as seen on the screen."""
        xs = [x for x, _ in points]
        ys = [y for _, y in points]
        across, down = self._grid(min(xs), min(ys), max(xs), max(ys))
        distance = np.full(np.broadcast_shapes(across.shape, down.shape), -np.inf, np.float32)
        for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
            length = float(np.hypot(bx - ax, by - ay))
            away = ((across - ax) * (by - ay) - (down - ay) * (bx - ax)) / length
            distance = np.maximum(distance, away)
        self._lay(across, down, distance, colour)

    def curve(self, points: Points, width: float, colour: Colour) -> None:
        """A smooth stroke: a cubic Bézier through its four control points."""
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points
        steps = [i / 24 for i in range(25)]
        weights = [((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3) for t in steps]
        self.line(
            [
                (a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy)
                for a, b, c, d in weights
            ],
            width,
            colour,
        )

    def letter(self, words: str, x: float, y: float, height: float, colour: Colour) -> None:
        """Words in stroked capitals with their upper left corner at ``x``, ``y``."""
        unit = height / 6
        for character in words:
            for stroke in LETTERS[character].split():
                corners = [
                    (x + int(at[0]) * unit, y + int(at[1]) * unit) for at in stroke.split("-")
                ]
                self.line(corners, unit * 1.05, colour)
            x += unit * (3.4 if character == " " else 6)

    def bolt(self, x: float, y: float, radius: float) -> None:
        """A hexagon-socket screw seen from above."""
        self.disc(x + radius * 0.15, y + radius * 0.2, radius * 1.25, (0.07, 0.08, 0.09))
        self.disc(x, y, radius, (0.56, 0.58, 0.61))
        self.disc(x - radius * 0.15, y - radius * 0.2, radius * 0.75, (0.7, 0.72, 0.75))
        self.disc(x, y, radius * 0.42, (0.13, 0.14, 0.16))

    def light(self, x: float, y: float, reach: float, bright: float, dark: float) -> None:
        """Light the whole picture as a lamp pointing at ``x``, ``y`` does; factors on colours."""
        across, down = self._grid(0, 0, self.width, self.height)
        far = np.clip(np.hypot((across - x) / 1.25, down - y) / reach, 0, 1)
        falloff = far * far * (3 - 2 * far)
        self.rgb *= (bright + (dark - bright) * falloff)[..., None]

    def grain(self, amount: float, seed: int) -> None:
        """Brushed texture, the same for the same seed."""
        noise = np.random.default_rng(seed).normal(0, amount, (self.height, self.width + 12))
        smooth = np.cumsum(noise, axis=1, dtype=np.float32)
        self.rgb *= (1 + (smooth[:, 12:] - smooth[:, :-12]) / 12)[..., None]

    def _grid(self, left: float, top: float, right: float, bottom: float) -> tuple[Floats, Floats]:
        """Pixel centres that a shape with these bounds can touch: a row and a column."""
        across = np.arange(max(int(left) - 2, 0), min(int(right) + 3, self.width))
        down = np.arange(max(int(top) - 2, 0), min(int(bottom) + 3, self.height))
        return (
            (across + 0.5).astype(np.float32)[None, :],
            (down + 0.5).astype(np.float32)[:, None],
        )

    def _lay(
        self,
        across: Floats,
        down: Floats,
        distance: Floats,
        colour: Colour,
        foot: Colour | None = None,
        share: Floats | None = None,
    ) -> None:
        """Lay colour where the distance to the shape's edge is negative."""
        if across.size == 0 or down.size == 0:
            return
        rows = slice(int(down[0, 0]), int(down[-1, 0]) + 1)
        columns = slice(int(across[0, 0]), int(across[0, -1]) + 1)
        cover = np.clip(0.5 - distance, 0, 1)
        ink = np.asarray(colour, np.float32)
        if foot is not None and share is not None:
            ink = ink + (np.asarray(foot, np.float32) - ink) * share[..., None]
        rgb = self.rgb[rows, columns]
        rgb += (ink - rgb) * cover[..., None]
        alpha = self.alpha[rows, columns]
        alpha += (1 - alpha) * cover


def luma(rgb: Floats) -> Bytes:
    """The Y plane of a picture: BT.601, limited range, as VP8 means it."""
    weights = np.array([65.481, 128.553, 24.966], np.float32)
    y: Bytes = np.clip(np.clip(rgb, 0, 1) @ weights + 16.5, 16, 235).astype(np.uint8)
    return y


def chroma(rgb: Floats) -> tuple[Bytes, Bytes]:
    """The U and V planes, half as wide and high; the picture's sides must be even."""
    height, width, _ = rgb.shape
    quarter = np.clip(rgb, 0, 1).reshape(height // 2, 2, width // 2, 2, 3).mean(axis=(1, 3))
    blue = quarter @ np.array([-37.797, -74.203, 112.0], np.float32)
    red = quarter @ np.array([112.0, -93.786, -18.214], np.float32)
    return (
        np.clip(blue + 128.5, 16, 240).astype(np.uint8),
        np.clip(red + 128.5, 16, 240).astype(np.uint8),
    )
