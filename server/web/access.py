"""Who asks: a member of staff by cookie or bearer token, or a guest by cookie."""

from uuid import UUID

from aiohttp import web

from server.web.keys import LANGUAGE, LANGUAGES, PERSON, TIME
from sessions.db import Db
from sessions.live.conversation import NotAdmitted
from sessions.live.participants import Participant
from sessions.live.session import Session
from sessions.people.access import GuestVisit, SignInNeeded
from sessions.people.invitations import Guest, InvitationUnknown
from sessions.people.logins import ApiToken, Login
from sessions.people.persons import Person

LOGIN_COOKIE = "farhand-login"
GUEST_COOKIE = "farhand-guest"
BEARER = "Bearer "
ADDRESS_LIMIT = 64


def cookie_name(request: web.Request, name: str) -> str:
    """``__Host-`` cookies wherever the browser can keep them: HTTPS, and this very machine."""
    return f"__Host-{name}" if _keeps_secure(request) else name


def set_cookie(
    request: web.Request, response: web.StreamResponse, name: str, value: str, *, lasts: int
) -> None:
    """A cookie no script can read. ``lasts`` is in seconds."""
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=lasts,
        path="/",
        secure=_keeps_secure(request),
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(request: web.Request, response: web.StreamResponse, name: str) -> None:
    response.del_cookie(
        cookie_name(request, name), path="/", secure=_keeps_secure(request), httponly=True
    )


def _keeps_secure(request: web.Request) -> bool:
    host = request.host.rsplit(":", 1)[0]
    return request.secure or host in ("localhost", "127.0.0.1", "[::1]")


def address(request: web.Request) -> str:
    """The client's address, as far as it can be believed."""
    return (request.remote or "")[:ADDRESS_LIMIT]


async def signed_in(request: web.Request, db: Db) -> Person:
    """The member of staff who asks. Raises SignInNeeded."""
    authorization = request.headers.get("Authorization", "")
    person: Person | None = None
    if authorization.startswith(BEARER):
        person = await ApiToken.find(db, authorization.removeprefix(BEARER).strip())
    elif token := request.cookies.get(cookie_name(request, LOGIN_COOKIE)):
        found = await Login.find(db, token, request.app[TIME].now())
        person = found[1] if found else None
    if person is None:
        raise SignInNeeded
    request[PERSON] = person
    request[LANGUAGE] = request.app[LANGUAGES].choose(request, person.language)
    return person


async def guest(request: web.Request, db: Db) -> GuestVisit:
    """The customer who asks. Raises InvitationUnknown, -Expired, -Revoked."""
    token = request.cookies.get(cookie_name(request, GUEST_COOKIE))
    if not token:
        raise InvitationUnknown
    found = await Guest.by_token(db, token)
    if found is None:
        raise InvitationUnknown
    visitor, invitation = found
    request[LANGUAGE] = request.app[LANGUAGES].choose(request, invitation.language)
    await invitation.check_usable(db, request.app[TIME].now())
    return GuestVisit(visitor, invitation, await visitor.session(db, invitation))


async def is_guest(request: web.Request, db: Db, known: Guest) -> bool:
    """Whether the browser that asks is this guest's already."""
    token = request.cookies.get(cookie_name(request, GUEST_COOKIE))
    found = await Guest.by_token(db, token) if token else None
    return found is not None and found[0].id == known.id


async def place(
    request: web.Request, db: Db, named: UUID | None = None
) -> tuple[Participant, Session]:
    """Where the guest who asks has been let in: the place that is ``named``, in this session or
    an earlier one, or today's. Raises ParticipantUnknown, NotAdmitted, and what ``guest`` does."""
    visit = await guest(request, db)
    if named is not None:
        participant = await Participant.of_visitor(db, visit.guest, named)
    else:
        participant = await Participant.of_guest(
            db, visit.session, visit.guest, visit.invitation, request.app[TIME].now()
        )
    if not participant.admitted:
        raise NotAdmitted
    return participant, await db.get_one(Session, participant.session_id)
