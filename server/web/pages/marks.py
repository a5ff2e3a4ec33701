"""Marks by HTTP: what a customer's phone has kept while there was no connection."""

from functools import partial
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from server.web import access
from server.web.keys import DATABASE, HUB, TIME
from sessions.guidance.checklists import NOTE_LIMIT, Marked, MarkKind, Wish
from sessions.live.conversation import mark, mark_without_room
from sessions.live.participants import Participant
from sessions.live.protocol import MessageRefused
from sessions.live.session import Session


class MarkMade(BaseModel):
    """A step was marked at ``made_at`` by the server's clock, as far as the phone knows it.
    Without ``participant`` and ``checklist`` it is about the session that runs now."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=64)
    step: str = Field(max_length=80)
    mark: MarkKind
    note: str = Field("", max_length=NOTE_LIMIT)
    made_at: AwareDatetime
    participant: UUID | None = None
    checklist: UUID | None = None


async def create(request: web.Request) -> web.StreamResponse:
    """``POST /join/marks``: when it counts as made, and whether it stands."""
    text = await request.read()
    try:
        made = MarkMade.model_validate_json(text)
    except ValidationError:
        raise MessageRefused from None
    now = request.app[TIME].now()
    async with request.app[DATABASE].begin() as db:
        participant, session = await access.place(request, db, made.participant)
    wish = Wish(made.step, made.mark, made.note, made.id, session.believable(made.made_at, now))
    marked = await _mark(request, session, participant, wish, made.checklist)
    return web.json_response({"at": marked.mark.at.isoformat(), "stands": marked.stands})


async def _mark(
    request: web.Request,
    session: Session,
    participant: Participant,
    wish: Wish,
    checklist: UUID | None,
) -> Marked:
    hub = request.app[HUB]

    async def without_room() -> Marked | None:
        opened = hub.room_if_open(session.id)
        if opened is not None and not opened.over:
            return None
        database, now = request.app[DATABASE], request.app[TIME].now()
        return await mark_without_room(database, session.id, participant, now, wish, checklist)

    room = hub.room_if_open(session.id)
    if room is None or room.over:
        marked = await hub.ask(without_room)
        if marked is not None:
            return marked
        room = await hub.room(session.id)
    return await room.ask(partial(mark, room, participant, wish, checklist))
