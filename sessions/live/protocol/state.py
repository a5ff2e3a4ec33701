"""The state of a room and of what is in it, as its members are told."""

from datetime import datetime
from typing import Literal

from sessions.live.protocol.words import (
    Device,
    Mark,
    Message,
    PhotoReason,
    Presence,
    Role,
    Rung,
    RungReason,
    Torch,
    Trouble,
)


class RoomParticipant(Message):
    """``rung`` is where its line stands on the degradation ladder, ``rung_reason`` what holds it
    there; with ``stills`` it sends a sharp photo every few seconds, since its line carries no
    moving picture or somebody else's does not."""

    id: str
    name: str
    role: Role
    presence: Presence
    since: datetime
    language: str
    microphone: Device
    camera: Device
    screen: bool
    consent: bool | None
    microphone_trouble: Trouble | None
    camera_trouble: Trouble | None
    hidden: bool
    torch: Torch | None
    rung: Rung
    rung_reason: RungReason | None
    stills: bool


class RoomTicket(Message):
    reference: str
    title: str


class Clock(Message):
    """One of the two clocks: a place's name and its IANA zone."""

    label: str
    zone: str


class RecordingState(Message):
    """``off`` not yet, ``on``, ``refused`` (somebody here has not consented), ``unavailable``
    (``why``: the disk is nearly full, or fails)."""

    state: Literal["off", "on", "refused", "unavailable"]
    since: datetime | None = None
    by: str | None = None
    why: Literal["disk-nearly-full", "failing"] | None = None


class StepMark(Message):
    mark: Mark
    note: str
    by: str
    at: datetime
    offset_ms: int | None


class ChecklistState(Message):
    id: str
    procedure: str
    current: str | None
    marks: dict[str, StepMark]


class SeatingState(Message):
    """Who is in which of *your* slots: seat number to participant, and whose screen."""

    seats: dict[str, str]
    screen: str | None


class PhotoState(Message):
    """A photo that has arrived. ``offset_ms`` is its place in the recording, if there is one."""

    id: str
    participant: str
    taken_at: datetime
    offset_ms: int | None
    reason: PhotoReason
    url: str
    width: int
    height: int
