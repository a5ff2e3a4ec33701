"""The engineer's desk: who waits, the open tickets, the recordings that came in."""

from aiohttp import web
from sqlmodel import col, select

from recordings.recording import Recording, RecordingState
from server.web.access import signed_in
from server.web.answers import page, translate
from server.web.keys import DATABASE, TIME
from server.web.templates import local
from sessions.db import Db
from sessions.desk.tickets import Ticket, TicketState
from sessions.live.session import Session
from sessions.people.access import find_tickets

READY_SHOWN = 6
MORNING, NOON, EVENING, NIGHT = 5, 12, 18, 22


async def show(request: web.Request) -> web.StreamResponse:
    """``GET /desk``"""
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        tickets = await find_tickets(db, person)
        ready = await _ready(db)
    return page(
        request,
        "desk/desk.html",
        greeting=translate(request, _greeting(local(request.app[TIME].now(), person.zone).hour)),
        zone=person.zone,
        place=person.place,
        tickets=[file for file in tickets if file.ticket.state is TicketState.open],
        ready=ready,
    )


def _greeting(hour: int) -> str:
    if MORNING <= hour < NOON:
        return "Good morning"
    if NOON <= hour < EVENING:
        return "Good afternoon"
    return "Good evening" if EVENING <= hour < NIGHT else "Good night shift"


async def _ready(db: Db) -> list[dict[str, object]]:
    found = await db.exec(
        select(Recording, Session, Ticket)
        .join(Session, col(Recording.session_id) == col(Session.id))
        .join(Ticket, col(Session.ticket_id) == col(Ticket.id))
        .where(Recording.state == RecordingState.ready)
        .order_by(col(Recording.produced_at).desc())
        .limit(READY_SHOWN)
    )
    return [
        {
            "session_id": session.id,
            "reference": ticket.reference,
            "title": ticket.title,
            "duration_ms": recording.duration_ms,
            "at": recording.started_at,
            "poster_url": f"/recordings/{session.id}/files/poster.jpg",
        }
        for recording, session, ticket in found.all()
    ]
