"""The moving pictures of the demo's two participants, drawn straight into VP8's colour planes."""

import math
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from server.demo import scene
from server.demo.canvas import Bytes, Canvas, chroma, luma
from server.demo.clock import Clock, clock_for
from server.demo.digits import digit, dots

PLUG_PULLED_AT = 45.0  # seconds after the call's start at which the glove has the plug
GLOVE_SECONDS = 2.5  # reaching in, and again pulling out
GLOVE_WAY = (440, 90)  # how far away to the right and down the glove comes from, in pixels
FULL_VOLTS = 612.0
DISCHARGE_SECONDS = 2.2  # time constant of the bus voltage once the plug is out
GREY = 128

Words = NDArray[np.int16]


@dataclass
class Planes:
    """A picture in 4:2:0: Y, and U and V of half its width and height."""

    y: Bytes
    u: Bytes
    v: Bytes

    @classmethod
    def of(cls, frame: av.VideoFrame) -> "Planes":
        """The planes of a yuv420p frame, to be read and written in place."""
        y, u, v = (_rows(plane) for plane in frame.planes)
        return cls(y, u, v)


class Sprite:
    """A drawing with transparency that is laid on a picture, at even pixels."""

    def __init__(self, drawing: Canvas) -> None:
        height, width = drawing.alpha.shape
        quarter = drawing.alpha.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
        u, v = chroma(drawing.rgb)
        self._y = luma(drawing.rgb).astype(np.int16)
        self._u, self._v = u.astype(np.int16), v.astype(np.int16)
        self._alpha = np.rint(drawing.alpha * 128).astype(np.int16)
        self._alpha_uv = np.rint(quarter * 128).astype(np.int16)

    def lay(self, picture: Planes, left: int, top: int) -> None:
        """Lay the sprite with its upper left corner at ``left``, ``top``, cut at the edges."""
        left, top = left // 2, top // 2
        _mix(picture.y, self._y, self._alpha, 2 * left, 2 * top)
        _mix(picture.u, self._u, self._alpha_uv, left, top)
        _mix(picture.v, self._v, self._alpha_uv, left, top)


class CustomerPicture:
    """A phone held at an open junction box, 1280 by 720.

    The hand shakes a little; at ``PLUG_PULLED_AT`` seconds a glove takes the service plug away
    and the meter's reading falls.
    """

    width, height = 1280, 720

    def __init__(self) -> None:
        self.clock = clock_for(self.height)
        background = scene.junction_box().rgb
        self._y = luma(background)
        # Colour has half the resolution: one version for each odd or even place of the camera.
        self._uv = {
            (x, y): chroma(np.roll(background, (-y, -x), axis=(0, 1)))
            for x in (0, 1)
            for y in (0, 1)
        }
        self._plug = Sprite(scene.service_plug())
        self._glove = Sprite(scene.gloved_hand())
        ink, faint, paper = (0.06, 0.08, 0.07), (0.45, 0.5, 0.43), (0.5, 0.56, 0.48)
        self._glyphs = {str(n): luma(digit(n, 9, ink, faint, paper).rgb) for n in range(10)}
        self._glyphs[" "] = luma(digit(8, 9, faint, faint, paper).rgb)
        self._glyphs["."] = luma(dots(9, (3.9,), ink, paper).rgb)

    def draw(self, elapsed: float, ms: int) -> av.VideoFrame:
        """The frame ``elapsed`` seconds into the call, its clock at ``ms`` since midnight."""
        frame = av.VideoFrame(self.width, self.height, "yuv420p")
        picture = Planes.of(frame)
        x, y = _shake(elapsed)
        u, v = self._uv[x % 2, y % 2]
        rows = slice(y // 2, (y + self.height) // 2)
        columns = slice(x // 2, (x + self.width) // 2)
        picture.y[:] = self._y[y : y + self.height, x : x + self.width]
        picture.u[:] = u[rows, columns]
        picture.v[:] = v[rows, columns]
        self._pull_plug(picture, elapsed, x, y)
        self._show_volts(picture, elapsed, x, y)
        _show_clock(picture, self.clock, ms)
        return frame

    def _pull_plug(self, picture: Planes, elapsed: float, x: int, y: int) -> None:
        """The plug in its place; then a glove reaching for it and taking it out of sight."""
        since = (elapsed - PLUG_PULLED_AT) / GLOVE_SECONDS
        way = _ease(abs(since))
        left, top = scene.PLUG_AT[0] - x, scene.PLUG_AT[1] - y
        right, down = round(way * GLOVE_WAY[0]), round(way * GLOVE_WAY[1])
        if since < 0:
            self._plug.lay(picture, left, top)
        elif since < 1:
            self._plug.lay(picture, left + right, top + down)
        if way < 1:
            self._glove.lay(picture, left + 20 + right, top - 20 + down)

    def _show_volts(self, picture: Planes, elapsed: float, x: int, y: int) -> None:
        """The meter's reading, new three times a second as on a real one."""
        at, top = scene.LCD_AT[0] + 10 - x, scene.LCD_AT[1] + 11 - y
        for character in f"{volts(math.floor(elapsed * 3) / 3):5.1f}":
            glyph = self._glyphs[character]
            high, wide = glyph.shape
            picture.y[top : top + high, at : at + wide] = glyph
            at += wide


class EngineerPicture:
    """An engineer with a headset at a desk lamp, 320 by 240."""

    width, height = 320, 240

    def __init__(self) -> None:
        self.clock = clock_for(self.height)
        background = scene.desk().rgb
        self._y = luma(background)
        self._u, self._v = chroma(background)
        self._person = Sprite(scene.engineer())

    def draw(self, elapsed: float, ms: int) -> av.VideoFrame:
        """The frame ``elapsed`` seconds into the call, its clock at ``ms`` since midnight."""
        frame = av.VideoFrame(self.width, self.height, "yuv420p")
        picture = Planes.of(frame)
        picture.y[:], picture.u[:], picture.v[:] = self._y, self._u, self._v
        sway = 4 * math.sin(0.8 * elapsed)
        nod = 3 * math.sin(1.7 * elapsed) + 2 * math.sin(3.1 * elapsed)
        self._person.lay(picture, round(92 + sway), round(32 + nod))
        _show_clock(picture, self.clock, ms)
        return frame


def _shake(elapsed: float) -> tuple[int, int]:
    """Where the camera's upper left corner is on the background."""
    t, reach = elapsed, scene.MARGIN / 2
    x = 0.62 * math.sin(0.9 * t) + 0.25 * math.sin(2.3 * t + 1) + 0.1 * math.sin(5.1 * t)
    y = 0.55 * math.sin(0.7 * t + 2) + 0.25 * math.sin(1.9 * t) + 0.1 * math.sin(4.3 * t + 1)
    return round(scene.MARGIN + reach * x), round(scene.MARGIN + reach * y)


def volts(elapsed: float) -> float:
    """The voltage of the bus ``elapsed`` seconds into the call."""
    discharging = max(elapsed - PLUG_PULLED_AT - GLOVE_SECONDS / 2, 0)
    return FULL_VOLTS * math.exp(-discharging / DISCHARGE_SECONDS)


def _ease(share: float) -> float:
    """Slow at both ends, from 0 to 1."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _rows(plane: Any) -> Bytes:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : plane.width]


def _show_clock(picture: Planes, clock: Clock, ms: int) -> None:
    clock.draw(picture.y, ms)
    rows = slice(clock.top // 2, (clock.top + clock.height) // 2)
    columns = slice(clock.left // 2, (clock.left + clock.width) // 2)
    picture.u[rows, columns] = GREY
    picture.v[rows, columns] = GREY


def _mix(plane: Bytes, ink: Words, alpha: Words, left: int, top: int) -> None:
    """Lay ``ink`` on a plane, ``alpha`` 0..128, with its corner at ``left``, ``top``."""
    height, width = plane.shape
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + ink.shape[1], width), min(top + ink.shape[0], height)
    if x0 >= x1 or y0 >= y1:
        return
    part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    under = plane[y0:y1, x0:x1]
    under += ((ink[part] - under) * alpha[part] >> 7).astype(np.uint8)
