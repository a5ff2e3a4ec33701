"""The event log: every change of state, written in the transaction that makes it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column
from sqlmodel import Field, col, select

from sessions.db import Db, Row, moment


class Event(Row, table=True):
    """One thing that happened; ``name`` is ``noun.past-participle``, ``data`` small JSON."""

    at: datetime = moment(index=True)
    name: str = Field(max_length=80, index=True)
    ticket_id: UUID | None = Field(default=None, foreign_key="ticket.id", index=True)
    session_id: UUID | None = Field(default=None, foreign_key="session.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    participant_id: UUID | None = Field(default=None, foreign_key="participant.id")
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


def record(
    db: Db,
    name: str,
    at: datetime,
    /,
    *,
    ticket: UUID | None = None,
    session: UUID | None = None,
    person: UUID | None = None,
    participant: UUID | None = None,
    **data: Any,
) -> Event:
    """Write an event into the running transaction."""
    event = Event(
        at=at,
        name=name,
        ticket_id=ticket,
        session_id=session,
        person_id=person,
        participant_id=participant,
        data=data,
    )
    db.add(event)
    return event


async def of_ticket(db: Db, ticket: UUID) -> list[Event]:
    """A ticket's story, oldest first."""
    found = await db.exec(
        select(Event).where(Event.ticket_id == ticket).order_by(col(Event.at), col(Event.id))
    )
    return list(found.all())


async def of_session(db: Db, session: UUID) -> list[Event]:
    """What happened in a session, oldest first."""
    found = await db.exec(
        select(Event).where(Event.session_id == session).order_by(col(Event.at), col(Event.id))
    )
    return list(found.all())
