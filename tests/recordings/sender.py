"""A sender: synthetic picture and sound, encoded and packetised as a browser would."""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from recordings.capture import Capture

SECOND = 1_000_000_000
NTP_1970 = 2_208_988_800
MTU = 1100
OPUS, VP8, H264 = 111, 96, 102
CODECS = {OPUS: "opus", VP8: "vp8", H264: "h264"}
CLOCK_BITS = 12  # the picture shows its frame number in this many squares
SQUARE = 16
SIZE = (192, 128)


def picture_of(number: int, width: int, height: int) -> np.ndarray:
    """A grey picture (planar YUV) whose top row of squares is ``number`` in binary."""
    yuv = np.full((height * 3 // 2, width), 128, np.uint8)
    for bit in range(CLOCK_BITS):
        level = 235 if number >> bit & 1 else 16
        x, y = bit % (width // SQUARE) * SQUARE, bit // (width // SQUARE) * SQUARE
        yuv[y : y + SQUARE, x : x + SQUARE] = level
    return yuv


def number_of(luma: np.ndarray) -> int:
    """The number that a decoded picture shows."""
    width, number = luma.shape[1], 0
    for bit in range(CLOCK_BITS):
        x, y = bit % (width // SQUARE) * SQUARE, bit // (width // SQUARE) * SQUARE
        number |= int(luma[y + 4 : y + 12, x + 4 : x + 12].mean() > 126) << bit
    return number


def film(
    seconds: float,
    size: tuple[int, int] = SIZE,
    fps: int = 15,
    key_every: int = 30,
    first: int = 0,
    bit_rate: int = 200_000,
) -> list[bytes]:
    """VP8 frames; frame *n* shows the number ``first + n``."""
    encoder = VideoCodecContext.create("libvpx", "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, fps)
    encoder.bit_rate, encoder.gop_size = bit_rate, key_every
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    packets = []
    for n in range(round(seconds * fps)):
        frame = av.VideoFrame.from_ndarray(picture_of(first + n, *size), format="yuv420p")
        frame.pts = n
        packets += encoder.encode(frame)
    return [bytes(packet) for packet in [*packets, *encoder.encode(None)]]


def film_h264(
    seconds: float,
    size: tuple[int, int] = SIZE,
    fps: int = 15,
    key_every: int = 30,
    first: int = 0,
    **options: str,
) -> list[bytes]:
    """The same in H.264, constrained baseline; each is a picture's units behind start codes."""
    encoder = VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, fps)
    encoder.bit_rate, encoder.gop_size = 200_000, key_every
    plain = {"preset": "ultrafast", "tune": "zerolatency", "threads": "1", "x264-params": "info=0"}
    encoder.options = {"profile": "baseline", **plain, **options}
    packets = []
    for n in range(round(seconds * fps)):
        frame = av.VideoFrame.from_ndarray(picture_of(first + n, *size), format="yuv420p")
        frame.pts = n
        packets += encoder.encode(frame)
    return [bytes(packet) for packet in [*packets, *encoder.encode(None)]]


def units_of(frame: bytes) -> list[bytes]:
    """The units of a picture that stand behind start codes."""
    return [unit for unit in re.split(rb"\x00?\x00\x00\x01", frame) if unit]


def aggregated(units: Sequence[bytes]) -> bytes:
    """Several units in one packet: STAP-A (RFC 6184 section 5.7.1)."""
    header = max(unit[0] & 0x60 for unit in units) | 24
    return bytes([header]) + b"".join(len(u).to_bytes(2, "big") + u for u in units)


def fragments(unit: bytes, most: int) -> list[bytes]:
    """One unit in several packets: FU-A (RFC 6184 section 5.8)."""
    indicator, kind = unit[0] & 0xE0 | 28, unit[0] & 0x1F
    bodies = [unit[at : at + most] for at in range(1, len(unit), most)]
    flags = [0x80, *[0] * (len(bodies) - 2), 0x40]
    return [bytes([indicator, f | kind]) + b for f, b in zip(flags, bodies, strict=True)]


def h264_payloads(frame: bytes, mtu: int = MTU) -> list[bytes]:
    """A picture as browsers packetise it: small units together, large ones in fragments."""
    payloads: list[bytes] = []
    together: list[bytes] = []
    for unit in units_of(frame):
        if together and sum(map(len, together)) + len(unit) + 2 * len(together) + 3 > mtu:
            payloads.append(aggregated(together) if len(together) > 1 else together[0])
            together = []
        if len(unit) > mtu:
            payloads += fragments(unit, mtu - 2)
        else:
            together.append(unit)
    if together:
        payloads.append(aggregated(together) if len(together) > 1 else together[0])
    return payloads


def bursts(seconds: float, frequency: int = 1000, every: float = 1.0) -> np.ndarray:
    """Sound at 48 kHz: 100 ms of tone at each whole ``every`` seconds, from 0 on; float32."""
    at = np.arange(round(seconds * 48000)) / 48000
    return np.where(at % every < 0.1, 0.5 * np.sin(2 * np.pi * frequency * at), 0).astype("f4")


def speech(sound: np.ndarray, bit_rate: int = 32_000, application: str = "voip") -> list[bytes]:
    """Opus packets of 20 ms, as browsers encode voice."""
    encoder = AudioCodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48000, "mono", "flt"
    encoder.bit_rate, encoder.time_base = bit_rate, Fraction(1, 48000)
    encoder.options = {"application": application, "compression_level": "5"}
    encoder.open()
    frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="flt", layout="mono")
    frame.sample_rate = 48000
    packets = [bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)]]
    return packets[: len(sound) // 960]


@dataclass(frozen=True)
class Sent:
    """One packet on its way: when it arrives (ns after the call's begin) and its RTP bytes."""

    at_ns: int
    packet: bytes
    rtcp: bool = False


@dataclass
class Source:
    """One RTP source. ``at`` is the seconds of the call at which its clock is ``timestamp``."""

    ssrc: int
    payload_type: int
    rate: int
    at: float = 0.0
    sequence: int = 100
    timestamp: int = 5000
    delay: float = 0.02
    drift: float = 0.0  # how much faster its media clock runs than time
    mtu: int = MTU
    picture_id: int = field(default=1, repr=False)

    def audio(self, packets: Sequence[bytes]) -> list[Sent]:
        sent = []
        for payload in packets:
            sent.append(self._packet(payload, self.at, marker=False))
            self._pass(0.02)
        return sent

    def video(self, frames: Sequence[bytes], fps: int = 15) -> list[Sent]:
        sent = []
        for frame in frames:
            is_h264 = self.payload_type == H264
            sent += self.packets(
                h264_payloads(frame, self.mtu) if is_h264 else list(self._vp8(frame))
            )
            self._pass(1 / fps)
        return sent

    def packets(self, payloads: Sequence[bytes]) -> list[Sent]:
        """One picture, in these packets."""
        last = len(payloads) - 1
        return [self._packet(p, self.at, marker=at == last) for at, p in enumerate(payloads)]

    def _vp8(self, frame: bytes) -> Iterator[bytes]:
        self.picture_id = (self.picture_id + 1) & 0x7FFF
        for at in range(0, len(frame), self.mtu):
            start = 0x10 if at == 0 else 0
            descriptor = struct.pack(">BBH", 0x80 | start, 0x80, 0x8000 | self.picture_id)
            yield descriptor + frame[at : at + self.mtu]

    def silent(self, seconds: float) -> None:
        """Send nothing for a while; the clock runs on."""
        self._pass(seconds)

    def report(self, ntp_offset: float = 0.0) -> Sent:
        """A sender report of this moment; the sender's wall clock is ``ntp_offset`` off."""
        ntp = int((NTP_1970 + 1.7e9 + self.at + ntp_offset) * (1 << 32))
        body = struct.pack(">IQIII", self.ssrc, ntp, self.timestamp & 0xFFFFFFFF, 0, 0)
        packet = struct.pack(">BBH", 0x80, 200, 6) + body
        return Sent(int((self.at + self.delay) * SECOND), packet, rtcp=True)

    def _packet(self, payload: bytes, at: float, marker: bool) -> Sent:
        header = struct.pack(
            ">BBHII",
            0x90,
            self.payload_type | (0x80 if marker else 0),
            self.sequence & 0xFFFF,
            self.timestamp & 0xFFFFFFFF,
            self.ssrc,
        )
        self.sequence += 1
        extension = b"\xbe\xde\x00\x01\x32abc"
        return Sent(int((at + self.delay) * SECOND), header + extension + payload)

    def _pass(self, seconds: float) -> None:
        """``seconds`` by the source's own clock."""
        self.at += seconds / (1 + self.drift)
        self.timestamp += round(seconds * self.rate)


def microphone(ssrc: int = 1000, **more: float) -> Source:
    return Source(ssrc, OPUS, 48000, **more)  # type: ignore[arg-type]


def camera(ssrc: int = 2000, **more: float) -> Source:
    return Source(ssrc, VP8, 90000, **more)  # type: ignore[arg-type]


def h264_camera(ssrc: int = 2000, **more: float) -> Source:
    return Source(ssrc, H264, 90000, **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Shot:
    """What a camera filmed, in one codec; ``suffix`` is that of the files that hold it."""

    codec: str
    frames: Sequence[bytes]

    @classmethod
    def of(
        cls, codec: str, seconds: float, size: tuple[int, int] = SIZE, fps: int = 15, first: int = 0
    ) -> "Shot":
        encode = film_h264 if codec == "h264" else film
        return cls(codec, encode(seconds, size, fps, first=first))

    @property
    def suffix(self) -> str:
        return ".mp4" if self.codec == "h264" else ".webm"

    def units_of(self, frame: bytes) -> list[bytes]:
        """What of a frame stands in a file as it was."""
        return units_of(frame) if self.codec == "h264" else [frame]

    def camera(self, ssrc: int = 2000, **more: float) -> Source:
        return h264_camera(ssrc, **more) if self.codec == "h264" else camera(ssrc, **more)


def track(source: Source, kind: str) -> dict[str, object]:
    return {
        "kind": kind,
        "ssrc": source.ssrc,
        "payload_type": source.payload_type,
        "codec": CODECS[source.payload_type],
        "clock_rate": source.rate,
    }


def described(participant: str, **sources: Source) -> dict[str, object]:
    """A leg's description: ``audio=``, ``camera=``, ``screen=``."""
    return {
        "participant": participant,
        "tracks": [track(source, kind) for kind, source in sources.items()],
    }


def without(sent: Sequence[Sent], places: Iterator[int] | Sequence[int]) -> list[Sent]:
    """What arrives when the packets in these places are lost."""
    lost = set(places)
    return [one for place, one in enumerate(sent) if place not in lost]


def later(sent: Sequence[Sent], seconds: float) -> list[Sent]:
    """The same packets, arriving later."""
    return [replace(one, at_ns=one.at_ns + int(seconds * SECOND)) for one in sent]


def deliver(capture: Capture, legs: dict[int, Sequence[Sent]], base_ns: int | None = None) -> None:
    """Give the packets of all legs to ``capture`` in their order of arrival."""
    base = capture.started_mono_ns if base_ns is None else base_ns
    arriving = [(one.at_ns, leg, one) for leg, sent in legs.items() for one in sent]
    for at_ns, leg, one in sorted(arriving, key=lambda arrival: arrival[0]):
        take = capture.rtcp if one.rtcp else capture.rtp
        take(leg, one.packet, base + at_ns)
