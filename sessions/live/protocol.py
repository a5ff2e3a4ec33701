"""The messages of the signalling socket: what a client may say and what it is told.

``docs/protocol.md`` shows an example of each; a test holds the two together. Times are ISO 8601
in UTC, ids are UUIDs as text, and every client message may carry an ``id`` of the client's
choosing, which comes back as ``reply_to`` in exactly one ``done``, ``answer``, ``pong`` or
``error``.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sessions.errors import FarhandError

PROTOCOL = 1
MESSAGE_LIMIT_BYTES = 256 * 1024
OFFER_LIMIT_CHARS = 64 * 1024

Device = Literal["on", "off", "absent", "denied"]
Role = Literal["engineer", "customer", "interpreter", "observer"]
Presence = Literal["waiting", "in", "reconnecting", "left"]
Mark = Literal["done", "skipped", "problem", "reopened"]


class MessageRefused(FarhandError):
    code = "message-refused"
    text = "This page sent something the server does not understand. Please reload the page."


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClientMessage(Message):
    id: str | None = Field(None, max_length=64)


class Hello(ClientMessage):
    """The first message, within ten seconds. ``side`` says which of a browser's two cookies
    counts; staff name the ``session`` (or none, to watch the desk), a guest's is known."""

    type: Literal["hello"] = "hello"
    protocol: Literal[1]
    side: Literal["staff", "guest"]
    session: str | None = Field(None, max_length=64)
    resume: str | None = Field(None, max_length=64)
    take_over: bool = False


class Offer(ClientMessage):
    """An SDP offer (RFC 8829) for a new connection; answered by ``answer``."""

    type: Literal["offer"] = "offer"
    sdp: str = Field(max_length=OFFER_LIMIT_CHARS)


class Media(ClientMessage):
    """The state of one's own devices."""

    type: Literal["media"] = "media"
    microphone: Device
    camera: Device
    screen: bool = False


class Admit(ClientMessage):
    """Staff let a waiting participant in."""

    type: Literal["admit"] = "admit"
    participant: str = Field(max_length=64)


class TurnAway(ClientMessage):
    """Staff refuse a waiting participant."""

    type: Literal["turn_away"] = "turn_away"
    participant: str = Field(max_length=64)


class Attach(ClientMessage):
    """Staff attach a procedure to the ticket and start its checklist."""

    type: Literal["attach"] = "attach"
    procedure: str = Field(max_length=80)


class MarkStep(ClientMessage):
    """A step is done, skipped (``note`` is the reason), a problem (``note``), or open again.

    The same ``id`` from the same participant twice makes one mark."""

    type: Literal["mark"] = "mark"
    step: str = Field(max_length=80)
    mark: Mark
    note: str = Field("", max_length=2000)


class Consent(ClientMessage):
    """Consent to recording is given, refused or withdrawn during the call."""

    type: Literal["consent"] = "consent"
    recording: bool
    language: str = Field(max_length=8)


class Leave(ClientMessage):
    """Leave the room; the session goes on."""

    type: Literal["leave"] = "leave"


class End(ClientMessage):
    """Staff end the session for everybody."""

    type: Literal["end"] = "end"


class Ping(ClientMessage):
    """Is the server there, and what time is it?"""

    type: Literal["ping"] = "ping"


FromClient = Annotated[
    Hello | Offer | Media | Admit | TurnAway | Attach | MarkStep | Consent | Leave | End | Ping,
    Field(discriminator="type"),
]
_from_client: TypeAdapter[FromClient] = TypeAdapter(FromClient)


def parse(text: str | bytes) -> FromClient:
    """A client's message from JSON text. Raises MessageRefused for anything else."""
    try:
        return _from_client.validate_json(text)
    except ValidationError:
        raise MessageRefused from None


class RoomParticipant(Message):
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


class RoomTicket(Message):
    reference: str
    title: str


class Clock(Message):
    """One of the two clocks: a place's name and its IANA zone."""

    label: str
    zone: str


class RecordingState(Message):
    """``off`` not yet, ``on``, ``refused`` (somebody here has not consented), ``unavailable``."""

    state: Literal["off", "on", "refused", "unavailable"]
    since: datetime | None = None
    by: str | None = None


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
    """Once a second while recording: bytes on the disk, and for how long they have not grown."""

    type: Literal["kept"] = "kept"
    bytes: int
    still_seconds: float


class Line(Message):
    up_bps: int
    down_bps: int
    up_loss: float
    down_loss: float
    round_trip_ms: float | None


class Quality(Message):
    """Every two seconds: how good each participant's line is."""

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
    | Desk
    | Done
    | Pong
    | Replaced
    | TurnedAway
    | Ended
    | Draining
    | ErrorMessage
)
