"""A room's running recording: each leg's packets go into the capture as they come."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from recordings.capture import Capture
from recordings.writer import Writer
from server.media.leg import Leg
from server.media.slot import CLOCK_RATES
from server.media.source import Source
from sessions.live.media import Kept, Recorded

REFRESH_NS = 10_000_000_000
CATCH_UP_NS = 200_000_000


class Recorder:
    """Taps legs into a capture. Blocking work is done in threads."""

    def __init__(self, room: str, capture: Capture) -> None:
        """Use ``begin``."""
        self.room = room
        self.recorded = Recorded(
            str(capture.path), capture.started_mono_ns, capture.started_wall_ns
        )
        self._capture = capture
        self._legs: dict[str, Leg] = {}
        self._numbers: dict[str, int] = {}
        self._refresh_due_ns = time.monotonic_ns() + REFRESH_NS
        self._last_number = 0
        self._dropped = 0

    @classmethod
    async def begin(
        cls, room: str, folder: str, head: Mapping[str, Any], writer: Writer
    ) -> "Recorder":
        """Open a log part. Raises OSError."""
        return cls(room, await asyncio.to_thread(Capture.begin, Path(folder), head, writer))

    def add(self, leg: Leg) -> None:
        """Keep what this leg sends from now on."""
        self._last_number += 1
        number = self._last_number
        self._legs[leg.name], self._numbers[leg.name] = leg, number
        sources = [source for source in leg.sources.values() if source.ssrc is not None]
        self._capture.leg(
            number, {"participant": leg.participant, "tracks": [_track(s) for s in sources]}
        )
        leg.tap = partial(self._capture.rtcp, number)
        for source in sources:
            source.tap = partial(self._capture.rtp, number)
            source.want_keyframe()

    def remove(self, leg: Leg, reason: str) -> None:
        """Keep nothing more of this leg."""
        leg.tap = None
        for source in leg.sources.values():
            source.tap = None
        self._legs.pop(leg.name, None)
        number = self._numbers.pop(leg.name, None)
        if number is not None:
            self._capture.leg_gone(number, reason)

    def describe_again(self, leg: Leg) -> None:
        """One more stream of this leg is known: it goes on under a new number."""
        if leg.name in self._numbers:
            self.remove(leg, "described again")
            self.add(leg)

    def note(self, note: Mapping[str, Any]) -> None:
        """Write an event of the room into the log."""
        self._capture.note(note, time.monotonic_ns())
        if note.get("event") == "step":
            self.refresh()

    def refresh(self) -> None:
        """Ask every picture for a keyframe: where there is one, playback can seek at once."""
        self._refresh_due_ns = time.monotonic_ns() + REFRESH_NS
        for leg in self._legs.values():
            for source in leg.sources.values():
                source.want_keyframe()

    def beat(self, now_ns: int) -> None:
        """Once in a while a keyframe, so that no place in the recording is far from one; and as
        soon as the disk keeps up again, for the picture that it has lost."""
        dropped, before = self._capture.dropped, self._dropped
        self._dropped = dropped
        if dropped > before:
            self._refresh_due_ns = now_ns + CATCH_UP_NS
        if now_ns >= self._refresh_due_ns:
            self.refresh()

    def kept(self) -> Kept:
        """What has reached the disk."""
        capture = self._capture
        still = (time.monotonic_ns() - capture.last_growth_mono_ns) / 1e9
        return Kept(
            self.room, capture.bytes_on_disk, max(0.0, still), capture.dropped, capture.trouble
        )

    async def seal(self) -> None:
        """End the log; returns when its last byte is on the disk."""
        await asyncio.to_thread(self._capture.seal)


def _track(source: Source) -> dict[str, Any]:
    return {
        "kind": source.track,
        "ssrc": source.ssrc,
        "payload_type": source.payload_type,
        "codec": source.codec,
        "clock_rate": CLOCK_RATES[source.kind],
    }
