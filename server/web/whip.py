"""WHIP-shaped joining (RFC 9725): an SDP offer by HTTP, for encoders, glasses and tests."""

from functools import partial

from aiohttp import web

from server.web.access import address, signed_in
from server.web.keys import DATABASE, HUB, TIME
from sessions.errors import FarhandError
from sessions.live import entrance
from sessions.live.conversation import ConsentNeeded
from sessions.live.participants import CONSENT_TEXT_VERSION, Participant, ParticipantUnknown
from sessions.live.protocol import OFFER_LIMIT_CHARS
from sessions.live.room import Room
from sessions.people.access import find_session


class SdpWanted(FarhandError):
    code = "sdp-wanted"
    text = "Please send an SDP offer with the content type application/sdp."
    status = 415


class OfferTooLong(FarhandError):
    code = "offer-too-long"
    text = "This SDP offer is too long."
    status = 413


async def join(request: web.Request) -> web.StreamResponse:
    """``POST /whip/{session}?recording=agreed|refused`` with a bearer token: 201, the answer,
    and the address to ``DELETE`` in ``Location``."""
    if request.content_type != "application/sdp":
        raise SdpWanted
    try:
        offer = (await request.read()).decode()  # RFC 8866 section 5: SDP is UTF-8
    except UnicodeDecodeError:
        raise SdpWanted from None
    if len(offer) > OFFER_LIMIT_CHARS:
        raise OfferTooLong
    room, participant = await _place(request)
    answer = await room.ask(
        partial(
            entrance.join_headless,
            room,
            participant,
            offer,
            recording=_recording(request),
            version=CONSENT_TEXT_VERSION,
            address=address(request),
        )
    )
    return web.Response(
        status=201,
        text=answer.sdp,
        content_type="application/sdp",
        headers={"Location": f"/whip/{room.id}/{answer.leg}"},
    )


def _recording(request: web.Request) -> bool:
    answers = {"agreed": True, "refused": False}
    answer = answers.get(request.query.get("recording", ""))
    if answer is None:
        raise ConsentNeeded
    return answer


async def leave(request: web.Request) -> web.StreamResponse:
    """``DELETE /whip/{session}/{leg}``"""
    room, participant = await _place(request)
    member = room.members.get(str(participant.id))
    if member is None or member.leg != request.match_info["leg"]:
        raise ParticipantUnknown
    await room.ask(partial(entrance.leave, room, member))
    return web.Response(status=200)


async def _place(request: web.Request) -> tuple[Room, Participant]:
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        session, _ = await find_session(db, person, request.match_info["session"])
        session.check_open()
        participant = await Participant.of_person(db, session, person, request.app[TIME].now())
    return await request.app[HUB].room(session.id), participant
