"""What a call's packets are delayed by while strangers, or one of its own, send far too much."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from server.media.remote import RemotePlane
from server.media.settings import MediaSettings
from sessions.live.media import Seating
from tests.bench.media import clip
from tests.bench.media.child import Child
from tests.bench.media.servers import Farhand
from tests.faults.junk import Thrown, junk
from tests.faults.talk import Talk, peer, talking

RATE = 50_000
TIMES = 20
WARM_SECONDS = 1.5
LOOPBACK = "127.0.0.1"

Trouble = Callable[[RemotePlane], AbstractAsyncContextManager[Thrown]]


@dataclass(frozen=True)
class Flood:
    """How long packets of the calls took, in ms, before and in it; the share of them that came;
    and how many datagrams a second it was."""

    quiet_p99_ms: float
    p50_ms: float
    p99_ms: float
    delivered: float
    rate: float


def strangers(plane: RemotePlane, rate: float = RATE) -> AbstractAsyncContextManager[Thrown]:
    """Junk of all kinds, from addresses that are nobody's."""
    return junk(plane.port, "all", rate)


@asynccontextmanager
async def greedy(plane: RemotePlane) -> AsyncIterator[Thrown]:
    """Somebody in a call of his own, who sends twenty times what a phone sends."""
    speaker, listener = peer(7), peer(8)
    thrown = Thrown()
    try:
        for name, one in (("greedy", speaker), ("listener", listener)):
            await one.connect(await plane.join("greedy", name, one.offer))
        talk = Talk(speaker, rate=TIMES)
        began = asyncio.get_running_loop().time()
        async with talking(talk):
            yield thrown
        thrown.rate = len(talk.sent) / (asyncio.get_running_loop().time() - began)
    finally:
        await speaker.close()
        await listener.close()


async def flood(trouble: Trouble, calls: int, seconds: float) -> Flood:
    """One-way calls that are recorded, some seconds undisturbed and some in trouble."""
    clip.load()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="farhand-flood-")))
        settings = MediaSettings(host=LOOPBACK, log_level="error")
        plane = await RemotePlane.start(settings)
        server = Farhand(plane, folder)
        stack.push_async_callback(server.stop)
        load = await Child.start("tests.bench.media.load", LOOPBACK)
        stack.push_async_callback(load.stop)
        await plane.seat("greedy", "listener", Seating({0: "greedy"}))
        for call in range(calls):
            await load.do(call="new")
            await server.join(load, call)
        await load.do(start=True)
        await asyncio.sleep(WARM_SECONDS)
        quiet = await _measured(load, seconds)
        async with trouble(plane) as thrown:
            found = await _measured(load, seconds)
    return Flood(
        quiet["delay_p99_ms"],
        found["delay_p50_ms"],
        found["delay_p99_ms"],
        found["received"] / found["sent"],
        thrown.rate,
    )


async def _measured(load: Child, seconds: float) -> dict[str, float]:
    await load.do(reset=True)
    await asyncio.sleep(seconds)
    found: dict[str, float] = await load.do(measure=True)
    return found
