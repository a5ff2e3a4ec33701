"""Invitations: what a join link or QR code stands for, and the guests who opened one."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from sessions.db import Db, Row, moment, optional_moment
from sessions.desk.tickets import Ticket, TicketState
from sessions.errors import FarhandError
from sessions.events import record
from sessions.ids import new_token, token_hash
from sessions.live.session import LINKS_LIVE_ON, Session, SessionState, latest_of

FIRST_USE_WITHIN = timedelta(hours=24)
BROWSERS_LIMIT = 5
NAME_LIMIT = 80


class InvitationUnknown(FarhandError):
    code = "invitation-unknown"
    text = "This link is not known here. Please check that it is complete, or ask for a new one."
    status = 404


class InvitationExpired(FarhandError):
    code = "invitation-expired"
    text = "This link has expired. Please ask your engineer for a new one."
    status = 410


class InvitationRevoked(FarhandError):
    code = "invitation-revoked"
    text = "This link has been withdrawn. Please ask your engineer for a new one."
    status = 410


class InvitationUsedUp(FarhandError):
    code = "invitation-used-up"
    text = "This link has been opened on too many devices. Please ask your engineer for a new one."
    status = 410


class InvitationNameNeeded(FarhandError):
    code = "name-needed"
    text = "Please give the name of the person you invite (at most 80 characters)."


class Invitation(Row, table=True):
    """A link for one ticket. Its token is kept only as a hash."""

    ticket_id: UUID = Field(foreign_key="ticket.id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=NAME_LIMIT)
    language: str = Field(max_length=8)
    created_by: UUID = Field(foreign_key="person.id")
    created_at: datetime = moment()
    expires_at: datetime = moment()
    first_used_at: datetime | None = optional_moment()
    revoked_at: datetime | None = optional_moment()

    @classmethod
    async def make(
        cls,
        db: Db,
        ticket: Ticket,
        by: UUID,
        at: datetime,
        *,
        name: str,
        language: str,
        lasts: timedelta = FIRST_USE_WITHIN,
    ) -> tuple["Invitation", str]:
        """Invite a customer: the row, and the token for the link, shown once.

        Raises TicketClosed, InvitationNameNeeded."""
        ticket.check_open()
        name = name.strip()
        if not 0 < len(name) <= NAME_LIMIT:
            raise InvitationNameNeeded
        token = new_token()
        invitation = cls(
            ticket_id=ticket.id,
            token_hash=token_hash(token),
            name=name,
            language=language,
            created_by=by,
            created_at=at,
            expires_at=at + lasts,
        )
        db.add(invitation)
        await db.flush()
        record(
            db,
            "invitation.made",
            at,
            ticket=ticket.id,
            person=by,
            invitation=str(invitation.id),
            name=name,
        )
        return invitation, token

    @classmethod
    async def by_token(cls, db: Db, token: str) -> "Invitation":
        """Raises InvitationUnknown."""
        found = await db.exec(select(cls).where(cls.token_hash == token_hash(token)))
        invitation = found.first()
        if invitation is None:
            raise InvitationUnknown
        return invitation

    async def check_usable(self, db: Db, at: datetime) -> None:
        """Raises InvitationRevoked, InvitationExpired.

        Before its first use an invitation lives until ``expires_at``; after that, until ten
        minutes after the end of the session it was used for. A later session of the ticket
        does not bring it back."""
        if self.revoked_at:
            raise InvitationRevoked
        ticket = await db.get_one(Ticket, self.ticket_id)
        if ticket.state is TicketState.closed:
            raise InvitationExpired
        if self.first_used_at is None:
            if self.expires_at <= at:
                raise InvitationExpired
            return
        used_for = await db.exec(
            select(Session.ended_at)
            .join(Guest, col(Guest.session_id) == col(Session.id))
            .where(Guest.invitation_id == self.id)
        )
        ends = used_for.all()
        if all(end is not None and end + LINKS_LIVE_ON <= at for end in ends):
            raise InvitationExpired

    async def usable(self, db: Db, at: datetime) -> bool:
        """Whether the link would be let through now."""
        try:
            await self.check_usable(db, at)
        except FarhandError:
            return False
        return True

    async def open(self, db: Db, at: datetime, address: str = "") -> tuple["Guest", str]:
        """A browser opens the link: the guest, and the token for its cookie.

        Raises InvitationRevoked, InvitationExpired, InvitationUsedUp."""
        await self.check_usable(db, at)
        browsers = len(
            (await db.exec(select(Guest.id).where(Guest.invitation_id == self.id))).all()
        )
        if browsers >= BROWSERS_LIMIT:
            raise InvitationUsedUp
        if self.first_used_at is None:
            self.first_used_at = at
            db.add(self)
        ticket = await db.get_one(Ticket, self.ticket_id)
        session = await Session.now_on(db, ticket, at)
        token = new_token()
        guest = Guest(
            invitation_id=self.id,
            session_id=session.id,
            token_hash=token_hash(token),
            opened_at=at,
            address=address,
        )
        db.add(guest)
        await db.flush()
        record(
            db,
            "invitation.opened",
            at,
            ticket=self.ticket_id,
            session=session.id,
            invitation=str(self.id),
            browser=browsers + 1,
        )
        return guest, token

    def revoke(self, db: Db, by: UUID, at: datetime) -> None:
        """Withdraw the link; a second time changes nothing."""
        if self.revoked_at is None:
            self.revoked_at = at
            db.add(self)
            record(
                db,
                "invitation.revoked",
                at,
                ticket=self.ticket_id,
                person=by,
                invitation=str(self.id),
            )


class Guest(Row, table=True):
    """One browser that opened an invitation; its cookie is kept only as a hash."""

    invitation_id: UUID = Field(foreign_key="invitation.id", index=True)
    session_id: UUID = Field(foreign_key="session.id")
    token_hash: str = Field(max_length=64, unique=True)
    opened_at: datetime = moment()
    address: str = Field(default="", max_length=64)

    @classmethod
    async def by_token(cls, db: Db, token: str) -> tuple["Guest", Invitation] | None:
        """The guest behind a cookie and the invitation it opened, usable or not; or None."""
        found = await db.exec(
            select(cls, Invitation)
            .join(Invitation, col(cls.invitation_id) == col(Invitation.id))
            .where(cls.token_hash == token_hash(token))
        )
        return found.first()

    async def session(self, db: Db, invitation: Invitation) -> Session:
        """The session this browser belongs to: the ticket's newest, once its own has ended."""
        session = await db.get_one(Session, self.session_id)
        if session.state is SessionState.ended:
            newest = await latest_of(db, invitation.ticket_id)
            if newest is not None and newest.state is SessionState.open:
                self.session_id = newest.id
                db.add(self)
                return newest
        return session


def _guests_of(invitation: Invitation) -> SelectOfScalar[Guest]:
    return select(Guest).where(Guest.invitation_id == invitation.id)


async def invitations_of(db: Db, ticket: UUID) -> list[Invitation]:
    """A ticket's invitations, newest first."""
    found = await db.exec(
        select(Invitation)
        .where(Invitation.ticket_id == ticket)
        .order_by(col(Invitation.created_at).desc())
    )
    return list(found.all())
