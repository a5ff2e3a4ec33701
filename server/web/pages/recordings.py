"""Playback: the page of a recording, its state, its files with ranges."""

import json
from pathlib import Path
from typing import Any

from aiohttp import web

from recordings.recording import Recording, RecordingFile, RecordingState, RecordingUnknown
from server.web.access import signed_in
from server.web.answers import page
from server.web.keys import DATABASE, SETTINGS
from sessions.db import Db
from sessions.desk.tickets import TicketFile
from sessions.guidance.checklists import checklist_of
from sessions.live.session import Session
from sessions.people.access import find_session

REVIEWS, TIMELINE, POSTER = ("review.webm", "review.mp4"), "timeline.json", "poster.jpg"
PHOTOS = "/photos/"


async def find_recording(request: web.Request, db: Db) -> tuple[Recording, Session, TicketFile]:
    """The recording of the session in the address. Raises RecordingUnknown, SignInNeeded."""
    person = await signed_in(request, db)
    session, file = await find_session(db, person, request.match_info["session"])
    recording = await Recording.of_session(db, session.id)
    if recording is None:
        raise RecordingUnknown
    return recording, session, file


async def show(request: web.Request) -> web.StreamResponse:
    """``GET /recordings/{session}``"""
    async with request.app[DATABASE].begin() as db:
        recording, session, file = await find_recording(request, db)
        files = await recording.files(db)
        checklist = await checklist_of(db, session.id)
    base = f"/recordings/{session.id}/files"
    files.sort(key=lambda file: Path(file.name).stem)  # what somebody sent first, then more of it
    review = next((file.name for file in files if file.name in REVIEWS), REVIEWS[0])
    timeline = _timeline(request, session) if recording.state is RecordingState.ready else None
    return page(
        request,
        "desk/recording.html",
        file=file,
        session=session,
        recording=recording,
        timeline=timeline,
        photos=_photos(timeline) if timeline else [],
        procedure=checklist.procedure if checklist else None,
        files=files,
        review_url=f"{base}/{review}",
        files_url=base,
        poster_url=f"{base}/{POSTER}",
        zone=file.site.zone,
    )


def _timeline(request: web.Request, session: Session) -> dict[str, Any] | None:
    path = produced_folder(request, session) / TIMELINE
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except OSError:
        return None
    return found


def _photos(timeline: dict[str, Any]) -> list[dict[str, Any]]:
    """The photos of a call in order: the server's own, whatever a log says."""
    entries = timeline["entries"]
    photos = [entry for entry in entries if entry["event"] == "photo" and entry.get("photo")]
    return [photo for photo in photos if str(photo.get("url")).startswith(PHOTOS)]


def produced_folder(request: web.Request, session: Session) -> Path:
    """Where a session's produced files are."""
    return request.app[SETTINGS].recordings_dir / str(session.id) / "produced"


async def state(request: web.Request) -> web.StreamResponse:
    """``GET /recordings/{session}/state.json``"""
    async with request.app[DATABASE].begin() as db:
        recording, _, _ = await find_recording(request, db)
    return web.json_response({"state": recording.state.value})


async def file(request: web.Request) -> web.StreamResponse:
    """``GET /recordings/{session}/files/{name}``, with ranges (RFC 9110 section 14)."""
    name = request.match_info["name"]
    async with request.app[DATABASE].begin() as db:
        recording, session, _ = await find_recording(request, db)
        known: list[RecordingFile] = await recording.files(db)
    found = next((file for file in known if file.name == name), None)
    path = produced_folder(request, session) / name
    if found is None or not path.is_file():
        raise RecordingUnknown
    return web.FileResponse(
        path,
        headers={
            "Content-Type": found.content_type,
            "Cache-Control": "private, no-cache",
        },
    )
