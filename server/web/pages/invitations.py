"""Invitations: the link a customer opens, its QR code, and withdrawing it."""

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from server.web import access, browsers
from server.web.answers import error_json, page, sentence, translate, wants_json
from server.web.keys import DATABASE, DRAW_QR, LANGUAGE, LANGUAGES, SETTINGS, TIME
from server.web.language import SPOKEN
from server.web.links import base_url, join_url, sending
from sessions.db import Db
from sessions.desk.tickets import ticket_files
from sessions.errors import FarhandError
from sessions.live.protocol import MessageRefused
from sessions.people.access import find_invitation, find_session
from sessions.people.invitations import Guest, Invitation

GUEST_COOKIE_SECONDS = 7 * 24 * 3600


class NewGuest(BaseModel):
    """Who is invited; without a language it is the site's."""

    model_config = ConfigDict(extra="forbid")

    name: str
    language: str | None = None


async def open_link(request: web.Request) -> web.StreamResponse:
    """``GET /j/{token}``: the token goes into a cookie and out of the address bar. A browser
    inside another app, and a messenger's preview, stay here and use nothing up."""
    now = request.app[TIME].now()
    try:
        async with request.app[DATABASE].begin() as db:
            invitation = await Invitation.by_token(db, request.match_info["token"])
            request[LANGUAGE] = request.app[LANGUAGES].choose(request, invitation.language)
            await invitation.check_usable(db, now)
            known = await _same_guest(request, db, invitation)
            token = None
            if not known:
                if stays_outside(request):
                    return outside(request)
                _, token = await invitation.open(db, now, access.address(request))
    except FarhandError as refusal:
        return dead_link(request, refusal)
    return to_join(request, token)


def stays_outside(request: web.Request) -> bool:
    """Whether the link is better opened by another browser, or nobody has opened it at all.
    ``?here`` is the person's own decision."""
    if "here" in request.query and request.method == "GET":
        return False
    return browsers.is_preview(request) or browsers.is_built_in(request)


def outside(request: web.Request) -> web.Response:
    """How to open this link in the real browser, at the very address to open there."""
    link = base_url(request) + request.path
    return page(
        request,
        "call/outside.html",
        link=link,
        way_out=browsers.way_out(request, link),
        here=f"{request.path}?here",
    )


def to_join(request: web.Request, token: str | None) -> web.Response:
    """On to the join page, as the guest whose token this is, or as who is known already."""
    response = web.Response(status=303, headers={"Location": "/join"})
    response.headers["Cache-Control"] = "no-store"
    if token is not None:
        access.set_cookie(request, response, access.GUEST_COOKIE, token, lasts=GUEST_COOKIE_SECONDS)
    return response


async def _same_guest(request: web.Request, db: Db, invitation: Invitation) -> bool:
    """Whether this browser opened this very invitation before."""
    token = request.cookies.get(access.cookie_name(request, access.GUEST_COOKIE))
    found = await Guest.by_token(db, token) if token else None
    return found is not None and found[1].id == invitation.id


def dead_link(request: web.Request, refusal: FarhandError) -> web.Response:
    """The page of a link that leads nowhere any more."""
    if wants_json(request):
        return error_json(request, refusal)
    return page(
        request,
        "call/dead.html",
        status=refusal.status,
        title=translate(request, "This link does not work"),
        message=sentence(request, refusal),
        hint=translate(
            request, "Nothing is lost: your ticket is safe. Your engineer can send a new link."
        ),
    )


async def create(request: web.Request) -> web.StreamResponse:
    """``POST /sessions/{session}/invitations``: JSON name and language; from the console."""
    text = await request.read()
    async with request.app[DATABASE].begin() as db:
        person = await access.signed_in(request, db)
        new = _new(text)
        _, file = await find_session(db, person, request.match_info["session"])
        invitation, token = await Invitation.make(
            db,
            file.ticket,
            person.id,
            request.app[TIME].now(),
            name=new.name,
            language=new.language or file.site.language,
            lasts=request.app[SETTINGS].invitation_lasts,
        )
        handed = sending(request, invitation, token, file, person.name)
    handed["expires_at"] = handed["expires_at"].isoformat()
    return web.json_response(handed, status=201)


def _new(text: bytes) -> NewGuest:
    try:
        new = NewGuest.model_validate_json(text)
    except ValidationError:
        raise MessageRefused from None
    if new.language not in (None, *SPOKEN):
        raise MessageRefused
    return new


async def revoke(request: web.Request) -> web.StreamResponse:
    """``POST /invitations/{invitation}/revoke``"""
    async with request.app[DATABASE].begin() as db:
        person = await access.signed_in(request, db)
        invitation = await find_invitation(db, person, request.match_info["invitation"])
        invitation.revoke(db, person.id, request.app[TIME].now())
        file = (await ticket_files(db, ticket=invitation.ticket_id))[0]
    raise web.HTTPSeeOther(f"/tickets/{file.ticket.reference}")


async def qr(request: web.Request) -> web.StreamResponse:
    """``GET /invitations/qr.svg?link=TOKEN``: only for staff, only right after it was made."""
    async with request.app[DATABASE].begin() as db:
        await access.signed_in(request, db)
        token = request.query.get("link", "")
        await Invitation.by_token(db, token)
    response = web.Response(
        body=request.app[DRAW_QR](join_url(request, token)), content_type="image/svg+xml"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
