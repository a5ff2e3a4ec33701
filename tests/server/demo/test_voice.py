"""The demo's voices: loud enough, with pauses, taking turns, and not the same person twice."""

import numpy as np
import pytest

from server.demo.voice import CUSTOMER, CYCLE, ENGINEER, RATE, Samples

FRAME = RATE // 50


@pytest.fixture(scope="module")
def engineer() -> Samples:
    return ENGINEER.speak()


@pytest.fixture(scope="module")
def customer() -> Samples:
    return CUSTOMER.speak()


@pytest.fixture(params=["engineer", "customer"])
def voice(request: pytest.FixtureRequest) -> Samples:
    return request.getfixturevalue(request.param)


def loudness(voice: Samples) -> np.ndarray:
    """Root mean square of each 20 ms, of full scale."""
    frames = (voice / 32768).reshape(-1, FRAME)
    return np.sqrt((frames**2).mean(axis=1))


def pitch(voice: Samples) -> float:
    """The commonest distance of repetition in loud frames, as hertz."""
    loud = [
        voice[at : at + 4 * FRAME].astype(float)
        for at in range(0, voice.size - 4 * FRAME, 4 * FRAME)
        if np.abs(voice[at : at + 4 * FRAME]).mean() > 1500
    ]
    shortest, longest = RATE // 300, RATE // 80
    periods = []
    for frame in loud:
        lags = np.correlate(frame, frame, "full")[frame.size - 1 :]
        periods.append(shortest + int(np.argmax(lags[shortest:longest])))
    return RATE / float(np.median(periods))


def test_a_voice_lasts_one_cycle_of_whole_frames(voice: Samples) -> None:
    assert voice.dtype == np.int16
    assert voice.size == CYCLE * RATE
    assert voice.size % FRAME == 0


def test_a_voice_is_as_loud_as_a_voice_is(voice: Samples) -> None:
    loud = loudness(voice)
    speaking = loud[loud > 0.01]
    decibels = 20 * np.log10(np.sqrt((speaking**2).mean()))
    assert -23 < decibels < -17
    assert np.abs(voice.astype(int)).max() < 0.75 * 32768, "nothing is clipped"


def test_a_voice_pauses_but_its_room_is_not_dead_silent(voice: Samples) -> None:
    quiet = loudness(voice) < 0.003
    assert 0.3 < quiet.mean() < 0.8
    assert loudness(voice).min() > 0


def test_the_two_take_turns(engineer: Samples, customer: Samples) -> None:
    both = (loudness(engineer) > 0.01) & (loudness(customer) > 0.01)
    assert not both.any()


def test_the_two_have_different_voices(engineer: Samples, customer: Samples) -> None:
    assert 95 < pitch(engineer) < 130
    assert 165 < pitch(customer) < 225


def test_a_voice_says_the_same_every_time(engineer: Samples) -> None:
    assert np.array_equal(engineer, ENGINEER.speak())
