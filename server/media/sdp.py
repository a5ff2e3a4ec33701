"""SDP offers (RFC 8866, RFC 8829): what the plane reads of one, and why it may refuse it."""

import re
from dataclasses import dataclass, field
from typing import Literal

from server.media.codecs import Coding, read_codings
from server.media.dtls import HASHES, Fingerprint
from sessions.live.media import Codec, CodecRefused, SdpRefused

MAX_BYTES = 64 << 10
MAX_LINES = 4096
MAX_MEDIA = 32

TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]

_KINDS = ("audio", "video")
_PROFILES = ("UDP/TLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF", "RTP/SAVPF")
_MEDIA_LINE = re.compile(r"([a-z]{1,16}) (\d{1,5})(?:/\d+)? ([A-Za-z/]{1,40}) ([\w*.\- ]{1,600})")
_TOKEN = re.compile(r"[\w.+!#$%&'*^`|~{}-]{1,64}", re.ASCII)
_ICE = re.compile(r"[A-Za-z0-9+/=-]{4,256}")
_FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}:){19,63}[0-9A-Fa-f]{2}")


@dataclass
class MediaLine:
    """One m-line of an offer.

    ``codings`` are the codecs that can be used, the client's first choice first; ``extensions``
    header extensions by URI; ``ssrc`` the primary one that is announced, if any, and
    ``rtx_ssrc`` that of its retransmissions.
    """

    kind: str
    profile: str
    formats: str
    offered: bool
    mid: str = ""
    direction: Direction = "sendrecv"
    codings: dict[Codec, Coding] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    ssrc: int | None = None
    rtx_ssrc: int | None = None
    rtcp_mux: bool = False
    rtcp_rsize: bool = False

    @property
    def is_media(self) -> bool:
        """Whether sound or picture can flow here at all."""
        return self.kind in _KINDS and self.profile in _PROFILES and self.offered

    @property
    def sends(self) -> bool:
        """The client sends here."""
        return self.is_media and self.direction in ("sendrecv", "sendonly")

    @property
    def receives(self) -> bool:
        """The client receives here."""
        return self.is_media and self.direction in ("sendrecv", "recvonly")


@dataclass(frozen=True)
class Offer:
    """What a client offers: its m-lines in order, and the fingerprints of its certificate."""

    media: tuple[MediaLine, ...]
    fingerprints: tuple[Fingerprint, ...]


def parse_offer(text: str) -> Offer:
    """Read an offer. Raises SdpRefused with a plain reason, or CodecRefused."""
    session, sections = _split(text)
    reader = _Reader()
    reader.read_session(session)
    media = tuple(reader.read_media(section) for section in sections)
    active = [line for line in media if line.sends or line.receives]
    if not active:
        raise SdpRefused(reason="it offers no sound and no picture")
    if not reader.ice:
        raise SdpRefused(reason="it has no ICE credentials")
    if not reader.fingerprints:
        raise SdpRefused(reason="it has no DTLS fingerprint that is known")
    if reader.passive:
        raise SdpRefused(reason="it wants to wait for the DTLS handshake")
    if not all(line.rtcp_mux for line in active):
        raise SdpRefused(reason="it does not multiplex RTCP")
    if not all(line.codings for line in active):
        raise CodecRefused
    _check_bundle(active, reader.bundle)
    ssrcs = [x for line in active for x in (line.ssrc, line.rtx_ssrc) if x is not None]
    if len(ssrcs) != len(set(ssrcs)):
        raise SdpRefused(reason="two media lines send with the same SSRC")
    return Offer(media, tuple(reader.fingerprints))


def _split(text: str) -> tuple[list[str], list[list[str]]]:
    if len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES:
        raise SdpRefused(reason="it is too long")
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line]
    if len(lines) > MAX_LINES:
        raise SdpRefused(reason="it is too long")
    if not lines or lines[0] != "v=0":
        raise SdpRefused(reason="it is not SDP")
    if any(len(line) < 2 or line[1] != "=" for line in lines):
        raise SdpRefused(reason="it is not SDP")
    starts = [at for at, line in enumerate(lines) if line.startswith("m=")]
    if len(starts) > MAX_MEDIA:
        raise SdpRefused(reason="it has too many media lines")
    if not starts:
        raise SdpRefused(reason="it offers no sound and no picture")
    ends = [*starts[1:], len(lines)]
    sections = [lines[a:b] for a, b in zip(starts, ends, strict=True)]
    return lines[: starts[0]], sections


def _check_bundle(active: list[MediaLine], bundle: set[str]) -> None:
    """One transport carries all lines (RFC 9143): each has a name of its own in the group."""
    mids = [line.mid for line in active]
    if len(mids) == 1 and not bundle:
        return
    if len(mids) != len(set(mids)):
        raise SdpRefused(reason="two media lines have the same name")
    if not bundle.issuperset(mids):
        raise SdpRefused(reason="it does not bundle its media lines")


class _Reader:
    """Reads lines; gathers what stands at session or media level alike."""

    def __init__(self) -> None:
        self.fingerprints: list[Fingerprint] = []
        self.ice = False
        self.passive = False
        self.bundle: set[str] = set()
        self._direction: Direction = "sendrecv"
        self._ufrag = False
        self._password = False

    def read_session(self, lines: list[str]) -> None:
        for name, value in _attributes(lines):
            if name in ("sendrecv", "sendonly", "recvonly", "inactive"):
                self._direction = name  # type: ignore[assignment]
            elif name == "group" and value.startswith("BUNDLE "):
                self.bundle.update(value.split()[1:])
            else:
                self._read_transport(name, value)

    def read_media(self, lines: list[str]) -> MediaLine:
        match = _MEDIA_LINE.fullmatch(lines[0][2:].strip())
        if match is None:
            raise SdpRefused(reason="a media line is broken")
        kind, port, profile, formats = match.groups()
        line = MediaLine(kind, profile, formats, port != "0", direction=self._direction)
        attributes = _attributes(lines[1:])
        # A line that only bundles (RFC 9143 section 6) has port 0, too, and is offered.
        line.offered = line.offered or ("bundle-only", "") in attributes
        for name, value in attributes:
            if name in ("sendrecv", "sendonly", "recvonly", "inactive"):
                line.direction = name  # type: ignore[assignment]
            elif name == "mid":
                if not _TOKEN.fullmatch(value):
                    raise SdpRefused(reason="a media line's name is broken")
                line.mid = value
            elif name == "rtcp-mux":
                line.rtcp_mux = True
            elif name == "rtcp-rsize":
                line.rtcp_rsize = True
            elif name == "extmap":
                _read_extension(line, value)
            elif line.is_media:
                self._read_transport(name, value)
        if line.is_media:
            line.codings = read_codings(line.kind, line.formats, attributes)
            _read_ssrc(line, attributes)
        return line

    def _read_transport(self, name: str, value: str) -> None:
        if name == "fingerprint":
            algorithm, _, digest = value.partition(" ")
            if not _FINGERPRINT.fullmatch(digest.strip()):
                raise SdpRefused(reason="its DTLS fingerprint is broken")
            found = (algorithm.lower(), digest.strip().upper())
            if found[0] in HASHES and found not in self.fingerprints:
                self.fingerprints.append(found)
        elif name == "ice-ufrag":
            self._ufrag = _ICE.fullmatch(value) is not None
        elif name == "ice-pwd":
            self._password = len(value) >= 22 and _ICE.fullmatch(value) is not None
        elif name == "setup":
            self.passive = self.passive or value not in ("actpass", "active")
        self.ice = self._ufrag and self._password


def _attributes(lines: list[str]) -> list[tuple[str, str]]:
    found = []
    for line in lines:
        if line.startswith("a="):
            name, _, value = line[2:].partition(":")
            found.append((name, value.strip()))
    return found


def _number(text: str, lowest: int, highest: int) -> int | None:
    """A decimal number within bounds, else None."""
    if not text.isascii() or not text.isdecimal() or len(text) > 10:
        return None
    number = int(text)
    return number if lowest <= number <= highest else None


def _read_extension(line: MediaLine, value: str) -> None:
    digits, _, uri = value.partition(" ")
    number = _number(digits.partition("/")[0], 1, 255)
    if number is None:
        raise SdpRefused(reason="a header extension's number is broken")
    # One-byte headers (RFC 8285 section 4.2) end at 14; the plane writes no others.
    if number <= 14:
        line.extensions[uri.split(" ")[0]] = number


def _read_ssrc(line: MediaLine, attributes: list[tuple[str, str]]) -> None:
    """The primary SSRC and that of its retransmissions: the first FID group (RFC 5576), else the
    first SSRC that is named."""
    if not line.sends:
        return
    groups = [value.split() for name, value in attributes if name == "ssrc-group"]
    singles = [value.split(" ")[0] for name, value in attributes if name == "ssrc"]
    fid = [group[1:3] for group in groups if len(group) > 1 and group[0].upper() == "FID"]
    named = [*fid, *([digits] for digits in singles)]
    numbers = [_number(digits, 1, (1 << 32) - 1) for digits in (named or [[]])[0]]
    if None in numbers:
        raise SdpRefused(reason="an SSRC is broken")
    line.ssrc, line.rtx_ssrc = [*numbers, None, None][:2]
