"""The one answer to an offer: which m-line carries what, and the SDP that says so (RFC 8829)."""

import ipaddress
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from server.media.codecs import H264, OPUS, VP8, Coding
from server.media.sdp import ABS_SEND_TIME, MID, TRANSPORT_CC, MediaLine, Offer
from sessions.live.media import SEATS, PictureCodec, Track

UDP_PRIORITY = 2130706431  # RFC 8445 section 5.1.2.1, host, highest preference
TCP_PRIORITY = 1518280447  # RFC 6544 section 4.2, host, passive

_FEEDBACK_UP = ("transport-cc", "goog-remb", "ccm fir", "nack", "nack pli")
_FEEDBACK_DOWN = ("goog-remb", "ccm fir", "nack", "nack pli")

_RTPMAPS = {OPUS: "opus/48000/2", VP8: "VP8/90000", H264: "H264/90000"}
_PARAMETERS = {OPUS: "minptime=10;useinbandfec=1"}


@dataclass(frozen=True)
class SlotPlace:
    """Where something is shown to a client: a seat's number, or None for the screen.

    ``rtx_ssrc`` is that of its retransmissions, None where there are none."""

    kind: str
    seat: int | None
    ssrc: int
    rtx_ssrc: int | None

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

    @property
    def coming(self) -> Coding:
        """How the track is coded: the client's first choice."""
        return next(iter(self.line.codings.values()))

    @property
    def codings(self) -> Sequence[Coding]:
        """What the answer takes: one coding where something comes up, else all that can be sent."""
        return [self.coming] if self.track is not None else list(self.line.codings.values())


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
    used = {x for line in offer.media for x in (line.ssrc, line.rtx_ssrc) if x is not None}
    parts = []
    for line in offer.media:
        track = next(tracks[line.kind], None) if line.sends else None
        slot = None
        if line.receives:
            for seat in islice(seats[line.kind], 1):
                repairs = any(coding.rtx is not None for coding in line.codings.values())
                rtx_ssrc = _new_ssrc(used) if repairs else None
                slot = SlotPlace(line.kind, seat, _new_ssrc(used), rtx_ssrc)
        parts.append(Part(line, track, slot))
    return parts


def _new_ssrc(used: set[int]) -> int:
    while True:
        ssrc = secrets.randbelow((1 << 32) - 1) + 1
        if ssrc not in used:
            used.add(ssrc)
            return ssrc


def codecs_of(parts: Sequence[Part]) -> list[PictureCodec]:
    """The codecs in which the client can be shown pictures; empty where it is shown none."""
    shown = [part for part in parts if part.slot is not None and part.slot.kind == "video"]
    return [c.codec for c in shown[0].codings if c.codec != "opus"] if shown else []


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
    lines = [f"m={line.kind} 9 {line.profile} {_formats(part)}", "c=IN IP4 0.0.0.0"]
    if line.mid:
        lines.append(f"a=mid:{line.mid}")
    lines += ["a=rtcp-mux", *(["a=rtcp-rsize"] if line.rtcp_rsize else [])]
    lines.append(f"a={_direction(part)}")
    for coding in part.codings:
        lines += _coding(coding, part.track is not None, start_kbps)
    lines += [f"a=extmap:{line.extensions[uri]} {uri}" for uri in _extensions(part, by_mid)]
    return lines + (_stream(part.slot) if part.slot is not None else [])


def _formats(part: Part) -> str:
    numbers = [n for c in part.codings for n in (c.payload_type, c.rtx) if n is not None]
    return " ".join(map(str, numbers))


def _coding(coding: Coding, comes: bool, start_kbps: int) -> list[str]:
    number = coding.payload_type
    lines = [f"a=rtpmap:{number} {_RTPMAPS[coding.codec]}"]
    parameters = [_PARAMETERS.get(coding.codec) or coding.parameters]
    if comes and coding.codec != OPUS:
        parameters.append(f"x-google-start-bitrate={start_kbps}")
    if told := ";".join(filter(None, parameters)):
        lines.append(f"a=fmtp:{number} {told}")
    feedback = _FEEDBACK_UP if comes else _FEEDBACK_DOWN
    lines += [f"a=rtcp-fb:{number} {what}" for what in feedback if what in coding.feedback]
    if coding.rtx is not None:
        lines += [f"a=rtpmap:{coding.rtx} rtx/90000", f"a=fmtp:{coding.rtx} apt={number}"]
    return lines


def _stream(slot: SlotPlace) -> list[str]:
    track = f"{slot.stream}-{slot.kind}"
    lines = [f"a=msid:{slot.stream} {track}"]
    if slot.rtx_ssrc is not None:
        lines.append(f"a=ssrc-group:FID {slot.ssrc} {slot.rtx_ssrc}")
    for ssrc in filter(None, (slot.ssrc, slot.rtx_ssrc)):
        lines.append(f"a=ssrc:{ssrc} cname:{slot.stream}")
        lines.append(f"a=ssrc:{ssrc} msid:{slot.stream} {track}")
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
