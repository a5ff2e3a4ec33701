"""Production of recordings: each in a process of its own, a few at a time, never lost."""

import asyncio
import logging
from uuid import UUID

from recordings.recording import Recording, captured, unfinished
from recordings.salvage import seal_parts
from server.background import run_module
from server.settings import Settings
from sessions.db import Database
from sessions.live.room import Room, Timepiece
from sessions.live.session import Session

log = logging.getLogger(__name__)


class Production:
    """Runs ``farhand produce SESSION`` for every recording whose log is complete, and mixes those
    ahead that still run."""

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
        if self.settings.mix_ahead_seconds:
            self._workers.append(asyncio.create_task(self._mix_ahead(), name="mixing ahead"))

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
        environment = self.settings.environment()
        code = await run_module("server.cli", "produce", str(session), environment=environment)
        if code != 0:
            log.error("production failed", extra={"session": str(session), "exit": code})

    async def _mix_ahead(self) -> None:
        """Have the recordings that run mixed as far as they go, again and again."""
        while True:
            await asyncio.sleep(self.settings.mix_ahead_seconds)
            async with self.database.begin() as db:
                running = await captured(db)
            for session in running:
                folder = self.settings.recordings_dir / str(session)
                code = await run_module("recordings.ahead", str(folder), environment={})
                if code != 0:
                    log.error("mixing ahead failed", extra={"session": str(session), "exit": code})
