"""Staff: engineers, supervisors and administrators."""

from datetime import datetime
from enum import StrEnum
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Enum
from sqlmodel import Field, col, select

from sessions.db import Db, Row, moment, optional_moment
from sessions.desk.sites import check_zone
from sessions.errors import FarhandError
from sessions.events import record

PASSWORD_LENGTH = (10, 200)


class Role(StrEnum):
    """What a member of staff may do; a customer has no row here, only an invitation."""

    engineer = "engineer"
    supervisor = "supervisor"
    administrator = "administrator"


class PasswordRefused(FarhandError):
    code = "password-refused"
    text = "A password needs between 10 and 200 characters."


class PersonExists(FarhandError):
    code = "person-exists"
    text = "There is already a person with the e-mail address %(email)s."
    status = 409


class Person(Row, table=True):
    """A member of staff. ``zone`` is an IANA zone, ``language`` a language code."""

    name: str = Field(max_length=120)
    email: str = Field(max_length=254, unique=True)
    role: Role = Field(sa_type=Enum(Role, native_enum=False, length=20))
    language: str = Field(default="en", max_length=8)
    zone: str = Field(default="UTC", max_length=64)
    place: str = Field(default="", max_length=120)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    password_hash: str | None = Field(default=None, max_length=200)
    created_at: datetime = moment()
    disabled_at: datetime | None = optional_moment()

    @classmethod
    async def add(
        cls,
        db: Db,
        at: datetime,
        *,
        name: str,
        email: str,
        role: Role,
        password: str | None = None,
        language: str = "en",
        zone: str = "UTC",
        place: str = "",
        organisation_id: UUID | None = None,
    ) -> "Person":
        """Add a person. Raises PersonExists, PasswordRefused, ZoneUnknown."""
        check_zone(zone)
        email = email.strip().lower()
        if await cls.by_email(db, email):
            raise PersonExists(email=email)
        person = cls(
            name=name,
            email=email,
            role=role,
            language=language,
            zone=zone,
            place=place,
            organisation_id=organisation_id,
            created_at=at,
        )
        if password is not None:
            person.password_hash = hash_password(password)
        db.add(person)
        await db.flush()
        record(db, "person.added", at, person=person.id, role=role.value)
        return person

    @classmethod
    async def by_email(cls, db: Db, email: str) -> "Person | None":
        found = await db.exec(select(cls).where(col(cls.email) == email.strip().lower()))
        return found.first()

    def knows(self, password: str) -> bool:
        """Whether this is the person's password; takes as long as argon2id takes."""
        return check_password(self.password_hash, password)

    @property
    def works(self) -> bool:
        return self.disabled_at is None


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")


def hash_password(password: str) -> str:
    """Argon2id (RFC 9106) in PHC format. Raises PasswordRefused for a bad length."""
    shortest, longest = PASSWORD_LENGTH
    if not shortest <= len(password) <= longest:
        raise PasswordRefused
    return _hasher().hash(password)


def check_password(stored: str | None, password: str) -> bool:
    """Compare; an unknown person costs the same time as a known one."""
    try:
        matches = _hasher().verify(stored or _nobodys_hash(), password[: PASSWORD_LENGTH[1]])
    except (VerificationError, InvalidHashError):
        return False
    return matches and bool(stored) and len(password) <= PASSWORD_LENGTH[1]
