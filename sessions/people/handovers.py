"""Handing a guest over to another browser: a link that is good once, for a quarter of an hour."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Field, col, delete, select

from sessions.db import Db, Row, moment, optional_moment
from sessions.errors import FarhandError
from sessions.events import record
from sessions.ids import new_token, token_hash
from sessions.people.invitations import Guest, Invitation

LASTS = timedelta(minutes=15)


class HandOverUnknown(FarhandError):
    code = "hand-over-unknown"
    text = "This link is not known here. Please open the link from the message once more."
    status = 404


class HandOverUsed(FarhandError):
    code = "hand-over-used"
    text = "This link works once, and has been used. Please open the link from the message."
    status = 410


class HandOverExpired(FarhandError):
    code = "hand-over-expired"
    text = "This link worked for a quarter of an hour. Please open the link from the message."
    status = 410


class HandOver(Row, table=True):
    """A link by which a guest moves to another browser. Its token is kept only as a hash."""

    guest_id: UUID = Field(foreign_key="guest.id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = moment()
    expires_at: datetime = moment()
    used_at: datetime | None = optional_moment()

    @classmethod
    async def make(cls, db: Db, guest: Guest, at: datetime) -> tuple["HandOver", str]:
        """The row, and the token for the link; an earlier link of this guest's ends."""
        await db.exec(delete(cls).where(col(cls.guest_id) == guest.id, col(cls.used_at).is_(None)))
        token = new_token()
        made = cls(
            guest_id=guest.id,
            token_hash=token_hash(token),
            created_at=at,
            expires_at=at + LASTS,
        )
        db.add(made)
        await db.flush()
        return made, token

    @classmethod
    async def by_token(cls, db: Db, token: str) -> tuple["HandOver", Guest, Invitation]:
        """Raises HandOverUnknown."""
        found = await db.exec(
            select(cls, Guest, Invitation)
            .join(Guest, col(cls.guest_id) == col(Guest.id))
            .join(Invitation, col(Guest.invitation_id) == col(Invitation.id))
            .where(cls.token_hash == token_hash(token))
        )
        row = found.first()
        if row is None:
            raise HandOverUnknown
        return row

    def check_usable(self, at: datetime) -> None:
        """Raises HandOverUsed, HandOverExpired."""
        if self.used_at is not None:
            raise HandOverUsed
        if self.expires_at <= at:
            raise HandOverExpired

    async def use(self, db: Db, guest: Guest, invitation: Invitation, at: datetime) -> str:
        """Move the guest: the token for the new browser's cookie; the old one's ends.

        Raises HandOverUsed, HandOverExpired, InvitationRevoked, InvitationExpired."""
        self.check_usable(at)
        await invitation.check_usable(db, at)
        token = new_token()
        self.used_at = at
        guest.token_hash = token_hash(token)
        db.add_all((self, guest))
        record(
            db,
            "invitation.handed-over",
            at,
            ticket=invitation.ticket_id,
            session=guest.session_id,
            invitation=str(invitation.id),
            name=invitation.name,
        )
        return token
