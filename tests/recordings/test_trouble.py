"""What is produced when networks, devices and clocks misbehave: everything stays in its place."""

import random
from pathlib import Path
from typing import Any

import pytest

from recordings import capture as capturing
from recordings import writer
from recordings.capture import Capture
from recordings.produce import produce
from tests.recordings.call import ARVID, HEAD, MINA, Call
from tests.recordings.disk import Disk
from tests.recordings.patience import until
from tests.recordings.playback import Seen, media, onsets, pictures, read_json, sound
from tests.recordings.sender import (
    SECOND,
    Sent,
    Shot,
    Source,
    bursts,
    camera,
    deliver,
    described,
    film,
    later,
    microphone,
    speech,
    without,
)

SYNC = 0.04


def recorded(folder: Path, sent: list[Sent], **sources: Source) -> Path:
    """Mina alone sends this; gives the folder of what is produced."""
    call = Call()
    call.joined(MINA)
    call.leg(MINA, sent, **sources)
    call.capture(folder)
    return produce(folder).folder


def off_picture(seen: list[Seen], fps: int = 15) -> float:
    """How far the picture is from its place, in seconds."""
    return max(abs(one.at - one.number / fps) for one in seen)


def off_sound(heard: list[float]) -> float:
    """How far bursts at whole seconds are from their place, in seconds."""
    return max(abs(at - round(at)) for at in heard)


def gaps(produced: Path) -> list[dict[str, Any]]:
    return read_json(produced / "timeline.json")["gaps"]


def test_reordered_and_repeated_packets_change_nothing(
    tmp_path: Path, shot: Shot, beeps: list[bytes]
) -> None:
    mic, cam = microphone(), shot.camera()
    clean = mic.audio(beeps) + cam.video(shot.frames)
    chance = random.Random(1)
    shaken = [one for sent in clean for one in later([sent], chance.random() * 0.6)]
    again = [one for sent in clean[::7] for one in later([sent], chance.random())]
    produced = recorded(tmp_path, shaken + again, audio=mic, camera=cam)
    seen = pictures(media(produced, "review"))
    assert [one.number for one in seen] == list(range(180))
    assert off_picture(seen) < SYNC
    heard = onsets(sound(media(produced, "review")))
    assert len(heard) == 12
    assert off_sound(heard) < SYNC


@pytest.mark.parametrize("file", ["review", "participant-mina"])
def test_a_tenth_of_all_packets_lost_moves_no_sound(
    tmp_path: Path, shot: Shot, beeps: list[bytes], file: str
) -> None:
    mic, cam = microphone(), shot.camera()
    chance = random.Random(2)
    sent = mic.audio(beeps)
    # Not those in which a burst begins: one cannot tell when what is lost began.
    lost = [at for at in range(len(sent)) if at % 50 > 1 and chance.random() < 0.1]
    lossy = without(sent, lost)
    reports = [mic.report(), cam.report()]
    produced = recorded(tmp_path, lossy + cam.video(shot.frames) + reports, audio=mic, camera=cam)
    heard = onsets(sound(media(produced, file)))
    assert len(heard) == 12
    assert off_sound(heard) < SYNC
    assert off_picture(pictures(media(produced, file))) < SYNC


def test_five_seconds_without_sound_move_no_later_sound(
    tmp_path: Path, shot: Shot, beeps: list[bytes]
) -> None:
    mic, cam = microphone(), shot.camera()
    hole = without(mic.audio(beeps), range(175, 425))
    produced = recorded(tmp_path, hole + cam.video(shot.frames), audio=mic, camera=cam)
    for name in ("review", "participant-mina"):
        heard = onsets(sound(media(produced, name)))
        assert [round(at) for at in heard] == [0, 1, 2, 3, 9, 10, 11]
        assert off_sound(heard) < SYNC
    (gap,) = gaps(produced)
    assert (gap["track"], gap["reason"]) == ("audio", "lost")
    assert (gap["from_ms"], gap["to_ms"]) == (
        pytest.approx(3500, abs=30),
        pytest.approx(8500, abs=30),
    )


def test_every_missing_slot_is_a_packet_of_one_byte(tmp_path: Path, beeps: list[bytes]) -> None:
    mic = microphone()
    produced = recorded(tmp_path, without(mic.audio(beeps), [50, 51, 52, 300]), audio=mic)
    tracks = read_json(produced / "manifest.json")["tracks"]
    assert tracks == [
        {"participant": MINA, "track": "audio", "packets": 596, "lost": 4, "filled": 4}
    ]


@pytest.mark.parametrize("which", ["first", "middle", "last"])
def test_an_incomplete_frame_takes_all_up_to_the_next_key_frame_with_it(
    tmp_path: Path, shot: Shot, which: str
) -> None:
    cam = shot.camera(mtu=25)
    sent = cam.video(shot.frames)
    stamps = sorted({one.packet[4:8] for one in sent})
    packets = [at for at, one in enumerate(sent) if one.packet[4:8] == stamps[40]]
    assert len(packets) > 2
    lost = {"first": packets[0], "middle": packets[1], "last": packets[-1]}[which]
    produced = recorded(tmp_path, without(sent, [lost]), camera=cam)
    shown = [one.number for one in pictures(media(produced, "review"))]
    assert shown == [*range(40), *range(60, 180)]
    assert [(gap["track"], gap["reason"]) for gap in gaps(produced)] == [("camera", "lost")]


def test_packets_that_only_pad_are_no_loss(tmp_path: Path, shot: Shot) -> None:
    cam, sent = shot.camera(), []
    for frame in shot.frames:
        sent += cam.video([frame])
        last = sent[-1]
        header = (
            bytes([0xB0, cam.payload_type, *cam.sequence.to_bytes(2, "big")]) + last.packet[4:20]
        )
        sent.append(Sent(last.at_ns, header + bytes(254) + b"\xff"))
        cam.sequence += 1
    produced = recorded(tmp_path, sent, camera=cam)
    assert len(pictures(media(produced, "review"))) == 180


def test_counters_wrap(tmp_path: Path, shot: Shot, beeps: list[bytes]) -> None:
    mic = microphone(sequence=65_400, timestamp=(1 << 32) - 48000 * 5)
    cam = shot.camera(sequence=65_500, timestamp=(1 << 32) - 90000 * 7)
    sent = mic.audio(beeps) + cam.video(shot.frames) + [mic.report(), cam.report()]
    produced = recorded(tmp_path, sent, audio=mic, camera=cam)
    seen = pictures(media(produced, "review"))
    assert len(seen) == 180
    assert off_picture(seen) < 0.01
    assert onsets(sound(media(produced, "review"))) == pytest.approx(range(12), abs=0.01)


@pytest.mark.parametrize("step", [-10.0, 500.0, 1e5])
def test_a_clock_that_is_set_anew_moves_nothing(
    tmp_path: Path, shot: Shot, beeps: list[bytes], step: float
) -> None:
    mic, cam = microphone(), shot.camera()
    sent = mic.audio(beeps[:250]) + cam.video(shot.frames[:90])
    mic.timestamp += round(step * 48000)
    cam.timestamp += round(step * 90000)
    sent += mic.audio(beeps[250:]) + cam.video(shot.frames[90:])
    produced = recorded(tmp_path, sent, audio=mic, camera=cam)
    seen = pictures(media(produced, "review"))
    assert len(seen) == 180
    assert off_picture(seen) < SYNC
    heard = onsets(sound(media(produced, "review")))
    assert len(heard) == 12
    assert off_sound(heard) < SYNC


def test_a_stalled_network_is_not_a_clock_set_anew(
    tmp_path: Path, shot: Shot, beeps: list[bytes]
) -> None:
    mic, cam = microphone(), shot.camera()
    sent = mic.audio(beeps) + cam.video(shot.frames)
    arrival = 7 * SECOND
    stalled = [
        Sent(arrival, one.packet) if 3 * SECOND < one.at_ns < arrival else one for one in sent
    ]
    produced = recorded(tmp_path, stalled, audio=mic, camera=cam)
    assert off_picture(pictures(media(produced, "review"))) < SYNC
    assert off_sound(onsets(sound(media(produced, "review")))) < SYNC


def test_sender_reports_align_sound_that_comes_late(
    tmp_path: Path, shot: Shot, beeps: list[bytes]
) -> None:
    mic, cam = microphone(delay=0.35), shot.camera(delay=0.05)
    reports = [mic.report(), cam.report()]
    sent = reports[:1] + mic.audio(beeps) + reports[1:] + cam.video(shot.frames)
    produced = recorded(tmp_path, sent, audio=mic, camera=cam)
    seen = pictures(media(produced, "review"))
    heard = onsets(sound(media(produced, "review")))
    assert len(heard) == 12
    offset = seen[0].at
    assert max(abs(one.at - offset - one.number / 15) for one in seen) < 0.01
    assert max(abs(at - offset - second) for second, at in enumerate(heard)) < SYNC


def test_a_phone_that_sets_its_clock_moves_nothing(
    tmp_path: Path, shot: Shot, beeps: list[bytes], low_beeps: list[bytes]
) -> None:
    call, mic, cam, other = Call(), microphone(), shot.camera(), microphone(9000)
    sent = []
    for second in range(12):
        offset = 0.0 if second < 5 else -3.0
        sent += mic.audio(beeps[50 * second : 50 * second + 50])
        sent += cam.video(shot.frames[15 * second : 15 * second + 15])
        sent += [mic.report(offset), cam.report(offset)]
    call.leg(MINA, sent, audio=mic, camera=cam)
    call.leg(ARVID, other.audio(low_beeps), audio=other)
    call.capture(tmp_path)
    produced = produce(tmp_path).folder
    assert off_picture(pictures(media(produced, "review"))) < SYNC
    heard = sound(media(produced, "review"))
    assert onsets(heard, 1000) == pytest.approx(range(12), abs=SYNC)
    assert onsets(heard, 600) == pytest.approx(range(12), abs=SYNC)


def test_a_microphone_that_runs_fast_stays_in_sync(tmp_path: Path) -> None:
    seconds, drift = 100, 0.002
    mic, cam = microphone(drift=drift), camera()
    sent = []
    packets, frames = speech(bursts(seconds)), film(seconds, fps=5, key_every=50)
    for second in range(seconds):
        sent += mic.audio(packets[50 * second : 50 * second + 50])
        sent += cam.video(frames[5 * second : 5 * second + 5], fps=5)
        sent += [mic.report(), cam.report()]
    produced = recorded(tmp_path, sent, audio=mic, camera=cam)
    for name in ("review", "participant-mina"):
        heard = onsets(sound(media(produced, name)))
        assert len(heard) == seconds
        assert heard == pytest.approx([at / (1 + drift) for at in range(seconds)], abs=SYNC)
        assert off_picture(pictures(media(produced, name)), fps=5) < SYNC


def test_a_reload_goes_on_in_the_same_file(tmp_path: Path, shot: Shot, beeps: list[bytes]) -> None:
    call = Call()
    call.joined(MINA)
    mic, cam = microphone(), shot.camera()
    call.leg(MINA, mic.audio(beeps[:200]) + cam.video(shot.frames[:60]), audio=mic, camera=cam)
    mic, cam = microphone(7000, at=8.0, timestamp=99), shot.camera(8000, at=8.0, timestamp=77)
    sent = mic.audio(beeps[400:]) + cam.video(shot.frames[120:])
    call.leg(MINA, sent, audio=mic, camera=cam)
    call.capture(tmp_path)
    produced = produce(tmp_path).folder
    for name in ("review", "participant-mina"):
        seen = pictures(media(produced, name))
        assert [one.number for one in seen] == [*range(60), *range(120, 180)]
        assert off_picture(seen) < SYNC
        heard = onsets(sound(media(produced, name)))
        assert [round(at) for at in heard] == [0, 1, 2, 3, 8, 9, 10, 11]
        assert off_sound(heard) < SYNC
    assert {gap["reason"] for gap in gaps(produced)} == {"reconnected"}


def test_a_connection_made_before_the_old_one_ends_is_preferred(
    tmp_path: Path, shot: Shot, beeps: list[bytes]
) -> None:
    call = Call()
    mic, cam = microphone(), shot.camera()
    call.leg(MINA, mic.audio(beeps[:350]) + cam.video(shot.frames[:100]), audio=mic, camera=cam)
    mic, cam = microphone(7000, at=6.0), shot.camera(8000, at=6.0)
    call.leg(MINA, mic.audio(beeps[300:]) + cam.video(shot.frames[90:]), audio=mic, camera=cam)
    call.capture(tmp_path)
    produced = produce(tmp_path).folder
    seen = pictures(media(produced, "review"))
    assert [one.number for one in seen] == list(range(180))
    assert off_picture(seen) < SYNC
    heard = onsets(sound(media(produced, "participant-mina")))
    assert len(heard) == 12
    assert off_sound(heard) < SYNC
    assert gaps(produced) == []


def test_the_picture_size_may_change(tmp_path: Path, shot: Shot, beeps: list[bytes]) -> None:
    mic, cam = microphone(), shot.camera()
    sent = cam.video(Shot.of(shot.codec, 3).frames)
    sent += cam.video(Shot.of(shot.codec, 3, size=(128, 192), first=45).frames)
    produced = recorded(tmp_path, sent + mic.audio(beeps[:300]), audio=mic, camera=cam)
    seen = pictures(media(produced, "review"))
    assert [one.size for one in seen] == [(192, 128)] * 45 + [(128, 192)] * 45
    assert [one.number for one in seen] == list(range(90))
    assert off_picture(seen) < SYNC


def test_muted_and_paused_sound_keeps_its_place(
    tmp_path: Path, frames: list[bytes], beeps: list[bytes]
) -> None:
    call, mic, cam = Call(), microphone(), camera()
    call.joined(MINA)
    sent = mic.audio(beeps[:150])
    mic.silent(4.0)
    sent += mic.audio(beeps[350:])
    call.leg(MINA, sent + cam.video(frames), audio=mic, camera=cam)
    call.note(2.95, "muted", participant=MINA, track="audio")
    call.note(7.0, "unmuted", participant=MINA, track="audio")
    call.capture(tmp_path)
    produced = produce(tmp_path).folder
    heard = onsets(sound(media(produced, "participant-mina")))
    assert [round(at) for at in heard] == [0, 1, 2, 7, 8, 9, 10, 11]
    assert off_sound(heard) < SYNC
    assert [(gap["track"], gap["reason"]) for gap in gaps(produced)] == [("audio", "muted")]


def test_what_the_disk_did_not_take_is_a_gap_that_says_so(
    tmp_path: Path, shot: Shot, beeps: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    mic, cam = microphone(), shot.camera()
    seconds = [
        mic.audio(beeps[50 * at : 50 * at + 50]) + cam.video(shot.frames[15 * at : 15 * at + 15])
        for at in range(12)
    ]
    most = max(sum(len(one.packet) for one in sent) for sent in seconds)
    monkeypatch.setattr(capturing, "VIDEO_QUEUE_BYTES", most)
    monkeypatch.setattr(writer, "WRITE_SECONDS", 0.01)
    disk = Disk(monkeypatch)
    capture = Capture.begin(tmp_path, HEAD)
    capture.leg(1, described(MINA, audio=mic, camera=cam))
    for at, sent in enumerate(seconds):
        disk.failures = 1 << 30 if 4 <= at < 8 else 0
        if not disk.failures:
            until(lambda: not capture.backlog)
        deliver(capture, {1: sent})
    capture.seal()
    assert capture.dropped
    produced = produce(tmp_path).folder
    (gap,) = gaps(produced)
    assert (gap["track"], gap["reason"]) == ("camera", "disk")
    assert 4000 <= gap["from_ms"] < 6000
    assert gap["to_ms"] == pytest.approx(8000, abs=40)
    heard = onsets(sound(media(produced, "review")))
    assert heard == pytest.approx(range(12), abs=SYNC)


def test_a_source_that_nobody_announced_is_found_by_its_payload_type(
    tmp_path: Path, shot: Shot
) -> None:
    announced, real = shot.camera(1), shot.camera(2)
    produced = recorded(tmp_path, real.video(shot.frames), camera=announced)
    assert len(pictures(media(produced, "review"))) == 180


def test_junk_in_the_log_harms_nothing_else(tmp_path: Path, shot: Shot, beeps: list[bytes]) -> None:
    mic, cam = microphone(), shot.camera()
    good = mic.audio(beeps) + cam.video(shot.frames)
    chance = random.Random(3)
    head = bytes([0x90, cam.payload_type, 0, 1, 0, 0, 0, 0]) + (2000).to_bytes(4, "big")
    junk = [
        Sent(one.at_ns, chance.choice([b"", b"\x80", head, head + b"\xbe\xde\xff\xff", b"\0" * 40]))
        for one in good[::20]
    ]
    broken_report = Sent(0, b"\x80\xc8\x00\xff" + bytes(20), rtcp=True)
    produced = recorded(tmp_path, [*good, *junk, broken_report], audio=mic, camera=cam)
    heard = onsets(sound(media(produced, "review")))
    assert len(heard) == 12
    assert off_sound(heard) < SYNC


@pytest.mark.parametrize(
    "header",
    [
        bytes(7),
        b"\x9d\x01\x2a" + bytes(4),
        b"\x9d\x01\x2a\xff\x3f\xff\x3f",
        b"\x9d\x01\x2a\xc0\0\x80\0",
    ],
    ids=["no start code", "no size", "too large", "no content"],
)
def test_what_is_no_vp8_is_no_picture(
    tmp_path: Path, frames: list[bytes], beeps: list[bytes], header: bytes
) -> None:
    mic, cam = microphone(), camera()
    broken = [b"\x10\0\0" + header for _ in frames]
    produced = recorded(tmp_path, mic.audio(beeps) + cam.video(broken), audio=mic, camera=cam)
    assert onsets(sound(media(produced, "review"))) == pytest.approx(range(12), abs=SYNC)
    assert read_json(produced / "timeline.json")["thumbnails"] == []


def test_a_damaged_key_frame_takes_its_group_with_it(tmp_path: Path, frames: list[bytes]) -> None:
    cam = camera()
    damaged = [*frames[:60], frames[60][:3] + bytes(3) + frames[60][6:], *frames[61:]]
    produced = recorded(tmp_path, cam.video(damaged), camera=cam)
    shown = [one.number for one in pictures(media(produced, "review"))]
    assert shown == [*range(60), *range(90, 180)]


def test_parts_lie_on_one_timeline(tmp_path: Path, shot: Shot, beeps: list[bytes]) -> None:
    first, second = Call(), Call()
    first.joined(MINA)
    mic, cam = microphone(), shot.camera()
    first.leg(MINA, mic.audio(beeps[:200]) + cam.video(shot.frames[:60]), audio=mic, camera=cam)
    mic.silent(3.0)
    cam.silent(4.0)
    second.joined(MINA)
    second.leg(MINA, mic.audio(beeps[350:]) + cam.video(shot.frames[120:]), audio=mic, camera=cam)
    base = first.capture(tmp_path).started_mono_ns
    second.capture(tmp_path, base)
    produced = produce(tmp_path).folder
    heard = onsets(sound(media(produced, "review")))
    assert [round(at) for at in heard] == [0, 1, 2, 3, 7, 8, 9, 10, 11]
    assert off_sound(heard) < SYNC
    assert off_picture(pictures(media(produced, "review"))) < SYNC
    timeline = read_json(produced / "timeline.json")
    assert {gap["reason"] for gap in timeline["gaps"]} == {"paused"}
    assert [part["file"] for part in timeline["parts"]] == ["part-0001.log", "part-0002.log"]


def test_parts_of_two_runs_of_the_machine_are_placed_by_the_wall_clock(
    tmp_path: Path, beeps: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Call(), Call()
    mic = microphone()
    first.leg(MINA, mic.audio(beeps[:200]), audio=mic)
    began = first.capture(tmp_path)
    again = microphone(2222)
    second.leg(MINA, again.audio(beeps[:200]), audio=again)
    wall = began.started_wall_ns + 8 * SECOND
    with monkeypatch.context() as patch:
        patch.setattr(capturing, "boot_id", lambda: "another run")
        patch.setattr(capturing.time, "monotonic_ns", lambda: 30 * SECOND)
        patch.setattr(capturing.time, "time_ns", lambda: wall)
        second.capture(tmp_path)
    heard = onsets(sound(media(produce(tmp_path).folder, "review")))
    assert heard == pytest.approx([0, 1, 2, 3, 8, 9, 10, 11], abs=SYNC)


def test_two_people_on_two_clocks_meet(
    tmp_path: Path, beeps: list[bytes], low_beeps: list[bytes]
) -> None:
    call = Call()
    mic, other = microphone(), microphone(9000)
    call.leg(MINA, [*mic.audio(beeps), mic.report(ntp_offset=-86_400)], audio=mic)
    call.leg(ARVID, [*other.audio(low_beeps), other.report(ntp_offset=3.5)], audio=other)
    call.capture(tmp_path)
    heard = sound(media(produce(tmp_path).folder, "review"))
    assert onsets(heard, 1000) == pytest.approx(range(12), abs=SYNC)
    assert onsets(heard, 600) == pytest.approx(range(12), abs=SYNC)
