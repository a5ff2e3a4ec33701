"""Sessions and their timelines by API."""

from aiohttp import web

from recordings.recording import Recording
from server.web.access import signed_in
from server.web.api.models import (
    ParticipantModel,
    PhotoList,
    PhotoModel,
    SessionList,
    SessionModel,
    Timeline,
    TimelineEntry,
)
from server.web.api.operation import Operation, answer
from server.web.keys import DATABASE, TIME
from sessions.db import Db
from sessions.desk.tickets import TicketFile
from sessions.events import of_session
from sessions.live.participants import participants_of
from sessions.live.photos import photos_of
from sessions.live.session import Session, all_of
from sessions.people.access import find_session, find_ticket


async def session_model(db: Db, session: Session, file: TicketFile) -> SessionModel:
    recording = await Recording.of_session(db, session.id)
    return SessionModel(
        id=session.id,
        ticket=file.ticket.reference,
        state=session.state.value,
        opened_at=session.opened_at,
        started_at=session.started_at,
        ended_at=session.ended_at,
        participants=[
            ParticipantModel(
                id=participant.id,
                name=participant.name,
                role=participant.role.value,
                admitted_at=participant.admitted_at,
            )
            for participant in await participants_of(db, session.id)
        ],
        recording=recording.state.value if recording else None,
    )


async def index(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        file = await find_ticket(db, person, request.match_info["ticket"])
        found = [await session_model(db, s, file) for s in await all_of(db, file.ticket.id)]
    return answer(SessionList(sessions=found))


async def create(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        file = await find_ticket(db, person, request.match_info["ticket"])
        session = await Session.now_on(db, file.ticket, request.app[TIME].now(), by=person.id)
        model = await session_model(db, session, file)
    return answer(model, 201)


async def show(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        session, file = await find_session(db, person, request.match_info["session"])
        model = await session_model(db, session, file)
    return answer(model)


async def timeline(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        session, _ = await find_session(db, person, request.match_info["session"])
        events = await of_session(db, session.id)
        recording = await Recording.of_session(db, session.id)
    begun = recording.started_at if recording else None
    entries = []
    for event in events:
        offset = event.data.get("offset_ms")
        if offset is None and begun is not None and event.at >= begun:
            offset = int((event.at - begun).total_seconds() * 1000)
        entries.append(
            TimelineEntry(
                at=event.at,
                event=event.name,
                participant=event.participant_id,
                offset_ms=offset,
                data=event.data,
            )
        )
    return answer(Timeline(entries=entries))


async def photos(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        session, _ = await find_session(db, person, request.match_info["session"])
        found = await photos_of(db, session.id)
    return answer(
        PhotoList(
            photos=[
                PhotoModel(
                    id=photo.id,
                    participant=photo.participant_id,
                    reason=photo.reason.value,
                    taken_at=photo.taken_at,
                    offset_ms=photo.offset_ms,
                    width=photo.width,
                    height=photo.height,
                    bytes=photo.bytes,
                    sha256=photo.sha256,
                    unrecorded=photo.unrecorded,
                    url=photo.url,
                )
                for photo in found
            ]
        )
    )


OPERATIONS = [
    Operation("GET", "/tickets/{ticket}/sessions", index, "A ticket's sessions", SessionList),
    Operation(
        "POST",
        "/tickets/{ticket}/sessions",
        create,
        "The ticket's open session; a new one where there is none",
        SessionModel,
        status=201,
    ),
    Operation("GET", "/sessions/{session}", show, "One session", SessionModel),
    Operation("GET", "/sessions/{session}/photos", photos, "Its photos", PhotoList),
    Operation("GET", "/sessions/{session}/timeline", timeline, "What happened in it", Timeline),
]
