"""A small recorded call: Mina, a customer, films her machine; Arvid, an engineer, guides her."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recordings.capture import Capture
from tests.recordings.sender import SECOND, Sent, Source, deliver, described

HEAD = {
    "session": "session-1",
    "ticket": "SR-2026-0001",
    "title": "Charger stops at 80 %",
    "recorder": "farhand 0.1.0",
}
MINA, ARVID = "mina", "arvid"
ROLES = {MINA: ("Mina", "customer"), ARVID: ("Arvid", "engineer")}


@dataclass
class Call:
    """What happens in one log part; ``at`` are seconds of the call."""

    legs: dict[int, Sequence[Sent]] = field(default_factory=dict)
    described: dict[int, dict[str, object]] = field(default_factory=dict)
    notes: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def leg(self, participant: str, sent: Sequence[Sent], **sources: Source) -> None:
        """A connection of ``participant``, and all that arrives on it."""
        number = len(self.legs) + 1
        self.legs[number] = sent
        self.described[number] = described(participant, **sources)

    def note(self, at: float, event: str, **more: Any) -> None:
        self.notes.append((at, {"event": event, **more}))

    def joined(self, *participants: str) -> None:
        for one in participants:
            name, role = ROLES[one]
            self.note(0, "joined", participant=one, name=name, role=role)

    def capture(self, folder: Path, base_ns: int | None = None) -> Capture:
        """Write it all into a new part, and seal that."""
        capture = Capture.begin(folder, HEAD)
        base = capture.started_mono_ns if base_ns is None else base_ns
        for leg, description in self.described.items():
            capture.leg(leg, description)
        for at, note in sorted(self.notes, key=lambda note: note[0]):
            capture.note(note, base + int(at * SECOND))
        deliver(capture, self.legs, base)
        capture.seal()
        return capture
