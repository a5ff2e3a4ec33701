"""The call's pages: the customer's join page and the engineer's console."""

from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.web import access
from server.web.answers import page
from server.web.keys import DATABASE, GAUGE, HUB, ICE_SERVERS, LANGUAGE, LANGUAGES, TIME
from server.web.language import SPOKEN
from server.web.pages.invitations import dead_link
from sessions.db import Db
from sessions.desk.sites import Organisation
from sessions.desk.tickets import TicketFile, ticket_files
from sessions.errors import FarhandError
from sessions.guidance.procedures import in_language, shipped
from sessions.live.conversation import agree
from sessions.live.participants import CONSENT_TEXT_VERSION, Participant, consent_of
from sessions.live.protocol import MessageRefused
from sessions.live.session import Session, SessionState
from sessions.people.access import find_session


class ConsentGiven(BaseModel):
    """What a person answered, in which language, to which version of the text."""

    model_config = ConfigDict(extra="forbid")

    recording: bool
    language: str = Field(max_length=8)
    version: str = Field(max_length=20)


async def join(request: web.Request) -> web.StreamResponse:
    """``GET /join``: everything a customer needs, on one page."""
    try:
        async with request.app[DATABASE].begin() as db:
            visit = await access.guest(request, db)
            participant = await Participant.of_guest(
                db, visit.session, visit.guest, visit.invitation, request.app[TIME].now()
            )
            file = (await ticket_files(db, ticket=visit.session.ticket_id))[0]
            context = await _call_page(request, db, visit.session, participant, file)
            context["caller"] = await _caller(db, file)
    except FarhandError as refusal:
        return dead_link(request, refusal)
    context["side"] = "guest"
    context["state"] = "ended" if visit.session.state is SessionState.ended else "ready"
    context["not_recorded"] = await _why_not_recorded(request, visit.session)
    return page(request, "call/join.html", page=context)


async def console(request: web.Request) -> web.StreamResponse:
    """``GET /sessions/{session}``: the engineer's console."""
    async with request.app[DATABASE].begin() as db:
        person = await access.signed_in(request, db)
        session, file = await find_session(db, person, request.match_info["session"])
        if session.state is SessionState.ended:
            raise web.HTTPSeeOther(f"/tickets/{file.ticket.reference}")
        participant = await Participant.of_person(db, session, person, request.app[TIME].now())
        context = await _call_page(request, db, session, participant, file)
    context["side"] = "staff"
    context["session"] = str(session.id)
    context["ticket"]["url"] = f"/tickets/{file.ticket.reference}"
    context["procedures"] = [
        {"key": procedure.key, "title": in_language(procedure.title, request[LANGUAGE])}
        for procedure in shipped().values()
    ]
    context["invite_url"] = f"/sessions/{session.id}/invitations"
    context["not_recorded"] = await _why_not_recorded(request, session)
    return page(request, "call/console.html", page=context)


async def _call_page(
    request: web.Request, db: Db, session: Session, participant: Participant, file: TicketFile
) -> dict[str, Any]:
    consent = await consent_of(db, participant.id)
    clocks = [{"label": file.site.city or file.site.name, "zone": file.site.zone}]
    if file.engineer is not None:
        clocks.append(
            {"label": file.engineer.place or file.engineer.name, "zone": file.engineer.zone}
        )
    return {
        "language": request[LANGUAGE],
        "languages": request.app[LANGUAGES].choices,
        "participant": {
            "id": str(participant.id),
            "name": participant.name,
            "consent": consent.recording if consent else None,
        },
        "ticket": {"reference": file.ticket.reference, "title": file.ticket.title},
        "machine": file.machine.label,
        "place": file.site.name,
        "site_language": file.site.language,
        "clocks": clocks,
        "now": request.app[TIME].now().isoformat(),
        "consent": {"version": CONSENT_TEXT_VERSION},
        "socket": "/socket",
        "ice_servers": request.app[ICE_SERVERS](str(participant.id), request.app[TIME].now()),
    }


async def _why_not_recorded(request: web.Request, session: Session) -> str | None:
    """What will keep this session from being recorded, unless that changes. A recording that
    runs goes on for as long as there is any room."""
    room = request.app[HUB].room_if_open(session.id)
    if session.state is SessionState.ended or (room and room.recording.state == "on"):
        return None
    return await request.app[GAUGE].read(request.app[TIME].monotonic_ns())


async def _caller(db: Db, file: TicketFile) -> dict[str, str]:
    engineer = file.engineer
    organisation = None
    if engineer is not None and engineer.organisation_id is not None:
        organisation = await db.get(Organisation, engineer.organisation_id)
    return {
        "name": engineer.name if engineer else "",
        "organisation": organisation.name if organisation else "",
    }


async def guest_consent(request: web.Request) -> web.StreamResponse:
    """``POST /join/consent``"""
    text = await request.read()
    async with request.app[DATABASE].begin() as db:
        visit = await access.guest(request, db)
        participant = await Participant.of_guest(
            db, visit.session, visit.guest, visit.invitation, request.app[TIME].now()
        )
    return await _agree(request, visit.session, participant, _given(text))


async def staff_consent(request: web.Request) -> web.StreamResponse:
    """``POST /sessions/{session}/consent``"""
    text = await request.read()
    async with request.app[DATABASE].begin() as db:
        person = await access.signed_in(request, db)
        session, _ = await find_session(db, person, request.match_info["session"])
        participant = await Participant.of_person(db, session, person, request.app[TIME].now())
    return await _agree(request, session, participant, _given(text))


def _given(text: bytes) -> ConsentGiven:
    try:
        given = ConsentGiven.model_validate_json(text)
    except ValidationError:
        raise MessageRefused from None
    if given.language not in SPOKEN:
        raise MessageRefused
    return given


async def _agree(
    request: web.Request, session: Session, participant: Participant, given: ConsentGiven
) -> web.Response:
    """Store the answer; where the participant is in the room already, it takes effect there."""
    where = access.address(request)
    room = request.app[HUB].room_if_open(session.id)
    member = room.members.get(str(participant.id)) if room else None
    if room is not None and member is not None and not room.over:
        await room.ask(lambda: agree(room, member, **given.model_dump(), address=where))
    else:
        async with request.app[DATABASE].begin() as db:
            stored = await db.get_one(Participant, participant.id)
            await stored.consent(
                db, session, request.app[TIME].now(), **given.model_dump(), address=where
            )
    return web.Response(status=204)
