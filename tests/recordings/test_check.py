"""The check of produced files finds what is wrong with them."""

import os
from pathlib import Path

import pytest

from recordings.check import check
from recordings.produce import ProduceFailed, produce
from tests.recordings.call import MINA, Call
from tests.recordings.sender import camera, microphone

WHOLE = 12_000


@pytest.fixture
def session(tmp_path: Path, frames: list[bytes], beeps: list[bytes]) -> Path:
    call, mic, cam = Call(), microphone(), camera()
    call.leg(MINA, mic.audio(beeps) + cam.video(frames), audio=mic, camera=cam)
    call.capture(tmp_path)
    return tmp_path


@pytest.fixture
def review(session: Path) -> Path:
    return produce(session).folder / "review.webm"


def test_a_good_file_has_no_problems(review: Path) -> None:
    found = check(review, WHOLE, {"audio": 11_960, "video": 11_933})
    assert found.problems == ()
    assert found.duration_ms == pytest.approx(WHOLE, abs=50)
    assert found.skew_ms == pytest.approx(0, abs=60)


@pytest.mark.parametrize(
    ("duration_ms", "ends_ms", "problem"),
    [
        (13_000, {"audio": 11_960, "video": 11_933}, "lasts"),
        (WHOLE, {"audio": 11_960, "video": 10_000}, "video ends"),
        (WHOLE, {"audio": 11_000, "video": 11_933}, "audio ends"),
        (WHOLE, {"video": 11_933}, "has streams of"),
    ],
)
def test_a_file_other_than_its_log_is_found(
    review: Path, duration_ms: int, ends_ms: dict[str, int], problem: str
) -> None:
    (found,) = check(review, duration_ms, ends_ms).problems
    assert problem in found


def test_a_file_that_lost_its_end_is_found(review: Path) -> None:
    os.truncate(review, review.stat().st_size // 2)
    assert check(review, WHOLE, {"audio": 11_960, "video": 11_933}).problems


def test_a_file_that_is_none_is_found(tmp_path: Path) -> None:
    path = tmp_path / "review.webm"
    path.write_bytes(b"no video")
    (problem,) = check(path, WHOLE, {"audio": 0}).problems
    assert "cannot be read" in problem


def test_sound_of_our_own_must_decode(session: Path) -> None:
    folder = produce(session).folder
    review = folder / "review.webm"
    data = review.read_bytes()
    review.write_bytes(data.replace(b"A_OPUS", b"A_XYZW"))
    assert check(review, WHOLE, {"audio": 11_960, "video": 11_933}, "audio").problems


def test_a_picture_that_cannot_be_decoded_fails_production(
    tmp_path: Path, frames: list[bytes]
) -> None:
    call, cam = Call(), camera()
    call.leg(MINA, cam.video([frame[:20] for frame in frames]), camera=cam)
    call.capture(tmp_path)
    with pytest.raises(ProduceFailed) as failed:
        produce(tmp_path)
    assert "heard or seen" in failed.value.message()
    assert (tmp_path / "part-0001.log").exists()
    assert not (tmp_path / "produced").exists()


def test_a_picture_that_breaks_off_is_told_and_harms_nothing(
    tmp_path: Path, frames: list[bytes], beeps: list[bytes]
) -> None:
    call, mic, cam = Call(), microphone(), camera()
    broken = frames[:120] + [frame[:12] for frame in frames[120:]]
    call.leg(MINA, mic.audio(beeps) + cam.video(broken), audio=mic, camera=cam)
    call.capture(tmp_path)
    checks = {found["file"]: found for found in produce(tmp_path).manifest["checks"]}
    assert checks["review.webm"]["problems"] == []
    assert checks["review.webm"]["warnings"] == ["video does not decode at the end"]
