"""A member of a live room: a participant with a connection, devices and a place."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sessions.ids import new_token
from sessions.live.participants import Participant, ParticipantRole
from sessions.live.protocol import (
    Device,
    Line,
    Media,
    Presence,
    RoomParticipant,
    Rung,
    RungReason,
    ToClient,
    Torch,
    Trouble,
    Uplink,
)


class Wire(Protocol):
    """A client's signalling connection as a room sees it: it never makes the room wait."""

    address: str

    def send(self, message: ToClient) -> None:
        """Put a message into the client's bounded outbox; a client too slow is dropped."""

    def close(self, code: int) -> None:
        """Close after what is in the outbox; ``code`` as in docs/protocol.md."""


@dataclass
class Member:
    """What the room knows of one participant right now."""

    participant: Participant
    consent: bool | None
    since: datetime
    order: int | None = None
    wire: Wire | None = None
    leg: str | None = None
    leg_connected: bool = False
    silent: bool = False
    headless: bool = False  # a client without a signalling socket (WHIP): its leg is its presence
    gone: bool = False
    been_in: bool = False
    lost_at: datetime | None = None
    microphone: Device = "absent"
    camera: Device = "absent"
    screen: bool = False
    microphone_trouble: Trouble | None = None
    camera_trouble: Trouble | None = None
    hidden: bool = False
    torch: Torch | None = None
    rung: Rung = "full"
    rung_reason: RungReason | None = None
    line: Line | None = None
    uplink: Uplink | None = None
    resume: str = field(default_factory=new_token)

    @property
    def id(self) -> str:
        return str(self.participant.id)

    @property
    def staff(self) -> bool:
        return self.participant.person_id is not None

    @property
    def customer(self) -> bool:
        return self.participant.role is ParticipantRole.customer

    @property
    def admitted(self) -> bool:
        return self.participant.admitted

    @property
    def waiting(self) -> bool:
        return not self.admitted and self.wire is not None

    @property
    def here(self) -> bool:
        """Let in, and not gone for good."""
        return self.admitted and not self.gone and self.been_in

    @property
    def presence(self) -> Presence:
        if not self.admitted:
            return "waiting"
        if self.gone or not self.been_in:
            return "left"
        reachable = self.wire is not None or self.headless
        return "in" if reachable and not self.silent else "reconnecting"

    def tell(self, message: ToClient) -> None:
        """Send to this member, if connected."""
        if self.wire is not None:
            self.wire.send(message)

    def set_media(self, media: Media) -> list[tuple[str, str]]:
        """Take over the devices' state; what became muted or unmuted, as (event, track)."""
        changes = []
        for track, before, after in (
            ("audio", self.microphone, media.microphone),
            ("camera", self.camera, media.camera),
        ):
            if (before == "on") != (after == "on"):
                changes.append(("unmuted" if after == "on" else "muted", track))
        self.microphone, self.camera, self.screen = media.microphone, media.camera, media.screen
        self.microphone_trouble = media.microphone_trouble
        self.camera_trouble = media.camera_trouble
        self.hidden, self.torch = media.hidden, media.torch
        return changes

    def state(self) -> RoomParticipant:
        return RoomParticipant(
            id=self.id,
            name=self.participant.name,
            role=self.participant.role.value,
            presence=self.presence,
            since=self.since,
            language=self.participant.language,
            microphone=self.microphone,
            camera=self.camera,
            screen=self.screen,
            consent=self.consent,
            microphone_trouble=self.microphone_trouble,
            camera_trouble=self.camera_trouble,
            hidden=self.hidden,
            torch=self.torch,
            rung=self.rung,
            rung_reason=self.rung_reason,
        )
