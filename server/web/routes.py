"""The whole URL map."""

from aiohttp import web

from server.web import socket, whip
from server.web.api import openapi
from server.web.pages import (
    calls,
    desk,
    handovers,
    health,
    invitations,
    marks,
    photos,
    recordings,
    sign_in,
    tickets,
)
from server.web.static import Assets


def routes(assets: Assets) -> list[web.RouteDef]:
    """Every address of Farhand."""
    get, post, delete = web.get, web.post, web.delete
    return [
        # Everybody
        get("/", sign_in.home),
        get("/health", health.show),
        get("/static/{path:.+}", assets.serve),
        get("/locale/{language}.json", sign_in.catalogue),
        post("/language", sign_in.choose_language),
        # Signing in
        get("/sign-in", sign_in.show),
        post("/sign-in", sign_in.sign_in),
        post("/sign-out", sign_in.sign_out),
        get("/in/{token}", sign_in.by_link),
        # The desk
        get("/desk", desk.show),
        get("/tickets", tickets.index),
        get("/tickets/new", tickets.new),
        post("/tickets", tickets.create),
        get("/tickets/{reference}", tickets.show),
        post("/tickets/{reference}/invitations", tickets.invite),
        post("/tickets/{reference}/procedure", tickets.attach),
        post("/tickets/{reference}/sessions", tickets.call),
        post("/tickets/{reference}/close", tickets.close),
        post("/tickets/{reference}/reopen", tickets.reopen),
        get("/invitations/qr.svg", invitations.qr),
        post("/invitations/{invitation}/revoke", invitations.revoke),
        # The call
        get("/j/{token}", invitations.open_link),
        get("/h/{token}", handovers.open_link),
        get("/join", calls.join),
        post("/join/consent", calls.guest_consent),
        post("/join/handover", handovers.create),
        post("/join/marks", marks.create),
        web.options("/join/photos", photos.options),
        post("/join/photos", photos.create),
        web.head("/join/photos/{photo}", photos.head),
        web.patch("/join/photos/{photo}", photos.patch),
        get("/photos/{photo}.jpg", photos.show),
        get("/sessions/{session}", calls.console),
        post("/sessions/{session}/consent", calls.staff_consent),
        post("/sessions/{session}/invitations", invitations.create),
        get("/socket", socket.socket),
        post("/whip/{session}", whip.join),
        delete("/whip/{session}/{leg}", whip.leave),
        # Recordings
        get("/recordings/{session}", recordings.show),
        get("/recordings/{session}/state.json", recordings.state),
        get("/recordings/{session}/files/{name:.+}", recordings.file),
        # Programs
        get(f"{openapi.PREFIX}/openapi.json", openapi.show),
        *(
            web.route(operation.method, openapi.PREFIX + operation.path, operation.handler)
            for operation in openapi.OPERATIONS
        ),
    ]
