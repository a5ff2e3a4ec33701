"""What a server keeps of calls that are over: memory, open files, threads."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.faults.kills import produced
from tests.faults.lab.servers import Server
from tests.faults.talk import Talk, peer, talking
from tests.server.web.media import connect
from tests.world import World

RECORDED = 10  # one call in so many; the others are as most are while a server is tried out
RECORDED_SECONDS = 1.0
PATIENCE_SECONDS = 40
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Use:
    """What the web process and the media process have together."""

    rss_mib: float
    descriptors: int
    threads: int

    @classmethod
    def of(cls, running: Server) -> "Use":
        pids = (running.pid, running.media_pid)
        status = [_status(pid) for pid in pids]
        return cls(
            sum(int(one["VmRSS"].split()[0]) for one in status) / 1024,
            sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids),
            sum(int(one["Threads"]) for one in status),
        )


@dataclass(frozen=True)
class Growth:
    """What there is more of after the calls than before them, once nothing happens any more."""

    rss_mib: float
    descriptors: int
    threads: int


async def soak(running: Server, warm: int, count: int) -> Growth:
    """So many calls joined and left, after a few that make the server what it is in use."""
    turns = iter(range(warm + count))
    await _calls(running, turns, warm)
    before = await _idle(running)
    await _calls(running, turns, count)
    after = await _idle(running, before)
    return Growth(
        after.rss_mib - before.rss_mib,
        after.descriptors - before.descriptors,
        after.threads - before.threads,
    )


async def _calls(running: Server, turns: Iterator[int], count: int) -> None:
    for _ in range(count):
        await _call(running, next(turns))


async def _call(running: Server, turn: int) -> None:
    is_recorded = turn % RECORDED == 0
    async with running.call(kim_consents=is_recorded) as call, AsyncExitStack() as stack:
        for browser in (call.lin_browser, call.kim_browser):
            stack.push_async_callback(browser.close)
        lin, kim = [
            await connect(side, peer(2 * turn + place))
            for place, side in enumerate((call.lin, call.kim))
        ]
        for one in (lin, kim):
            stack.push_async_callback(one.close)
        if is_recorded:
            await call.lin.room(lambda room: room["recording"]["state"] == "on")
        async with talking(Talk(lin, shows=False), Talk(kim)):
            for one in (lin, kim):
                await one.until(lambda one=one: one.rtp)
            if is_recorded:
                await asyncio.sleep(RECORDED_SECONDS)
        await call.lin.say("end")
        await call.lin.hear("ended")
    if is_recorded:
        await produced(running, call.session)


async def _idle(running: Server, before: Use | None = None) -> Use:
    """What is in use once that does not change any more, or is not more than before."""
    await World.close(running)  # browsers keep connections open that nobody uses
    until = time.monotonic() + PATIENCE_SECONDS
    use = Use.of(running)
    while time.monotonic() < until:
        await asyncio.sleep(LOOK_SECONDS)
        last, use = use, Use.of(running)
        if before is None and use == last:
            break
        if before is not None and (use.descriptors, use.threads) <= (
            before.descriptors,
            before.threads,
        ):
            break
    return use


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
