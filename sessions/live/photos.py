"""Photos: sharp stills of what a participant's camera saw, uploaded piece by piece."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Enum, func
from sqlmodel import Field, col, select

from sessions.db import Db, Row, moment, optional_moment
from sessions.errors import FarhandError
from sessions.events import record
from sessions.live.participants import Participant, consent_of
from sessions.live.protocol import PhotoState
from sessions.live.session import Session

BYTES_LIMIT = 8 * 1024 * 1024
PHOTOS_LIMIT = 500  # a session
TIMED_LIMIT = 400  # of them by the timer: there is always room for what somebody asks for
LONGEST_SIDE = 8_192  # pixels
SHOWN = 24  # the newest ones are in the state of the room, all of them on the ticket


class PhotoReason(StrEnum):
    """``taken`` by the person, ``asked`` for by staff, by the ``timer`` of a weak line."""

    taken = "taken"
    asked = "asked"
    timer = "timer"


class PhotoUnknown(FarhandError):
    code = "photo-unknown"
    text = "There is no such photo, or it is not yours to see."
    status = 404


class PhotoTooLarge(FarhandError):
    code = "photo-too-large"
    text = "This photo is too large: at most %(limit)s MiB."
    status = 413


class TooManyPhotos(FarhandError):
    code = "too-many-photos"
    text = "This session has all the photos it can hold: %(limit)s."
    status = 409


class PhotoRefused(FarhandError):
    code = "photo-refused"
    text = "This file is not a photo: only JPEG is taken."
    status = 415


class PhotoNotAgreed(FarhandError):
    code = "photo-not-agreed"
    text = "Who does not agree to be recorded is not photographed by the timer either."
    status = 403


@dataclass(frozen=True)
class Picture:
    """A file that was looked through: bytes, pixels, and its SHA-256 in hexadecimal."""

    bytes: int
    width: int
    height: int
    sha256: str


class Photo(Row, table=True):
    """One photo. Its id is chosen by who took it, so that sending it twice makes one photo.

    ``taken_at`` is the phone's word, held between the session's start and now; ``bytes`` is what
    was announced; pixels and hash are known when it is complete. ``offset_ms`` is its place in
    the recording, ``unrecorded`` says that the call was not recorded because somebody refused."""

    ticket_id: UUID = Field(foreign_key="ticket.id", index=True)
    session_id: UUID = Field(foreign_key="session.id", index=True)
    participant_id: UUID = Field(foreign_key="participant.id")
    reason: PhotoReason = Field(sa_type=Enum(PhotoReason, native_enum=False, length=20))
    taken_at: datetime = moment()
    begun_at: datetime = moment()
    completed_at: datetime | None = optional_moment()
    bytes: int
    width: int = 0
    height: int = 0
    sha256: str = Field(default="", max_length=64)
    offset_ms: int | None = None
    unrecorded: bool = False

    @classmethod
    async def begin(
        cls,
        db: Db,
        session: Session,
        by: Participant,
        at: datetime,
        *,
        photo: UUID,
        taken_at: datetime,
        reason: PhotoReason,
        size: int,
    ) -> "Photo":
        """Announce a photo of ``size`` bytes; announced before, it is the same one.

        Raises PhotoTooLarge, PhotoNotAgreed, TooManyPhotos, PhotoUnknown."""
        if size > BYTES_LIMIT:
            raise PhotoTooLarge(limit=BYTES_LIMIT // 1024 // 1024)
        earlier = await db.get(cls, photo)
        if earlier is not None:
            if (earlier.participant_id, earlier.bytes) != (by.id, size):
                raise PhotoUnknown
            return earlier
        consent = await consent_of(db, by.id)
        if reason is PhotoReason.timer and not (consent and consent.recording):
            raise PhotoNotAgreed
        timed = reason is PhotoReason.timer
        limit = TIMED_LIMIT if timed else PHOTOS_LIMIT
        count = select(func.count()).select_from(cls).where(cls.session_id == session.id)
        if (await db.exec(count.where(cls.reason == reason) if timed else count)).one() >= limit:
            raise TooManyPhotos(limit=limit)
        made = cls(
            id=photo,
            ticket_id=session.ticket_id,
            session_id=session.id,
            participant_id=by.id,
            reason=reason,
            taken_at=session.believable(taken_at, at),
            begun_at=at,
            bytes=size,
        )
        db.add(made)
        await db.flush()
        return made

    def complete(
        self,
        db: Db,
        at: datetime,
        picture: Picture,
        *,
        offset_ms: int | None,
        unrecorded: bool,
    ) -> None:
        """Its last byte is on the disk: it is on the ticket."""
        self.completed_at = at
        self.width, self.height, self.sha256 = picture.width, picture.height, picture.sha256
        self.offset_ms, self.unrecorded = offset_ms, unrecorded
        db.add(self)
        record(
            db,
            "photo.taken",
            self.taken_at,
            ticket=self.ticket_id,
            session=self.session_id,
            participant=self.participant_id,
            photo=str(self.id),
            reason=self.reason.value,
            url=self.url,
            width=self.width,
            height=self.height,
            sha256=self.sha256,
            offset_ms=offset_ms,
            unrecorded=unrecorded,
            received_at=at.isoformat(),
        )

    @property
    def url(self) -> str:
        return f"/photos/{self.id}.jpg"

    def state(self) -> PhotoState:
        """As the room's members are told."""
        return PhotoState(
            id=str(self.id),
            participant=str(self.participant_id),
            taken_at=self.taken_at,
            offset_ms=self.offset_ms,
            reason=self.reason.value,
            url=self.url,
            width=self.width,
            height=self.height,
        )


async def photos_of(db: Db, session: UUID, *, newest: int = PHOTOS_LIMIT) -> list[Photo]:
    """A session's complete photos, or the newest of them, in the order in which they were taken."""
    found = await db.exec(
        select(Photo)
        .where(Photo.session_id == session, col(Photo.completed_at).is_not(None))
        .order_by(col(Photo.taken_at).desc(), col(Photo.id).desc())
        .limit(newest)
    )
    return list(reversed(found.all()))
