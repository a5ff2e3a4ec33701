"""Production: the playable files of a recorded session, made from its packet log alone."""

import os
import re
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recordings import thumbnails
from recordings.ahead import clear, find_or_mix
from recordings.check import Checked, check
from recordings.crew import Crew, JobFailed
from recordings.log import LogUnreadable
from recordings.manifest import listed, manifest
from recordings.mix import MIX_MS, MIX_PRE_SKIP, Mixed, segments
from recordings.mux import Written, suffix_for, write_media
from recordings.picture import Made, Picture, pictures
from recordings.publish import Building, ProduceFailed
from recordings.streams import Part, Stream, first_ns, last_ns, open_parts, streams_of
from recordings.timeline import (
    Clock,
    Files,
    Person,
    customer_of,
    entries_of,
    hear,
    people_of,
    review_of,
    timeline,
)
from recordings.tracks import Blocks, Pieces, Track
from recordings.verify import Verified, verify
from recordings.voice import PRE_SKIP, RATE

REVIEW = "review"
SLOT_MS = 20
STILLS_A_JOB = 30
SMALL_LOG_BYTES = 32 << 20

__all__ = ["ProduceFailed", "Produced", "produce"]


@dataclass(frozen=True, slots=True)
class Produced:
    """What was produced: its folder, the recording's length, the manifest as JSON, and its files
    as the manifest lists them, with the manifest itself."""

    folder: Path
    duration_ms: int
    manifest: dict[str, Any]
    files: list[dict[str, Any]]


def produce(folder: Path, workers: int | None = None) -> Produced:
    """Make ``folder/produced`` from the log parts in ``folder``; replaces it in one step.

    The same logs give the same bytes. ``workers`` processes share the work; by default as many
    as there are cores, none for a small log. The logs are only read. Raises ProduceFailed, and
    leaves what was produced before.
    """
    try:
        with Building(folder) as building:
            parts = open_parts(folder)
            try:
                size = sum(part.log.size for part in parts)
                many = os.cpu_count() or 1 if size > SMALL_LOG_BYTES else 0
                with Crew(many if workers is None else workers) as crew:
                    return _Production(parts, building, crew).run()
            finally:
                for part in parts:
                    part.log.close()
    except (LogUnreadable, OSError, JobFailed) as error:
        raise ProduceFailed(reason=str(error) or type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A media file that was written and checked."""

    written: Written
    checked: Checked


def make_file(
    path: Path,
    tracks: Sequence[Track],
    sources: Sequence[Path | bytes],
    duration_ms: int,
    own: str = "",
) -> MediaFile:
    """Write one file and check it (``own``: see ``check``). A job of the crew."""
    written = write_media(path, tracks, sources, duration_ms)
    ends_ms: dict[str, int] = {}
    for track in tracks:
        delay = round(track.pre_skip * 1000 / RATE)
        ends_ms[track.kind] = max(0, int(track.blocks.at_ms[-1]) - delay)
    return MediaFile(written, check(path, duration_ms, ends_ms, own))


class _Production:
    """One run, in the order in which the crew is best kept busy."""

    def __init__(self, parts: list[Part], building: Building, crew: Crew) -> None:
        if not parts:
            raise ProduceFailed(reason="there is no log of it")
        self.parts = parts
        self.building = building
        self.crew = crew
        self.logs = [part.log.path for part in parts]
        self.head = next((part.log.head for part in parts if part.log.head), {})
        self.made = Made(parts)
        self.files: dict[str, Files] = {}
        self.making: list[Future[MediaFile]] = []

    def run(self) -> Produced:
        streams, verified = self._read()
        clock = Clock.of(self.parts, first_ns(streams), last_ns(streams))
        people = people_of(self.parts, streams)

        mixing = self._mix(people, clock)
        for person in people:
            self._make_participant(person, clock)
        if not self.files:
            raise ProduceFailed(reason="nothing of it can be heard or seen")
        mixed = [future.result() for future in mixing]
        shown = customer_of(people)
        review = self._make_review(shown.cameras[:1] if shown else [], mixed, clock)
        stills, marks = self._begin_stills(shown.cameras if shown else [], clock)

        self._write_peaks(people, mixed, clock)
        thumbs = self._keep_stills(stills, marks)
        told = review_of(review, shown, self.files, clock)
        story = timeline(self.head, clock, people, self.files, told, self.parts, thumbs)
        self.building.write_json("timeline.json", story)
        result = self._finish(clock, people, verified)
        files = [*result["files"], listed(self.building.written[-1])]
        produced = Produced(self.building.publish(), clock.duration_ms, result, files)
        clear(self.building.session)
        return produced

    @property
    def sources(self) -> list[Path | bytes]:
        """Where the pieces of all tracks lie, but for those of the mix."""
        return [*self.logs, *self.made.others]

    def _read(self) -> tuple[list[Stream], list[Verified]]:
        verifying = [self.crew.submit(verify, path) for path in self.logs]
        streams = streams_of(self.parts)
        verified = [future.result() for future in verifying]
        if any(found.damaged for found in verified):
            pairs = zip(self.parts, verified, strict=True)
            self.parts = [part.without(found.damaged) for part, found in pairs]
            streams = streams_of(self.parts)
        if not streams:
            raise ProduceFailed(reason="it holds neither sound nor picture")
        return streams, verified

    # Sound

    def _mix(self, people: Sequence[Person], clock: Clock) -> list[Future[Mixed]]:
        voices = hear(people, self.parts, clock)
        slots = -(-clock.duration_ms // MIX_MS)
        folder = self.building.session
        return [
            self.crew.submit(find_or_mix, s, folder) for s in segments(voices, self.logs, slots)
        ]

    def _write_peaks(self, people: Sequence[Person], mixed: Sequence[Mixed], clock: Clock) -> None:
        tenths = -(-clock.duration_ms // 100)
        heard = [person for person in people if person.heard]
        peaks = {
            person.id: [peak for part in mixed for peak in part.peaks[place]][:tenths]
            for place, person in enumerate(heard)
        }
        self.building.write_json("peaks.json", {"per_second": 10, "participants": peaks})

    # Files

    def _make_participant(self, person: Person, clock: Clock) -> None:
        for kind, seen in (("camera", person.cameras), ("screen", person.screens)):
            seen += pictures(person.of_kind(kind), self.parts, self.made, clock.origin_ns)
        if person.voice is None or not (person.heard or person.cameras or person.screens):
            return
        # With each picture its sound: of one alone that begins late players mistake the length.
        channels, blocks = person.voice.channels, person.voice.blocks
        sound = Track("opus", blocks, channels=channels, pre_skip=PRE_SKIP)
        name = f"participant-{re.sub(r'[^A-Za-z0-9_-]', '_', person.id)}"
        files = self.files[person.id] = Files()
        if person.heard and not person.cameras:
            files.camera.append(self._make(name, [sound]))
        for place, picture in enumerate(person.cameras):
            more = f"-{picture.track.codec}" if place else ""
            files.camera.append(self._make(name + more, [picture.track, sound]))
        for place, picture in enumerate(person.screens):
            more = f"-{picture.track.codec}" if place else ""
            files.screen.append(self._make(f"{name}-screen{more}", [picture.track, sound]))

    def _make(self, name: str, tracks: Sequence[Track]) -> str:
        """Have a file made of one participant's tracks; gives its whole name."""
        ends = [
            int(track.blocks.at_ms[-1]) + (SLOT_MS if track.kind == "audio" else 1)
            for track in tracks
        ]
        name += suffix_for(tracks)
        path = self.building.folder / name
        self.making.append(self.crew.submit(make_file, path, tracks, self.sources, max(ends)))
        return name

    def _make_review(self, shown: Sequence[Picture], mixed: Sequence[Mixed], clock: Clock) -> str:
        lengths = np.array([length for part in mixed for length in part.lengths], np.int64)
        sources = self.sources
        one = np.ones(len(lengths), np.int64)
        pieces = Pieces(one * len(sources), np.cumsum(lengths) - lengths, lengths)
        blocks = Blocks(np.arange(len(lengths)) * MIX_MS, one.astype(np.bool_), one, pieces)
        seen = [picture.track for picture in shown]
        tracks = [*seen, Track("opus", blocks, pre_skip=MIX_PRE_SKIP)]
        name = REVIEW + suffix_for(tracks)
        sources.append(b"".join(part.data for part in mixed))
        path = self.building.folder / name
        made = self.crew.submit(make_file, path, tracks, sources, clock.duration_ms, "audio")
        self.making.append(made)
        return name

    # Stills

    def _begin_stills(
        self, seen: Sequence[Picture], clock: Clock
    ) -> tuple[list[Future[list[str]]], list[thumbnails.Shown]]:
        if not seen:
            return [], []
        steps = [e["at_ms"] for e in entries_of(self.parts, clock) if e["event"] == "step"]
        stills, marks = thumbnails.plan(seen, steps, clock.duration_ms)
        folder = self.building.folder / "thumbnails"
        folder.mkdir()
        jobs = [
            self.crew.submit(thumbnails.make, stills[at : at + STILLS_A_JOB], self.sources, folder)
            for at in range(0, len(stills), STILLS_A_JOB)
        ]
        return jobs, marks

    def _keep_stills(
        self, stills: Sequence[Future[list[str]]], marks: Sequence[thumbnails.Shown]
    ) -> list[dict[str, Any]]:
        names = [name for still in stills for name in still.result()]
        for name in names:
            self.building.add_written("thumbnails", name)
        if names:
            first = self.building.folder / "thumbnails" / names[0]
            self.building.write("poster.jpg", first.read_bytes())
        return [
            {"at_ms": mark.at_ms, "file": f"thumbnails/{mark.file}"}
            for mark in marks
            if mark.file in set(names)
        ]

    # End

    def _finish(
        self, clock: Clock, people: Sequence[Person], verified: Sequence[Verified]
    ) -> dict[str, Any]:
        """Write the manifest, if all files are in order; gives it."""
        made = [future.result() for future in self.making]
        checked = [file.checked for file in made]
        if problems := [f"{found.name} {p}" for found in checked for p in found.problems]:
            raise ProduceFailed(reason="; ".join(problems))
        written = [*self.building.written, *(file.written for file in made)]
        result = manifest(self.head, clock.duration_ms, verified, people, checked, written)
        self.building.write_json("manifest.json", result)
        return result
