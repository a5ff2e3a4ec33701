"""A ticket's story: its events in words, its sessions, its invitations."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aiohttp import web
from sqlmodel import col, select

from recordings.recording import Recording, recordings_of
from server.web.answers import translate
from server.web.keys import LANGUAGE, TIME
from server.web.templates import clock, duration
from sessions.db import Db
from sessions.desk.tickets import TicketFile
from sessions.events import Event, of_ticket
from sessions.guidance.procedures import in_language, shipped
from sessions.live.participants import Participant, participants_of
from sessions.live.session import Session, all_of
from sessions.people.invitations import Guest, Invitation, invitations_of
from sessions.people.persons import Person

# What an event is called in the story; events that are not here are not told.
SENTENCES = {
    "ticket.reported": "Ticket opened",
    "ticket.closed": "Ticket closed",
    "ticket.reopened": "Ticket reopened",
    "ticket.procedure-attached": "Procedure attached: %(procedure)s",
    "invitation.made": "%(name)s invited",
    "invitation.opened": "Invitation link opened",
    "invitation.revoked": "Invitation withdrawn",
    "session.opened": "Session opened",
    "session.started": "Session started",
    "session.ended": "Session ended",
    "participant.joined": "%(name)s joined",
    "participant.left": "%(name)s left",
    "participant.lost": "%(name)s lost the connection",
    "participant.back": "%(name)s is back",
    "participant.admitted": "%(name)s was let in",
    "participant.turned-away": "%(name)s was turned away",
    "consent.given": "%(name)s agreed to be recorded",
    "consent.refused": "%(name)s did not agree to be recorded: this session is not recorded",
    "consent.withdrawn": "%(name)s withdrew the consent: recording stopped",
    "step.done": "Step %(number)s done: %(step)s",
    "step.skipped": "Step %(number)s skipped: %(step)s",
    "step.problem": "Problem at step %(number)s: %(step)s",
    "step.reopened": "Step %(number)s opened again: %(step)s",
    "step.overtaken": "Step %(number)s: a mark that came late changes nothing: %(step)s",
    "photo.taken": "Photo from %(name)s",
    "invitation.handed-over": "%(name)s went on in another browser",
    "recording.begun": "Recording began",
    "recording.recovered": "Recording recovered after the server was interrupted",
    "recording.ready": "Recording ready, %(length)s",
    "recording.unavailable.disk-nearly-full": "Not recorded: the server's disk is nearly full",
    "recording.unavailable.failing": "Not recorded: the server's disk does not work",
    "recording.failed": "The recording could not be made playable; the raw recording is kept",
}
PROBLEMS = {
    "step.problem",
    "recording.failed",
    "recording.unavailable",
    "consent.refused",
    "consent.withdrawn",
    "participant.lost",
}


@dataclass(frozen=True)
class Told:
    """What the ticket page shows of the past."""

    story: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    invitations: list[dict[str, Any]]


async def ticket_story(request: web.Request, db: Db, file: TicketFile) -> Told:
    """Read a ticket's events, sessions and invitations, for its page."""
    events = await of_ticket(db, file.ticket.id)
    sessions = await all_of(db, file.ticket.id)
    recordings = await recordings_of(db, [session.id for session in sessions])
    participants: dict[UUID, Participant] = {}
    for session in sessions:
        participants |= {p.id: p for p in await participants_of(db, session.id)}
    ids = {event.person_id for event in events}
    persons = (await db.exec(select(Person).where(col(Person.id).in_(ids)))).all()
    names = {person.id: person.name for person in persons}
    names |= {p.id: p.name for p in participants.values()}
    entries = (_entry(request, event, names, file.site.zone) for event in events)
    return Told(
        story=_photos_together(entry for entry in entries if entry is not None),
        sessions=[
            _session(session, recordings.get(session.id), list(participants.values()), events)
            for session in sessions
        ],
        invitations=await _invitations(db, file, request.app[TIME].now()),
    )


def _entry(
    request: web.Request, event: Event, names: dict[UUID, str], zone: str
) -> dict[str, Any] | None:
    sentence = SENTENCES.get(event.name) or SENTENCES.get(f"{event.name}.{event.data.get('why')}")
    if sentence is None:
        return None
    values = _values(event, names, request[LANGUAGE])
    by = names.get(event.person_id or event.participant_id or UUID(int=0))
    kind = event.name.partition(".")[0]
    if event.name in PROBLEMS:
        kind = "problem"
    elif kind not in ("session", "recording", "photo"):
        kind = "event"
    href = None
    if event.name == "recording.ready":
        href = f"/recordings/{event.session_id}"
    return {
        "at": event.at,
        "text": translate(request, sentence) % values,
        "by": None if "%(name)s" in sentence and event.name != "invitation.made" else by,
        "kind": kind,
        "note": event.data.get("note") or None,
        "late": _late(request, event, zone),
        "href": href,
        "photos": [_photo(event)] if event.name == "photo.taken" else [],
        "unrecorded": event.data.get("unrecorded", False),
    }


def _late(request: web.Request, event: Event, zone: str) -> str | None:
    """Of a mark that waited on the phone: when it was made, and when it came."""
    received = event.data.get("received_at")
    if received is None or not event.name.startswith("step."):
        return None
    return translate(request, "Marked at %(made)s, received at %(received)s") % {
        "made": clock(event.at, zone),
        "received": clock(datetime.fromisoformat(received), zone),
    }


def _photo(event: Event) -> dict[str, Any]:
    return {"at": event.at, "url": event.data["url"]}


def _photos_together(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Photos of one person that follow each other are one entry: on a weak line there are many."""
    together: list[dict[str, Any]] = []
    for entry in entries:
        last = together[-1] if together else None
        same = last is not None and (last["kind"], last["text"]) == (entry["kind"], entry["text"])
        if last is not None and same and entry["photos"]:
            last["photos"] += entry["photos"]
        else:
            together.append(entry)
    return together


def _values(event: Event, names: dict[UUID, str], language: str) -> dict[str, Any]:
    data = event.data
    who = event.participant_id or event.person_id
    values: dict[str, Any] = {"name": data.get("name") or (names.get(who, "") if who else "")}
    values["length"] = duration(data.get("duration_ms"))
    values["number"] = data.get("number", "")
    values["step"] = data.get("step", "")
    for procedure in shipped().values():
        step = procedure.step(str(data.get("step")))
        if step is not None and procedure.number(step.key) == data.get("number"):
            values["step"] = in_language(step.title, language)
        if procedure.key == data.get("procedure"):
            values["procedure"] = in_language(procedure.title, language)
    values.setdefault("procedure", data.get("procedure", ""))
    return values


def _session(
    session: Session,
    recording: Recording | None,
    participants: list[Participant],
    events: list[Event],
) -> dict[str, Any]:
    refused = any(
        event.session_id == session.id and event.name in ("consent.refused", "consent.withdrawn")
        for event in events
    )
    return {
        "session": session,
        "recording": recording,
        "participants": [p for p in participants if p.session_id == session.id and p.admitted],
        "refused": refused,
        "disk": _refusal_of_disk(session, events),
        "poster_url": f"/recordings/{session.id}/files/poster.jpg",
    }


def _refusal_of_disk(session: Session, events: list[Event]) -> str | None:
    """Why a session was not recorded, or not all of it, if that was the disk's fault."""
    whys = [
        str(event.data.get("why"))
        for event in events
        if event.session_id == session.id and event.name == "recording.unavailable"
    ]
    return whys[-1] if whys else None


async def _invitations(db: Db, file: TicketFile, now: datetime) -> list[dict[str, Any]]:
    invitations = await invitations_of(db, file.ticket.id)
    ids = [invitation.id for invitation in invitations]
    guests = (await db.exec(select(Guest).where(col(Guest.invitation_id).in_(ids)))).all()
    uses = Counter(guest.invitation_id for guest in guests)
    return [
        {
            "invitation": invitation,
            "state": await _state(db, invitation, now),
            "uses": uses[invitation.id],
        }
        for invitation in invitations
    ]


async def _state(db: Db, invitation: Invitation, now: datetime) -> str:
    if invitation.revoked_at:
        return "revoked"
    if not await invitation.usable(db, now):
        return "expired"
    return "used" if invitation.first_used_at else "fresh"
