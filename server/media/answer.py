"""The one answer to an offer: which m-line carries what, and the SDP that says so (RFC 8829)."""

import ipaddress
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from server.media.sdp import ABS_SEND_TIME, MID, TRANSPORT_CC, MediaLine, Offer
from sessions.live.media import SEATS, Track

UDP_PRIORITY = 2130706431  # RFC 8445 section 5.1.2.1, host, highest preference
TCP_PRIORITY = 1518280447  # RFC 6544 section 4.2, host, passive

_FEEDBACK_UP = ("transport-cc", "goog-remb", "ccm fir", "nack pli")
_FEEDBACK_DOWN = ("goog-remb", "ccm fir", "nack pli")


@dataclass(frozen=True)
class SlotPlace:
    """Where something is shown to a client: a seat's number, or None for the screen."""

    kind: str
    seat: int | None
    ssrc: int

    @property
    def stream(self) -> str:
        """The media stream's id: what has the same one is played in step (lip-sync)."""
        return "screen" if self.seat is None else f"seat-{self.seat}"


@dataclass(frozen=True)
class Part:
    """One m-line's use: the ``track`` that comes up here, the ``slot`` that goes down here."""

    line: MediaLine
    track: Track | None
    slot: SlotPlace | None

    @property
    def is_used(self) -> bool:
        """Whether anything flows here."""
        return self.track is not None or self.slot is not None


@dataclass(frozen=True)
class Transport:
    """What the answer tells of the connection, as SDP writes it. ``start_kbps`` is the rate
    Chromium is to begin a picture with; unless told, it begins small and grows slowly."""

    ufrag: str
    password: str
    fingerprint: str
    addresses: Sequence[str]
    port: int
    start_kbps: int


def lay_out(offer: Offer) -> list[Part]:
    """Give each m-line its use, in order: the first sound sent is the microphone, the first
    picture the camera, the second the screen; the k-th received of a kind is seat k, and one
    more picture is the shared screen. What is beyond that has no use."""
    microphone: list[Track] = ["audio"]
    pictures: list[Track] = ["camera", "screen"]
    tracks = {"audio": iter(microphone), "video": iter(pictures)}
    seats: dict[str, Iterator[int | None]] = {
        "audio": iter(range(SEATS)),
        "video": iter((*range(SEATS), None)),
    }
    used = {line.ssrc for line in offer.media if line.ssrc is not None}
    parts = []
    for line in offer.media:
        track = next(tracks[line.kind], None) if line.sends else None
        slot = None
        if line.receives:
            for seat in islice(seats[line.kind], 1):
                slot = SlotPlace(line.kind, seat, _new_ssrc(used))
        parts.append(Part(line, track, slot))
    return parts


def _new_ssrc(used: set[int]) -> int:
    while True:
        ssrc = secrets.randbelow((1 << 32) - 1) + 1
        if ssrc not in used:
            used.add(ssrc)
            return ssrc


def learns_by_mid(parts: Sequence[Part]) -> bool:
    """Whether some track's SSRC is not announced and must be learned from its packets."""
    return any(part.track is not None and part.line.ssrc is None for part in parts)


def write_answer(parts: Sequence[Part], transport: Transport) -> str:
    """The answer's text."""
    lines = ["v=0", f"o=- {secrets.randbits(62)} 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=ice-lite"]
    mids = [part.line.mid for part in parts if part.is_used and part.line.mid]
    if mids:
        lines.append("a=group:BUNDLE " + " ".join(mids))
    lines.append("a=msid-semantic:WMS *")
    by_mid = learns_by_mid(parts)
    for part in parts:
        if part.is_used:
            lines += _media(part, by_mid, transport.start_kbps) + _connection(transport)
        else:
            lines += _rejected(part.line) + _credentials(transport)
    return "\r\n".join(lines) + "\r\n"


def _rejected(line: MediaLine) -> list[str]:
    # Credentials follow here, too: aiortc as a client wants them on every line.
    lines = [f"m={line.kind} 0 {line.profile} {line.formats}", "c=IN IP4 0.0.0.0", "a=inactive"]
    return [*lines, f"a=mid:{line.mid}"] if line.mid else lines


def _media(part: Part, by_mid: bool, start_kbps: int) -> list[str]:
    line = part.line
    number = line.payload_type
    lines = [f"m={line.kind} 9 {line.profile} {number}", "c=IN IP4 0.0.0.0"]
    if line.mid:
        lines.append(f"a=mid:{line.mid}")
    lines += ["a=rtcp-mux", *(["a=rtcp-rsize"] if line.rtcp_rsize else [])]
    lines.append(f"a={_direction(part)}")
    if line.kind == "audio":
        lines += [f"a=rtpmap:{number} opus/48000/2"]
        lines += [f"a=fmtp:{number} minptime=10;useinbandfec=1"]
    else:
        lines += [f"a=rtpmap:{number} VP8/90000"]
        if part.track is not None:
            lines += [f"a=fmtp:{number} x-google-start-bitrate={start_kbps}"]
    offered = _FEEDBACK_UP if part.track is not None else _FEEDBACK_DOWN
    lines += [f"a=rtcp-fb:{number} {feedback}" for feedback in offered if feedback in line.feedback]
    lines += [f"a=extmap:{line.extensions[uri]} {uri}" for uri in _extensions(part, by_mid)]
    if part.slot is not None:
        slot = part.slot
        track = f"{slot.stream}-{slot.kind}"
        lines.append(f"a=msid:{slot.stream} {track}")
        lines.append(f"a=ssrc:{slot.ssrc} cname:{slot.stream}")
        lines.append(f"a=ssrc:{slot.ssrc} msid:{slot.stream} {track}")
    return lines


def _direction(part: Part) -> str:
    if part.track is None:
        return "sendonly"
    return "recvonly" if part.slot is None else "sendrecv"


def _extensions(part: Part, by_mid: bool) -> list[str]:
    wanted = []
    if part.track is not None:
        wanted += [TRANSPORT_CC, MID] if by_mid else [TRANSPORT_CC]
    if part.slot is not None:
        wanted.append(ABS_SEND_TIME)
    return [uri for uri in wanted if uri in part.line.extensions]


def _credentials(transport: Transport) -> list[str]:
    return [
        f"a=ice-ufrag:{transport.ufrag}",
        f"a=ice-pwd:{transport.password}",
        f"a=fingerprint:sha-256 {transport.fingerprint}",
        "a=setup:passive",
    ]


def _connection(transport: Transport) -> list[str]:
    lines = _credentials(transport)
    port = transport.port
    for number, address in enumerate(transport.addresses):
        # IPv6 first where there is a choice (RFC 8421).
        preference = number + (ipaddress.ip_address(address).version == 4) * 64
        udp, tcp = UDP_PRIORITY - (preference << 8), TCP_PRIORITY - (preference << 8)
        lines += [
            f"a=candidate:{2 * number + 1} 1 udp {udp} {address} {port} typ host",
            f"a=candidate:{2 * number + 2} 1 tcp {tcp} {address} {port} typ host tcptype passive",
        ]
    return [*lines, "a=end-of-candidates"]
