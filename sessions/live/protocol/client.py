"""What a client may say."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from sessions.errors import FarhandError
from sessions.live.protocol.words import OFFER_LIMIT_CHARS, Device, Mark, Message, Torch, Trouble


class MessageRefused(FarhandError):
    code = "message-refused"
    text = "This page sent something the server does not understand. Please reload the page."


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
    """The state of one's own devices. The troubles say why one is off that was wanted:
    ``interrupted`` by a phone call or another app, ``busy`` when it was to be opened, ``lost``.
    ``hidden`` is a page that is not in front, ``torch`` None where there is none."""

    type: Literal["media"] = "media"
    microphone: Device
    camera: Device
    screen: bool = False
    microphone_trouble: Trouble | None = None
    camera_trouble: Trouble | None = None
    hidden: bool = False
    torch: Torch | None = None


class Uplink(ClientMessage):
    """Every two seconds: what the browser believes it can send, in bits per second.

    ``available_bps`` is its own estimate while it sends pictures, ``upload_bps`` what the last
    photo went up with; each is null where there is none."""

    type: Literal["uplink"] = "uplink"
    available_bps: int | None = Field(None, ge=0)
    upload_bps: int | None = Field(None, ge=0)


class AskPhoto(ClientMessage):
    """Staff ask for a sharp photo of what a participant's camera sees now."""

    type: Literal["ask_photo"] = "ask_photo"
    participant: str = Field(max_length=64)


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
    Hello
    | Offer
    | Media
    | Uplink
    | AskPhoto
    | Admit
    | TurnAway
    | Attach
    | MarkStep
    | Consent
    | Leave
    | End
    | Ping,
    Field(discriminator="type"),
]
_from_client: TypeAdapter[FromClient] = TypeAdapter(FromClient)


def parse(text: str | bytes) -> FromClient:
    """A client's message from JSON text. Raises MessageRefused for anything else."""
    try:
        return _from_client.validate_json(text)
    except ValidationError:
        raise MessageRefused from None
