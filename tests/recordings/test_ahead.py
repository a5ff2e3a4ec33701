"""Mixing ahead: the end of a call leaves little to do, and nothing of it changes a byte."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from recordings import ahead
from recordings import mix as mixing
from recordings.ahead import MIXED, mix_ahead
from recordings.capture import Capture
from recordings.mix import Mixed, Segment
from recordings.produce import produce
from tests.recordings.call import ARVID, HEAD, MINA, Call
from tests.recordings.patience import until
from tests.recordings.sender import SECOND, deliver, described, microphone, speech
from tests.recordings.test_publish import digests

RATE = 48000
SEGMENT_SECONDS = 0.6


@pytest.fixture(autouse=True)
def _short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixing, "SEGMENT_SLOTS", 10)


@pytest.fixture
def mixes(monkeypatch: pytest.MonkeyPatch) -> list[Segment]:
    """The segments that were really mixed."""
    made: list[Segment] = []
    mix = mixing.mix

    def counted(segment: Segment) -> Mixed:
        made.append(segment)
        return mix(segment)

    monkeypatch.setattr(ahead, "mix", counted)
    return made


def talk(frequency: int, seconds: float) -> list[bytes]:
    at = np.arange(round(seconds * RATE)) / RATE
    return speech((0.3 * np.sin(2 * np.pi * frequency * at)).astype("f4"))


def two_talk(seconds: float = 8, late: float = 4) -> Call:
    """Mina from the beginning, Arvid ``late`` seconds after it."""
    call, hers, his = Call(), microphone(1000), microphone(2000, at=late)
    call.joined(MINA, ARVID)
    call.leg(MINA, hers.audio(talk(500, seconds)), audio=hers)
    call.leg(ARVID, his.audio(talk(900, seconds - late)), audio=his)
    return call


def test_what_was_mixed_ahead_is_not_mixed_again_and_changes_no_byte(
    tmp_path: Path, mixes: list[Segment]
) -> None:
    two_talk().capture(tmp_path / "session")
    shutil.copytree(tmp_path / "session", tmp_path / "same")
    expected = digests(produce(tmp_path / "same").folder)
    every = len(mixes)
    mixes.clear()

    assert mix_ahead(tmp_path / "session", margin_ms=2000) == len(mixes) >= every / 2
    assert digests(produce(tmp_path / "session").folder) == expected
    assert len(mixes) == every
    assert not (tmp_path / "session" / MIXED).exists()


def test_mixing_ahead_again_does_only_what_is_new(tmp_path: Path, mixes: list[Segment]) -> None:
    two_talk().capture(tmp_path)
    first = mix_ahead(tmp_path, margin_ms=5000)
    assert mix_ahead(tmp_path, margin_ms=5000) == 0
    second = mix_ahead(tmp_path, margin_ms=1000)
    assert second > 0
    assert len(mixes) == first + second


def test_a_log_that_still_grows_is_mixed_as_far_as_it_goes(
    tmp_path: Path, mixes: list[Segment]
) -> None:
    capture, mic = Capture.begin(tmp_path, HEAD), microphone()
    capture.leg(1, described(MINA, audio=mic))
    spoken = mic.audio(talk(500, 8))
    half = len(spoken) // 2
    base = capture.started_mono_ns
    deliver(capture, {1: spoken[:half]}, base)
    until(lambda: capture.backlog == 0)
    so_far = mix_ahead(tmp_path, margin_ms=1000)
    assert so_far == int(3.0 / SEGMENT_SECONDS)
    deliver(capture, {1: spoken[half:]}, base)
    capture.seal()
    mixes.clear()
    produce(tmp_path)
    assert len(mixes) == -(-8 * 10 // 6) - so_far


def test_somebody_who_joins_later_leaves_what_was_before_as_it_was(
    tmp_path: Path, mixes: list[Segment]
) -> None:
    alone, mic = Call(), microphone(1000)
    alone.joined(MINA)
    alone.leg(MINA, mic.audio(talk(500, 8)), audio=mic)
    alone.capture(tmp_path / "alone", base_ns=SECOND)
    before = mix_ahead(tmp_path / "alone", margin_ms=4500)
    two_talk().capture(tmp_path / "both", base_ns=SECOND)
    shutil.copytree(tmp_path / "alone" / MIXED, tmp_path / "both" / MIXED)
    mixes.clear()
    produced = produce(tmp_path / "both")
    assert len(mixes) == -(-8 * 10 // 6) - before
    assert produced.folder.joinpath("peaks.json").stat().st_size


def test_a_damaged_piece_is_mixed_anew(tmp_path: Path) -> None:
    two_talk().capture(tmp_path / "session")
    shutil.copytree(tmp_path / "session", tmp_path / "same")
    expected = digests(produce(tmp_path / "same").folder)
    mix_ahead(tmp_path / "session", margin_ms=2000)
    for number, piece in enumerate((tmp_path / "session" / MIXED).iterdir()):
        whole = piece.read_bytes()
        cut, changed = whole[: len(whole) * number // 10], whole[:-1] + bytes((whole[-1] ^ 1,))
        piece.write_bytes(changed if number % 2 else cut)
    assert digests(produce(tmp_path / "session").folder) == expected


def test_nothing_to_mix_is_nothing_done(tmp_path: Path) -> None:
    capture = Capture.begin(tmp_path, HEAD)
    assert mix_ahead(tmp_path) == 0
    capture.seal()
