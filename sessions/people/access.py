"""Who may see what: rows come to a person only through these functions.

Refused and missing look alike, so that nobody learns what exists.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import select

from sessions.db import Db
from sessions.desk.sites import Machine
from sessions.desk.tickets import TicketFile, ticket_files
from sessions.errors import FarhandError
from sessions.live.participants import Participant
from sessions.live.photos import Photo, PhotoUnknown
from sessions.live.session import Session, SessionUnknown
from sessions.people.invitations import Guest, Invitation, InvitationUnknown
from sessions.people.persons import Person


class SignInNeeded(FarhandError):
    code = "sign-in-needed"
    text = "Please sign in first."
    status = 401


class NotAllowed(FarhandError):
    code = "not-allowed"
    text = "Your role does not allow this."
    status = 403


class TicketUnknown(FarhandError):
    code = "ticket-unknown"
    text = "There is no such ticket, or it is not yours to see."
    status = 404


class MachineUnknown(FarhandError):
    code = "machine-unknown"
    text = "There is no such machine, or it is not yours to see."
    status = 404


@dataclass(frozen=True)
class GuestVisit:
    """A customer's browser: the guest, the invitation it opened, the session it leads to."""

    guest: Guest
    invitation: Invitation
    session: Session


async def find_ticket(db: Db, person: Person, reference: str) -> TicketFile:
    """A ticket by its reference or id. Raises TicketUnknown."""
    ticket = _as_uuid(reference)
    found = await ticket_files(
        db, ticket=ticket, reference=None if ticket else reference.upper(), limit=1
    )
    if not found or not person.works:
        raise TicketUnknown
    return found[0]


async def find_tickets(db: Db, person: Person, *, limit: int = 200) -> list[TicketFile]:
    """The tickets a member of staff may see."""
    return await ticket_files(db, limit=limit) if person.works else []


async def find_session(db: Db, person: Person, session: str) -> tuple[Session, TicketFile]:
    """A session with its ticket. Raises SessionUnknown."""
    key = _as_uuid(session)
    found = await db.get(Session, key) if key and person.works else None
    if found is None:
        raise SessionUnknown
    return found, (await ticket_files(db, ticket=found.ticket_id))[0]


async def find_machine(db: Db, person: Person, machine: str) -> Machine:
    """Raises MachineUnknown."""
    key = _as_uuid(machine)
    found = await db.get(Machine, key) if key and person.works else None
    if found is None:
        raise MachineUnknown
    return found


async def find_invitation(db: Db, person: Person, invitation: str) -> Invitation:
    """Raises InvitationUnknown."""
    key = _as_uuid(invitation)
    found = await db.get(Invitation, key) if key and person.works else None
    if found is None:
        raise InvitationUnknown
    return found


async def find_photo(db: Db, person: Person, photo: str) -> Photo:
    """A complete photo, of whatever session a member of staff may see. Raises PhotoUnknown."""
    key = _as_uuid(photo)
    found = await db.get(Photo, key) if key and person.works else None
    if found is None or found.completed_at is None:
        raise PhotoUnknown
    return found


async def find_guests_photo(db: Db, visit: GuestVisit, photo: str) -> Photo:
    """A complete photo of a session this guest has been let into. Raises PhotoUnknown."""
    key = _as_uuid(photo)
    found = await db.get(Photo, key) if key else None
    if found is None or found.completed_at is None:
        raise PhotoUnknown
    places = await db.exec(
        select(Participant).where(
            Participant.guest_id == visit.guest.id, Participant.session_id == found.session_id
        )
    )
    if not any(place.admitted for place in places.all()):
        raise PhotoUnknown
    return found


async def find_upload(db: Db, visit: GuestVisit, photo: str) -> Photo:
    """A photo of this guest's own, complete or on its way. Raises PhotoUnknown."""
    key = _as_uuid(photo)
    found = await db.get(Photo, key) if key else None
    taker = await db.get(Participant, found.participant_id) if found else None
    if found is None or taker is None or taker.guest_id != visit.guest.id:
        raise PhotoUnknown
    return found


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
