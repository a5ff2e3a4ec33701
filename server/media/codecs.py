"""The codecs of a media line: which of those that Farhand can use are offered, and how.

VP8 (RFC 7741) and H.264 constrained baseline (RFC 6184) with retransmissions (RFC 4588), and Opus
(RFC 7587).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sessions.live.media import Codec, SdpRefused

Attribute = tuple[str, str]

OPUS: Codec = "opus"
VP8: Codec = "vp8"
H264: Codec = "h264"

_ENCODINGS: dict[str, dict[str, Codec]] = {
    "audio": {"opus/48000/2": OPUS},
    "video": {"vp8/90000": VP8, "h264/90000": H264},
}
_RTX = "rtx/90000"
_PROFILE = re.compile(r"profile-level-id=([0-9a-f]{6})(?:;|$)")
_BASELINE, _CONSTRAINED = 0x42, 0x40
# 64..95 would look like RTCP on a shared port (RFC 5761 section 4).
_PAYLOAD_TYPES = (*range(64), *range(96, 128))


@dataclass(frozen=True)
class Coding:
    """One codec as a client offers it on one line.

    ``rtx`` is the payload type of its retransmissions, None if there are none; ``parameters``
    is the text of its fmtp attribute, ``feedback`` what is offered for it (RFC 4585).
    """

    codec: Codec
    payload_type: int
    rtx: int | None
    parameters: str
    feedback: frozenset[str]

    @property
    def nack(self) -> bool:
        """Whether lost packets may be asked for again."""
        return "nack" in self.feedback


def read_codings(kind: str, formats: str, attributes: Sequence[Attribute]) -> dict[Codec, Coding]:
    """The usable codecs of a line, as the client prefers them: one of each, the first.

    Raises SdpRefused.
    """
    maps, parameters, feedback = _by_format(attributes)
    apt = _retransmissions(maps, parameters)
    found: dict[Codec, Coding] = {}
    for digits in formats.split():
        codec = _ENCODINGS[kind].get(maps.get(digits, ""))
        if codec is None or codec in found:
            continue
        if codec == H264 and not _is_constrained_baseline(parameters.get(digits, "")):
            continue
        found[codec] = Coding(
            codec,
            payload_type(digits),
            payload_type(apt[digits]) if digits in apt else None,
            parameters.get(digits, ""),
            frozenset((*feedback.get("*", ()), *feedback.get(digits, ()))),
        )
    return found


def payload_type(digits: str) -> int:
    """Raises SdpRefused."""
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 3):
        raise SdpRefused(reason="a payload type is broken")
    if int(digits) not in _PAYLOAD_TYPES:
        raise SdpRefused(reason="a payload type is broken")
    return int(digits)


def _by_format(
    attributes: Sequence[Attribute],
) -> tuple[dict[str, str], dict[str, str], dict[str, list[str]]]:
    """What rtpmap, fmtp and rtcp-fb say, by format."""
    maps: dict[str, str] = {}
    parameters: dict[str, str] = {}
    feedback: dict[str, list[str]] = {}
    for name, value in attributes:
        digits, _, rest = value.partition(" ")
        if name == "rtpmap":
            maps.setdefault(digits, rest.strip().lower())
        elif name == "fmtp":
            parameters.setdefault(digits, rest.strip())
        elif name == "rtcp-fb":
            feedback.setdefault(digits, []).append(rest.strip())
    return maps, parameters, feedback


def _retransmissions(maps: dict[str, str], parameters: dict[str, str]) -> dict[str, str]:
    """The format of the retransmissions (RFC 4588 section 8.1) of each format."""
    found: dict[str, str] = {}
    for digits, encoding in maps.items():
        what = re.search(r"(?:^|;)\s*apt=(\d+)", parameters.get(digits, ""))
        if encoding == _RTX and what is not None:
            found.setdefault(what[1], digits)
    return found


def _is_constrained_baseline(parameters: str) -> bool:
    """RFC 6184 section 8.1: in packetisation mode 1, with constraint_set1."""
    plain = parameters.replace(" ", "").lower()
    profile = _PROFILE.search(plain)
    if profile is None or "packetization-mode=1" not in plain.split(";"):
        return False
    profile_idc, constraints = int(profile[1][:2], 16), int(profile[1][2:4], 16)
    return profile_idc == _BASELINE and bool(constraints & _CONSTRAINED)
