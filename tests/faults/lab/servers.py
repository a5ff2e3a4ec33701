"""The real server as a process, which can be killed like any other, and started again."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from server import seed
from server.settings import Settings
from sessions.db import Database
from tests.world import Clock, World

STARTED = b"Farhand is at "
START_SECONDS = 30
STOP_SECONDS = 20
ANYWHERE = "0.0.0.0"


class Server(World):
    """The world of the stories around a server that is none of this process's.

    ``within`` is a command under which it runs, such as that of a disk of its own.
    """

    def __init__(self, settings: Settings, within: Sequence[str] = ()) -> None:
        self.settings = settings
        self.url = f"http://127.0.0.1:{settings.port}"
        self.clock = Clock()
        self.database = Database(settings.database)
        self._within = within
        self._open = []
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[bytes] | None = None

    @property
    def pid(self) -> int:
        """The web process."""
        assert self._process is not None, "the server does not run"
        return self._process.pid

    @property
    def media_pid(self) -> int:
        """The media process: the first that the web process starts."""
        return next(pid for pid in children(self.pid) if b"server.media.process" in command(pid))

    @property
    def log(self) -> Path:
        """What the server has said on standard error, in all its lives."""
        return self.settings.data_dir / "server.log"

    async def start(self) -> float:
        """Start, or start again; returns when it answers, and when that was (CLOCK_MONOTONIC)."""
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._within,
                *("setpriv", "--pdeathsig", "KILL"),
                *(sys.executable, "-m", "server.cli", "serve"),
                env=os.environ | self.settings.environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        stdout = self._process.stdout
        assert stdout is not None
        async with asyncio.timeout(START_SECONDS):
            while line := await stdout.readline():
                if line.startswith(STARTED):
                    self._reading = asyncio.create_task(stdout.read())
                    return time.monotonic()
        raise AssertionError(f"the server did not start:\n{self.log.read_text()}")

    async def kill(self) -> float:
        """End every process of it at once, as a machine that fails does; when that was."""
        doomed = [self.pid, *descendants(self.pid)]
        at = time.monotonic()
        for pid in doomed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await self._ended()
        for pid in doomed[1:]:
            while command(pid):
                await asyncio.sleep(0.001)
        return at

    async def stop(self) -> None:
        """Stop it as an operator does."""
        if self._process is not None:
            self._process.terminate()
        async with asyncio.timeout(STOP_SECONDS):
            await self._ended()

    def terminate(self) -> None:
        """Ask every process of it to stop, as a service manager does."""
        for pid in (self.pid, *descendants(self.pid)):
            os.kill(pid, signal.SIGTERM)

    async def ended(self) -> int | None:
        """Wait until it has stopped; its exit status."""
        process = self._process
        async with asyncio.timeout(STOP_SECONDS):
            await self._ended()
        return process.returncode if process is not None else None

    async def _ended(self) -> None:
        if self._process is not None:
            await self._process.wait()
            self._process = None
        if self._reading is not None:
            await self._reading

    async def close(self) -> None:
        """Let go of everything; the server, if it still runs, is stopped."""
        await super().close()
        try:
            await self.stop()
        except TimeoutError:
            await self.kill()
        finally:
            await self.database.close()


def command(pid: int) -> bytes:
    """What a process was started with; empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def children(pid: int) -> list[int]:
    """The processes that a process has started, oldest first."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                found.append(int(status.parent.name))
    return sorted(found)


def descendants(pid: int) -> list[int]:
    """All that came of a process."""
    found = children(pid)
    for child in list(found):
        found += descendants(child)
    return found


def free_port() -> int:
    """A port that is free for UDP and TCP."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind((ANYWHERE, 0))
            port: int = tcp.getsockname()[1]
            with contextlib.suppress(OSError):
                udp.bind((ANYWHERE, port))
                return port


@asynccontextmanager
async def server(
    folder: Path, *, within: Sequence[str] = (), **settings: Any
) -> AsyncIterator[Server]:
    """A server with the demo's people and machines, on ports that it keeps when started again."""
    made = Settings(
        data_dir=folder,
        port=free_port(),
        media_port=free_port(),
        **{"host": ANYWHERE, "media_host": "127.0.0.1", "log_level": "warning", **settings},
    )
    running = Server(made, within)
    try:
        await running.start()
        await seed.seed(running.database, running.now())
        yield running
    finally:
        await running.close()
