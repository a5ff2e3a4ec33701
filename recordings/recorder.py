"""The recorder: follows a room and has everything captured while all who are in agree."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recordings.recording import Recording
from recordings.salvage import seal_parts
from sessions.live.entrance import joined_note
from sessions.live.media import MediaUnavailable
from sessions.live.protocol import RecordingState
from sessions.live.room import Room
from sessions.live.session import Session

log = logging.getLogger(__name__)

RECORDER = "farhand 0.1.0"


class Recorder:
    """Observes one room. Capture begins when a consenting customer's media can flow, stops
    within one room message when anybody who is in does not consent, and outlives dropped
    connections: a gap is data, not an end."""

    def __init__(self, room: Room, folder: Path, complete: Callable[[Room], None]) -> None:
        self.room = room
        self.folder = folder
        self.running = False
        self._complete = complete

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
            self._complete(room)

    async def _begin(self) -> None:
        room = self.room
        now = room.time.now()
        head = {
            "session": room.id,
            "ticket": room.file.ticket.reference,
            "title": room.file.ticket.title,
            "recorder": RECORDER,
        }
        try:
            part = await room.plane.record(room.id, str(self.folder), head)
        except (MediaUnavailable, OSError):
            log.exception("capture could not begin", extra={"room": room.id})
            room.recording = RecordingState(state="unavailable")
            return
        self.running = True
        async with room.database.begin() as db:
            recording = await Recording.begin(db, room.session, now, Path(part.path).name)
        earlier_ns = int((now - recording.started_at).total_seconds() * 1e9)
        room.recording_origin_ns = part.started_mono_ns - earlier_ns
        room.recording = RecordingState(state="on", since=room.recording.since or now)
        await self._note_who_is_here()

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
        now = room.time.now()
        async with room.database.begin() as db:
            recording = await Recording.of_session(db, room.session.id)
            if recording is not None:
                recording.seal(db, await db.get_one(Session, room.session.id), now)
