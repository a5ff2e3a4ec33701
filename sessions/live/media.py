"""What a room asks of the media plane, and what the media plane tells it.

The plane itself lives in ``server.media``, in a process of its own; a room sees only these
types. A *leg* is one WebRTC connection of one participant. A participant may have two legs for
a moment (a new one is made before the old one is broken); the plane then moves the participant
to the new leg as soon as its DTLS handshake is done, and closes the old one by itself.

A room has ``SEATS`` seats as seen by each participant: seat *k* is one audio and one video slot
of that participant's connection, in which another participant's microphone and camera are
heard and seen. One further video slot shows the one screen that is shared.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from sessions.errors import FarhandError

SEATS = 5
VIDEO_FLOOR_BPS = 150_000  # a publisher is not held below this for somebody else's line
SILENT_AFTER_SECONDS = 2.0

Track = Literal["audio", "camera", "screen"]
PictureCodec = Literal["vp8", "h264"]
Codec = Literal["opus"] | PictureCodec


class SdpRefused(FarhandError):
    code = "sdp-refused"
    text = "This device's offer of sound and picture could not be understood: %(reason)s."
    status = 400


class CodecRefused(FarhandError):
    code = "codec-refused"
    text = "This device offers no video or sound format that Farhand can use (VP8 or H.264, Opus)."
    status = 400


class MediaUnavailable(FarhandError):
    code = "media-unavailable"
    text = "Calls cannot be started at the moment. The service will be back in a few seconds."
    status = 503


@dataclass(frozen=True)
class Answer:
    """The plane's answer to one offer: ``leg`` names the connection, ``sdp`` is RFC 8829 SDP,
    ``codecs`` are those of pictures that the client can receive."""

    leg: str
    sdp: str
    codecs: Sequence[PictureCodec] = ()


@dataclass(frozen=True)
class Seating:
    """Who a participant sees and hears: publishers by seat number, and whose screen.

    Without ``pictures`` it only hears them: its line carries no more."""

    seats: Mapping[int, str] = field(default_factory=dict)
    screen: str | None = None
    pictures: bool = True


@dataclass(frozen=True)
class LegConnected:
    """Media can flow: ICE and DTLS are done. Sent once a leg."""

    room: str
    participant: str
    leg: str


@dataclass(frozen=True)
class LegSilent:
    """Nothing valid came for ``SILENT_AFTER_SECONDS`` from the participant's current leg."""

    room: str
    participant: str
    leg: str


@dataclass(frozen=True)
class LegHeard:
    """A silent leg is heard again."""

    room: str
    participant: str
    leg: str


@dataclass(frozen=True)
class LegClosed:
    """A leg is gone; ``reason`` is ``left``, ``replaced``, ``failed`` or ``timeout``."""

    room: str
    participant: str
    leg: str
    reason: str


@dataclass(frozen=True)
class Kept:
    """Once a second while recording: bytes of the log that have reached the disk so far,
    seconds since that number last grew, records that had to be dropped, and what is wrong with
    the disk now."""

    room: str
    bytes: int
    still_seconds: float
    dropped: int
    trouble: Literal["full", "failing", "slow"] | None = None


@dataclass(frozen=True)
class LineQuality:
    """Every second for each connected participant: what the plane measured.

    ``up_bps`` and ``down_bps`` are bits per second from and to the participant, ``up_loss`` and
    ``down_loss`` the shares (0..1) of packets lost on the way up and down (before repairs),
    ``round_trip_ms`` from receiver reports or None. ``downlink_bps`` is what its line carries
    down where that is less than is wanted, ``listeners_bps`` what those who see it can take of
    it; both are None while nothing limits.
    """

    room: str
    participant: str
    up_bps: int
    down_bps: int
    up_loss: float
    down_loss: float
    round_trip_ms: float | None
    downlink_bps: int | None = None
    listeners_bps: int | None = None


@dataclass(frozen=True)
class LoopLag:
    """The watchdog's word, every second: the media loop's lag over the last five, in
    milliseconds, and the share of one core that the media process used."""

    p99_ms: float
    worst_ms: float
    cpu: float = 0.0


@dataclass(frozen=True)
class PlaneLost:
    """The media process ended without being asked to; every leg is gone. It is started anew."""


MediaEvent = (
    LegConnected | LegSilent | LegHeard | LegClosed | Kept | LineQuality | LoopLag | PlaneLost
)


@dataclass(frozen=True)
class Recorded:
    """A log part that was opened: its file's path and its clock's origin.

    ``started_mono_ns`` is CLOCK_MONOTONIC, the same for all processes of a machine;
    ``started_wall_ns`` nanoseconds since 1970 UTC.
    """

    path: str
    started_mono_ns: int
    started_wall_ns: int


class MediaPlane(Protocol):
    """The commands. ``room`` is a session's id, ``participant`` a participant's id, as text."""

    def on_event(self, listener: Callable[[MediaEvent], None]) -> None:
        """Call ``listener`` for each event, in order, in the caller's event loop."""

    async def join(self, room: str, participant: str, offer: str) -> Answer:
        """Answer an offer. Raises SdpRefused, CodecRefused, MediaUnavailable."""

    async def leave(self, room: str, participant: str, leg: str | None = None) -> None:
        """Close a participant's legs, or one of them. Unknown ones are no error."""

    async def seat(self, room: str, receiver: str, seating: Seating) -> None:
        """Say whom ``receiver`` sees and hears from now on; a new seating replaces the old."""

    async def record(self, room: str, folder: str, head: Mapping[str, Any]) -> Recorded:
        """Capture every packet of the room into a new log part in ``folder``.

        ``head`` is JSON that stands at the head of the log (session, ticket, names).
        """

    async def note(self, room: str, note: Mapping[str, Any]) -> None:
        """Write a JSON note into the running log, with the time of arrival; else no effect."""

    async def stop_recording(self, room: str) -> None:
        """Seal the log part; returns when its last byte is on the disk."""

    async def close(self, room: str) -> None:
        """End the room: close all legs, seal its log."""

    async def stop(self) -> None:
        """Close every room and end the media process."""
