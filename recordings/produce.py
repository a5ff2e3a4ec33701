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
from recordings.manifest import manifest
from recordings.mix import MIX_MS, MIX_PRE_SKIP, Mixed, segments
from recordings.mux import Written, write_webm
from recordings.picture import Picture, picture
from recordings.publish import Building, ProduceFailed
from recordings.streams import Part, Stream, first_ns, last_ns, open_parts, streams_of
from recordings.timeline import Clock, Person, entries_of, hear, people_of, timeline
from recordings.tracks import Blocks, Pieces, Track
from recordings.verify import Verified, verify
from recordings.voice import FILLERS, PRE_SKIP, RATE

REVIEW = "review.webm"
SLOT_MS = 20
STILLS_A_JOB = 30
SMALL_LOG_BYTES = 32 << 20

__all__ = ["ProduceFailed", "Produced", "produce"]


@dataclass(frozen=True, slots=True)
class Produced:
    """What was produced: its folder, the recording's length, and the manifest as JSON.

    The files can be played at once; the system writes them to the disk at its leisure unless
    ``recordings.publish.settle`` forces them there.
    """

    folder: Path
    duration_ms: int
    manifest: dict[str, Any]


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
class Made:
    """A media file that was written and checked."""

    written: Written
    checked: Checked


def make_file(
    path: Path,
    tracks: Sequence[Track],
    sources: Sequence[Path | bytes],
    duration_ms: int,
    own: str = "",
) -> Made:
    """Write one WebM and check it (``own``: see ``check``). A job of the crew."""
    written = write_webm(path, tracks, sources, duration_ms)
    ends_ms = {}
    for track in tracks:
        delay = round(track.pre_skip * 1000 / RATE)
        kind = "video" if track.codec == "vp8" else "audio"
        ends_ms[kind] = max(0, int(track.blocks.at_ms[-1]) - delay)
    return Made(written, check(path, duration_ms, ends_ms, own))


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
        self.sources: list[Path | bytes] = [*self.logs, FILLERS]
        self.files: dict[str, dict[str, str | None]] = {}
        self.making: list[Future[Made]] = []

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
        shown = _customers_picture(people)
        self._make_review(shown, mixed, clock)
        stills, marks = self._begin_stills(shown, clock)

        self._write_peaks(people, mixed, clock)
        thumbs = self._keep_stills(stills, marks)
        story = timeline(self.head, clock, people, self.files, self.parts, thumbs)
        self.building.write_json("timeline.json", story)
        self._finish(clock, people, verified)
        produced = Produced(self.building.publish(), clock.duration_ms, self.result)
        clear(self.building.session)
        return produced

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
        person.camera = picture(person.of_kind("camera"), self.parts, clock.origin_ns)
        person.screen = picture(person.of_kind("screen"), self.parts, clock.origin_ns)
        name = f"participant-{re.sub(r'[^A-Za-z0-9_-]', '_', person.id)}"
        file = screen = None
        if person.voice and (person.heard or person.camera):
            channels, blocks = person.voice.channels, person.voice.blocks
            sound = Track("opus", blocks, channels=channels, pre_skip=PRE_SKIP)
            file = f"{name}.webm"
            self._make(file, [*_video(person.camera), sound])
        if person.screen:
            screen = f"{name}-screen.webm"
            self._make(screen, _video(person.screen))
        if file or screen:
            self.files[person.id] = {"file": file, "screen": screen}

    def _make(self, name: str, tracks: Sequence[Track]) -> None:
        ends = [
            int(track.blocks.at_ms[-1]) + (SLOT_MS if track.codec == "opus" else 1)
            for track in tracks
        ]
        path = self.building.folder / name
        self.making.append(self.crew.submit(make_file, path, tracks, self.sources, max(ends)))

    def _make_review(self, shown: Picture | None, mixed: Sequence[Mixed], clock: Clock) -> None:
        lengths = np.array([length for part in mixed for length in part.lengths], np.int64)
        one = np.ones(len(lengths), np.int64)
        pieces = Pieces(one * len(self.sources), np.cumsum(lengths) - lengths, lengths)
        blocks = Blocks(np.arange(len(lengths)) * MIX_MS, one.astype(np.bool_), one, pieces)
        tracks = [*_video(shown), Track("opus", blocks, pre_skip=MIX_PRE_SKIP)]
        sources = [*self.sources, b"".join(part.data for part in mixed)]
        path = self.building.folder / REVIEW
        made = self.crew.submit(make_file, path, tracks, sources, clock.duration_ms, "audio")
        self.making.append(made)

    # Stills

    def _begin_stills(
        self, shown: Picture | None, clock: Clock
    ) -> tuple[list[Future[list[str]]], list[thumbnails.Shown]]:
        if shown is None:
            return [], []
        steps = [e["at_ms"] for e in entries_of(self.parts, clock) if e["event"] == "step"]
        stills, marks = thumbnails.plan(shown.blocks, steps, clock.duration_ms)
        folder = self.building.folder / "thumbnails"
        folder.mkdir()
        jobs = [
            self.crew.submit(thumbnails.make, stills[at : at + STILLS_A_JOB], self.logs, folder)
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

    def _finish(self, clock: Clock, people: Sequence[Person], verified: Sequence[Verified]) -> None:
        made = [future.result() for future in self.making]
        checked = [file.checked for file in made]
        if problems := [f"{found.name} {p}" for found in checked for p in found.problems]:
            raise ProduceFailed(reason="; ".join(problems))
        written = [*self.building.written, *(file.written for file in made)]
        self.result = manifest(self.head, clock.duration_ms, verified, people, checked, written)
        self.building.write_json("manifest.json", self.result)


def _customers_picture(people: Sequence[Person]) -> Picture | None:
    """The first customer's camera; without one, the camera that sent most."""
    cameras = [person.camera for person in people if person.camera and person.role == "customer"]
    if cameras:
        return cameras[0]
    others = [person.camera for person in people if person.camera]
    return max(others, key=lambda camera: len(camera.blocks), default=None)


def _video(shown: Picture | None) -> list[Track]:
    return [Track("vp8", shown.blocks, shown.width, shown.height)] if shown else []
