"""Who may begin while the server has its hands full: the order, and who never waits."""

from datetime import UTC, datetime

import pytest

from sessions.live.admission import SETTLING, Admission, Limits, ServerStopping
from sessions.live.media import LoopLag

CALM = LoopLag(1.0, 2.0, 0.3)
BUSY = LoopLag(1.0, 2.0, 0.71)
LATE = LoopLag(20.1, 30.0, 0.3)


def admission(*lags: LoopLag) -> Admission:
    made = Admission()
    for lag in lags:
        made.heard(lag)
    return made


@pytest.mark.parametrize("lags", [[], [CALM] * 5, [BUSY, BUSY], [BUSY, CALM, BUSY], [LATE, CALM]])
def test_sessions_begin_while_the_load_is_bearable(lags: list[LoopLag]) -> None:
    assert admission(*lags).ask("one") == 0


@pytest.mark.parametrize("load", [BUSY, LATE])
def test_sessions_wait_in_order_while_it_is_not(load: LoopLag) -> None:
    full = admission(load, load, load)
    assert [full.ask(session) for session in ("one", "two", "one", "three")] == [1, 2, 1, 3]


def test_the_limits_can_be_set() -> None:
    large = Admission(Limits(cpu=0.9))
    for _ in range(3):
        large.heard(BUSY)
    assert large.ask("one") == 0


def test_who_was_let_in_is_not_asked_to_wait() -> None:
    made = admission(CALM)
    assert made.ask("one") == 0
    for _ in range(5):
        made.heard(BUSY)
        made.tick({"one"}, calls=True)
    assert made.ask("one") == 0


def test_the_queue_moves_one_at_a_time_and_says_so() -> None:
    made = admission(BUSY, BUSY, BUSY)
    present = {"one", "two", "three"}
    for session in ("one", "two", "three"):
        made.ask(session)
    assert made.tick(present, calls=True) == {"one": 1, "two": 2, "three": 3}
    assert made.tick(present, calls=True) == {}
    for _ in range(3):
        made.heard(CALM)
    assert made.tick(present, calls=True) == {"one": 0, "two": 1, "three": 2}
    assert made.ask("one") == 0
    assert made.ask("four") == 3
    for _ in range(SETTLING - 1):
        assert 0 not in made.tick(present | {"four"}, calls=True).values()
    assert made.tick(present | {"four"}, calls=True)["two"] == 0


def test_who_goes_away_gives_the_place_up() -> None:
    made = admission(BUSY, BUSY, BUSY)
    made.ask("one")
    made.ask("two")
    made.tick({"one", "two"}, calls=True)
    assert made.tick({"two"}, calls=True) == {"two": 1}
    assert made.ask("one") == 2


def test_a_load_that_is_not_of_calls_holds_nobody_up() -> None:
    made = admission(LATE, LATE, LATE)
    assert made.ask("one") == 1
    assert made.tick({"one"}, calls=False) == {"one": 0}


def test_nothing_begins_while_the_server_stops() -> None:
    made = admission(CALM)
    made.finish_by = datetime(2026, 11, 24, tzinfo=UTC)
    with pytest.raises(ServerStopping):
        made.ask("one")
