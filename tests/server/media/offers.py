"""Offers as browsers write them, for peers that are none."""

from collections.abc import Sequence
from dataclasses import dataclass, field

TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
EXTENSIONS = {ABS_SEND_TIME: 2, TRANSPORT_CC: 3, MID: 4}
FEEDBACK = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")
OPUS, VP8, RTX, H264 = 111, 96, 97, 102
BASELINE = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"


@dataclass
class Line:
    """An m-line to be offered."""

    kind: str
    direction: str
    ssrc: int | None = None
    payload_type: int = 0
    extensions: dict[str, int] = field(default_factory=lambda: dict(EXTENSIONS))
    feedback: Sequence[str] = FEEDBACK

    def __post_init__(self) -> None:
        self.payload_type = self.payload_type or (OPUS if self.kind == "audio" else VP8)


def browser_lines(
    audio: int = 1001, camera: int = 1002, screen: int = 1003, *, video: int = VP8
) -> list[Line]:
    """The fourteen lines of Farhand's own page; ``video`` is the payload type of its pictures."""
    return [
        Line("audio", "sendonly", audio),
        Line("video", "sendonly", camera, video),
        Line("video", "sendonly", screen, video),
        *(Line("audio", "recvonly") for _ in range(5)),
        *(Line("video", "recvonly", payload_type=video) for _ in range(6)),
    ]


def write_offer(
    lines: Sequence[Line], fingerprint: str, candidates: Sequence[str] = (), setup: str = "actpass"
) -> str:
    """The offer's text; mids are the lines' numbers."""
    text = ["v=0", "o=- 4611 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    text.append("a=group:BUNDLE " + " ".join(str(n) for n in range(len(lines))))
    for number, line in enumerate(lines):
        name = "H264/90000" if line.payload_type == H264 else "VP8/90000"
        codec = "opus/48000/2" if line.kind == "audio" else name
        formats = f"{line.payload_type}" + (f" {RTX}" if line.kind == "video" else "")
        text += [
            f"m={line.kind} 9 UDP/TLS/RTP/SAVPF {formats}",
            "c=IN IP4 0.0.0.0",
            "a=ice-ufrag:peer",
            "a=ice-pwd:peerpeerpeerpeerpeerpeer",
            "a=ice-options:trickle",
            f"a=fingerprint:sha-256 {fingerprint}",
            f"a=setup:{setup}",
            f"a=mid:{number}",
            f"a={line.direction}",
            "a=rtcp-mux",
            "a=rtcp-rsize",
            f"a=rtpmap:{line.payload_type} {codec}",
        ]
        if line.payload_type == H264:
            text.append(f"a=fmtp:{H264} {BASELINE}")
        text += [f"a=rtcp-fb:{line.payload_type} {feedback}" for feedback in line.feedback]
        text += [f"a=extmap:{n} {uri}" for uri, n in line.extensions.items()]
        if line.kind == "video":
            text += [f"a=rtpmap:{RTX} rtx/90000", f"a=fmtp:{RTX} apt={line.payload_type}"]
        if line.ssrc is not None:
            if line.kind == "video":
                text.append(f"a=ssrc-group:FID {line.ssrc} {line.ssrc + 5000}")
            text.append(f"a=ssrc:{line.ssrc} cname:peer")
        text += [f"a=candidate:{candidate}" for candidate in candidates]
    return "\r\n".join(text) + "\r\n"
