"""Stories of recording: what the plane sees to it is kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from recordings import capture as capturing
from recordings import writer
from recordings.log import JsonRecord, Kind, Log
from recordings.verify import verify
from server.media import recorder, rtcp
from sessions.live.media import Kept, MediaUnavailable, Recorded
from tests.recordings.disk import Disk
from tests.server.media.conftest import ROOM, Call
from tests.server.media.offers import OPUS, VP8, Line
from tests.server.media.peer import KEYFRAME, Peer, write_rtp


@dataclass
class Packet:
    leg: int
    body: bytes


def packets(recorded: Recorded, kind: Kind) -> list[Packet]:
    """The packets of one kind in a log, in order."""
    with Log(Path(recorded.path)) as log:
        found = log.records()
        rows = zip(found.kind, found.leg, found.offset, found.length, strict=True)
        return [Packet(int(g), log.data[o : o + n]) for k, g, o, n in rows if k == kind]


def notes(recorded: Recorded, kind: Kind) -> list[JsonRecord]:
    """The JSON records of one kind in a log, in order."""
    with Log(Path(recorded.path)) as log:
        return list(log.json_records(kind))


def values(recorded: Recorded, kind: Kind) -> list[dict[str, Any]]:
    return [record.value for record in notes(recorded, kind)]


async def test_every_packet_is_kept_as_it_came(call: Call, tmp_path: Path) -> None:
    tao = await call.join("tao")
    recorded = await call.plane.record(ROOM, str(tmp_path / "session"), {"session": "s"})
    await tao.until(lambda: tao.plis(1002))  # the capture begins with a keyframe
    jun = await call.join("jun")
    tao.show(KEYFRAME)
    tao.show(b"", padding=50)
    tao.send_rtcp(rtcp.sender_report(1002, 1, 2, 3, 4) + rtcp.description(1002, "x"))
    tao.send_rtcp(rtcp.receiver_report(1, []))
    jun.say(b"jun")
    kept = await call.until(Kept, lambda event: event.bytes > 1000)
    assert kept.dropped == 0
    await call.plane.note(ROOM, {"event": "step"})
    await call.plane.leave(ROOM, "jun")
    await call.plane.stop_recording(ROOM)
    await call.plane.note(ROOM, {"event": "after the end"})

    first, second = notes(recorded, Kind.LEG)
    assert [first.value["participant"], second.value["participant"]] == ["tao", "jun"]
    assert first.value["tracks"][1] == {
        "kind": "camera",
        "ssrc": 1002,
        "payload_type": VP8,
        "codec": "vp8",
        "clock_rate": 90_000,
    }
    shown, padding, said = packets(recorded, Kind.RTP)
    assert (shown.leg, padding.leg, said.leg) == (first.leg, first.leg, second.leg)
    assert shown.body.endswith(KEYFRAME)
    assert said.body.endswith(b"jun")
    assert [packet.leg for packet in packets(recorded, Kind.RTCP)] == [first.leg]
    assert values(recorded, Kind.NOTE) == [{"event": "step"}]
    assert values(recorded, Kind.LEG_GONE)[0] == {"reason": "left"}
    assert verify(Path(recorded.path)).whole


async def test_who_reloads_is_kept_on(call: Call, tmp_path: Path) -> None:
    old = await call.join("tao")
    recorded = await call.plane.record(ROOM, str(tmp_path), {})
    old.say(b"before")
    new = await call.join("tao")
    assert (await call.closed(old)).reason == "replaced"
    new.say(b"after")
    await call.until(Kept, lambda event: event.bytes > 1000)
    await call.plane.close(ROOM)
    assert [packet.body[-6:] for packet in packets(recorded, Kind.RTP)] == [b"before", b"\0after"]
    assert values(recorded, Kind.LEG_GONE)[0] == {"reason": "replaced"}


async def test_a_second_recording_is_a_second_part(call: Call, tmp_path: Path) -> None:
    first = await call.plane.record(ROOM, str(tmp_path), {})
    second = await call.plane.record(ROOM, str(tmp_path), {})
    await call.plane.close(ROOM)
    assert [Path(r.path).name for r in (first, second)] == ["part-0001.log", "part-0002.log"]
    assert verify(Path(first.path)).whole
    assert verify(Path(second.path)).whole


async def test_a_disk_that_refuses_is_told(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MediaUnavailable):
        await call.plane.record(ROOM, str(tmp_path / "file"), {})


async def test_a_disk_that_is_full_is_told_until_it_is_not(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tao = await call.join("tao")
    await call.plane.record(ROOM, str(tmp_path), {})
    monkeypatch.setattr(writer, "WRITE_SECONDS", 0.01)
    disk = Disk(monkeypatch)
    disk.failures = 1 << 30
    tao.show(KEYFRAME)
    full = await call.until(Kept, lambda event: event.trouble == "full")
    disk.failures = 0
    kept = await call.until(Kept, lambda event: event.bytes > full.bytes)
    assert (kept.trouble, kept.dropped) == (None, 0)


async def test_after_a_loss_the_picture_begins_anew(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capturing, "VIDEO_QUEUE_BYTES", 10 * len(KEYFRAME))
    monkeypatch.setattr(recorder, "REFRESH_NS", 1 << 62)
    tao = await call.join("tao")
    await call.plane.record(ROOM, str(tmp_path), {})
    await tao.until(lambda: tao.plis(1002))
    before = tao.plis(1002)
    disk = Disk(monkeypatch)
    disk.failures = 1 << 30
    for _ in range(40):
        tao.show(KEYFRAME)
    await call.until(Kept, lambda event: event.dropped > 0)
    await tao.until(lambda: tao.plis(1002) > before)


async def test_a_stream_that_is_learned_late_is_kept_too(call: Call, tmp_path: Path) -> None:
    recorded = await call.plane.record(ROOM, str(tmp_path), {})
    tao = await call.join("tao", Peer([Line("audio", "sendonly")]))
    tao.send(write_rtp(OPUS, 1, 0, 71, b"learned"))
    tao.send_rtcp(rtcp.sender_report(71, 1, 2, 3, 4))
    await call.until(Kept, lambda event: event.bytes > 600)
    await call.plane.stop_recording(ROOM)
    assert [len(value["tracks"]) for value in values(recorded, Kind.LEG)] == [0, 1]
    (packet,) = packets(recorded, Kind.RTP)
    assert packet.body.endswith(b"learned")
