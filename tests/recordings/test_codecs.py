"""A call in which cameras send in more than one codec: nothing of it is lost."""

from pathlib import Path
from typing import Any

import pytest

from recordings.produce import produce
from tests.recordings.call import ARVID, MINA, Call
from tests.recordings.playback import media, onsets, pictures, read_json, sound
from tests.recordings.sender import Shot, film_h264, microphone
from tests.recordings.test_publish import digests

SIZES = ((192, 128), (128, 192), (384, 256))


@pytest.fixture(scope="module")
def old() -> Shot:
    return Shot.of("vp8", 12)


@pytest.fixture(scope="module")
def new() -> Shot:
    return Shot.of("h264", 12)


def changing(shots: list[tuple[Shot, int, int]], beeps: list[bytes]) -> Call:
    """Mina's camera sends from one second up to another in one codec, then in the next; each time
    she connects anew."""
    call = Call()
    call.joined(MINA)
    for number, (shot, begin, end) in enumerate(shots):
        mic, cam = microphone(1000 + number, at=begin), shot.camera(2000 + number, at=begin)
        sent = mic.audio(beeps[50 * begin : 50 * end])
        sent += cam.video(shot.frames[15 * begin : 15 * end])
        call.leg(MINA, sent, audio=mic, camera=cam)
    return call


def told(produced: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    return read_json(produced / "timeline.json"), read_json(produced / "manifest.json")


def numbers(path: Path) -> list[int]:
    return [one.number for one in pictures(path)]


def test_what_was_sent_in_another_codec_has_a_file_of_its_own(
    tmp_path: Path, old: Shot, new: Shot, beeps: list[bytes]
) -> None:
    call = changing([(old, 0, 4), (new, 4, 12)], beeps)
    call.note(2.0, "step", number=1, step="a", mark="done", by=MINA, title="A")
    call.note(9.0, "step", number=2, step="b", mark="done", by=MINA, title="B")
    call.capture(tmp_path)
    produced = produce(tmp_path).folder
    for name in ("review.mp4", "participant-mina.mp4"):
        seen = pictures(produced / name)
        assert [one.number for one in seen] == list(range(60, 180))
        assert max(abs(one.at - one.number / 15) for one in seen) < 0.005
        assert onsets(sound(produced / name)) == pytest.approx(range(12), abs=0.04)
    seen = pictures(produced / "participant-mina-vp8.webm")
    assert [one.number for one in seen] == list(range(60))
    assert max(abs(one.at - one.number / 15) for one in seen) < 0.005

    timeline, manifest = told(produced)
    (elsewhere,) = timeline["review"]["elsewhere"]
    assert elsewhere["file"] == "participant-mina-vp8.webm"
    assert (elsewhere["from_ms"], elsewhere["to_ms"]) == (0, pytest.approx(4000, abs=40))
    (person,) = timeline["participants"]
    (more,) = person["more"]
    assert (more["file"], more["track"]) == ("participant-mina-vp8.webm", "camera")
    assert (person["first_ms"], person["file"]) == (0, "participant-mina.mp4")
    assert timeline["gaps"] == []
    assert all(check["problems"] == check["warnings"] == [] for check in manifest["checks"])
    camera = next(track for track in manifest["tracks"] if track["track"] == "camera")
    assert (camera["codecs"], camera["frames"]) == (["h264", "vp8"], 180)
    assert "participant-mina-vp8.webm" in {file["name"] for file in manifest["files"]}
    for still in timeline["thumbnails"]:
        (number,) = numbers(produced / still["file"])
        assert number / 15 == pytest.approx(still["at_ms"] / 1000, abs=0.1)


def test_a_camera_may_go_back_to_the_codec_before(
    tmp_path: Path, old: Shot, new: Shot, beeps: list[bytes]
) -> None:
    changing([(old, 0, 4), (new, 4, 8), (old, 8, 12)], beeps).capture(tmp_path)
    produced = produce(tmp_path).folder
    assert numbers(produced / "review.webm") == [*range(60), *range(120, 180)]
    assert numbers(produced / "participant-mina-h264.mp4") == list(range(60, 120))
    (elsewhere,) = told(produced)[0]["review"]["elsewhere"]
    spans = [elsewhere["from_ms"], elsewhere["to_ms"]]
    assert spans == [pytest.approx(4000, abs=40), pytest.approx(8000, abs=40)]


def test_each_participant_has_the_codec_of_its_own_device(
    tmp_path: Path, old: Shot, new: Shot, beeps: list[bytes]
) -> None:
    call = Call()
    call.joined(MINA, ARVID)
    for who, shot, ssrc in ((MINA, old, 1000), (ARVID, new, 3000)):
        mic, cam, screen = microphone(ssrc), shot.camera(ssrc + 1), new.camera(ssrc + 2)
        sent = mic.audio(beeps) + cam.video(shot.frames) + screen.video(new.frames[:30])
        call.leg(who, sent, audio=mic, camera=cam, screen=screen)
    call.capture(tmp_path)
    produced = produce(tmp_path).folder
    names = ["participant-arvid-screen.mp4", "participant-arvid.mp4"]
    names += ["participant-mina-screen.mp4", "participant-mina.webm", "review.webm"]
    assert (
        sorted(path.name for path in produced.iterdir() if path.suffix in (".mp4", ".webm"))
        == names
    )
    assert [len(numbers(produced / name)) for name in names] == [30, 180, 30, 180, 180]


def test_h264_whose_size_changes_says_that_key_frames_bring_their_own_sets(tmp_path: Path) -> None:
    cam = Shot("h264", []).camera()
    sent = []
    for place, size in enumerate(SIZES):
        sent += cam.video(film_h264(2, size, first=30 * place))
    call = Call()
    call.leg(MINA, sent, camera=cam)
    call.capture(tmp_path / "changing")
    review = media(produce(tmp_path / "changing").folder, "review")
    assert [one.size for one in pictures(review)] == [size for size in SIZES for _ in range(30)]
    assert b"avc3" in review.read_bytes()

    call, cam = Call(), Shot("h264", []).camera()
    call.leg(MINA, cam.video(film_h264(2)), camera=cam)
    call.capture(tmp_path / "same")
    assert b"avc1" in media(produce(tmp_path / "same").folder, "review").read_bytes()


def test_the_same_log_gives_the_same_bytes(
    tmp_path: Path, old: Shot, new: Shot, beeps: list[bytes]
) -> None:
    changing([(old, 0, 4), (new, 4, 12)], beeps).capture(tmp_path)
    first = digests(produce(tmp_path).folder)
    assert digests(produce(tmp_path).folder) == first
    assert digests(produce(tmp_path, workers=2).folder) == first
