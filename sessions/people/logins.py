"""Sign-in: logins that can be revoked, one-time links, and tokens for programs."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Field, col, select, update

from sessions.db import Database, Db, Row, moment, optional_moment
from sessions.errors import FarhandError
from sessions.events import record
from sessions.ids import new_token, token_hash
from sessions.people.persons import Person, check_password

LOGIN_LASTS = timedelta(days=14)
LINK_LASTS = timedelta(hours=24)
SEEN_EVERY = timedelta(minutes=5)


class SignInRefused(FarhandError):
    code = "sign-in-refused"
    text = "The e-mail address or the password is not right."
    status = 401


class LinkUnknown(FarhandError):
    code = "link-unknown"
    text = "This sign-in link is not known here. Please check that it is complete."
    status = 404


class LinkUsed(FarhandError):
    code = "link-used"
    text = "This sign-in link has been used already. Please ask for a new one."
    status = 410


class LinkExpired(FarhandError):
    code = "link-expired"
    text = "This sign-in link has expired. Please ask for a new one."
    status = 410


class Login(Row, table=True):
    """One browser in which a person is signed in."""

    person_id: UUID = Field(foreign_key="person.id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = moment()
    seen_at: datetime = moment()
    expires_at: datetime = moment()
    revoked_at: datetime | None = optional_moment()
    address: str = Field(default="", max_length=64)

    @classmethod
    async def begin(
        cls, db: Db, person: Person, at: datetime, address: str = ""
    ) -> tuple["Login", str]:
        """Sign a person in: the row, and the token for the cookie (never stored)."""
        token = new_token()
        login = cls(
            person_id=person.id,
            token_hash=token_hash(token),
            created_at=at,
            seen_at=at,
            expires_at=at + LOGIN_LASTS,
            address=address,
        )
        db.add(login)
        await db.flush()
        record(db, "login.begun", at, person=person.id, login=str(login.id))
        return login, token

    @classmethod
    async def with_password(
        cls, database: Database, email: str, password: str, at: datetime, address: str = ""
    ) -> tuple["Login", str]:
        """Sign in by e-mail and password. Raises SignInRefused for either being wrong.

        The password is checked in a thread and outside any transaction: argon2id is slow on
        purpose."""
        async with database.begin() as db:
            person = await Person.by_email(db, email)
        known = await asyncio.to_thread(
            check_password, person.password_hash if person else None, password
        )
        if person is None or not known or not person.works:
            raise SignInRefused
        async with database.begin() as db:
            return await cls.begin(db, person, at, address)

    @classmethod
    async def find(cls, db: Db, token: str, at: datetime) -> tuple["Login", Person] | None:
        """The login and person behind a cookie, or None. Renews its last-seen time."""
        found = await db.exec(
            select(cls, Person)
            .join(Person, col(cls.person_id) == col(Person.id))
            .where(cls.token_hash == token_hash(token))
        )
        pair = found.first()
        if pair is None:
            return None
        login, person = pair
        if login.revoked_at or login.expires_at <= at or not person.works:
            return None
        if at - login.seen_at > SEEN_EVERY:
            login.seen_at = at
            db.add(login)
        return login, person

    def revoke(self, db: Db, at: datetime) -> None:
        self.revoked_at = at
        db.add(self)
        record(db, "login.revoked", at, person=self.person_id, login=str(self.id))

    @classmethod
    async def revoke_all(cls, db: Db, person: Person, at: datetime) -> None:
        """Sign a person out everywhere."""
        await db.exec(
            update(cls)
            .where(col(cls.person_id) == person.id, col(cls.revoked_at).is_(None))
            .values(revoked_at=at)
        )
        record(db, "login.all-revoked", at, person=person.id)


class SignInLink(Row, table=True):
    """A link that signs one person in, once."""

    person_id: UUID = Field(foreign_key="person.id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = moment()
    expires_at: datetime = moment()
    used_at: datetime | None = optional_moment()

    @classmethod
    async def make(cls, db: Db, person: Person, at: datetime) -> str:
        """The token of a new link for this person."""
        token = new_token()
        db.add(
            cls(
                person_id=person.id,
                token_hash=token_hash(token),
                created_at=at,
                expires_at=at + LINK_LASTS,
            )
        )
        await db.flush()
        record(db, "sign-in-link.made", at, person=person.id)
        return token

    @classmethod
    async def use(
        cls, db: Db, token: str, at: datetime, address: str = ""
    ) -> tuple[Login, str, Person]:
        """Sign in by the link. Raises LinkUnknown, LinkUsed, LinkExpired."""
        found = await db.exec(
            select(cls, Person)
            .join(Person, col(cls.person_id) == col(Person.id))
            .where(cls.token_hash == token_hash(token))
        )
        pair = found.first()
        if pair is None or not pair[1].works:
            raise LinkUnknown
        link, person = pair
        if link.used_at:
            raise LinkUsed
        if link.expires_at <= at:
            raise LinkExpired
        link.used_at = at
        db.add(link)
        login, login_token = await Login.begin(db, person, at, address)
        return login, login_token, person


class ApiToken(Row, table=True):
    """A bearer token (RFC 6750) with which a program acts for a person."""

    person_id: UUID = Field(foreign_key="person.id", index=True)
    name: str = Field(max_length=120)
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = moment()
    revoked_at: datetime | None = optional_moment()

    @classmethod
    async def add(cls, db: Db, person: Person, name: str, at: datetime) -> str:
        """The new token; it is shown once."""
        token = new_token()
        db.add(cls(person_id=person.id, name=name, token_hash=token_hash(token), created_at=at))
        await db.flush()
        record(db, "api-token.added", at, person=person.id, token=name)
        return token

    @classmethod
    async def find(cls, db: Db, token: str) -> Person | None:
        """The person a bearer token stands for, or None."""
        found = await db.exec(
            select(Person)
            .join(cls, col(cls.person_id) == col(Person.id))
            .where(cls.token_hash == token_hash(token), col(cls.revoked_at).is_(None))
        )
        person = found.first()
        return person if person and person.works else None
