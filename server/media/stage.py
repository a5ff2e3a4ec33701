"""A room as the media plane sees it: who is connected by which leg, and who is shown to whom."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from server.media.leg import Leg
from server.media.quality import LineMeter
from server.media.recorder import Recorder
from server.media.source import Source
from sessions.live.media import VIDEO_FLOOR_BPS, Recorded, Seating, Track

MAX_PARTICIPANTS = 16


class Participant:
    """``leg`` is the current connection, ``pending`` a newer one that is not yet made."""

    def __init__(self) -> None:
        self.leg: Leg | None = None
        self.pending: Leg | None = None
        self.meter: LineMeter | None = None
        self.seating = Seating()

    def legs(self) -> Iterator[Leg]:
        """The current and the pending one."""
        yield from (leg for leg in (self.leg, self.pending) if leg is not None)


class Stage:
    """The participants of one room, and its recording."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.participants: dict[str, Participant] = {}
        self.recorder: Recorder | None = None

    @property
    def is_full(self) -> bool:
        """Whether nobody new can be taken (the room itself refuses much earlier)."""
        return sum(any(p.legs()) for p in self.participants.values()) >= MAX_PARTICIPANTS

    def legs(self) -> list[Leg]:
        """All legs, current and pending."""
        return [leg for person in self.participants.values() for leg in person.legs()]

    def current_legs(self) -> list[Leg]:
        """The legs in use."""
        return [p.leg for p in self.participants.values() if p.leg is not None]

    def expect(self, leg: Leg) -> None:
        """A leg was answered and will connect; an older one that did not yet never will."""
        person = self.participants.setdefault(leg.participant, Participant())
        if person.pending is not None:
            person.pending.end("replaced")
        person.pending = leg

    def enter(self, leg: Leg) -> None:
        """A leg has connected: its participant is moved to it."""
        person = self.participants[leg.participant]
        if person.pending is leg:
            person.pending = None
        before, person.leg = person.leg, leg
        person.meter = LineMeter(leg)
        if before is not None:
            before.end("replaced")
        if self.recorder is not None:
            if before is not None:
                self.recorder.remove(before, "replaced")
            self.recorder.add(leg)
        self.arrange()

    def exit(self, leg: Leg, reason: str) -> None:
        """A leg has ended."""
        person = self.participants.get(leg.participant)
        if person is None:
            return
        if person.pending is leg:
            person.pending = None
        if person.leg is leg:
            person.leg = person.meter = None
            if self.recorder is not None:
                self.recorder.remove(leg, reason)
        self.arrange()

    def forget(self, participant: str) -> None:
        """Keep no place for a participant who has no leg."""
        person = self.participants.get(participant)
        if person is not None and not any(person.legs()):
            del self.participants[participant]

    def learned(self, leg: Leg) -> None:
        """One more stream of a leg is known."""
        if self.recorder is not None:
            self.recorder.describe_again(leg)

    # Who is shown to whom

    def seat(self, receiver: str, seating: Seating) -> None:
        """Show these publishers to the receiver from now on."""
        self.participants.setdefault(receiver, Participant()).seating = seating
        self.arrange()

    def arrange(self) -> None:
        """Put every publisher's current streams into the slots where they are to be shown."""
        for person in self.participants.values():
            if person.leg is None:
                continue
            for (kind, seat), slot in person.leg.slots.items():
                if kind == "video" and not person.seating.pictures:
                    slot.show(None)
                elif seat is None:
                    slot.show(self._source(person.seating.screen, "screen"))
                else:
                    track: Track = "audio" if kind == "audio" else "camera"
                    slot.show(self._source(person.seating.seats.get(seat), track))

    def _source(self, publisher: str | None, track: Track) -> Any:
        person = self.participants.get(publisher) if publisher is not None else None
        return person.leg.sources.get(track) if person is not None and person.leg else None

    def limits(self) -> dict[str, int]:
        """What each publisher may send so that everybody who sees it can follow: the share that
        the narrowest of their lines has for it. Who is not limited is not there."""
        found: dict[str, int] = {}
        for leg in self.current_legs():
            shown = [s.source for s in leg.slots.values() if s.source and s.source.kind == "video"]
            if leg.downlink.bps is None or not shown:
                continue
            share = max(leg.downlink.bps // len(shown), VIDEO_FLOOR_BPS)
            for publisher in self._publishers(shown):
                found[publisher] = min(share, found.get(publisher, share))
        return found

    def _publishers(self, sources: Sequence[Source]) -> Iterator[str]:
        for leg in self.current_legs():
            if any(source in sources for source in leg.sources.values()):
                yield leg.participant

    # Recording

    def record(self, recorder: Recorder) -> Recorded:
        """Keep what all send from now on."""
        self.recorder = recorder
        for leg in self.current_legs():
            recorder.add(leg)
        return recorder.recorded

    def note(self, note: Mapping[str, Any]) -> None:
        """Write an event of the room into the log, if there is one."""
        if self.recorder is not None:
            self.recorder.note(note)

    async def stop_recording(self) -> None:
        """Seal the log; returns when its last byte is on the disk."""
        recorder, self.recorder = self.recorder, None
        if recorder is not None:
            for leg in self.current_legs():
                recorder.remove(leg, "recording ended")
            await recorder.seal()
