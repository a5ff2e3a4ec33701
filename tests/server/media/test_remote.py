"""Stories of the media process: the web process speaks to it, loses it, gets a new one."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from recordings.log import Log
from server.media import wire
from server.media.remote import RemotePlane
from sessions.live.media import (
    CodecRefused,
    Kept,
    LegClosed,
    LegConnected,
    LineQuality,
    LoopLag,
    MediaEvent,
    MediaUnavailable,
    PlaneLost,
    SdpRefused,
)
from tests.server.media.conftest import LOOPBACK, ROOM, Call
from tests.server.media.peer import Peer


@pytest.fixture
async def plane() -> AsyncIterator[RemotePlane]:
    plane = await RemotePlane.start(LOOPBACK)
    yield plane
    await plane.stop()


async def test_a_call_through_the_media_process(call: Call, tmp_path: Path) -> None:
    await call.seat("mina", "tao")
    mina = await call.join("mina")
    recorded = await call.plane.record(ROOM, str(tmp_path), {"session": "s"})
    tao = await call.join("tao")
    tao.say(b"good evening")
    await mina.until(lambda: mina.rtp)
    await call.plane.note(ROOM, {"event": "step"})
    await call.until(Kept, lambda event: event.bytes > 0)
    await call.until(LineQuality, lambda event: event.up_bps > 0)
    await call.plane.leave(ROOM, "tao")
    assert (await call.closed(tao)).reason == "left"
    await call.plane.close(ROOM)
    assert (await call.closed(mina)).reason == "left"
    with Log(Path(recorded.path)) as log:
        assert log.head["session"] == "s"
        assert log.head["started_mono_ns"] == recorded.started_mono_ns
        assert log.seal is not None


async def test_refusals_come_through(call: Call, tmp_path: Path) -> None:
    with pytest.raises(SdpRefused) as refused:
        await call.plane.join(ROOM, "tao", "hello")
    assert refused.value.values == {"reason": "it is not SDP"}
    with pytest.raises(CodecRefused):
        await call.plane.join(ROOM, "tao", Peer().offer.replace("VP8", "H264"))
    (tmp_path / "file").touch()
    with pytest.raises(MediaUnavailable):
        await call.plane.record(ROOM, str(tmp_path / "file"), {})


async def test_a_killed_process_is_replaced_on_the_same_port(
    call: Call, plane: RemotePlane
) -> None:
    port, pid = plane.port, plane.pid
    old = await call.join("tao")
    os.kill(pid, signal.SIGKILL)
    await call.until(PlaneLost)
    assert plane.port == port
    while plane.pid is None:
        with pytest.raises(MediaUnavailable):
            await call.plane.join(ROOM, "tao", Peer().offer)
        await plane.leave(ROOM, "tao")  # what ends has ended
        await plane.close(ROOM)
        await asyncio.sleep(0)
    assert plane.pid != pid
    call.peers.remove(old)
    old.vanish()
    await call.seat("mina", "tao")
    mina, tao = await call.join("mina"), await call.join("tao")
    tao.say(b"again")
    await mina.until(lambda: mina.rtp)


async def test_commands_under_way_fail_when_the_process_dies(
    call: Call, plane: RemotePlane
) -> None:
    os.kill(plane.pid, signal.SIGSTOP)
    joins = [asyncio.create_task(plane.join(ROOM, "tao", Peer().offer)) for _ in range(3)]
    leaving = asyncio.create_task(plane.leave(ROOM, "tao"))
    await asyncio.sleep(0)
    os.kill(plane.pid, signal.SIGKILL)
    results = await asyncio.gather(*joins, return_exceptions=True)
    assert [type(result) for result in results] == [MediaUnavailable] * 3
    await leaving


async def test_the_process_ends_by_itself_and_seals(tmp_path: Path) -> None:
    plane = await RemotePlane.start(LOOPBACK)
    pid = plane.pid
    recorded = await plane.record(ROOM, str(tmp_path), {})
    await plane.stop()
    with Log(Path(recorded.path)) as log:
        assert log.seal is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
async def test_what_stops_the_server_is_not_for_the_process(
    name: signal.Signals, call: Call, plane: RemotePlane
) -> None:
    os.kill(plane.pid, name)
    tao = await call.join("tao")
    assert os.getsid(plane.pid) == plane.pid  # the terminal does not reach it either
    await plane.leave(ROOM, "tao")
    await call.closed(tao)


async def test_a_port_that_is_taken_is_told(plane: RemotePlane) -> None:
    with pytest.raises(OSError, match=r"[Aa]ddress"):
        await RemotePlane.start(replace(LOOPBACK, port=plane.port))


async def test_the_watchdog_reports(call: Call) -> None:
    lag = await call.until(LoopLag)
    assert 0 <= lag.p99_ms <= lag.worst_ms


@pytest.mark.parametrize(
    "event",
    [
        LegConnected("r", "p", "l"),
        LegClosed("r", "p", "l", "left"),
        Kept("r", 1, 0.5, 0),
        LineQuality("r", "p", 1, 2, 0.1, 0.2, None),
        LoopLag(1.0, 2.0),
        PlaneLost(),
    ],
)
async def test_events_survive_the_way(event: MediaEvent) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(wire.pack_event(event))
    message = await wire.read(reader)
    assert message is not None
    assert wire.unpack_event(message) == event


async def test_the_end_of_the_wire_is_no_message() -> None:
    for rest in (b"", b"\0\0", b"\0\0\0\x09{}", b"\xff\xff\xff\xff{}"):
        reader = asyncio.StreamReader()
        reader.feed_data(rest)
        reader.feed_eof()
        assert await wire.read(reader) is None


def test_settings_refuse_names() -> None:
    with pytest.raises(ValueError, match=r"media\.example"):
        replace(LOOPBACK, public_addresses=("media.example",))
