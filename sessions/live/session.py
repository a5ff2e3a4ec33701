"""The guided session of a ticket: opened, started when the customer is let in, ended."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Enum
from sqlmodel import Field, col, select

from sessions.db import Db, Row, moment, optional_moment
from sessions.desk.tickets import Ticket
from sessions.errors import FarhandError
from sessions.events import record

LINKS_LIVE_ON = timedelta(minutes=10)


class SessionState(StrEnum):
    open = "open"
    ended = "ended"


class SessionUnknown(FarhandError):
    code = "session-unknown"
    text = "There is no such session, or it is not yours to see."
    status = 404


class SessionEnded(FarhandError):
    code = "session-ended"
    text = "This session has ended."
    status = 410


class Session(Row, table=True):
    """One guided maintenance session. It outlives every connection made for it."""

    ticket_id: UUID = Field(foreign_key="ticket.id", index=True)
    state: SessionState = Field(
        default=SessionState.open,
        sa_type=Enum(SessionState, native_enum=False, length=20),
        index=True,
    )
    opened_at: datetime = moment()
    started_at: datetime | None = optional_moment()
    ended_at: datetime | None = optional_moment()

    @classmethod
    async def now_on(
        cls, db: Db, ticket: Ticket, at: datetime, *, by: UUID | None = None
    ) -> "Session":
        """The ticket's open session; a new one where there is none. Raises TicketClosed."""
        found = await db.exec(
            select(cls).where(cls.ticket_id == ticket.id, cls.state == SessionState.open)
        )
        session = found.first()
        if session is not None:
            return session
        ticket.check_open()
        session = cls(ticket_id=ticket.id, opened_at=at)
        db.add(session)
        await db.flush()
        record(db, "session.opened", at, ticket=ticket.id, session=session.id, person=by)
        return session

    def check_open(self) -> None:
        """Raises SessionEnded."""
        if self.state is SessionState.ended:
            raise SessionEnded

    def believable(self, said: datetime, now: datetime) -> datetime:
        """When a client says that something happened, held between the start and now."""
        return min(max(said, self.started_at or self.opened_at), now)

    def start(self, db: Db, at: datetime) -> None:
        """The first customer was let in."""
        if self.started_at is None:
            self.started_at = at
            db.add(self)
            record(db, "session.started", at, ticket=self.ticket_id, session=self.id)

    def end(self, db: Db, at: datetime, *, participant: UUID | None, reason: str) -> None:
        """End for everybody; a second end changes nothing. ``reason``: ended, idle."""
        if self.state is SessionState.ended:
            return
        self.state = SessionState.ended
        self.ended_at = at
        db.add(self)
        record(
            db,
            "session.ended",
            at,
            ticket=self.ticket_id,
            session=self.id,
            participant=participant,
            reason=reason,
        )


async def latest_of(db: Db, ticket: UUID) -> Session | None:
    """The ticket's newest session."""
    found = await db.exec(
        select(Session).where(Session.ticket_id == ticket).order_by(col(Session.id).desc()).limit(1)
    )
    return found.first()


async def all_of(db: Db, ticket: UUID) -> list[Session]:
    """A ticket's sessions, newest first."""
    found = await db.exec(
        select(Session).where(Session.ticket_id == ticket).order_by(col(Session.id).desc())
    )
    return list(found.all())


async def all_open(db: Db) -> list[Session]:
    """Every session that has not ended."""
    return list((await db.exec(select(Session).where(Session.state == SessionState.open))).all())
