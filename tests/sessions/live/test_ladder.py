"""The ladder: down soon, up late, and later still when a step up did not hold."""

from dataclasses import replace

import pytest

from sessions.live.ladder import Ladder, Sample

GOOD = Sample(
    available_bps=2_000_000,
    listeners_bps=None,
    sent_bps=1_500_000,
    loss=0.0,
    round_trip_ms=80,
    age=60,
)
FULL_BPS = 700_000


class Line:
    """A line that is looked at once a second."""

    def __init__(self, full_bps: int = FULL_BPS) -> None:
        self.ladder = Ladder(full_bps)
        self.now = 0.0
        self.steps: list[tuple[float, str]] = []

    def goes(self, seconds: int, sample: Sample = GOOD, **other: float | None) -> None:
        """Be like this for some seconds."""
        for _ in range(seconds):
            if self.ladder.look(replace(sample, **other), self.now):
                self.steps.append((self.now, self.ladder.rung))
            self.now += 1


@pytest.mark.parametrize(
    ("bad", "rung", "reason"),
    [
        ({"available_bps": 400_000}, "low", "bandwidth"),
        ({"available_bps": 140_000}, "stills", "bandwidth"),
        ({"available_bps": 40_000}, "voice", "bandwidth"),
        ({"listeners_bps": 300_000}, "low", "listener"),
        ({"loss": 0.15}, "stills", "loss"),
        ({"round_trip_ms": 1_200}, "stills", "delay"),
        ({"round_trip_ms": 1_200, "available_bps": 30_000}, "voice", "bandwidth"),
    ],
)
def test_each_rung_has_its_reasons(bad: dict[str, float], rung: str, reason: str) -> None:
    line = Line()
    line.goes(12, **bad)
    assert (line.ladder.rung, line.ladder.reason) == (rung, reason)


def test_a_good_line_stays_on_top() -> None:
    line = Line()
    line.goes(100)
    line.goes(100, available_bps=None, round_trip_ms=None)
    assert line.steps == []


def test_going_down_waits_two_seconds() -> None:
    line = Line()
    line.goes(10)
    line.goes(5, available_bps=100_000)
    assert line.steps == [(12, "stills")]


def test_a_hiccup_changes_nothing() -> None:
    line = Line()
    for _ in range(10):
        line.goes(2, loss=0.4)
        line.goes(8)
    assert line.steps == []


def test_a_tenth_lost_by_chance_is_borne() -> None:
    line = Line()
    for loss in [0.07, 0.13, 0.1, 0.12, 0.09, 0.14, 0.06, 0.11] * 20:
        line.goes(1, loss=loss)
    assert line.steps == []


def test_a_line_that_is_silent_for_a_second_now_and_then_stays() -> None:
    line = Line()
    for _ in range(10):
        line.goes(1, loss=0.9)
        line.goes(4)
    assert line.steps == []


def test_very_much_loss_is_not_averaged_away() -> None:
    line = Line()
    line.goes(60)
    line.goes(4, loss=0.3)
    assert line.steps == [(63, "stills")]


def test_going_up_waits_ten_seconds_for_each_step() -> None:
    line = Line()
    line.goes(3, available_bps=40_000)
    line.goes(40)
    assert line.steps == [(2, "voice"), (13, "stills"), (24, "low"), (35, "full")]
    assert line.ladder.reason is None


def test_a_step_up_that_does_not_hold_is_tried_later_each_time() -> None:
    line = Line()
    line.goes(3, available_bps=100_000)
    for _ in range(4):
        while line.ladder.rung == "stills":
            line.goes(1)
        line.goes(14, available_bps=100_000)
    ups = [at for at, rung in line.steps if rung == "low"]
    downs = [at for at, rung in line.steps if rung == "stills"]
    waits = [up - down for up, down in zip(ups, downs, strict=False)]
    assert waits == [11, 21, 41, 61]


def test_a_step_that_held_for_a_minute_is_forgiven() -> None:
    line = Line()
    line.goes(3, available_bps=400_000)
    line.goes(12)
    line.goes(15, available_bps=400_000)
    line.goes(22)
    assert line.ladder.rung == "full"
    line.goes(60)
    line.goes(3, available_bps=400_000)
    down = line.steps[-1][0]
    line.goes(12)
    assert line.steps[-1] == (down + 11, "full")


def test_it_goes_up_only_where_there_is_room_for_more() -> None:
    line = Line()
    line.goes(3, available_bps=250_000)
    assert line.ladder.rung == "low"
    line.goes(60, available_bps=260_000, sent_bps=230_000)
    assert line.ladder.rung == "low"
    line.goes(11, available_bps=320_000)
    assert line.ladder.rung == "full"


def test_a_line_that_is_not_used_up_is_tried() -> None:
    line = Line()
    line.goes(3, available_bps=250_000)
    line.goes(11, available_bps=200_000, sent_bps=150_000)
    assert line.ladder.rung == "full"


def test_after_a_step_up_estimates_are_given_time_to_grow() -> None:
    line = Line()
    line.goes(3, available_bps=250_000)
    line.goes(11, available_bps=320_000)
    assert line.ladder.rung == "full"
    line.goes(11, available_bps=400_000)
    line.goes(10, available_bps=900_000)
    assert line.ladder.rung == "full"
    line.goes(3, available_bps=400_000)
    assert line.ladder.rung == "low"


def test_a_step_up_that_chokes_the_line_is_taken_back_at_once() -> None:
    line = Line()
    line.goes(3, available_bps=100_000)
    line.goes(11)
    assert line.ladder.rung == "low"
    line.goes(3, round_trip_ms=1_500)
    assert line.ladder.rung == "stills"


def test_a_young_connection_is_given_time_to_find_out_what_it_can() -> None:
    line = Line()
    for age in range(8):
        line.goes(1, available_bps=300_000, age=age)
    assert line.steps == []


def test_a_small_camera_needs_less() -> None:
    line = Line(full_bps=190_000)
    line.goes(10, available_bps=200_000)
    assert line.ladder.rung == "full"
    line.goes(3, available_bps=160_000)
    assert line.ladder.rung == "low"
    line.goes(11, available_bps=200_000)
    assert line.ladder.rung == "full"
