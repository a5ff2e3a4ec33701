"""A session's recording as the desk knows it: its state, its files, its length."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Enum
from sqlmodel import Field, col, delete, select

from sessions.db import Db, Row, moment, optional_moment
from sessions.errors import FarhandError
from sessions.events import record
from sessions.live.session import Session


class RecordingState(StrEnum):
    """capturing → sealed → producing → ready | failed; failed and ready may be produced again."""

    capturing = "capturing"
    sealed = "sealed"
    producing = "producing"
    ready = "ready"
    failed = "failed"


class RecordingUnknown(FarhandError):
    code = "recording-unknown"
    text = "There is no such recording, or it is not yours to see."
    status = 404


class Recording(Row, table=True):
    """The recording of one session. ``duration_ms`` is milliseconds of the review file."""

    session_id: UUID = Field(foreign_key="session.id", unique=True)
    state: RecordingState = Field(
        default=RecordingState.capturing,
        sa_type=Enum(RecordingState, native_enum=False, length=20),
        index=True,
    )
    started_at: datetime = moment()
    sealed_at: datetime | None = optional_moment()
    produced_at: datetime | None = optional_moment()
    duration_ms: int | None = None
    recovered: bool = False
    problem: str | None = Field(default=None, max_length=400)

    @classmethod
    async def of_session(cls, db: Db, session: UUID) -> "Recording | None":
        return (await db.exec(select(cls).where(cls.session_id == session))).first()

    @classmethod
    async def begin(cls, db: Db, session: Session, at: datetime, part: str) -> "Recording":
        """Capture begins, or goes on in a new part."""
        recording = await cls.of_session(db, session.id)
        if recording is None:
            recording = cls(session_id=session.id, started_at=at)
        recording.state = RecordingState.capturing
        db.add(recording)
        await db.flush()
        recording._record(db, session, "recording.begun", at, part=part)
        return recording

    @staticmethod
    def unavailable(db: Db, session: Session, at: datetime, why: str) -> None:
        """A call goes on unrecorded: the disk is nearly full, or fails."""
        record(
            db,
            "recording.unavailable",
            at,
            ticket=session.ticket_id,
            session=session.id,
            why=why,
        )

    def seal(self, db: Db, session: Session, at: datetime, *, recovered: bool = False) -> None:
        """The log is complete on the disk; a second time changes nothing."""
        if self.state is not RecordingState.capturing:
            return
        self.state = RecordingState.sealed
        self.sealed_at = at
        self.recovered = self.recovered or recovered
        db.add(self)
        name = "recording.recovered" if recovered else "recording.sealed"
        self._record(db, session, name, at)

    def producing(self, db: Db) -> None:
        """Production runs. While a further part is captured the state stays ``capturing``."""
        self._become(RecordingState.producing)
        self.problem = None
        db.add(self)

    async def ready(
        self,
        db: Db,
        session: Session,
        at: datetime,
        *,
        duration_ms: int,
        files: "list[RecordingFile]",
    ) -> None:
        """Playable files are there; they take the place of earlier ones."""
        await db.exec(delete(RecordingFile).where(col(RecordingFile.recording_id) == self.id))
        self._become(RecordingState.ready)
        self.produced_at = at
        self.duration_ms = duration_ms
        db.add(self)
        for file in files:
            file.recording_id = self.id
            db.add(file)
        self._record(db, session, "recording.ready", at, duration_ms=duration_ms)

    def fail(self, db: Db, session: Session, at: datetime, problem: str) -> None:
        """Production failed; the log is kept."""
        self._become(RecordingState.failed)
        self.problem = problem[:400]
        db.add(self)
        self._record(db, session, "recording.failed", at, problem=self.problem)

    def _become(self, state: RecordingState) -> None:
        # A session that goes on after a restart is produced while its next part is captured:
        # that part must still be sealed, and then everything produced again.
        if self.state is not RecordingState.capturing:
            self.state = state

    async def files(self, db: Db) -> "list[RecordingFile]":
        found = await db.exec(
            select(RecordingFile)
            .where(RecordingFile.recording_id == self.id)
            .order_by(col(RecordingFile.name))
        )
        return list(found.all())

    def _record(self, db: Db, session: Session, name: str, at: datetime, **data: Any) -> None:
        record(
            db,
            name,
            at,
            ticket=session.ticket_id,
            session=session.id,
            recording=str(self.id),
            **data,
        )


class RecordingFile(Row, table=True):
    """One produced file: ``name`` is its path below the session's ``produced`` folder."""

    recording_id: UUID = Field(foreign_key="recording.id", index=True)
    name: str = Field(max_length=200)
    bytes: int
    sha256: str = Field(max_length=64)
    content_type: str = Field(max_length=80)


async def recordings_of(db: Db, sessions: list[UUID]) -> dict[UUID, Recording]:
    """Recordings by session."""
    found = await db.exec(select(Recording).where(col(Recording.session_id).in_(sessions)))
    return {recording.session_id: recording for recording in found.all()}


async def captured(db: Db) -> list[UUID]:
    """Sessions whose recordings run, or seem to."""
    found = await db.exec(
        select(Recording.session_id).where(Recording.state == RecordingState.capturing)
    )
    return list(found.all())


async def unfinished(db: Db) -> list[tuple[Recording, Session]]:
    """Recordings that are not ready: to be sealed or produced at start-up."""
    found = await db.exec(
        select(Recording, Session)
        .join(Session, col(Recording.session_id) == col(Session.id))
        .where(
            col(Recording.state).in_(
                [RecordingState.capturing, RecordingState.sealed, RecordingState.producing]
            )
        )
    )
    return list(found.all())
