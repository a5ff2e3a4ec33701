"""Mixing ahead: segments of the mix made while the call still runs, so that little is left to do
when it ends.

What was mixed lies in the session's folder under a name that is made of all that went into it. A
production takes what it finds there instead of mixing it again, and so gives the same bytes with
it and without it; when the files are published it is thrown away.

``python -m recordings.ahead FOLDER`` mixes ahead once, at low priority.
"""

import hashlib
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np

from recordings.mix import MIX_MS, MIX_SLOT, Mixed, Segment, mix, segments
from recordings.streams import first_ns, last_ns, open_parts, streams_of
from recordings.timeline import Clock, hear, people_of
from recordings.tracks import opened

MIXED = "mixed"
MARGIN_MS = 90_000  # what comes later may still move what was heard so shortly before it
NICENESS = 19

_DIGEST_BYTES = 32
_VERSION = json.dumps([1, av.library_versions, np.__version__]).encode()


def mix_ahead(folder: Path, margin_ms: int = MARGIN_MS) -> int:
    """Mix what the logs in ``folder`` hold so far, but for the last ``margin_ms``; the logs may
    still be growing. Returns how many segments are new. Raises LogUnreadable, OSError.
    """
    parts = open_parts(folder)
    try:
        streams = streams_of(parts)
        if not streams:
            return 0
        clock = Clock.of(parts, first_ns(streams), last_ns(streams))
        voices = hear(people_of(parts, streams), parts, clock)
        slots = max(0, clock.duration_ms - margin_ms) // MIX_MS
        logs = [part.log.path for part in parts]
        whole = [s for s in segments(voices, logs, slots) if s.is_whole]
        (folder / MIXED).mkdir(exist_ok=True)
        return sum(_keep(folder / MIXED, segment) for segment in whole)
    except FileNotFoundError:  # the recording has ended and was produced meanwhile
        return 0
    finally:
        for part in parts:
            part.log.close()


def find_or_mix(segment: Segment, folder: Path) -> Mixed:
    """A segment from what was mixed ahead in ``folder``, else mixed now. A job of the crew."""
    spoken = segment.spoken
    found = _load(folder / MIXED / _name(spoken)) or mix(spoken)
    peaks = iter(found.peaks)
    every = [next(peaks) if len(voice) else segment.silent_peaks for voice in segment.voices]
    return replace(found, peaks=tuple(every))


def clear(folder: Path) -> None:
    """Throw away what was mixed ahead."""
    shutil.rmtree(folder / MIXED, ignore_errors=True)


def _name(segment: Segment) -> str:
    """The same for two segments only if mixing them gives the same."""
    digest = hashlib.sha256(_VERSION)
    digest.update(f"{segment.first == 0} {segment.last - segment.first}".encode())
    logs = [opened(path) for path in segment.logs]
    for voice in segment.voices:
        digest.update(len(voice).to_bytes(4, "big"))
        for column in (voice.at - segment.first * MIX_SLOT, voice.samples, voice.pieces.length):
            digest.update(column.astype("<i8").tobytes())
        for source, offset, length in voice.pieces.rows():
            digest.update(logs[source][offset : offset + length])
    return digest.hexdigest()


def _keep(folder: Path, segment: Segment) -> bool:
    """Mix a segment and put it into ``folder``; false: it is there already."""
    spoken = segment.spoken
    path = folder / _name(spoken)
    if path.exists():
        return False
    made = mix(spoken)
    content = json.dumps([made.lengths, made.peaks]).encode() + b"\n" + made.data
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(hashlib.sha256(content).digest() + content)
    unfinished.replace(path)
    return True


def _load(path: Path) -> Mixed | None:
    """What was kept there; None: nothing, or not all of it."""
    try:
        kept = path.read_bytes()
    except OSError:
        return None
    digest, content = kept[:_DIGEST_BYTES], kept[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    head, _, data = content.partition(b"\n")
    lengths, peaks = json.loads(head)
    return Mixed(data, lengths, tuple(peaks))


if __name__ == "__main__":
    os.nice(NICENESS)
    mix_ahead(Path(sys.argv[1]))
