"""What a client is told."""

from datetime import datetime
from typing import Any, Literal

from sessions.live.protocol.state import (
    ChecklistState,
    Clock,
    PhotoState,
    RecordingState,
    RoomParticipant,
    RoomTicket,
    SeatingState,
)
from sessions.live.protocol.words import Codec, Message, Role


class Welcome(Message):
    """You are known. ``resume`` brings this tab back after a lost connection or a reload."""

    type: Literal["welcome"] = "welcome"
    reply_to: str | None = None
    you: str
    role: Role
    resume: str
    server_time: datetime
    protocol: Literal[1] = 1


class Lobby(Message):
    """You wait until an engineer lets you in."""

    type: Literal["lobby"] = "lobby"
    since: datetime
    engineer: str | None
    engineer_present: bool


class RoomState(Message):
    """The whole state of the room, again at every change; ``version`` only grows."""

    type: Literal["room"] = "room"
    version: int
    session: str
    ticket: RoomTicket
    machine: str
    clocks: list[Clock]
    started_at: datetime | None
    participants: list[RoomParticipant]
    seating: SeatingState
    recording: RecordingState
    checklist: ChecklistState | None
    codec: Codec
    photos: list[PhotoState]


class ProcedureText(Message):
    """The attached procedure in all its languages: after ``welcome`` and when attached."""

    type: Literal["procedure"] = "procedure"
    procedure: dict[str, Any]


class AnswerMessage(Message):
    """The SDP answer; ``leg`` names the connection."""

    type: Literal["answer"] = "answer"
    reply_to: str | None
    leg: str
    sdp: str


class KeptMessage(Message):
    """Once a second while recording: bytes on the disk, for how long they have not grown, how
    many packets were lost to the disk so far, and what is wrong with it now."""

    type: Literal["kept"] = "kept"
    bytes: int
    still_seconds: float
    dropped: int = 0
    trouble: Literal["full", "failing", "slow"] | None = None


class PhotoWanted(Message):
    """Take a sharp photo now and upload it (docs/protocol.md, "Photos"); ``by`` is who asks."""

    type: Literal["photo_wanted"] = "photo_wanted"
    by: str


class Queued(Message):
    """The server has all it can do: this call begins by itself as soon as there is room.

    ``place`` counts from 1; 0: there is room now, offer again."""

    type: Literal["queued"] = "queued"
    place: int


class Line(Message):
    up_bps: int
    down_bps: int
    up_loss: float
    down_loss: float
    round_trip_ms: float | None


class Quality(Message):
    """Every second: how good each participant's line is."""

    type: Literal["quality"] = "quality"
    participants: dict[str, Line]


class WaitingGuest(Message):
    session: str
    ticket: str
    title: str
    participant: str
    name: str
    since: datetime
    zone: str
    place: str


class Desk(Message):
    """To staff who watch the desk: who is waiting now."""

    type: Literal["desk"] = "desk"
    waiting: list[WaitingGuest]


class Done(Message):
    """A message with an ``id`` was carried out."""

    type: Literal["done"] = "done"
    reply_to: str


class Pong(Message):
    type: Literal["pong"] = "pong"
    reply_to: str | None
    server_time: datetime


class Replaced(Message):
    """This call goes on in another tab or on another page; the socket closes (4001)."""

    type: Literal["replaced"] = "replaced"


class TurnedAway(Message):
    """The engineer did not let you in; the socket closes (4002)."""

    type: Literal["turned_away"] = "turned_away"


class Ended(Message):
    """The session is over; the socket closes (4000). ``by`` is a name or None (the server)."""

    type: Literal["ended"] = "ended"
    by: str | None
    at: datetime


class Draining(Message):
    """The server is restarting: keep the page, the client comes back by itself (4003)."""

    type: Literal["draining"] = "draining"


class ErrorMessage(Message):
    """Something was refused: a stable ``error`` code and a sentence in the person's language."""

    type: Literal["error"] = "error"
    reply_to: str | None = None
    error: str
    message: str


ToClient = (
    Welcome
    | Lobby
    | RoomState
    | ProcedureText
    | AnswerMessage
    | KeptMessage
    | Quality
    | PhotoWanted
    | Queued
    | Desk
    | Done
    | Pong
    | Replaced
    | TurnedAway
    | Ended
    | Draining
    | ErrorMessage
)
