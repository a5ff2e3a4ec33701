"""Playback: what a viewer of a produced file sees and hears, and when."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.recordings.sender import number_of

RATE = 48000


def media(folder: Path, name: str) -> Path:
    """The one media file of this name in a folder, whatever its kind."""
    (path,) = folder.glob(f"{name}.*")
    return path


@dataclass(frozen=True)
class Seen:
    """One frame: its time in seconds, the number it shows, its size."""

    at: float
    number: int
    size: tuple[int, int]


def pictures(path: Path) -> list[Seen]:
    """Every frame of a file, in order."""
    with av.open(str(path)) as container:
        return [
            Seen(
                float(frame.pts * frame.time_base),
                number_of(frame.to_ndarray(format="gray")),
                (frame.width, frame.height),
            )
            for frame in container.decode(video=0)
        ]


def sound(path: Path) -> np.ndarray:
    """The sound from time zero on, samples counted one after the other as players do."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    first = round(float(frames[0].pts * frames[0].time_base) * RATE)
    heard = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in frames])
    heard = heard / 32768 if frames[0].format.name.startswith("s16") else heard
    return heard[-first:] if first < 0 else np.concatenate([np.zeros(first), heard])


def tone(heard: np.ndarray, frequency: int) -> np.ndarray:
    """How strong one frequency is, every millisecond."""
    at = np.arange(len(heard)) / RATE
    wave = heard * np.exp(-2j * np.pi * frequency * at)
    smooth = np.convolve(wave, np.ones(240) / 240, "same")
    return 2 * np.abs(smooth[:: RATE // 1000])


def onsets(heard: np.ndarray, frequency: int = 1000) -> list[float]:
    """When bursts of a tone begin, in seconds."""
    loud = tone(heard, frequency) > 0.2
    begins = np.flatnonzero(loud[1:] & ~loud[:-1]) + 1
    if loud[0]:
        begins = np.append(0, begins)
    apart = [at for place, at in enumerate(begins) if place == 0 or at - begins[place - 1] > 300]
    return [at / 1000 for at in apart]


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())
