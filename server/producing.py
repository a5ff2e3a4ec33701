"""Producing one session's recording: from the log to playable files and their rows."""

import asyncio
import os
from datetime import UTC, datetime
from uuid import UUID

from recordings.produce import Produced, ProduceFailed, produce
from recordings.recording import Recording, RecordingFile, RecordingUnknown
from server.settings import Settings
from sessions.db import Database
from sessions.live.session import Session


async def produce_session(settings: Settings, database: Database, session: UUID) -> str:
    """Produce, and tell the desk; gives the folder. Raises RecordingUnknown, ProduceFailed."""
    folder = settings.recordings_dir / str(session)
    async with database.begin() as db:
        recording = await Recording.of_session(db, session)
        if recording is None:
            raise RecordingUnknown
        recording.producing(db)
    try:
        produced = await asyncio.to_thread(produce, folder)
    except ProduceFailed as failure:
        await _failed(database, session, failure.message())
        raise
    await _ready(database, session, produced)
    return os.fspath(produced.folder)


async def _ready(database: Database, session: UUID, produced: Produced) -> None:
    async with database.begin() as db:
        recording = await Recording.of_session(db, session)
        if recording is None:
            raise RecordingUnknown
        await recording.ready(
            db,
            await db.get_one(Session, session),
            datetime.now(UTC),
            duration_ms=produced.duration_ms,
            files=[
                RecordingFile(
                    recording_id=recording.id,
                    name=file["name"],
                    bytes=file["bytes"],
                    sha256=file["sha256"],
                    content_type=file["content_type"],
                )
                for file in produced.files
            ],
        )


async def _failed(database: Database, session: UUID, problem: str) -> None:
    async with database.begin() as db:
        recording = await Recording.of_session(db, session)
        if recording is not None:
            recording.fail(db, await db.get_one(Session, session), datetime.now(UTC), problem)
