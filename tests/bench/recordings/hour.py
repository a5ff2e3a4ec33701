"""A long log, written quickly: short encoded clips in a loop, packetised as browsers do."""

import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle
from pathlib import Path

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from recordings import capture as capturing
from recordings import writer
from recordings.capture import Capture
from tests.recordings.sender import MTU, OPUS, SECOND, VP8, Source, speech, track

LOOP_SECONDS = 20
KEY_SECONDS = 10


def clip(width: int, height: int, fps: int, bit_rate: int) -> list[bytes]:
    """VP8 frames of a panning, noisy picture."""
    generator = np.random.default_rng(7)
    wide = generator.integers(60, 190, (height // 8 + 1, width // 2), np.uint8)
    wide = wide.repeat(8, 0).repeat(8, 1)[:height]
    encoder = VideoCodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.gop_size = Fraction(1, fps), KEY_SECONDS * fps
    encoder.bit_rate = bit_rate
    encoder.options = {
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
        "minrate": str(bit_rate),
        "maxrate": str(bit_rate),
        "bufsize": str(bit_rate),
    }
    packets = []
    for n in range(LOOP_SECONDS * fps):
        yuv = np.full((height * 3 // 2, width), 128, np.uint8)
        yuv[:height] = wide[:, 2 * n : 2 * n + width]
        noise = generator.integers(0, 6, (height, width), np.uint8)
        yuv[:height] += noise
        frame = av.VideoFrame.from_ndarray(yuv, format="yuv420p")
        frame.pts = n
        packets += encoder.encode(frame)
    return [bytes(packet) for packet in [*packets, *encoder.encode(None)]]


def talk(pitch: float) -> list[bytes]:
    """Opus packets of something like speech over a noisy background."""
    at = np.arange(LOOP_SECONDS * 48000) / 48000
    phase = 2 * np.pi * np.cumsum(pitch + 20 * np.sin(2 * np.pi * 0.5 * at)) / 48000
    voice = sum(np.sin(k * phase) / k for k in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 3 * at) * np.sin(2 * np.pi * 0.13 * at), 0, 1)
    noise = np.random.default_rng(3).normal(0, 0.01, len(at))
    return speech((0.15 * voice * syllables + noise).astype("f4"))


@dataclass
class Loop:
    """An endless stream: for each step its payloads, the last of them with the marker."""

    leg: int
    source: Source
    steps: Sequence[Sequence[bytes]]
    ticks: int

    def packets(self) -> Iterator[tuple[int, int, bytes]]:
        """(arrival in ns, leg, RTP packet)."""
        source, pack = self.source, struct.Struct(">BBHII").pack
        step_ns = self.ticks * SECOND // source.rate
        sequence = timestamp = at_ns = 0
        for payloads in cycle(self.steps):
            for place, payload in enumerate(payloads, 1):
                kind = source.payload_type | (place == len(payloads) and 0x80)
                header = pack(0x80, kind, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, source.ssrc)
                yield at_ns, self.leg, header + payload
                sequence += 1
            timestamp += self.ticks
            at_ns += step_ns


def _split(frame: bytes) -> list[bytes]:
    starts = range(0, len(frame), MTU)
    return [(b"\x10" if at == 0 else b"\x00") + frame[at : at + MTU] for at in starts]


def write_log(folder: Path, minutes: int) -> None:
    """A log of ``minutes`` in ``folder``, through ``Capture``."""
    writer.WRITE_SECONDS, usual = 0.01, writer.WRITE_SECONDS
    capture = Capture.begin(folder, {"session": "bench", "ticket": "SR-2026-0001"})
    begin = capture.started_mono_ns
    loops = []
    people = (("customer", 1280, 720, 30, 1_500_000), ("engineer", 320, 240, 20, 150_000))
    for leg, (person, width, height, fps, bit_rate) in enumerate(people, 1):
        sound = Source(leg * 10, OPUS, 48000)
        sight = Source(leg * 10 + 1, VP8, 90000)
        frames = [_split(frame) for frame in clip(width, height, fps, bit_rate)]
        voice = [[packet] for packet in talk(90 + 50 * leg)]
        loops += [Loop(leg, sound, voice, 960), Loop(leg, sight, frames, 90000 // fps)]
        tracks = [track(sound, "audio"), track(sight, "camera")]
        capture.leg(leg, {"participant": person, "tracks": tracks})
        note = {"event": "joined", "participant": person, "name": person, "role": person}
        capture.note(note, begin)
    for second in range(0, minutes * 60, 5):
        for loop in loops:
            capture.rtcp(loop.leg, _report(loop.source, second), begin + second * SECOND)
    _fill(capture, loops, begin, minutes * 60 * SECOND)
    for step in range(20):
        note = {"event": "step", "number": step, "mark": "done"}
        capture.note(note, begin + step * minutes * 3 * SECOND)
    capture.seal()
    writer.WRITE_SECONDS = usual


def _fill(capture: Capture, loops: Sequence[Loop], begin: int, until: int) -> None:
    streams = [loop.packets() for loop in loops]
    heads = [next(stream) for stream in streams]
    rtp, taken = capture.rtp, 0
    while True:
        place = min(range(len(heads)), key=lambda at: heads[at][0])
        at_ns, leg, packet = heads[place]
        if at_ns >= until:
            return
        rtp(leg, packet, begin + at_ns)
        heads[place] = next(streams[place])
        taken += 1
        if taken % 1000 == 0:
            while capture.backlog > capturing.QUEUE_BYTES // 2:
                time.sleep(0.002)


def _report(source: Source, second: int) -> bytes:
    ntp = (second + 3_900_000_000) << 32
    timestamp = second * source.rate & 0xFFFFFFFF
    return struct.pack(">BBHIQIII", 0x80, 200, 6, source.ssrc, ntp, timestamp, 0, 0)
