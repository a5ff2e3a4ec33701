"""Capture: every packet reaches the disk, and no disk can hold up a call."""

import errno
import os
import threading
from pathlib import Path

import pytest

from recordings import capture as capturing
from recordings import writer
from recordings.capture import Capture
from recordings.log import Kind, Log
from recordings.salvage import seal_unsealed
from recordings.verify import verify
from tests.recordings.disk import Disk
from tests.recordings.patience import PATIENCE, until
from tests.recordings.sender import camera, described, microphone

AUDIO = bytes([0x90, 111]) + bytes(100)
VIDEO = bytes([0x90, 96]) + bytes(1100)


def bodies(path: Path, kind: Kind) -> list[bytes]:
    with Log(path) as log:
        records = log.records()
        which = (records.kind == kind).nonzero()[0]
        return [
            log.data[records.offset[at] : records.offset[at] + records.length[at]] for at in which
        ]


def test_everything_is_read_as_it_was_written(tmp_path: Path) -> None:
    capture = Capture.begin(tmp_path / "session", {"session": "s", "ticket": "SR-2026-0001"})
    capture.leg(1, described("mina", audio=microphone(), camera=camera()))
    capture.rtp(1, AUDIO, 1_000)
    capture.rtp(1, VIDEO, 2_000)
    capture.rtcp(1, b"\x80\xc8", 3_000)
    capture.note({"event": "joined", "name": "Mīna 미나"}, 4_000)
    capture.leg_gone(1, "left")
    capture.seal()
    with Log(capture.path) as log:
        kinds = [Kind.HEAD, Kind.LEG, Kind.RTP, Kind.RTP, Kind.RTCP, Kind.NOTE, Kind.LEG_GONE]
        records = log.records()
        assert records.kind.tolist() == [*kinds, Kind.SEAL]
        assert records.mono_ns.tolist()[2:6] == [1_000, 2_000, 3_000, 4_000]
        assert log.head["ticket"] == "SR-2026-0001"
        assert log.head["boot_id"] == capturing.boot_id()
        assert log.head["started_mono_ns"] == capture.started_mono_ns
        assert [r.value["name"] for r in log.json_records(Kind.NOTE)] == ["Mīna 미나"]
        assert [r.value for r in log.json_records(Kind.LEG_GONE)] == [{"reason": "left"}]
        assert log.seal is not None
        assert log.seal["reason"] == "sealed"
    assert bodies(capture.path, Kind.RTP) == [AUDIO, VIDEO]
    assert capture.bytes_on_disk == capture.path.stat().st_size


def test_each_capture_of_a_session_is_a_part(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        capture = Capture.begin(tmp_path, {})
        capture.seal()
        assert capture.path.name == f"part-000{number}.log"


def test_head_is_on_the_disk_when_capture_begins(tmp_path: Path) -> None:
    capture = Capture.begin(tmp_path, {"session": "s"})
    with Log(capture.path) as log:
        assert log.head["session"] == "s"
    assert capture.bytes_on_disk == capture.path.stat().st_size
    capture.seal()


def test_packets_reach_the_disk_while_capture_runs(tmp_path: Path) -> None:
    capture = Capture.begin(tmp_path, {})
    before, grown = capture.bytes_on_disk, capture.last_growth_mono_ns
    capture.rtp(1, VIDEO, 1)
    until(lambda: capture.bytes_on_disk > before + len(VIDEO))
    assert capture.last_growth_mono_ns > grown
    assert bodies(capture.path, Kind.RTP) == [VIDEO]
    capture.seal()


def test_sealing_twice_is_sealing_once(tmp_path: Path) -> None:
    capture = Capture.begin(tmp_path, {})
    capture.seal()
    size = capture.path.stat().st_size
    capture.rtp(1, AUDIO, 1)
    capture.note({"event": "late"}, 2)
    assert capture.backlog == 0
    capture.seal()
    assert capture.path.stat().st_size == size
    assert verify(capture.path).whole


def test_notes_of_any_content_are_kept(tmp_path: Path) -> None:
    capture = Capture.begin(tmp_path, {})
    capture.note({"event": "odd", "path": Path("x"), "text": "\ud800"}, 1)
    capture.seal()
    with Log(capture.path) as log:
        (note,) = log.json_records(Kind.NOTE)
    assert note.value["path"] == "x"


def test_captures_that_share_a_writer_do_not_share_their_troubles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "WRITE_SECONDS", 0.01)
    shared = writer.Writer()
    one, other = (Capture.begin(tmp_path / name, {}, shared) for name in ("one", "other"))
    one.rtp(1 << 16, VIDEO, 1)  # no leg has such a number: it cannot be written down
    other.rtp(1, VIDEO, 1)
    until(lambda: bodies(other.path, Kind.RTP) == [VIDEO])
    one.rtp(1, VIDEO, 2)
    for capture in (one, other):
        capture.seal()
    assert bodies(one.path, Kind.RTP) == [VIDEO]
    later = Capture.begin(tmp_path / "one", {}, shared)
    later.seal()
    assert verify(later.path).whole


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    monkeypatch.setattr(writer, "WRITE_SECONDS", 0.01)
    return Disk(monkeypatch)


def test_a_stalled_disk_never_stalls_the_call_and_costs_video_before_audio(
    tmp_path: Path, disk: Disk
) -> None:
    capture = Capture.begin(tmp_path, {})
    capture.leg(1, described("mina", audio=microphone(), camera=camera()))
    disk.hold()
    capture.rtp(1, VIDEO, 0)
    assert disk.held.wait(PATIENCE)
    most = capturing.QUEUE_BYTES // len(VIDEO) + 1000
    for at in range(most):
        capture.rtp(1, VIDEO, at + 1)
        if at % 4 == 0:
            capture.rtp(1, AUDIO, at + 1)
    capture.note({"event": "step"}, most)
    assert capture.dropped > 0
    assert capture.backlog <= capturing.QUEUE_BYTES
    disk.free.set()
    capture.seal()
    kept = bodies(capture.path, Kind.RTP)
    assert kept.count(AUDIO) == len(range(0, most, 4))
    assert kept.count(VIDEO) == most + 1 - capture.dropped
    with Log(capture.path) as log:
        lost = [record.value for record in log.json_records(Kind.LOST)]
        assert [r.value["event"] for r in log.json_records(Kind.NOTE)] == ["step"]
        assert log.seal is not None
        assert log.seal["dropped"] == capture.dropped
    assert sum(loss["video"] for loss in lost) == capture.dropped
    assert sum(loss["audio"] for loss in lost) == 0
    assert lost[-1]["to_mono_ns"] == most
    assert verify(capture.path).whole


def test_a_queue_full_of_sound_is_bounded_too(tmp_path: Path, disk: Disk) -> None:
    capture = Capture.begin(tmp_path, {})
    capture.leg(1, described("mina", audio=microphone()))
    disk.hold()
    for at in range(capturing.QUEUE_BYTES // len(AUDIO) + 100):
        capture.rtp(1, AUDIO, at)
    assert capture.backlog <= capturing.QUEUE_BYTES
    assert capture.dropped > 0
    disk.free.set()
    capture.seal()
    with Log(capture.path) as log:
        lost = [record.value["audio"] for record in log.json_records(Kind.LOST)]
    assert sum(lost) == capture.dropped


def test_a_disk_that_is_full_for_a_while_costs_nothing(tmp_path: Path, disk: Disk) -> None:
    capture = Capture.begin(tmp_path, {})
    disk.failures = 3
    for at in range(50):
        capture.rtp(1, VIDEO, at)
    assert disk.failed.wait(PATIENCE)
    capture.seal()
    assert bodies(capture.path, Kind.RTP) == [VIDEO] * 50
    assert verify(capture.path).whole


def test_what_is_wrong_with_the_disk_is_told_as_long_as_it_is(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "SYNC_SECONDS", 0.01)
    monkeypatch.setattr(capturing, "SLOW_NS", 300_000_000)
    capture = Capture.begin(tmp_path, {})
    assert capture.trouble is None
    for number, trouble in ((errno.ENOSPC, "full"), (errno.EDQUOT, "full"), (errno.EIO, "failing")):
        disk.error, disk.failures = number, 1 << 30
        capture.rtp(1, VIDEO, 1)
        until(lambda wanted=trouble: capture.trouble == wanted)
        disk.failures = 0
        until(lambda: capture.trouble is None)
    disk.hold()
    capture.rtp(1, VIDEO, 2)
    until(lambda: capture.trouble == "slow")
    disk.free.set()
    until(lambda: capture.trouble is None)
    capture.seal()
    assert capture.trouble is None
    assert capture.dropped == 0
    assert bodies(capture.path, Kind.RTP) == [VIDEO] * 4


def test_a_disk_that_takes_but_does_not_keep_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "SYNC_SECONDS", 0.01)
    capture = Capture.begin(tmp_path, {})
    sync, works = os.fdatasync, threading.Event()

    def refusing(fd: int) -> None:
        if not works.is_set():
            raise OSError(errno.EIO, "Input/output error")
        sync(fd)

    monkeypatch.setattr(os, "fdatasync", refusing)
    capture.rtp(1, VIDEO, 1)
    until(lambda: capture.trouble == "failing")
    assert capture.bytes_on_disk < capture.path.stat().st_size
    works.set()
    until(lambda: capture.trouble is None)
    capture.seal()
    assert capture.bytes_on_disk == capture.path.stat().st_size


def test_a_quiet_call_is_no_slow_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "SYNC_SECONDS", 0.01)
    monkeypatch.setattr(capturing, "SLOW_NS", 0)
    capture = Capture.begin(tmp_path, {})
    capture.rtp(1, VIDEO, 1)
    until(lambda: capture.bytes_on_disk > len(VIDEO))
    assert capture.trouble is None
    capture.seal()


def test_a_disk_that_stays_full_leaves_a_log_that_can_be_salvaged(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capturing, "SEAL_PATIENCE_SECONDS", 0.05)
    capture = Capture.begin(tmp_path, {})
    capture.rtp(1, AUDIO, 1)
    until(lambda: bodies(capture.path, Kind.RTP) == [AUDIO])
    disk.failures = 1 << 30
    capture.rtp(1, AUDIO, 2)
    capture.seal()
    assert not capture.sealed
    disk.failures = 0
    assert seal_unsealed(capture.path)
    assert bodies(capture.path, Kind.RTP)[0] == AUDIO
    assert verify(capture.path).whole
