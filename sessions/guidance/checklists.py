"""Checklists: one run of a procedure in a session, marked step by step."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Enum, UniqueConstraint
from sqlmodel import Field, col, select

from sessions.db import Db, Row, moment
from sessions.errors import FarhandError
from sessions.events import record
from sessions.guidance.procedures import Procedure, find_procedure
from sessions.live.participants import Participant
from sessions.live.session import Session

NOTE_LIMIT = 2_000
LATE = timedelta(seconds=10)  # a mark that came later than this was waiting on the phone


class MarkKind(StrEnum):
    done = "done"
    skipped = "skipped"
    problem = "problem"
    reopened = "reopened"


class StepUnknown(FarhandError):
    code = "step-unknown"
    text = "This step is not in the checklist."
    status = 404


class NoteNeeded(FarhandError):
    code = "note-needed"
    text = "Please say in a few words why: a skipped step or a problem needs a note."


class IdUsed(FarhandError):
    code = "id-used"
    text = "This page sent the same number for two different marks. Please reload the page."
    status = 409


class NoChecklist(FarhandError):
    code = "no-checklist"
    text = "No procedure is attached to this ticket yet."
    status = 409


@dataclass(frozen=True)
class Wish:
    """What somebody wants marked. ``request`` is the client's id of it: the same wish twice is
    one mark. ``made_at`` is when, for a mark that waited on the phone: it may come after the
    session."""

    step: str
    kind: MarkKind
    note: str = ""
    request: str | None = None
    made_at: datetime | None = None


@dataclass(frozen=True)
class Marked:
    """What became of a wish to mark: ``fresh`` unless the same wish came before; ``stands``
    unless a mark made later was here already."""

    mark: "StepMark"
    fresh: bool
    stands: bool


class Checklist(Row, table=True):
    """A procedure's run. The current step is the first that is neither done nor skipped."""

    session_id: UUID = Field(foreign_key="session.id", index=True)
    procedure_key: str = Field(max_length=80)
    procedure_version: int
    started_at: datetime = moment()

    @classmethod
    async def start(
        cls, db: Db, session: Session, procedure: Procedure, at: datetime
    ) -> "Checklist":
        """The session's checklist of this procedure: the one that runs, or a new one."""
        found = await db.exec(
            select(cls).where(
                cls.session_id == session.id,
                cls.procedure_key == procedure.key,
                cls.procedure_version == procedure.version,
            )
        )
        checklist = found.first()
        if checklist is None:
            checklist = cls(
                session_id=session.id,
                procedure_key=procedure.key,
                procedure_version=procedure.version,
                started_at=at,
            )
            db.add(checklist)
            await db.flush()
            record(
                db,
                "checklist.started",
                at,
                ticket=session.ticket_id,
                session=session.id,
                checklist=str(checklist.id),
                procedure=procedure.key,
                version=procedure.version,
            )
        return checklist

    @property
    def procedure(self) -> Procedure:
        return find_procedure(self.procedure_key)

    async def marks(self, db: Db) -> dict[str, "StepMark"]:
        """The mark of each step that was made last, whenever it came."""
        found = await db.exec(
            select(StepMark)
            .where(StepMark.checklist_id == self.id)
            .order_by(col(StepMark.at), col(StepMark.id))
        )
        return {mark.step: mark for mark in found.all()}

    async def mark(
        self,
        db: Db,
        session: Session,
        by: Participant,
        at: datetime,
        wish: Wish,
        *,
        offset_ms: int | None = None,
    ) -> Marked:
        """Mark a step. ``offset_ms`` is milliseconds into the recording.

        Raises StepUnknown, NoteNeeded, IdUsed, SessionEnded."""
        if wish.made_at is None:
            session.check_open()
        step, kind = self.procedure.step(wish.step), wish.kind
        if step is None:
            raise StepUnknown
        note = wish.note.strip()[:NOTE_LIMIT]
        if kind in (MarkKind.skipped, MarkKind.problem) and not note:
            raise NoteNeeded
        if wish.request and (earlier := await self._of_request(db, by.id, wish.request)):
            if (earlier.step, earlier.mark) != (step.key, kind):
                raise IdUsed
            return Marked(earlier, fresh=False, stands=await self._stands(db, earlier))
        mark = StepMark(
            checklist_id=self.id,
            step=step.key,
            mark=kind,
            note=note,
            by_id=by.id,
            at=wish.made_at or at,
            offset_ms=offset_ms,
            request=wish.request,
        )
        db.add(mark)
        await db.flush()
        stands = await self._stands(db, mark)
        late: dict[str, Any] = {"received_at": at.isoformat()} if at - mark.at > LATE else {}
        record(
            db,
            f"step.{kind.value}" if stands else "step.overtaken",
            mark.at,
            ticket=session.ticket_id,
            session=session.id,
            participant=by.id,
            checklist=str(self.id),
            step=step.key,
            mark=kind.value,
            number=self.procedure.number(step.key),
            note=note,
            offset_ms=offset_ms,
            **late,
        )
        return Marked(mark, fresh=True, stands=stands)

    async def _stands(self, db: Db, mark: "StepMark") -> bool:
        last = (await self.marks(db)).get(mark.step)
        return last is not None and last.id == mark.id

    async def _of_request(self, db: Db, by: UUID, request: str) -> "StepMark | None":
        found = await db.exec(
            select(StepMark).where(StepMark.by_id == by, StepMark.request == request)
        )
        return found.first()

    def current(self, marks: dict[str, "StepMark"]) -> str | None:
        """The key of the step to do now, or None when all are done or skipped."""
        settled = (MarkKind.done, MarkKind.skipped)
        for step in self.procedure.steps:
            mark = marks.get(step.key)
            if mark is None or mark.mark not in settled:
                return step.key
        return None


class StepMark(Row, table=True):
    """One mark on one step, ``at`` the time it was made; the last one of a step counts."""

    __table_args__ = (UniqueConstraint("by_id", "request"),)

    checklist_id: UUID = Field(foreign_key="checklist.id", index=True)
    step: str = Field(max_length=80)
    mark: MarkKind = Field(sa_type=Enum(MarkKind, native_enum=False, length=20))
    note: str = Field(default="", max_length=NOTE_LIMIT)
    by_id: UUID = Field(foreign_key="participant.id")
    at: datetime = moment()
    offset_ms: int | None = None
    request: str | None = Field(default=None, max_length=64)


async def find_checklist(db: Db, session: UUID, checklist: UUID | None) -> Checklist:
    """A checklist of the session by its id, or the newest. Raises NoChecklist."""
    if checklist is None:
        found = await checklist_of(db, session)
    else:
        found = await db.get(Checklist, checklist)
    if found is None or found.session_id != session:
        raise NoChecklist
    return found


async def checklist_of(db: Db, session: UUID, procedure: str | None = None) -> Checklist | None:
    """The session's newest checklist, of any procedure or of one."""
    query = select(Checklist).where(Checklist.session_id == session)
    if procedure is not None:
        query = query.where(Checklist.procedure_key == procedure)
    return (await db.exec(query.order_by(col(Checklist.id).desc()).limit(1))).first()
