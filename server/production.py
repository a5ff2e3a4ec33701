"""Production of recordings: each in a process of its own, a few at a time, never lost."""

import asyncio
import contextlib
import logging
import os
import sys
from uuid import UUID

from recordings.recording import Recording, unfinished
from recordings.salvage import seal_parts
from server.settings import Settings
from sessions.db import Database
from sessions.live.room import Room, Timepiece
from sessions.live.session import Session

log = logging.getLogger(__name__)

NICENESS = 10


class Production:
    """Runs ``farhand produce SESSION`` for every recording whose log is complete."""

    def __init__(self, settings: Settings, database: Database, time: Timepiece) -> None:
        self.settings = settings
        self.database = database
        self.time = time
        self._waiting: asyncio.Queue[UUID] = asyncio.Queue()
        self._known: set[UUID] = set()
        self._workers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Take up what an earlier run of the server left, then work."""
        await self._recover()
        self._workers = [
            asyncio.create_task(self._work(), name="production")
            for _ in range(self.settings.produce_processes)
        ]

    async def stop(self) -> None:
        """End; what is not finished is taken up at the next start."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def complete(self, room: Room) -> None:
        """A room's recording is sealed: produce it."""
        self.produce(room.session.id)

    def produce(self, session: UUID) -> None:
        """Have a session's recording made playable; asked for twice, it is done once."""
        if session not in self._known:
            self._known.add(session)
            self._waiting.put_nowait(session)

    async def _recover(self) -> None:
        async with self.database.begin() as db:
            rows = await unfinished(db)
        for recording, session in rows:
            folder = self.settings.recordings_dir / str(session.id)
            recovered = await asyncio.to_thread(seal_parts, folder)
            async with self.database.begin() as db:
                stored = await db.get_one(Recording, recording.id)
                stored.seal(
                    db,
                    await db.get_one(Session, session.id),
                    self.time.now(),
                    recovered=recovered,
                )
            self.produce(session.id)

    async def _work(self) -> None:
        while True:
            session = await self._waiting.get()
            self._known.discard(session)
            await self._run(session)

    async def _run(self, session: UUID) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "server.cli",
            "produce",
            str(session),
            env=os.environ | self.settings.environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        if code != 0:
            log.error("production failed", extra={"session": str(session), "exit": code})
