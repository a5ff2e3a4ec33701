"""The log: any change of it is found, and what a crash leaves of it is kept."""

import random
from functools import partial
from pathlib import Path

import pytest

from recordings.capture import Capture
from recordings.log import MAGIC, Kind, Log, LogUnreadable
from recordings.produce import produce
from recordings.salvage import LogBusy, seal_parts, seal_unsealed
from recordings.verify import verify
from tests.recordings.call import ARVID, MINA, Call
from tests.recordings.patience import until
from tests.recordings.playback import media, onsets, pictures, read_json, sound
from tests.recordings.sender import Shot, microphone


def grown(path: Path, before: int) -> bool:
    return path.stat().st_size > before


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small log of several chunks, as bytes."""
    capture = Capture.begin(tmp_path_factory.mktemp("log"), {"session": "s"})
    for number in range(3):
        capture.rtp(1, bytes([0x80, 111, 0, number]) + bytes(20), number)
        until(partial(grown, capture.path, capture.path.stat().st_size))
    capture.note({"event": "step", "number": 1}, 7)
    capture.seal()
    return capture.path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "part-0001.log"


def chunk_ends(data: bytes, path: Path) -> list[int]:
    path.write_bytes(data)
    with Log(path) as whole:
        return [chunk.end for chunk in whole.chunks]


def test_an_untouched_log_is_whole(log: bytes, path: Path) -> None:
    path.write_bytes(log)
    found = verify(path)
    assert found.whole
    assert found.reason == "sealed"
    assert found.records == 6
    assert found.chain == log[-32:].hex()


def test_every_changed_byte_is_found(log: bytes, path: Path) -> None:
    for at in range(len(log)):
        changed = bytearray(log)
        changed[at] ^= 0x10
        path.write_bytes(changed)
        assert not verify(path).whole, f"byte {at}"


def test_removed_repeated_and_added_chunks_are_found(log: bytes, path: Path) -> None:
    ends = chunk_ends(log, path)
    middle = log[ends[1] : ends[2]]
    changes = [
        log.replace(middle, b""),
        log[: ends[2]] + middle + log[ends[2] :],
        log + middle,
        log + b"x",
        log[: ends[-2]],
        b"",
    ]
    for changed in changes:
        path.write_bytes(changed)
        assert not verify(path).whole


def test_there_is_no_log_to_verify(path: Path) -> None:
    with pytest.raises(LogUnreadable):
        verify(path)


def test_a_log_cut_at_any_byte_is_recovered(log: bytes, path: Path) -> None:
    ends = chunk_ends(log, path)
    torn = path.with_suffix(".torn")
    for cut in range(len(log)):
        path.write_bytes(log[:cut])
        torn.unlink(missing_ok=True)
        assert seal_unsealed(path)
        found = verify(path)
        assert found.whole, f"cut at {cut}: {found.problems}"
        assert found.reason == "recovered"
        kept = max([end for end in ends if end <= cut], default=0)
        assert path.read_bytes()[:kept] == log[:kept]
        tail = log[max(kept, 16 if cut >= 16 else 0) : cut]
        if kept and tail:
            assert torn.read_bytes() == tail
        assert not seal_unsealed(path)


def test_whole_records_of_a_torn_chunk_are_kept(tmp_path: Path, path: Path) -> None:
    capture = Capture.begin(tmp_path, {})
    packets = [bytes([0x80, 111, 0, n]) + bytes(50) for n in range(20)]
    for packet in packets:
        capture.rtp(1, packet, 1)
    capture.seal()
    data = path.read_bytes()
    cut = data.index(packets[12]) + 10
    path.write_bytes(data[:cut])
    assert seal_unsealed(path)
    with Log(path) as log:
        records = log.records()
        rtp = (records.kind == Kind.RTP).nonzero()[0]
        assert len(rtp) == 12
    assert verify(path).whole


def test_pages_of_zeros_after_a_power_cut_are_no_chunk(log: bytes, path: Path) -> None:
    ends = chunk_ends(log, path)
    path.write_bytes(log[: ends[3]] + bytes(5000))
    assert seal_unsealed(path)
    assert verify(path).whole


def test_what_was_torn_is_never_overwritten(log: bytes, path: Path) -> None:
    for cut in (len(log) - 10, len(log) - 20):
        path.write_bytes(log[:cut])
        seal_unsealed(path)
    assert len(list(path.parent.glob("part-0001.torn*"))) == 2


def test_a_log_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    capture = Capture.begin(tmp_path, {})
    with pytest.raises(LogBusy):
        seal_unsealed(capture.path)
    capture.seal()
    assert not seal_unsealed(capture.path)


def test_a_log_without_its_end_is_produced(tmp_path: Path, beeps: list[bytes], path: Path) -> None:
    call, mic = Call(), microphone()
    call.leg(MINA, mic.audio(beeps), audio=mic)
    call.capture(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    assert seal_unsealed(path)
    produced = produce(tmp_path)
    assert produced.manifest["parts"][0]["reason"] == "recovered"
    heard = onsets(sound(produced.folder / "review.webm"))
    assert heard == pytest.approx(range(len(heard)), abs=0.04)
    assert len(heard) >= 7


def test_an_empty_part_after_a_crash_harms_nothing(tmp_path: Path, beeps: list[bytes]) -> None:
    for number in (1, 3):
        (tmp_path / f"part-000{number}.log").touch()
    call, mic = Call(), microphone()
    call.leg(MINA, mic.audio(beeps), audio=mic)
    call.capture(tmp_path).path.rename(tmp_path / "part-0002.log")
    assert seal_unsealed(tmp_path / "part-0003.log")
    produced = produce(tmp_path)
    assert read_json(produced.folder / "timeline.json")["ticket"] == "SR-2026-0001"
    assert onsets(sound(produced.folder / "review.webm")) == pytest.approx(range(12), abs=0.01)


@pytest.mark.parametrize("lost", ["end", "head", "all"])
def test_every_part_that_lost_something_is_salvaged(
    tmp_path: Path, shot: Shot, beeps: list[bytes], lost: str
) -> None:
    base = None
    for number in range(3):
        call, mic, cam = Call(), microphone(at=4.0 * number), shot.camera(at=4.0 * number)
        spoken, seen = slice(200 * number, 200 * number + 200), slice(60 * number, 60 * number + 60)
        call.joined(MINA)
        sent = mic.audio(beeps[spoken]) + cam.video(shot.frames[seen])
        call.leg(MINA, sent, audio=mic, camera=cam)
        begun = call.capture(tmp_path, base)
        base = base or begun.started_mono_ns
    _, second, third = sorted(tmp_path.glob("part-*.log"))
    data = second.read_bytes()
    head = chunk_ends(data, tmp_path / "copy")[0]
    cut = {
        "end": data[: len(data) * 2 // 3],
        "head": data[: len(MAGIC)] + bytes(head - len(MAGIC)) + data[head : len(data) * 2 // 3],
        "all": data[: head // 2],
    }
    second.write_bytes(cut[lost])
    third.write_bytes(third.read_bytes()[:-20])

    assert seal_parts(tmp_path)
    assert not seal_parts(tmp_path)
    produced = produce(tmp_path)
    reasons = [part["reason"] for part in produced.manifest["parts"]]
    assert reasons == ["sealed", "recovered", "recovered"]
    numbers = [one.number for one in pictures(media(produced.folder, "review"))]
    between = [number for number in numbers if 60 <= number < 120]
    assert numbers == [*range(60), *between, *range(120, 180)]
    assert between == list(range(60, 60 + len(between)))
    assert (len(between) > 20) == (lost != "all")
    assert not any(check["problems"] for check in produced.manifest["checks"])


def test_damaged_records_are_left_out_and_told(
    tmp_path: Path, beeps: list[bytes], low_beeps: list[bytes], path: Path
) -> None:
    call, mic, other = Call(), microphone(), microphone(3000)
    call.leg(MINA, mic.audio(beeps), audio=mic)
    call.leg(ARVID, other.audio(low_beeps), audio=other)
    call.capture(tmp_path)
    data = bytearray(path.read_bytes())
    chance = random.Random(5)
    with Log(path) as log:
        records = log.records()
        rtp = (records.kind == Kind.RTP).nonzero()[0].tolist()
        hit = chance.sample(rtp[200:-200], 10)
        for at in hit:
            data[int(records.offset[at]) + 5] ^= 0xFF  # the timestamp
    path.write_bytes(data)
    assert len(verify(path).damaged) == 10
    produced = produce(tmp_path)
    problems = produced.manifest["parts"][0]["problems"]
    assert sum("is damaged" in problem for problem in problems) == 10
    heard = onsets(sound(produced.folder / "participant-mina.webm"))
    assert heard == pytest.approx(range(12), abs=0.04)
    tracks = read_json(produced.folder / "manifest.json")["tracks"]
    assert sum(track["filled"] for track in tracks) == 10
