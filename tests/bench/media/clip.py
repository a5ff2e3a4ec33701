"""The load: 720p30 VP8 at 1.5 Mbit/s and Opus, encoded once from a synthetic picture and sound."""

import fractions
import pickle
import tempfile
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

WIDTH, HEIGHT, RATE = 1280, 720, 30
VIDEO_BPS, AUDIO_BPS = 1_500_000, 32_000
SECONDS = 8
KEYFRAME_SECONDS = 2
PACKET_BYTES = 1150
_VERSION = 5


@dataclass(frozen=True)
class Clip:
    """``frames`` are lists of RTP payloads (RFC 7741), one list a picture, each 1/30 s;
    ``sounds`` are Opus packets, each 20 ms."""

    frames: list[list[bytes]]
    sounds: list[bytes]

    @property
    def video_bps(self) -> float:
        return sum(len(p) for frame in self.frames for p in frame) * 8 / SECONDS


def load() -> Clip:
    """The clip; made at the first call, then kept in the system's folder for such things."""
    kept = Path(tempfile.gettempdir()) / f"farhand-bench-clip-{_VERSION}.pickle"
    if kept.exists():
        return pickle.loads(kept.read_bytes())
    clip = Clip(_frames(), _sounds())
    kept.write_bytes(pickle.dumps(clip))
    return clip


def _frames() -> list[list[bytes]]:
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base = fractions.Fraction(1, RATE)
    encoder.bit_rate = VIDEO_BPS
    encoder.options = {
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
        "minrate": str(VIDEO_BPS),
        "maxrate": str(VIDEO_BPS),
        "bufsize": str(VIDEO_BPS),
        "max-intra-rate": "600",
        "g": str(KEYFRAME_SECONDS * RATE),
    }
    noise = np.random.default_rng(1).integers(0, 30, (HEIGHT, WIDTH), dtype=np.uint8)
    slope = np.add.outer(np.arange(HEIGHT), np.arange(WIDTH)).astype(np.uint8)
    packets: list[bytes] = []
    for number in range(SECONDS * RATE):
        luma = (slope + np.uint8(number * 3 % 256)) // 2 + np.roll(noise, number * 5, axis=1)
        planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, dtype=np.uint8)
        planes[:HEIGHT] = luma
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts = number
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    packets += [bytes(packet) for packet in encoder.encode(None)]
    return [_payloads(packet, number) for number, packet in enumerate(packets)]


def _payloads(frame: bytes, number: int) -> list[bytes]:
    """Split about equally, as browsers do: parts differ by one byte, the larger ones last."""
    picture = (0x8000 | number).to_bytes(2, "big")
    count = -(-len(frame) // PACKET_BYTES)
    size, larger = divmod(len(frame), count)
    made, at = [], 0
    for place in range(count):
        end = at + size + (place >= count - larger)
        made.append((b"\x80\x80" if at else b"\x90\x80") + picture + frame[at:end])
        at = end
    return made


def _sounds() -> list[bytes]:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "s16"
    encoder.bit_rate = AUDIO_BPS
    encoder.time_base = fractions.Fraction(1, 48_000)
    random = np.random.default_rng(2)
    sounds = []
    for number in range(SECONDS * 50):
        samples = random.normal(0, 3000, 960) * np.sin(np.arange(960) / 40 + number)
        stereo = np.repeat(samples.astype(np.int16), 2).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(stereo, format="s16", layout="stereo")
        frame.sample_rate, frame.pts = 48_000, number * 960
        sounds += [bytes(packet) for packet in encoder.encode(frame)]
    return sounds
