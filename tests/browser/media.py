"""What the test people's cameras and microphones take in: pictures with a clock, tone bursts.

Chromium's file cameras and microphones begin a file anew when it is at its end. Both files of a
person are ``LOOP_SECONDS`` long, so that what they show and sound belongs together, as long as
the browser keeps up: a camera file that is read late stays late.
"""

import wave
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags

from server.demo.picture import CustomerPicture, EngineerPicture

LOOP_SECONDS = 8
FRAME_RATE = 30
SAMPLE_RATE = 48_000
BURST_SECONDS = 0.1
LOUDNESS = 0.5  # of full scale
CUSTOMER_HZ, ENGINEER_HZ = 1000, 1800
JPEG_QUALITY = 4  # FFmpeg's scale, 2 is best


@dataclass(frozen=True)
class Scene:
    """The files before one person's camera and microphone."""

    camera: Path
    microphone: Path


def customer_scene(folder: Path) -> Scene:
    """A junction box in 1280 by 720; a burst of 1 kHz at each full second."""
    return _scene(folder, "customer", CustomerPicture(), CUSTOMER_HZ)


def engineer_scene(folder: Path) -> Scene:
    """A face in 320 by 240; a burst of 1.7 kHz at each full second."""
    return _scene(folder, "engineer", EngineerPicture(), ENGINEER_HZ)


def _scene(folder: Path, name: str, picture: CustomerPicture | EngineerPicture, hz: int) -> Scene:
    scene = Scene(folder / f"{name}.mjpeg", folder / f"{name}.wav")
    _film(scene.camera, picture)
    _bursts(scene.microphone, hz)
    return scene


def _film(path: Path, picture: CustomerPicture | EngineerPicture) -> None:
    """The clock in frame n shows n / FRAME_RATE seconds after midnight."""
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = picture.width, picture.height, "yuvj420p"
    encoder.time_base = Fraction(1, FRAME_RATE)
    encoder.flags |= Flags.qscale
    encoder.global_quality = JPEG_QUALITY * 118  # FF_QP2LAMBDA
    with path.open("wb") as file:
        for number in range(LOOP_SECONDS * FRAME_RATE):
            ms = round(number * 1000 / FRAME_RATE)
            frame = picture.draw(ms / 1000, ms).reformat(format="yuvj420p")
            frame.pts = number
            for packet in encoder.encode(frame):
                file.write(bytes(packet))
        for packet in encoder.encode(None):
            file.write(bytes(packet))


def _bursts(path: Path, hz: int) -> None:
    at = np.arange(LOOP_SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    tone = LOUDNESS * np.sin(2 * np.pi * hz * at) * (at % 1 < BURST_SECONDS)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((tone * 32767).astype("<i2").tobytes())
