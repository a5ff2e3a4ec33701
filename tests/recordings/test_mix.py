"""The mix: voices are added, segments join without a seam, silence costs nothing."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from recordings import mix as mixing
from recordings.produce import produce
from tests.recordings.call import ARVID, MINA, Call
from tests.recordings.playback import RATE, sound, tone
from tests.recordings.sender import microphone, speech, without

SECONDS = 8


def hum(frequency: int, level: float = 0.3, seconds: float = SECONDS) -> np.ndarray:
    at = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * frequency * at)).astype("f4")


def mixed(folder: Path, *voices: Sequence[bytes], lost: Sequence[int] = ()) -> np.ndarray:
    """What is heard in the review of a call of these voices."""
    call = Call()
    for number, packets in enumerate(voices):
        mic = microphone(1000 * (number + 1))
        sent = without(mic.audio(packets), lost)
        call.leg((MINA, ARVID)[number], sent, audio=mic)
    call.capture(folder)
    return sound(produce(folder).folder / "review.webm")


def test_voices_are_added(tmp_path: Path) -> None:
    heard = mixed(tmp_path, speech(hum(500)), speech(hum(900)))
    middle = slice(1000, 7000)
    assert np.median(tone(heard, 500)[middle]) == pytest.approx(0.3, rel=0.15)
    assert np.median(tone(heard, 900)[middle]) == pytest.approx(0.3, rel=0.15)


def test_segments_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixing, "SEGMENT_SLOTS", 10)
    heard = mixed(tmp_path, speech(hum(500)))
    level = tone(heard, 500)[300:7700]
    assert level.min() > 0.85 * np.median(level)
    assert level.max() < 1.15 * np.median(level)
    others = heard[RATE // 2 : -RATE // 2]
    assert np.abs(np.diff(others, 2)).max() < 0.05  # no click


def test_what_is_quiet_for_long_is_not_encoded(tmp_path: Path) -> None:
    spoken = np.concatenate([hum(500, seconds=2), np.zeros(RATE * 4, "f4"), hum(500, seconds=2)])
    heard = mixed(tmp_path, speech(spoken))
    assert np.abs(heard[3 * RATE : 5 * RATE]).max() == 0
    level = tone(heard, 500)
    assert np.median(level[500:1500]) == pytest.approx(0.3, rel=0.15)
    assert np.median(level[6500:7500]) == pytest.approx(0.3, rel=0.15)


def test_short_losses_are_concealed(tmp_path: Path) -> None:
    vowel = sum(hum(140 * n, 0.2 / n) for n in range(1, 12))
    heard = mixed(tmp_path, speech(np.asarray(vowel)), lost=[100, 200, 201])
    loudness = np.sqrt(np.convolve(heard**2, np.ones(480) / 480, "same"))
    usual = np.median(loudness)
    for at in (2.0, 4.0):
        hole = loudness[int(at * RATE) : int((at + 0.03) * RATE)]
        assert hole.min() > 0.3 * usual


def test_loud_voices_together_stay_within_bounds(tmp_path: Path) -> None:
    heard = mixed(tmp_path, speech(hum(500, 0.9)), speech(hum(510, 0.9)))
    assert np.abs(heard).max() < 1.3


def test_packets_decoded_together_sound_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tune = hum(700) + hum(1100, 0.1)
    # The mode changes in the midst of what would be decoded together.
    packets = speech(tune)[:203] + speech(tune, application="lowdelay")[203:]
    assert packets[202][0] != packets[203][0]
    together = mixed(tmp_path / "a", packets)
    monkeypatch.setattr(mixing, "JOINED", 1)
    assert (mixed(tmp_path / "b", packets) == together).all()
