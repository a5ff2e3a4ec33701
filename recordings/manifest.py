"""The manifest: what was produced from which logs, with the checksums of both."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from recordings.check import Checked
from recordings.mux import Written
from recordings.timeline import Person
from recordings.verify import Verified

VERSION = 1
CONTENT_TYPES = {
    ".webm": "video/webm",
    ".mp4": "video/mp4",
    ".json": "application/json",
    ".jpg": "image/jpeg",
}


def manifest(
    head: Mapping[str, Any],
    duration_ms: int,
    verified: Sequence[Verified],
    people: Sequence[Person],
    checked: Sequence[Checked],
    written: Iterable[Written],
) -> dict[str, Any]:
    """The manifest as JSON. ``chain`` of a part is its last hash (see ``recordings.log``)."""
    durations = {found.name: found.duration_ms for found in checked}
    return {
        "version": VERSION,
        "head": dict(head),
        "duration_ms": duration_ms,
        "parts": [_part(found) for found in verified],
        "tracks": [track for person in people for track in _tracks(person)],
        "checks": [_check(found) for found in checked],
        "files": [
            listed(file, durations.get(file.name))
            for file in sorted(written, key=lambda file: file.name)
        ],
    }


def listed(file: Written, duration_ms: int | None = None) -> dict[str, Any]:
    """How one file stands in the list."""
    return {
        "name": file.name,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "content_type": CONTENT_TYPES[PurePosixPath(file.name).suffix],
        "duration_ms": duration_ms,
    }


def _part(found: Verified) -> dict[str, Any]:
    return {
        "file": found.path.name,
        "bytes": found.bytes,
        "records": found.records,
        "sealed": found.sealed,
        "reason": found.reason,
        "chain": found.chain,
        "problems": list(found.problems),
    }


def _tracks(person: Person) -> list[dict[str, Any]]:
    """What came of each track, and what was lost of it."""
    tracks = []
    for kind in dict.fromkeys(stream.kind for stream in person.streams):
        streams = person.of_kind(kind)
        track = {
            "participant": person.id,
            "track": kind,
            "packets": sum(len(stream.packets) for stream in streams),
            "lost": sum(stream.lost for stream in streams),
        }
        if pictures := {"camera": person.cameras, "screen": person.screens}.get(kind):
            track |= {
                "codecs": [picture.track.codec for picture in pictures],
                "frames": sum(len(picture.blocks) for picture in pictures),
                "dropped_frames": sum(picture.dropped for picture in pictures),
            }
        if kind == "audio" and person.voice:
            track["filled"] = person.voice.filled
        tracks.append(track)
    return tracks


def _check(found: Checked) -> dict[str, Any]:
    return {
        "file": found.name,
        "duration_ms": found.duration_ms,
        "ends_ms": dict(found.ends_ms),
        "skew_ms": found.skew_ms,
        "problems": list(found.problems),
        "warnings": list(found.warnings),
    }
