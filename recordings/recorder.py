"""The recorder: follows a room and has everything captured while all who are in agree."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from recordings.disk import RATED_CALLS, Refusal, why_not
from recordings.recording import Recording
from recordings.salvage import seal_parts
from sessions.live.entrance import joined_note
from sessions.live.media import MediaUnavailable
from sessions.live.protocol import RecordingState
from sessions.live.room import Room
from sessions.live.session import Session

log = logging.getLogger(__name__)

RECORDER = "farhand 0.1.0"
ANSWER_SECONDS = 1.0
RETRY_NS = 10_000_000_000


class Recorder:
    """Observes one room. Capture begins when a consenting customer's media can flow, stops
    within one room message when anybody who is in does not consent, and outlives dropped
    connections: a gap is data, not an end. Where the disk does not allow it the call goes on
    unrecorded, everybody is told, and it is tried again."""

    def __init__(
        self,
        room: Room,
        folder: Path,
        complete: Callable[[Room], None],
        rated_calls: int = RATED_CALLS,
    ) -> None:
        self.room = room
        self.folder = folder
        self.running = False
        self._complete = complete
        self._rated_calls = rated_calls
        self._asked: asyncio.Task[Refusal | None] | None = None
        self._retry_ns = 0
        self._told: Refusal | None = None

    async def changed(self, room: Room) -> None:
        here = [member for member in room.members.values() if member.here]
        refusing = next((member for member in here if member.consent is False), None)
        if refusing is not None:
            await self._stop()
            room.recording = RecordingState(state="refused", by=refusing.id)
            return
        if self.running:
            return
        ready = any(member.customer and member.leg_connected for member in here)
        guided = any(not member.customer for member in here)
        if ready and guided:
            await self._begin()
        elif room.recording.state == "refused":
            room.recording = RecordingState(state="off")

    async def ticked(self, room: Room) -> None:
        """Try again what the disk did not allow."""
        before = room.recording
        if before.state == "unavailable":
            await self.changed(room)
            if room.recording != before:
                room.announce()

    async def noted(self, room: Room, note: dict[str, Any]) -> None:
        if self.running:
            await room.plane.note(room.id, note)

    async def interrupted(self, room: Room) -> None:
        """What was captured is on the disk; the next part begins when media flows again."""
        if not self.running:
            return
        self.running = False
        room.recording = RecordingState(state="off", since=room.recording.since)
        await asyncio.to_thread(seal_parts, self.folder)

    async def ended(self, room: Room) -> None:
        await self._stop()
        if room.recording_origin_ns is not None:
            await self._seal()
            self._complete(room)

    async def _begin(self) -> None:
        room = self.room
        if room.recording.state == "unavailable" and room.time.monotonic_ns() < self._retry_ns:
            return
        if why := await self._ask_disk():
            await self._unavailable(why)
            return
        now = room.time.now()
        head = {
            "session": room.id,
            "ticket": room.file.ticket.reference,
            "title": room.file.ticket.title,
            "recorder": RECORDER,
        }
        try:
            part = await room.plane.record(room.id, str(self.folder), head)
            self.running = True
            async with room.database.begin() as db:
                recording = await Recording.begin(db, room.session, now, Path(part.path).name)
        except (MediaUnavailable, OSError, SQLAlchemyError):
            log.exception("capture could not begin", extra={"room": room.id})
            await self._unavailable("failing")
            return
        self._told = None
        earlier_ns = int((now - recording.started_at).total_seconds() * 1e9)
        room.recording_origin_ns = part.started_mono_ns - earlier_ns
        room.recording = RecordingState(state="on", since=room.recording.since or now)
        await self._note_who_is_here()

    async def _ask_disk(self) -> Refusal | None:
        """Whether it allows a recording. A disk that does not answer is not waited for, and not
        asked again before it has."""
        asked, patience = self._asked, 0.0
        if asked is None:
            question = asyncio.to_thread(why_not, self.folder, self._rated_calls)
            asked, patience = asyncio.create_task(question, name="disk"), ANSWER_SECONDS
        await asyncio.wait({asked}, timeout=patience)
        self._asked = None if asked.done() else asked
        return asked.result() if asked.done() else "failing"

    async def _unavailable(self, why: Refusal) -> None:
        room = self.room
        if self.running:
            self.running = False
            await room.plane.stop_recording(room.id)
        self._retry_ns = room.time.monotonic_ns() + RETRY_NS
        room.recording = RecordingState(state="unavailable", since=room.recording.since, why=why)
        if self._told == why:
            return
        log.error("call is not recorded", extra={"room": room.id, "why": why})
        try:
            async with room.database.begin() as db:
                Recording.unavailable(db, room.session, room.time.now(), why)
        except SQLAlchemyError:  # it may be on the same disk: told when it works again
            log.exception("event could not be written", extra={"room": room.id})
            return
        self._told = why

    async def _note_who_is_here(self) -> None:
        room = self.room
        for member in room.members.values():
            if member.here:
                await self.noted(room, joined_note(member))
        if room.checklist is not None:
            title = room.checklist.procedure.title["en"]
            await self.noted(
                room,
                {"event": "procedure", "title": title, "key": room.checklist.procedure_key},
            )

    async def _stop(self) -> None:
        if not self.running:
            return
        self.running = False
        room = self.room
        room.recording = RecordingState(state="off")
        await room.plane.stop_recording(room.id)
        await self._seal()

    async def _seal(self) -> None:
        """Say that the log is complete; it may have been since the media process was lost."""
        room = self.room
        now = room.time.now()
        async with room.database.begin() as db:
            recording = await Recording.of_session(db, room.session.id)
            if recording is not None:
                recording.seal(db, await db.get_one(Session, room.session.id), now)
