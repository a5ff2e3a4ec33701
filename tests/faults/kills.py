"""What is left of a call whose server is killed: how much of it, and whether it can be played."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from recordings.log import Kind, Log
from tests.bench.media import clip
from tests.faults.lab.servers import Server
from tests.faults.talk import Sent, Talk, peer, talking
from tests.server.web.media import connect
from tests.world import Call, Socket

EARLIEST_SECONDS, LATEST_SECONDS = 1.0, 5.0
AFTERWARDS_SECONDS = 1.5
READY_SECONDS = 60
ENDS_SECONDS = 0.5  # how far from its end a file may stop, or be cut
SEEKS = 5


@dataclass(frozen=True)
class Kill:
    """``lost_s`` is how long before the kill the first packet was sent that the log has not;
    ``faults`` say what is wrong with what was produced; empty: nothing."""

    lost_s: float
    faults: list[str]


async def kills(running: Server, count: int, seed: int = 1) -> list[Kill]:
    """So many calls, in each of which the server is killed and started again; both people come
    back to every second one, the others are over then."""
    clip.load()
    chance = random.Random(seed)
    return [
        await _kill(running, chance.uniform(EARLIEST_SECONDS, LATEST_SECONDS), back=nth % 2 == 0)
        for nth in range(count)
    ]


async def _kill(running: Server, after: float, *, back: bool) -> Kill:
    async with running.call() as call, _in_media(call.lin, call.kim, 1) as talks:
        await call.lin.room(lambda room: room["recording"]["state"] == "on")
        await asyncio.sleep(after)
        killed_at = await running.kill()
    sent = [packet for talk in talks for packet in talk.sent if packet.at < killed_at]
    folder = running.settings.recordings_dir / call.session
    lost = killed_at - first_missing(folder / "part-0001.log", sent, killed_at)
    await running.start()
    if back:
        await _come_back(running, call)
    await _end(running, call)
    return Kill(lost, faults(await produced(running, call.session), parts=2 if back else 1))


@asynccontextmanager
async def _in_media(lin: Socket, kim: Socket, turn: int) -> AsyncIterator[list[Talk]]:
    """Both are connected and talk; the customer shows something, too."""
    engineer = await connect(lin, peer(2 * turn))
    customer = await connect(kim, peer(2 * turn + 1))
    talks = [Talk(engineer, shows=False), Talk(customer)]
    try:
        async with talking(*talks):
            yield talks
    finally:
        await engineer.close()
        await customer.close()


async def _come_back(running: Server, call: Call) -> None:
    """As their pages do by themselves, with sockets and connections of a new life."""
    async with AsyncExitStack() as stack:
        lin, kim = await hello_again(running, call, stack)
        async with _in_media(lin, kim, 2):
            await lin.room(lambda room: room["recording"]["state"] == "on")
            await asyncio.sleep(AFTERWARDS_SECONDS)


async def hello_again(running: Server, call: Call, stack: AsyncExitStack) -> tuple[Socket, Socket]:
    """Sockets of both people on the server that was started again."""
    staff = {"side": "staff", "session": call.session}
    lin = await stack.enter_async_context(running.socket(call.lin_browser, hello=staff))
    kim = await stack.enter_async_context(running.socket(call.kim_browser, hello={"side": "guest"}))
    await lin.hear("welcome")
    await kim.hear("welcome")
    return lin, kim


async def _end(running: Server, call: Call) -> None:
    staff = {"side": "staff", "session": call.session}
    async with running.socket(call.lin_browser, hello=staff) as lin:
        await lin.hear("welcome")
        assert (await lin.ask("end"))["type"] == "done"


def first_missing(log: Path, sent: Sequence[Sent], killed_at: float) -> float:
    """When the first packet was sent that the log should have and has not. What was sent before
    the first that it has of a stream was sent before the recording began."""
    kept: dict[int, set[int]] = {}
    with Log(log) as opened:
        records = opened.records()
        rtp = records.kind == Kind.RTP
        for start in records.offset[rtp]:
            packet = opened.data[start : start + 12]
            ssrc, number = int.from_bytes(packet[8:12], "big"), int.from_bytes(packet[2:4], "big")
            kept.setdefault(ssrc, set()).add(number)
        for _, _, _, body in opened.torn_records():
            ssrc, number = int.from_bytes(body[8:12], "big"), int.from_bytes(body[2:4], "big")
            kept.setdefault(ssrc, set()).add(number)
    missing = killed_at
    for ssrc, numbers in kept.items():
        there = [(one.at, one.number & 0xFFFF in numbers) for one in sent if one.ssrc == ssrc]
        begun = next((place for place, (_, is_kept) in enumerate(there) if is_kept), len(there))
        lost = [at for at, is_kept in there[begun:] if not is_kept]
        missing = min([missing, *lost])
    return missing


async def produced(running: Server, session: str) -> Path:
    """The folder of what was produced of a session, once it is ready."""
    program = await running.bearer()
    async with asyncio.timeout(READY_SECONDS):
        while True:
            async with program.get(f"/api/v1/sessions/{session}") as response:
                state = (await response.json())["recording"]
            assert state != "failed", running.log.read_text()
            if state == "ready":
                break
            await asyncio.sleep(0.1)
    return running.settings.recordings_dir / session


def faults(folder: Path, parts: int) -> list[str]:
    """Why what was produced cannot be played, sought in, or read as one timeline."""
    found = []
    timelines = list(folder.rglob("timeline.json"))
    if len(timelines) != 1:
        return [f"{len(timelines)} timelines"]
    timeline: dict[str, Any] = json.loads(timelines[0].read_text())
    logs = len(list(folder.glob("part-*.log")))
    if logs != parts:
        found.append(f"{logs} parts of the log, not {parts}")
    at = [entry["at_ms"] for entry in timeline["entries"]]
    if at != sorted(at):
        found.append("the timeline is out of order")
    for file in timelines[0].parent.glob("*.webm"):
        found += [f"{file.name}: {fault}" for fault in _faults_of(file)]
    return found


def _faults_of(file: Path) -> list[str]:
    """Decode a file from its beginning, and from places all over it."""
    found = []
    with av.open(str(file)) as container:
        if container.duration is None:
            return ["no duration"]
        duration = container.duration / av.time_base
        for kind in {stream.type for stream in container.streams}:
            stream = container.streams.get({kind: 0})[0]
            for nth in range(SEEKS + 1):
                target = duration * nth / (SEEKS + 1)
                container.seek(int(target * av.time_base))
                frame = next(container.decode(stream), None)
                if frame is None or frame.time is None:
                    found.append(f"no {kind} at {target:.1f} s of {duration:.1f} s")
    return found
