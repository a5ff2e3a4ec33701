"""Handing a call over to another browser of the same person, by a link to copy."""

import contextlib
from functools import partial

from aiohttp import web

from server.web import access, browsers
from server.web.keys import DATABASE, HUB, LANGUAGE, LANGUAGES, TIME
from server.web.links import base_url
from server.web.pages.invitations import dead_link, outside, stays_outside, to_join
from sessions.errors import FarhandError
from sessions.live.handover import let_go
from sessions.live.loop import ServerBusy
from sessions.live.participants import Participant
from sessions.people.handovers import HandOver


async def create(request: web.Request) -> web.StreamResponse:
    """``POST /join/handover``: the link, which works once, and how this browser is left by it."""
    now = request.app[TIME].now()
    async with request.app[DATABASE].begin() as db:
        visit = await access.guest(request, db)
        made, token = await HandOver.make(db, visit.guest, now)
    url = f"{base_url(request)}/h/{token}"
    return web.json_response(
        {
            "url": url,
            "expires_at": made.expires_at.isoformat(),
            "way_out": browsers.way_out(request, url),
        },
        status=201,
        headers={"Cache-Control": "no-store"},
    )


async def open_link(request: web.Request) -> web.StreamResponse:
    """``GET /h/{token}``: this browser is the guest's from now on."""
    now = request.app[TIME].now()
    try:
        async with request.app[DATABASE].begin() as db:
            handover, guest, invitation = await HandOver.by_token(db, request.match_info["token"])
            request[LANGUAGE] = request.app[LANGUAGES].choose(request, invitation.language)
            if await access.is_guest(request, db, guest):
                return to_join(request, None)
            handover.check_usable(now)
            if stays_outside(request):
                return outside(request)
            token = await handover.use(db, guest, invitation, now)
            session = await guest.session(db, invitation)
            participant = await Participant.of_guest(db, session, guest, invitation, now)
    except FarhandError as refusal:
        return dead_link(request, refusal)
    room = request.app[HUB].room_if_open(session.id)
    if room is not None and not room.over:
        with contextlib.suppress(ServerBusy):
            room.post(partial(let_go, room, str(participant.id)))
    return to_join(request, token)
