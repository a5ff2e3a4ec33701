"""Participants of a session, and what each has agreed to."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Enum
from sqlmodel import Field, col, select

from sessions.db import Db, Row, moment, optional_moment
from sessions.errors import FarhandError
from sessions.events import record
from sessions.live.session import Session
from sessions.people.invitations import Guest, Invitation
from sessions.people.persons import Person, Role

CONSENT_TEXT_VERSION = "2026-11-1"


class ParticipantRole(StrEnum):
    """What a participant is in the room."""

    engineer = "engineer"
    customer = "customer"
    interpreter = "interpreter"
    observer = "observer"


class ParticipantUnknown(FarhandError):
    code = "participant-unknown"
    text = "This person is not in the session."
    status = 404


class Participant(Row, table=True):
    """One person in one session: a member of staff, or a guest of an invitation."""

    session_id: UUID = Field(foreign_key="session.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    guest_id: UUID | None = Field(default=None, foreign_key="guest.id", index=True)
    name: str = Field(max_length=120)
    role: ParticipantRole = Field(sa_type=Enum(ParticipantRole, native_enum=False, length=20))
    language: str = Field(max_length=8)
    created_at: datetime = moment()
    admitted_at: datetime | None = optional_moment()
    turned_away_at: datetime | None = optional_moment()

    @classmethod
    async def of_guest(
        cls, db: Db, session: Session, guest: Guest, invitation: Invitation, at: datetime
    ) -> "Participant":
        """The guest's place in the session; it waits in the lobby until admitted."""
        found = await db.exec(
            select(cls).where(cls.session_id == session.id, cls.guest_id == guest.id)
        )
        participant = found.first()
        if participant is None:
            participant = cls(
                session_id=session.id,
                guest_id=guest.id,
                name=invitation.name,
                role=ParticipantRole.customer,
                language=invitation.language,
                created_at=at,
            )
            db.add(participant)
            await db.flush()
            record(
                db,
                "participant.arrived",
                at,
                ticket=session.ticket_id,
                session=session.id,
                participant=participant.id,
                name=participant.name,
                role=participant.role.value,
            )
        return participant

    @classmethod
    async def of_person(
        cls, db: Db, session: Session, person: Person, at: datetime
    ) -> "Participant":
        """A member of staff's place: engineers guide, others observe; staff are let in."""
        found = await db.exec(
            select(cls).where(cls.session_id == session.id, cls.person_id == person.id)
        )
        participant = found.first()
        if participant is None:
            guides = person.role is Role.engineer
            participant = cls(
                session_id=session.id,
                person_id=person.id,
                name=person.name,
                role=ParticipantRole.engineer if guides else ParticipantRole.observer,
                language=person.language,
                created_at=at,
                admitted_at=at,
            )
            db.add(participant)
            await db.flush()
            record(
                db,
                "participant.arrived",
                at,
                ticket=session.ticket_id,
                session=session.id,
                person=person.id,
                participant=participant.id,
                name=participant.name,
                role=participant.role.value,
            )
        return participant

    @classmethod
    async def of_visitor(cls, db: Db, guest: Guest, participant: UUID) -> "Participant":
        """The place, in this session or an earlier one, that is this guest's.

        Raises ParticipantUnknown."""
        found = await db.get(cls, participant)
        if found is None or found.guest_id != guest.id:
            raise ParticipantUnknown
        return found

    @property
    def admitted(self) -> bool:
        return self.admitted_at is not None

    def admit(self, db: Db, session: Session, by: "Participant", at: datetime) -> None:
        """Let in from the lobby; a second time changes nothing."""
        if self.admitted_at is not None:
            return
        self.admitted_at = at
        self.turned_away_at = None
        db.add(self)
        self._record(db, "participant.admitted", session, at, by=str(by.id))
        if self.role is ParticipantRole.customer:
            session.start(db, at)

    def turn_away(self, db: Db, session: Session, by: "Participant", at: datetime) -> None:
        """Refuse from the lobby."""
        self.turned_away_at = at
        db.add(self)
        self._record(db, "participant.turned-away", session, at, by=str(by.id))

    async def consent(
        self,
        db: Db,
        session: Session,
        at: datetime,
        *,
        recording: bool,
        language: str,
        version: str,
        address: str,
    ) -> "Consent":
        """Give, refuse or withdraw consent to being recorded. The last word counts."""
        before = await consent_of(db, self.id)
        invitation = None
        if self.guest_id is not None:
            invitation = (await db.get_one(Guest, self.guest_id)).invitation_id
        consent = Consent(
            participant_id=self.id,
            invitation_id=invitation,
            recording=recording,
            at=at,
            language=language,
            text_version=version,
            address=address,
        )
        db.add(consent)
        await db.flush()
        if recording:
            name = "consent.given"
        elif before is not None and before.recording:
            name = "consent.withdrawn"
        else:
            name = "consent.refused"
        self._record(db, name, session, at, language=language, version=version, name=self.name)
        return consent

    def note(self, db: Db, session: Session, name: str, at: datetime, **data: str) -> None:
        """Write an event of this participant: joined, left, lost, back."""
        self._record(db, f"participant.{name}", session, at, name=self.name, **data)

    def _record(self, db: Db, event: str, session: Session, at: datetime, **data: str) -> None:
        record(
            db,
            event,
            at,
            ticket=session.ticket_id,
            session=session.id,
            person=self.person_id,
            participant=self.id,
            **data,
        )


class Consent(Row, table=True):
    """One answer to the question whether this participant may be recorded."""

    participant_id: UUID = Field(foreign_key="participant.id", index=True)
    invitation_id: UUID | None = Field(default=None, foreign_key="invitation.id")
    recording: bool
    at: datetime = moment()
    language: str = Field(max_length=8)
    text_version: str = Field(max_length=20)
    address: str = Field(default="", max_length=64)


async def consent_of(db: Db, participant: UUID) -> Consent | None:
    """The participant's last word on recording, or None."""
    found = await db.exec(
        select(Consent)
        .where(Consent.participant_id == participant)
        .order_by(col(Consent.id).desc())
        .limit(1)
    )
    return found.first()


async def participants_of(db: Db, session: UUID) -> list[Participant]:
    """Everybody who was ever in a session or its lobby, in order of arrival."""
    found = await db.exec(
        select(Participant)
        .where(Participant.session_id == session)
        .order_by(col(Participant.created_at), col(Participant.id))
    )
    return list(found.all())
