"""A sender: synthetic picture and sound, encoded and packetised as a browser would."""

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
OPUS, VP8 = 111, 96
CLOCK_BITS = 12  # the picture shows its frame number in this many squares
SQUARE = 16


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
    size: tuple[int, int] = (192, 128),
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
            self.picture_id = (self.picture_id + 1) & 0x7FFF
            for at in range(0, len(frame), self.mtu):
                start = 0x10 if at == 0 else 0
                descriptor = struct.pack(">BBH", 0x80 | start, 0x80, 0x8000 | self.picture_id)
                last = at + self.mtu >= len(frame)
                sent.append(
                    self._packet(descriptor + frame[at : at + self.mtu], self.at, marker=last)
                )
            self._pass(1 / fps)
        return sent

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


def track(source: Source, kind: str) -> dict[str, object]:
    codec = "opus" if source.payload_type == OPUS else "vp8"
    return {
        "kind": kind,
        "ssrc": source.ssrc,
        "payload_type": source.payload_type,
        "codec": codec,
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
