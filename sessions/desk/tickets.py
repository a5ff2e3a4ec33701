"""Tickets: one problem of one customer with one machine, from report to closure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Enum, func
from sqlmodel import Field, col, select

from sessions.db import Db, Row, moment, optional_moment
from sessions.desk.sites import Machine, Organisation, Site
from sessions.errors import FarhandError
from sessions.events import record
from sessions.guidance.procedures import Procedure
from sessions.people.persons import Person

TITLE_LIMIT = 200
DESCRIPTION_LIMIT = 8_000


class TicketState(StrEnum):
    open = "open"
    closed = "closed"


class TitleNeeded(FarhandError):
    code = "title-needed"
    text = "Please say in a few words what is wrong."


class TextTooLong(FarhandError):
    code = "text-too-long"
    text = "This text is too long: at most %(limit)s characters."
    status = 413


class TicketClosed(FarhandError):
    code = "ticket-closed"
    text = "The ticket %(reference)s is closed. Reopen it first."
    status = 409


class Ticket(Row, table=True):
    """A ticket. ``reference`` is what people say on the telephone: SR-2026-0418."""

    reference: str = Field(max_length=20, unique=True)
    year: int = Field(index=True)
    number: int
    title: str = Field(max_length=TITLE_LIMIT)
    description: str = Field(default="", max_length=DESCRIPTION_LIMIT)
    state: TicketState = Field(
        default=TicketState.open,
        sa_type=Enum(TicketState, native_enum=False, length=20),
        index=True,
    )
    machine_id: UUID = Field(foreign_key="machine.id", index=True)
    engineer_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    procedure_key: str | None = Field(default=None, max_length=80)
    reported_at: datetime = moment(index=True)
    closed_at: datetime | None = optional_moment()

    @classmethod
    async def report(
        cls,
        db: Db,
        by: Person,
        machine: Machine,
        at: datetime,
        *,
        title: str,
        description: str = "",
    ) -> "Ticket":
        """Open a ticket; its engineer is who opened it. Raises TitleNeeded, TextTooLong."""
        title, description = title.strip(), description.strip()
        if not title:
            raise TitleNeeded
        if len(title) > TITLE_LIMIT:
            raise TextTooLong(limit=TITLE_LIMIT)
        if len(description) > DESCRIPTION_LIMIT:
            raise TextTooLong(limit=DESCRIPTION_LIMIT)
        last = (await db.exec(select(func.max(cls.number)).where(cls.year == at.year))).one()
        number = (last or 0) + 1
        ticket = cls(
            reference=f"SR-{at.year}-{number:04d}",
            year=at.year,
            number=number,
            title=title,
            description=description,
            machine_id=machine.id,
            engineer_id=by.id,
            reported_at=at,
        )
        db.add(ticket)
        await db.flush()
        record(db, "ticket.reported", at, ticket=ticket.id, person=by.id, title=title)
        return ticket

    def check_open(self) -> None:
        """Raises TicketClosed."""
        if self.state is TicketState.closed:
            raise TicketClosed(reference=self.reference)

    def attach(self, db: Db, procedure: Procedure, by: UUID | None, at: datetime) -> None:
        """Attach a procedure: the next session's checklist follows it. Raises TicketClosed."""
        self.check_open()
        if self.procedure_key == procedure.key:
            return
        self.procedure_key = procedure.key
        db.add(self)
        record(
            db,
            "ticket.procedure-attached",
            at,
            ticket=self.id,
            person=by,
            procedure=procedure.key,
            version=procedure.version,
        )

    def close(self, db: Db, by: Person, at: datetime) -> None:
        """Close the ticket. Raises TicketClosed when it is."""
        self.check_open()
        self.state = TicketState.closed
        self.closed_at = at
        db.add(self)
        record(db, "ticket.closed", at, ticket=self.id, person=by.id)

    def reopen(self, db: Db, by: Person, at: datetime) -> None:
        """Take a closed ticket up again; an open one stays as it is."""
        if self.state is TicketState.open:
            return
        self.state = TicketState.open
        self.closed_at = None
        db.add(self)
        record(db, "ticket.reopened", at, ticket=self.id, person=by.id)


@dataclass(frozen=True)
class TicketFile:
    """A ticket with the machine, site and organisation it is about."""

    ticket: Ticket
    machine: Machine
    site: Site
    organisation: Organisation
    engineer: Person | None


async def ticket_files(
    db: Db, *, ticket: UUID | None = None, reference: str | None = None, limit: int = 200
) -> list[TicketFile]:
    """Tickets with what belongs to them, open ones first, then the newest."""
    query = (
        select(Ticket, Machine, Site, Organisation)
        .join(Machine, col(Ticket.machine_id) == col(Machine.id))
        .join(Site, col(Machine.site_id) == col(Site.id))
        .join(Organisation, col(Site.organisation_id) == col(Organisation.id))
    )
    if ticket is not None:
        query = query.where(Ticket.id == ticket)
    if reference is not None:
        query = query.where(Ticket.reference == reference)
    query = query.order_by(
        col(Ticket.state).desc(), col(Ticket.reported_at).desc(), col(Ticket.id).desc()
    ).limit(limit)
    rows = (await db.exec(query)).all()
    ids = {row[0].engineer_id for row in rows}
    engineers: dict[UUID | None, Person] = {
        person.id: person
        for person in (await db.exec(select(Person).where(col(Person.id).in_(ids)))).all()
    }
    return [TicketFile(*row, engineer=engineers.get(row[0].engineer_id)) for row in rows]
