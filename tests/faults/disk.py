"""A call whose recordings folder is on a disk that fills up or stands still: does it stutter?"""

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from server.media.remote import RemotePlane
from server.media.settings import MediaSettings
from sessions.live.media import Kept, Seating
from tests.bench.media import clip
from tests.faults.lab import rights
from tests.faults.talk import Talk, peer, talking

GAP_SECONDS = 0.1
TICK_SECONDS = 0.01
WARM_SECONDS = 1.5
DISK_MIB = 48
FILLING = "what else is on this disk"
ROOM = "room"

_OWN_DISK = """
set -e
mount --make-rprivate /
mkfs.ext4 -q -m 0 "$1.image"
mount -o loop "$1.image" "$1"
echo ready
while read -r change && [ "$change" ]; do fsfreeze "$change" "$1"; echo done; done
fsfreeze --unfreeze "$1" 2>/dev/null || true
"""


class Disk:
    """A disk of its own in a namespace that nobody else sees, gone with the process that has it;
    ``folder`` leads there from outside."""

    def __init__(self, process: asyncio.subprocess.Process, mount: Path) -> None:
        self._process = process
        self.folder = Path(f"/proc/{process.pid}/root{mount}")

    async def freeze(self) -> None:
        """From now on whoever writes waits."""
        await self._change("--freeze")

    async def thaw(self) -> None:
        await self._change("--unfreeze")

    def fill(self) -> None:
        """Use up all the room that there is."""
        with (self.folder / FILLING).open("wb") as file:
            for size in (1 << 20, 1 << 12):
                with contextlib.suppress(OSError):
                    while True:
                        os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, size)

    def empty(self) -> None:
        """There is room again."""
        (self.folder / FILLING).unlink()

    async def _change(self, change: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(change.encode() + b"\n")
        assert await self._process.stdout.readline() == b"done\n"


@cache
def why_no_disk() -> str:
    """Why there is no disk of the test's own here; empty: there is."""
    if why := rights.why_no_namespaces():
        return why
    missing = [tool for tool in ("mkfs.ext4", "mount", "fsfreeze") if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    tried = subprocess.run(["losetup", "--find"], capture_output=True, check=False)
    return "this machine, or the container it is, has no loop device" if tried.returncode else ""


@asynccontextmanager
async def disk() -> AsyncIterator[Disk]:
    """A small disk that can be filled and stopped."""
    with tempfile.TemporaryDirectory(prefix="farhand-disk-") as name:
        mount = Path(name) / "disk"
        mount.mkdir()
        with mount.with_suffix(".image").open("wb") as image:
            image.truncate(DISK_MIB << 20)
        process = await asyncio.create_subprocess_exec(
            *("unshare", "--mount", "sh", "-c", _OWN_DISK, "sh", str(mount)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert await process.stdout.readline() == b"ready\n"
            yield Disk(process, mount)
        finally:
            process.stdin.close()
            await process.wait()


async def full(disk: Disk, seconds: float) -> None:
    """The disk has no room for so long."""
    disk.fill()
    await asyncio.sleep(seconds)
    disk.empty()


async def stalled(disk: Disk, seconds: float) -> None:
    """The disk takes nothing for so long, nor does it refuse."""
    await disk.freeze()
    try:
        await asyncio.sleep(seconds)
    finally:
        await disk.thaw()


Fault = Callable[[Disk, float], Awaitable[None]]


@dataclass(frozen=True)
class Stutter:
    """How many gaps of more than 100 ms there were in what the listener heard, beyond those of an
    undisturbed time as long, and the longest in ms; what the disk's trouble was said to be, and
    how long after it bytes were kept again."""

    added: int
    longest_ms: float
    troubles: frozenset[str]
    kept_again_s: float


async def stutter(fault: Fault, seconds: float) -> Stutter:
    """A call that is recorded, with a disk at fault for some seconds of it."""
    clip.load()
    told: list[Kept] = []
    async with disk() as own, AsyncExitStack() as stack:
        plane = await RemotePlane.start(MediaSettings(host="127.0.0.1", log_level="error"))
        stack.push_async_callback(plane.stop)
        plane.on_event(lambda event: told.append(event) if isinstance(event, Kept) else None)
        speaker, listener = peer(1), peer(2)
        await plane.seat(ROOM, "listener", Seating({0: "speaker"}))
        await plane.record(ROOM, str(own.folder / "session"), {"session": "disk"})
        for name, one in (("speaker", speaker), ("listener", listener)):
            await one.connect(await plane.join(ROOM, name, one.offer))
            stack.push_async_callback(one.close)
        ticks = await stack.enter_async_context(ticking())
        await stack.enter_async_context(talking(Talk(speaker)))
        await asyncio.sleep(WARM_SECONDS)
        quiet = time.monotonic()
        await asyncio.sleep(seconds)
        began = time.monotonic()
        await fault(own, seconds)
        over = time.monotonic()
        while not (told and told[-1].still_seconds < 1 and told[-1].trouble is None):
            await asyncio.sleep(TICK_SECONDS)
        again = time.monotonic()
        heard = [packet.at for packet in listener.of(listener.slot("seat-0", "audio"))]
        before, after = gaps(heard, ticks, quiet, began), gaps(heard, ticks, began, again)
    return Stutter(
        max(0, len(after) - len(before)),
        1000 * max(after, default=0.0),
        frozenset(one.trouble for one in told if one.trouble is not None),
        again - over,
    )


def gaps(heard: Sequence[float], ticks: Sequence[float], begin: float, end: float) -> list[float]:
    """Gaps in what was heard between two moments, less the time in which this process itself
    stood still, as its clock's ticks tell."""
    at = [begin, *(one for one in heard if begin < one < end), end]
    stood = [(a, b) for a, b in pairwise(ticks) if b - a > 2 * TICK_SECONDS]
    lengths = [
        b - a - sum(max(0.0, min(b, last) - max(a, first)) for first, last in stood)
        for a, b in pairwise(at)
    ]
    return [length for length in lengths if length > GAP_SECONDS]


@asynccontextmanager
async def ticking() -> AsyncIterator[list[float]]:
    """The moments at which this process had time, some hundred a second."""
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            ticks.append(time.monotonic())
            await asyncio.sleep(TICK_SECONDS)

    task = asyncio.create_task(tick())
    try:
        yield ticks
    finally:
        task.cancel()
        await asyncio.wait((task,))
