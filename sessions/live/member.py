"""A member of a live room: a participant with a connection, devices and a place."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from sessions.ids import new_token
from sessions.live.ladder import Ladder, Sample
from sessions.live.media import LineQuality
from sessions.live.participants import Participant, ParticipantRole
from sessions.live.protocol import (
    Codec,
    Device,
    Line,
    Media,
    Presence,
    RoomParticipant,
    ToClient,
    Torch,
    Trouble,
    Uplink,
)

FULL_BPS = 700_000  # what a machine's picture needs at its best
FACE_BPS = 190_000  # ... and a face's
SHOWN_BPS = 100_000  # a line that takes less is shown no pictures
UPLINK_LASTS = timedelta(seconds=6)


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
    queued: bool = False  # its offer waits until the server has room
    lost_at: datetime | None = None
    microphone: Device = "absent"
    camera: Device = "absent"
    screen: bool = False
    microphone_trouble: Trouble | None = None
    camera_trouble: Trouble | None = None
    hidden: bool = False
    torch: Torch | None = None
    line: Line | None = None
    uplink: Uplink | None = None
    uplink_at: datetime | None = None
    connected_at: datetime | None = None
    codecs: frozenset[Codec] = frozenset()
    sends: Ladder = field(default_factory=lambda: Ladder(FULL_BPS))
    receives: Ladder = field(default_factory=lambda: Ladder(FULL_BPS, SHOWN_BPS))
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

    @property
    def pictures(self) -> bool:
        """Whether its line carries pictures to it."""
        return self.receives.rung in ("full", "low")

    def connect(self, leg: str, now: datetime) -> None:
        """A connection carries its media."""
        if self.leg != leg or not self.leg_connected:
            self.connected_at = now
        self.leg, self.leg_connected, self.silent = leg, True, False

    def weigh(self, quality: LineQuality, now: datetime) -> bool:
        """Take in what was measured of its line; whether it stands on another rung now, of what
        it sends or of what it receives."""
        self.line = Line(
            up_bps=quality.up_bps,
            down_bps=quality.down_bps,
            up_loss=quality.up_loss,
            down_loss=quality.down_loss,
            round_trip_ms=quality.round_trip_ms,
        )
        seconds = now.timestamp()
        age = seconds - self.connected_at.timestamp() if self.connected_at else 0.0
        trip = quality.round_trip_ms
        up = Sample(
            self._available(now),
            quality.listeners_bps,
            quality.up_bps,
            quality.up_loss,
            trip,
            age,
        )
        down = Sample(quality.downlink_bps, None, quality.down_bps, quality.down_loss, trip, age)
        moved = self.sends.look(up, seconds)
        before = self.pictures
        self.receives.look(down, seconds)
        return moved or self.pictures != before

    def _available(self, now: datetime) -> int | None:
        """What the browser believes it can send: while pictures flow its own estimate, else
        what its photos went up with."""
        if self.uplink is None or self.uplink_at is None or now - self.uplink_at > UPLINK_LASTS:
            return None
        if self.sends.rung in ("full", "low"):
            return self.uplink.available_bps
        return self.uplink.upload_bps

    def state(self, *, stills: bool) -> RoomParticipant:
        """As others are told; ``stills``: it is to send a photo every few seconds."""
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
            rung=self.sends.rung,
            rung_reason=self.sends.reason,
            stills=stills,
        )
