"""What is produced from the log of a call without trouble."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from recordings.produce import ProduceFailed, produce
from tests.recordings.call import ARVID, MINA, Call
from tests.recordings.playback import media, onsets, pictures, read_json, sound
from tests.recordings.sender import Shot, camera, microphone


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory,
    shot: Shot,
    beeps: list[bytes],
    low_beeps: list[bytes],
) -> Path:
    """Mina films for twelve seconds; Arvid joins two seconds later, and two steps are done."""
    folder = tmp_path_factory.mktemp("call")
    call = Call()
    call.joined(MINA, ARVID)
    mic, cam = microphone(), shot.camera()
    reports = [mic.report(), cam.report()]
    call.leg(MINA, mic.audio(beeps) + cam.video(shot.frames) + reports, audio=mic, camera=cam)
    his_mic, his_cam = microphone(3000, at=2.0), shot.camera(4000, at=2.0)
    sent = his_mic.audio(low_beeps[:500]) + his_cam.video(shot.frames[:150])
    call.leg(ARVID, sent, audio=his_mic, camera=his_cam)
    call.note(1.0, "procedure", title="Isolate the high-voltage system")
    call.note(4.0, "step", number=1, step="ignition", mark="done", by=MINA, title="Ignition off")
    call.note(9.2, "step", number=2, step="plug", mark="problem", by=ARVID, title="Pull the plug")
    call.note(12.0, "left", participant=MINA)
    call.capture(folder)
    produce(folder)
    return folder / "produced"


def test_review_shows_customer_at_the_right_time(folder: Path) -> None:
    seen = pictures(media(folder, "review"))
    assert [one.number for one in seen] == list(range(180))
    assert max(abs(one.at - one.number / 15) for one in seen) < 0.005


def test_review_has_every_voice_in_sync(folder: Path) -> None:
    heard = sound(media(folder, "review"))
    assert onsets(heard, 1000) == pytest.approx(range(12), abs=0.01)
    assert onsets(heard, 600) == pytest.approx(range(2, 12), abs=0.01)


def test_each_participant_has_a_file_on_the_same_timeline(folder: Path) -> None:
    assert onsets(sound(media(folder, "participant-mina"))) == pytest.approx(range(12), abs=0.01)
    heard = sound(media(folder, "participant-arvid"))
    assert onsets(heard, 600) == pytest.approx(range(2, 12), abs=0.02)
    seen = pictures(media(folder, "participant-arvid"))
    assert seen[0].at == pytest.approx(2.0, abs=0.02)
    assert len(seen) == 150


def test_video_is_not_encoded_again(folder: Path, shot: Shot) -> None:
    for name in ("review", "participant-mina"):
        data = media(folder, name).read_bytes()
        for frame in shot.frames:
            assert all(unit in data for unit in shot.units_of(frame))


def test_timeline_tells_what_happened(folder: Path, shot: Shot) -> None:
    timeline = read_json(folder / "timeline.json")
    assert (timeline["session"], timeline["ticket"]) == ("session-1", "SR-2026-0001")
    assert timeline["duration_ms"] == pytest.approx(12_000, abs=20)
    assert timeline["origin_wall"].endswith("Z")
    people = {person["id"]: person for person in timeline["participants"]}
    assert people[MINA] | {"last_ms": 0} == {
        "id": MINA,
        "name": "Mina",
        "role": "customer",
        "file": f"participant-mina{shot.suffix}",
        "screen": None,
        "more": [],
        "first_ms": 0,
        "last_ms": 0,
    }
    assert people[ARVID]["first_ms"] == pytest.approx(2000, abs=20)
    review = {"file": f"review{shot.suffix}", "shows": MINA, "elsewhere": []}
    assert timeline["review"] == review
    events = [entry["event"] for entry in timeline["entries"]]
    assert events == ["joined", "joined", "procedure", "step", "step", "left"]
    step = timeline["entries"][3]
    assert step["at_ms"] == pytest.approx(4000, abs=50)
    assert (step["number"], step["mark"], step["title"]) == (1, "done", "Ignition off")
    assert timeline["gaps"] == []
    assert [part["file"] for part in timeline["parts"]] == ["part-0001.log"]


def test_step_marks_have_the_picture_they_belong_to(folder: Path) -> None:
    timeline = read_json(folder / "timeline.json")
    seen = pictures(media(folder, "review"))
    for entry in timeline["entries"]:
        if entry["event"] == "step":
            at = entry["at_ms"] / 1000
            shown = [one for one in seen if one.at <= at][-1]
            assert abs(shown.number / 15 - at) < 0.1
            file = next(t["file"] for t in timeline["thumbnails"] if t["at_ms"] == entry["at_ms"])
            (still,) = pictures(folder / file)
            assert abs(still.number / 15 - at) < 0.1


def test_thumbnails_come_every_ten_seconds_and_at_steps(folder: Path) -> None:
    thumbnails = read_json(folder / "timeline.json")["thumbnails"]
    assert [t["at_ms"] // 1000 * 1000 for t in thumbnails] == [0, 3000, 9000, 10_000]
    assert (folder / "poster.jpg").exists()


def test_peaks_follow_each_voice(folder: Path) -> None:
    peaks = read_json(folder / "peaks.json")
    assert peaks["per_second"] == 10
    mina, arvid = peaks["participants"][MINA], peaks["participants"][ARVID]
    assert len(mina) == len(arvid) == pytest.approx(120, abs=1)
    assert all(mina[10 * second] > 40 for second in range(12))
    assert max(arvid[:18]) == 0


def test_manifest_has_the_checksum_of_every_file(folder: Path, shot: Shot) -> None:
    manifest = read_json(folder / "manifest.json")
    listed = {file["name"]: file for file in manifest["files"]}
    there = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert set(listed) == there - {"manifest.json"}
    for name, file in listed.items():
        data = (folder / name).read_bytes()
        assert file["bytes"] == len(data)
        assert file["sha256"] == hashlib.sha256(data).hexdigest()
    review = listed[f"review{shot.suffix}"]
    assert review["content_type"] == f"video/{shot.suffix[1:]}"
    camera = next(track for track in manifest["tracks"] if track["track"] == "camera")
    assert camera["codecs"] == [shot.codec]
    assert manifest["parts"][0]["problems"] == []
    assert all(check["problems"] == [] for check in manifest["checks"])


@pytest.mark.parametrize("name", ["review", "participant-mina", "participant-arvid"])
def test_other_programs_accept_the_files(folder: Path, name: str, shot: Shot) -> None:
    path = str(media(folder, name))
    probe = ["ffprobe", "-v", "warning", "-show_entries", "stream=codec_name:format=duration"]
    said = subprocess.run([*probe, path], capture_output=True, text=True, check=True)
    assert f"codec_name={shot.codec}" in said.stdout
    assert "codec_name=opus" in said.stdout
    assert "duration=1" in said.stdout
    assert said.stderr == ""
    identify = ["mkvmerge", "--identify", "--identification-format", "json"]
    said = subprocess.run([*identify, path], capture_output=True, text=True, check=True)
    video = {"vp8": "VP8", "h264": "AVC/H.264/MPEG-4p10"}[shot.codec]
    assert f'"codec": "{video}"' in said.stdout
    assert '"codec": "Opus"' in said.stdout
    assert '"errors": []' in said.stdout
    assert '"warnings": []' in said.stdout


def test_seeking_reads_the_front_of_a_file_only(folder: Path, shot: Shot) -> None:
    data = media(folder, "review").read_bytes()
    index, content = {
        ".webm": (b"\x1c\x53\xbb\x6b", b"\x1f\x43\xb6\x75"),  # Cues, Cluster
        ".mp4": (b"moov", b"mdat"),
    }[shot.suffix]
    assert data.rindex(index, 0, data.index(content)) < data.index(content)


def test_sessions_without_media_say_so(tmp_path: Path) -> None:
    call = Call()
    call.joined(MINA)
    call.capture(tmp_path)
    with pytest.raises(ProduceFailed) as failed:
        produce(tmp_path)
    assert failed.value.code == "produce-failed"
    assert "neither sound nor picture" in failed.value.message()
    assert not (tmp_path / "produced").exists()
    assert (tmp_path / "part-0001.log").exists()


def test_sessions_without_a_log_say_so(tmp_path: Path) -> None:
    with pytest.raises(ProduceFailed, match="produce-failed"):
        produce(tmp_path)


def test_sound_alone_is_a_recording(tmp_path: Path, beeps: list[bytes]) -> None:
    call, mic = Call(), microphone()
    call.leg(MINA, mic.audio(beeps), audio=mic)
    call.capture(tmp_path)
    produced = produce(tmp_path).folder
    assert onsets(sound(media(produced, "review"))) == pytest.approx(range(12), abs=0.01)
    assert read_json(produced / "timeline.json")["thumbnails"] == []
    assert not (produced / "poster.jpg").exists()


def test_picture_alone_is_a_recording(tmp_path: Path, frames: list[bytes]) -> None:
    call, cam = Call(), camera()
    call.leg(MINA, cam.video(frames), camera=cam)
    call.capture(tmp_path)
    produced = produce(tmp_path).folder
    assert len(pictures(media(produced, "review"))) == 180
    assert max(abs(sound(media(produced, "review")))) == 0


def test_a_camera_may_be_switched_on_late(
    tmp_path: Path, frames: list[bytes], beeps: list[bytes]
) -> None:
    call, mic, cam = Call(), microphone(), camera(at=5.0)
    call.leg(MINA, mic.audio(beeps) + cam.video(frames[:60]), audio=mic, camera=cam)
    call.capture(tmp_path)
    produced = produce(tmp_path).folder
    assert pictures(media(produced, "review"))[0].at == pytest.approx(5.0, abs=0.05)
    assert "does not decode" not in (produced / "manifest.json").read_text()


def test_engineers_picture_is_shown_where_no_customer_has_one(
    tmp_path: Path, frames: list[bytes], beeps: list[bytes]
) -> None:
    call, mic, cam = Call(), microphone(), camera(4000)
    call.joined(MINA, ARVID)
    call.leg(MINA, mic.audio(beeps), audio=mic)
    call.leg(ARVID, cam.video(frames[:60]), camera=cam)
    call.capture(tmp_path)
    produced = produce(tmp_path).folder
    assert len(pictures(media(produced, "review"))) == 60


def test_screen_has_a_file_of_its_own(
    tmp_path: Path, frames: list[bytes], beeps: list[bytes]
) -> None:
    call, mic, cam, shared = Call(), microphone(), camera(), camera(5000)
    shared.at = 3.0
    sent = mic.audio(beeps) + cam.video(frames) + shared.video(frames[:30])
    call.leg(ARVID, sent, audio=mic, camera=cam, screen=shared)
    call.capture(tmp_path)
    produced = produce(tmp_path).folder
    assert len(pictures(media(produced, "participant-arvid"))) == 180
    assert len(pictures(media(produced, "participant-arvid-screen"))) == 30
    person = read_json(produced / "timeline.json")["participants"][0]
    assert person["screen"] == "participant-arvid-screen.webm"
