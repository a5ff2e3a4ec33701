"""Tickets: the list, a new one, one with its story."""

from typing import Any

from aiohttp import web

from server.web.access import signed_in
from server.web.answers import page, sentence
from server.web.forms import posted
from server.web.keys import DATABASE, HUB, SETTINGS, TIME
from server.web.language import SPOKEN
from server.web.links import sending
from server.web.pages.story import ticket_story
from sessions.db import Db
from sessions.desk.sites import machines_with_sites
from sessions.desk.tickets import Ticket, TicketFile, TicketState
from sessions.errors import FarhandError
from sessions.guidance.procedures import find_procedure, shipped
from sessions.live.session import Session, SessionState, all_of
from sessions.people.access import find_machine, find_ticket, find_tickets
from sessions.people.invitations import Invitation
from sessions.people.persons import Person, Role


async def index(request: web.Request) -> web.StreamResponse:
    """``GET /tickets``"""
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        tickets = await find_tickets(db, person)
    return page(request, "desk/tickets.html", tickets=tickets)


async def new(request: web.Request) -> web.StreamResponse:
    """``GET /tickets/new``"""
    async with request.app[DATABASE].begin() as db:
        await signed_in(request, db)
        return await _form(request, db, {"title": "", "description": "", "machine": ""})


async def _form(
    request: web.Request, db: Db, form: dict[str, str], refusal: FarhandError | None = None
) -> web.Response:
    return page(
        request,
        "desk/ticket_new.html",
        status=refusal.status if refusal else 200,
        machines=await machines_with_sites(db),
        form=form,
        error=sentence(request, refusal) if refusal else None,
    )


async def create(request: web.Request) -> web.StreamResponse:
    """``POST /tickets`` with machine, title, description."""
    form = dict.fromkeys(("title", "description", "machine"), "") | await posted(request)
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        try:
            machine = await find_machine(db, person, form["machine"])
            ticket = await Ticket.report(
                db,
                person,
                machine,
                request.app[TIME].now(),
                title=form["title"],
                description=form["description"],
            )
        except FarhandError as refusal:
            return await _form(request, db, form, refusal)
    raise web.HTTPSeeOther(f"/tickets/{ticket.reference}")


async def show(request: web.Request) -> web.StreamResponse:
    """``GET /tickets/{reference}``"""
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        file = await find_ticket(db, person, request.match_info["reference"])
        return await _show(request, db, person, file)


async def _show(
    request: web.Request,
    db: Db,
    person: Person,
    file: TicketFile,
    fresh: dict[str, Any] | None = None,
) -> web.Response:
    told = await ticket_story(request, db, file)
    key = file.ticket.procedure_key
    return page(
        request,
        "desk/ticket.html",
        status=201 if fresh else 200,
        file=file,
        story=told.story,
        sessions=told.sessions,
        invitations=told.invitations,
        fresh_invitation=fresh,
        procedures=list(shipped().values()),
        procedure=find_procedure(key) if key else None,
        next_action=await _next_action(request, db, person, file, bool(told.invitations)),
    )


async def _next_action(
    request: web.Request, db: Db, person: Person, file: TicketFile, invited: bool
) -> str:
    if file.ticket.state is TicketState.closed:
        return "closed"
    open_sessions = [
        session
        for session in await all_of(db, file.ticket.id)
        if session.state is SessionState.open
    ]
    live = [room for s in open_sessions if (room := request.app[HUB].room_if_open(s.id))]
    if any(member.wire for room in live for member in room.members.values()):
        return "join" if person.role is Role.engineer else "watch"
    return "call" if invited else "invite"


async def invite(request: web.Request) -> web.StreamResponse:
    """``POST /tickets/{reference}/invitations`` with name and language."""
    form = await posted(request)
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        file = await find_ticket(db, person, request.match_info["reference"])
        language = form.get("language", file.site.language)
        invitation, token = await Invitation.make(
            db,
            file.ticket,
            person.id,
            request.app[TIME].now(),
            name=form.get("name", ""),
            language=language if language in SPOKEN else "en",
            lasts=request.app[SETTINGS].invitation_lasts,
        )
        fresh = sending(request, invitation, token, file, person.name)
        return await _show(request, db, person, file, fresh)


async def attach(request: web.Request) -> web.StreamResponse:
    """``POST /tickets/{reference}/procedure`` with the procedure's key."""
    form = await posted(request)
    procedure = find_procedure(form.get("procedure"))
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        file = await find_ticket(db, person, request.match_info["reference"])
        file.ticket.attach(db, procedure, person.id, request.app[TIME].now())
    await _follow_live(request, file, procedure.key, person)
    raise web.HTTPSeeOther(f"/tickets/{file.ticket.reference}")


async def _follow_live(request: web.Request, file: TicketFile, key: str, person: Person) -> None:
    """A call that is running takes the new procedure up at once."""
    for room in list(request.app[HUB].rooms.values()):
        if room.file.ticket.id == file.ticket.id and not room.over:

            async def follow() -> None:
                await room.follow(key, by=person.id)  # noqa: B023
                await room.changed()  # noqa: B023

            await room.ask(follow)


async def call(request: web.Request) -> web.StreamResponse:
    """``POST /tickets/{reference}/sessions``: start the call, or join the one that runs."""
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        file = await find_ticket(db, person, request.match_info["reference"])
        session = await Session.now_on(db, file.ticket, request.app[TIME].now(), by=person.id)
    raise web.HTTPSeeOther(f"/sessions/{session.id}")


async def close(request: web.Request) -> web.StreamResponse:
    """``POST /tickets/{reference}/close``"""
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        file = await find_ticket(db, person, request.match_info["reference"])
        file.ticket.close(db, person, request.app[TIME].now())
    raise web.HTTPSeeOther(f"/tickets/{file.ticket.reference}")


async def reopen(request: web.Request) -> web.StreamResponse:
    """``POST /tickets/{reference}/reopen``"""
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        file = await find_ticket(db, person, request.match_info["reference"])
        file.ticket.reopen(db, person, request.app[TIME].now())
    raise web.HTTPSeeOther(f"/tickets/{file.ticket.reference}")
