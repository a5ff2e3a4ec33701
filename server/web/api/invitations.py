"""Invitations by API."""

from aiohttp import web

from server.web.access import signed_in
from server.web.api.models import InvitationList, InvitationModel, NewInvitation
from server.web.api.operation import Operation, answer, body
from server.web.keys import DATABASE, SETTINGS, TIME
from server.web.links import join_url
from sessions.people.access import find_invitation, find_ticket
from sessions.people.invitations import Invitation, invitations_of


def invitation_model(invitation: Invitation, url: str | None = None) -> InvitationModel:
    return InvitationModel(
        id=invitation.id,
        name=invitation.name,
        language=invitation.language,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        first_used_at=invitation.first_used_at,
        revoked_at=invitation.revoked_at,
        url=url,
    )


async def index(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        file = await find_ticket(db, person, request.match_info["ticket"])
        found = await invitations_of(db, file.ticket.id)
    return answer(InvitationList(invitations=[invitation_model(row) for row in found]))


async def create(request: web.Request) -> web.StreamResponse:
    text = await request.read()
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        new = body(text, NewInvitation)
        file = await find_ticket(db, person, request.match_info["ticket"])
        invitation, token = await Invitation.make(
            db,
            file.ticket,
            person.id,
            request.app[TIME].now(),
            name=new.name,
            language=new.language or file.site.language,
            lasts=request.app[SETTINGS].invitation_lasts,
        )
    return answer(invitation_model(invitation, join_url(request, token)), 201)


async def revoke(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        invitation = await find_invitation(db, person, request.match_info["invitation"])
        invitation.revoke(db, person.id, request.app[TIME].now())
    return web.Response(status=204)


OPERATIONS = [
    Operation("GET", "/tickets/{ticket}/invitations", index, "Its invitations", InvitationList),
    Operation(
        "POST",
        "/tickets/{ticket}/invitations",
        create,
        "Invite a customer; the link is in this answer only",
        InvitationModel,
        NewInvitation,
        status=201,
    ),
    Operation("DELETE", "/invitations/{invitation}", revoke, "Withdraw an invitation", status=204),
]
