"""The timeline: what happened in a recording, when, with whom, and where something is missing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np

from recordings.log import JsonRecord, Kind
from recordings.picture import Picture, in_turn
from recordings.streams import Part, Stream, last_ns
from recordings.tracks import I64
from recordings.voice import RATE, SLOT, Voice, voice

VERSION = 1
VOICE_GAP_MS = 200
PICTURE_GAP_MS = 1000


@dataclass(frozen=True, slots=True)
class Clock:
    """The recording's time: ``origin_ns`` is zero, on the monotonic clock of the first part."""

    origin_ns: int
    origin_wall_ns: int
    duration_ms: int

    @classmethod
    def of(cls, parts: Sequence[Part], origin_ns: int, end_ns: int) -> "Clock":
        first = next(part.log.chunks[0] for part in parts if part.log.chunks)
        wall = first.wall_ns + origin_ns - first.mono_ns
        return cls(origin_ns, wall, max(1, (end_ns - origin_ns) // 1_000_000))

    def at_ms(self, ns: int) -> int:
        return min(max(0, (ns - self.origin_ns) // 1_000_000), self.duration_ms)

    @property
    def origin_wall(self) -> str:
        """ISO 8601, UTC, with milliseconds."""
        moment = datetime.fromtimestamp(self.origin_wall_ns // 1_000_000 / 1000, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class Person:
    """A participant as the notes name them, and what they sent."""

    id: str
    name: str = ""
    role: str = ""
    streams: list[Stream] = field(default_factory=list)
    voice: Voice | None = None
    cameras: list[Picture] = field(default_factory=list)
    screens: list[Picture] = field(default_factory=list)

    def of_kind(self, kind: str) -> list[Stream]:
        return [stream for stream in self.streams if stream.kind == kind]

    @property
    def heard(self) -> bool:
        return self.voice is not None and len(self.voice.heard) > 0

    def span_ms(self) -> tuple[int, int]:
        """When the first and the last of their media is."""
        spans = [picture.span_ms for picture in (*self.cameras, *self.screens)]
        if self.voice and self.heard:
            voice = self.voice
            spans.append((max(0, voice.begins) * 1000 // RATE, -(-voice.ends * 1000 // RATE)))
        return min(span[0] for span in spans), max(span[1] for span in spans)


def notes_of(parts: Sequence[Part], *kinds: Kind) -> list[tuple[int, JsonRecord]]:
    """JSON records with their time on the clock of the first part."""
    return [
        (record.mono_ns + part.shift_ns, record)
        for part in parts
        for record in part.log.json_records(*kinds)
    ]


def people_of(parts: Sequence[Part], streams: Sequence[Stream]) -> list[Person]:
    """The participants: in the order in which they joined, then those only heard or seen."""
    people: dict[str, Person] = {}
    for _, record in notes_of(parts, Kind.NOTE):
        note = record.value
        if note.get("event") == "joined" and "participant" in note:
            person = people.setdefault(str(note["participant"]), Person(str(note["participant"])))
            person.name = str(note.get("name") or person.name)
            person.role = str(note.get("role") or person.role)
    for stream in streams:
        people.setdefault(stream.participant, Person(stream.participant)).streams.append(stream)
    return list(people.values())


def hear(people: Sequence[Person], parts: Sequence[Part], clock: Clock) -> list[Voice]:
    """Give each participant who sent anything a voice; return those that are heard."""
    for person in people:
        if person.streams:
            end_ms = clock.at_ms(last_ns(person.streams))
            person.voice = voice(person.of_kind("audio"), parts, clock.origin_ns, end_ms)
    return [person.voice for person in people if person.voice and person.heard]


def entries_of(parts: Sequence[Part], clock: Clock) -> list[dict[str, Any]]:
    """The room's events in order, each with ``at_ms`` and ``event`` in front."""
    entries = [
        {
            "at_ms": clock.at_ms(ns),
            "event": str(record.value.get("event", "")),
            **{k: v for k, v in record.value.items() if k not in ("at_ms", "event")},
        }
        for ns, record in notes_of(parts, Kind.NOTE)
    ]
    return sorted(entries, key=lambda entry: int(entry["at_ms"]))


def gaps_of(people: Sequence[Person], parts: Sequence[Part], clock: Clock) -> list[dict[str, Any]]:
    """Where a participant's sound or picture is missing between its first and its last.

    ``reason`` is ``disk`` (could not be written), ``paused`` (between two parts of the
    recording), ``muted``, ``reconnected`` or ``lost`` (on the way to the server).
    """
    causes = _Causes(parts, clock)
    gaps = []
    for person in people:
        for track, holes in _holes(person):
            streams = person.of_kind(track)
            gaps += [
                {
                    "participant": person.id,
                    "track": track,
                    "from_ms": begin,
                    "to_ms": end,
                    "reason": causes.of(person.id, track, begin, end, streams),
                }
                for begin, end in holes
            ]
    return sorted(gaps, key=lambda gap: (gap["from_ms"], gap["participant"], gap["track"]))


def _holes(person: Person) -> Iterator[tuple[str, Iterator[tuple[int, int]]]]:
    if person.voice and person.heard:
        heard = person.voice.heard
        begins, ends = heard.at * 1000 // RATE, (heard.at + heard.samples) * 1000 // RATE
        yield "audio", _between(begins, ends, VOICE_GAP_MS)
    for track, pictures in (("camera", person.cameras), ("screen", person.screens)):
        if pictures:
            at_ms = np.sort(np.concatenate([picture.blocks.at_ms for picture in pictures]))
            yield track, _between(at_ms, at_ms, PICTURE_GAP_MS)


def _between(begins: I64, ends: I64, least: int) -> Iterator[tuple[int, int]]:
    for at in np.flatnonzero(begins[1:] - ends[:-1] >= least).tolist():
        yield int(ends[at]), int(begins[at + 1])


class _Causes:
    """Why something may be missing: disk, pauses and mutes of a whole session."""

    def __init__(self, parts: Sequence[Part], clock: Clock) -> None:
        self.clock = clock
        shifted = notes_of(parts, Kind.LOST)
        self.disk = [
            (clock.at_ms(ns), clock.at_ms(ns - r.mono_ns + int(r.value["to_mono_ns"])))
            for ns, r in shifted
        ]
        self.pauses = [
            (clock.at_ms(one.ended_ns), clock.at_ms(two.began_ns)) for one, two in pairwise(parts)
        ]
        self.mutes: dict[tuple[str, str], list[tuple[int, bool]]] = {}
        for ns, record in notes_of(parts, Kind.NOTE):
            if (event := record.value.get("event")) in ("muted", "unmuted"):
                key = str(record.value.get("participant")), str(record.value.get("track"))
                self.mutes.setdefault(key, []).append((clock.at_ms(ns), event == "muted"))

    def of(
        self, participant: str, track: str, begin: int, end: int, streams: Sequence[Stream]
    ) -> str:
        def within(spans: Sequence[tuple[int, int]]) -> bool:
            return any(first <= end and last >= begin for first, last in spans)

        if within(self.disk):
            return "disk"
        if within(self.pauses):
            return "paused"
        if self._muted(participant, track, begin, end):
            return "muted"
        starts = [self.clock.at_ms(int(stream.at_ns.min())) for stream in streams]
        anew = any(begin < start <= end + SLOT * 1000 // RATE for start in starts)
        return "reconnected" if anew else "lost"

    def _muted(self, participant: str, track: str, begin: int, end: int) -> bool:
        muted = False
        for at_ms, now in self.mutes.get((participant, track), []):
            if at_ms > end:
                break
            muted = now if at_ms <= begin + PICTURE_GAP_MS else muted or now
        return muted


def customer_of(people: Sequence[Person]) -> Person | None:
    """Whose camera the review shows: the first customer's; without one, whose sent most."""
    seen = [person for person in people if person.cameras]
    customers = [person for person in seen if person.role == "customer"]
    most = max(seen, key=lambda person: len(person.cameras[0].blocks), default=None)
    return customers[0] if customers else most


@dataclass(slots=True)
class Files:
    """The files of one participant: the first of the camera has the sound, others have what was
    sent in another codec."""

    camera: list[str] = field(default_factory=list)
    screen: list[str] = field(default_factory=list)


def review_of(
    file: str, shown: Person | None, files: Mapping[str, Files], clock: Clock
) -> dict[str, Any]:
    """The review file, whose camera it shows, and when that is to be seen in another file."""
    elsewhere = []
    if shown:
        elsewhere = [
            {
                "file": files[shown.id].camera[span.place],
                "from_ms": span.from_ms,
                "to_ms": clock.duration_ms if span.to_ms is None else span.to_ms,
            }
            for span in in_turn(shown.cameras)
            if span.place
        ]
    return {"file": file, "shows": shown.id if shown else None, "elsewhere": elsewhere}


def timeline(
    head: Mapping[str, Any],
    clock: Clock,
    people: Sequence[Person],
    files: Mapping[str, Files],
    review: Mapping[str, Any],
    parts: Sequence[Part],
    thumbnails: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The timeline as JSON."""
    return {
        "version": VERSION,
        "session": head.get("session"),
        "ticket": head.get("ticket"),
        "title": head.get("title"),
        "origin_wall": clock.origin_wall,
        "duration_ms": clock.duration_ms,
        "review": dict(review),
        "participants": [_person(person, files.get(person.id, Files())) for person in people],
        "entries": entries_of(parts, clock),
        "gaps": gaps_of(people, parts, clock),
        "thumbnails": list(thumbnails),
        "parts": [
            {
                "file": part.log.path.name,
                "from_ms": clock.at_ms(part.began_ns),
                "to_ms": clock.at_ms(part.ended_ns),
            }
            for part in parts
        ],
    }


def _person(person: Person, files: Files) -> dict[str, Any]:
    first, last = person.span_ms() if files.camera or files.screen else (None, None)
    return {
        "id": person.id,
        "name": person.name,
        "role": person.role,
        "file": next(iter(files.camera), None),
        "screen": next(iter(files.screen), None),
        "more": [
            *_more("camera", files.camera, person.cameras),
            *_more("screen", files.screen, person.screens),
        ],
        "first_ms": first,
        "last_ms": last,
    }


def _more(track: str, files: Sequence[str], seen: Sequence[Picture]) -> list[dict[str, Any]]:
    """What else there is of a camera or screen, in another codec."""
    return [
        {
            "file": file,
            "track": track,
            "first_ms": picture.span_ms[0],
            "last_ms": picture.span_ms[1],
        }
        for file, picture in [*zip(files, seen, strict=False)][1:]
    ]
