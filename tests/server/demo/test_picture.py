"""The demo's pictures: their clock can be read back, and something happens in them."""

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from server.demo import scene
from server.demo.picture import (
    FULL_VOLTS,
    GLOVE_SECONDS,
    PLUG_PULLED_AT,
    CustomerPicture,
    EngineerPicture,
    Planes,
    volts,
)

MIDNIGHT, LAST_MS = 0, 86_399_999
NOON = 43_200_000


@pytest.fixture(scope="module")
def customer() -> CustomerPicture:
    return CustomerPicture()


@pytest.fixture(scope="module")
def engineer() -> EngineerPicture:
    return EngineerPicture()


@pytest.fixture(params=["customer", "engineer"])
def picture(request: pytest.FixtureRequest) -> CustomerPicture | EngineerPicture:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("ms", [MIDNIGHT, 1, 45_296_789, LAST_MS])
def test_the_clock_is_read_back_from_a_frame(picture, ms: int) -> None:
    frame = picture.draw(3.2, ms)
    assert (frame.width, frame.height) == (picture.width, picture.height)
    assert frame.format.name == "yuv420p"
    assert picture.clock.read(Planes.of(frame).y) == ms


def test_after_midnight_the_clock_begins_anew(picture) -> None:
    assert picture.clock.read(Planes.of(picture.draw(0, LAST_MS + 5)).y) == 4


def test_the_clock_survives_a_thin_line(picture) -> None:
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = picture.width, picture.height, "yuv420p"
    encoder.bit_rate = 250_000
    encoder.time_base = Fraction(1, 24)
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    decoder = av.CodecContext.create("libvpx", "r")
    read = []
    for number in range(8):
        frame = picture.draw(number / 24, NOON + number * 41)
        frame.pts = number
        for packet in encoder.encode(frame):
            read += [picture.clock.read(Planes.of(out).y) for out in decoder.decode(packet)]
    assert read == [NOON + number * 41 for number in range(8)]


def test_a_picture_without_a_clock_or_with_a_damaged_one_is_not_misread(picture) -> None:
    clock = picture.clock
    y = Planes.of(picture.draw(1, NOON)).y.copy()
    assert clock.read(np.full_like(y, 16)) is None
    assert clock.read(np.full_like(y, 200)) is None
    assert clock.read(y[: clock.top]) is None
    row = y[clock.top + 5 * clock.block : clock.top + 6 * clock.block]
    last_value_bit = slice(clock.left + 29 * clock.block, clock.left + 30 * clock.block)
    row[:, last_value_bit] = 251 - row[:, last_value_bit]
    assert clock.read(y) is None


def test_both_pictures_move(picture) -> None:
    before, after = (Planes.of(picture.draw(at, NOON)).y.astype(int) for at in (1.0, 2.0))
    assert np.mean(np.abs(after - before) > 8) > 0.005


def test_the_camera_shakes_gently(customer: CustomerPicture) -> None:
    frames = [Planes.of(customer.draw(n / 24, NOON)).y[:500].astype(int) for n in range(25)]
    steps = [np.mean(np.abs(b - a)) for a, b in pairwise(frames)]
    assert max(steps) < 8


def test_the_service_plug_is_pulled(customer: CustomerPicture) -> None:
    def colour(elapsed: float) -> float:
        """Mean of U, low for orange, at the plug's edge; the box's collar is outside of it."""
        x, y = scene.PLUG_AT[0] - scene.MARGIN, scene.PLUG_AT[1] - scene.MARGIN
        u = Planes.of(customer.draw(elapsed, NOON)).u
        return float(u[(y + 60) // 2 : (y + 110) // 2, (x + 10) // 2 : (x + 20) // 2].mean())

    assert colour(PLUG_PULLED_AT - GLOVE_SECONDS - 1) < 100
    assert colour(PLUG_PULLED_AT + GLOVE_SECONDS + 1) > 110


def test_the_meter_falls_once_the_plug_is_out(customer: CustomerPicture) -> None:
    assert volts(0) == volts(PLUG_PULLED_AT) == FULL_VOLTS
    assert volts(PLUG_PULLED_AT + 10) < 60
    assert volts(PLUG_PULLED_AT + 30) < 1

    def changes_at(elapsed: float) -> bool:
        """Does the meter's display change here, where a third of a second begins?"""
        x, y = scene.LCD_AT[0] - scene.MARGIN, scene.LCD_AT[1] - scene.MARGIN
        before, after = (
            Planes.of(customer.draw(at, NOON)).y[y : y + 62, x : x + 140]
            for at in (elapsed - 0.001, elapsed + 0.001)
        )
        return not np.array_equal(before, after)

    assert not changes_at(PLUG_PULLED_AT - 10)
    assert changes_at(PLUG_PULLED_AT + 5)


def test_the_engineers_picture_is_small(engineer: EngineerPicture) -> None:
    assert (engineer.width, engineer.height) == (320, 240)
