"""The media plane within one process: rooms and legs on one port."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from aioice.ice import get_host_addresses

from recordings.writer import Writer
from server.media import watchdog
from server.media.answer import Transport, codecs_of, lay_out, write_answer
from server.media.dtls import DtlsFailed, Fingerprint, Identity
from server.media.leg import SECOND_NS, Leg
from server.media.port import MediaPort
from server.media.recorder import Recorder
from server.media.sdp import parse_offer
from server.media.settings import MediaSettings
from server.media.stage import Stage
from sessions.live.media import (
    SILENT_AFTER_SECONDS,
    Answer,
    LegClosed,
    LegConnected,
    LegHeard,
    LegSilent,
    MediaEvent,
    MediaUnavailable,
    Recorded,
    Seating,
)

BEAT_SECONDS = 0.05
SLOW_BEAT_SECONDS = 0.25
KEPT_NS = SECOND_NS
QUALITY_NS = SECOND_NS
QUIET_AFTER_SECONDS = 6.0
GIVE_UP_SECONDS = 0.1

_log = logging.getLogger(__name__)


class Plane:
    """Implements ``sessions.live.media.MediaPlane`` where it runs."""

    def __init__(self, settings: MediaSettings, port: MediaPort) -> None:
        """Use ``open``."""
        self._settings = settings
        self._port = port
        self._identity = Identity()
        self._writer = Writer()
        self._addresses = settings.public_addresses or _own_addresses(settings.host)
        self._listeners: list[Callable[[MediaEvent], None]] = []
        self._stages: dict[str, Stage] = {}
        self._legs: dict[Leg, asyncio.Task[None]] = {}
        self._clocks: list[asyncio.Task[None]] = []
        self._kept_due_ns = 0
        self._quality_due_ns = 0

    @classmethod
    async def open(cls, settings: MediaSettings) -> "Plane":
        """Bind the port and start. Raises OSError."""
        plane = cls(settings, await MediaPort.open(settings.host, settings.port))
        for clock in (plane._beat(), plane._slow_beat(), watchdog.watch(plane._emit)):
            plane._clocks.append(asyncio.create_task(clock))
        return plane

    @property
    def port(self) -> int:
        """The number of the port, UDP and TCP."""
        return self._port.number

    @property
    def is_idle(self) -> bool:
        """Whether nobody is connected, or about to be."""
        return not self._legs

    # The commands (sessions.live.media.MediaPlane)

    def on_event(self, listener: Callable[[MediaEvent], None]) -> None:
        """Call ``listener`` for each event."""
        self._listeners.append(listener)

    async def join(self, room: str, participant: str, offer: str) -> Answer:
        """Answer an offer. Raises SdpRefused, CodecRefused, MediaUnavailable."""
        parsed = parse_offer(offer)
        parts = lay_out(parsed)
        stage = self._stages.setdefault(room, Stage(room))
        if len(self._legs) >= self._settings.max_legs or stage.is_full:
            raise MediaUnavailable
        leg = Leg(self._port, self._identity, participant, parts, self._settings.max_up_bps)
        leg.learned = stage.learned
        stage.expect(leg)
        self._legs[leg] = asyncio.create_task(self._run(stage, leg, parsed.fingerprints))
        transport = Transport(
            leg.ice.ufrag,
            leg.ice.password,
            self._identity.fingerprint,
            self._addresses,
            self._port.number,
            self._settings.start_kbps,
        )
        return Answer(leg.name, write_answer(parts, transport), codecs_of(parts))

    async def leave(self, room: str, participant: str, leg: str | None = None) -> None:
        """Close a participant's legs, or one of them."""
        stage = self._stages.get(room)
        if stage is None or participant not in stage.participants:
            return
        legs = [x for x in stage.legs() if x.participant == participant and leg in (None, x.name)]
        await self._end(legs)
        if leg is None:
            stage.participants.pop(participant, None)

    async def seat(self, room: str, receiver: str, seating: Seating) -> None:
        """Say whom ``receiver`` sees and hears from now on."""
        self._stages.setdefault(room, Stage(room)).seat(receiver, seating)

    async def record(self, room: str, folder: str, head: Mapping[str, Any]) -> Recorded:
        """Capture every packet of the room into a new log part; one that runs is sealed first.

        Raises MediaUnavailable if the disk refuses.
        """
        stage = self._stages.setdefault(room, Stage(room))
        await stage.stop_recording()
        try:
            recorder = await Recorder.begin(room, folder, head, self._writer)
        except OSError as error:
            _log.error("log could not be opened", extra={"folder": folder, "error": str(error)})
            raise MediaUnavailable from error
        return stage.record(recorder)

    async def note(self, room: str, note: Mapping[str, Any]) -> None:
        """Write a JSON note into the running log."""
        if (stage := self._stages.get(room)) is not None:
            stage.note(note)

    async def stop_recording(self, room: str) -> None:
        """Seal the log part; returns when its last byte is on the disk."""
        if (stage := self._stages.get(room)) is not None:
            await stage.stop_recording()

    async def close(self, room: str) -> None:
        """End the room: close all legs, seal its log."""
        stage = self._stages.pop(room, None)
        if stage is not None:
            await self._end(stage.legs())
            await stage.stop_recording()

    async def stop(self) -> None:
        """Close every room, then the port."""
        await asyncio.gather(*(self.close(room) for room in list(self._stages)))
        for clock in self._clocks:
            clock.cancel()
        for clock in self._clocks:
            with contextlib.suppress(asyncio.CancelledError):
                await clock
        await self._port.close()

    # Legs

    async def _run(self, stage: Stage, leg: Leg, fingerprints: tuple[Fingerprint, ...]) -> None:
        """A leg's life; owns it from its answer to its end."""
        connecting = asyncio.create_task(leg.connect(fingerprints))
        try:
            patience = self._settings.pending_seconds
            await asyncio.wait(
                (connecting, leg.outcome), timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            if not connecting.done():
                leg.end("timeout")
            elif not leg.outcome.done():
                self._connected(stage, leg, connecting)
            reason = await leg.outcome
        finally:
            await _give_up(connecting)
            stage.exit(leg, leg.outcome.result() if leg.outcome.done() else "failed")
            await leg.close()
            del self._legs[leg]
        self._emit(LegClosed(stage.room, leg.participant, leg.name, reason))

    def _connected(self, stage: Stage, leg: Leg, connecting: asyncio.Task[None]) -> None:
        try:
            connecting.result()
        except DtlsFailed:
            leg.end("failed")
            return
        stage.enter(leg)
        self._emit(LegConnected(stage.room, leg.participant, leg.name))

    async def _end(self, legs: list[Leg]) -> None:
        running = [self._legs[leg] for leg in legs if leg in self._legs]
        for leg in legs:
            leg.end("left")
        if running:
            await asyncio.wait(running)

    # Clocks

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            now = time.monotonic_ns()
            for leg in self._legs:
                if leg.connected_ns:
                    leg.beat(now)

    async def _slow_beat(self) -> None:
        while True:
            await asyncio.sleep(SLOW_BEAT_SECONDS)
            now = time.monotonic_ns()
            for stage in list(self._stages.values()):
                for leg in stage.current_legs():
                    self._listen(stage, leg, now)
                if stage.recorder is not None:
                    stage.recorder.beat(now)
            if now >= self._kept_due_ns:
                self._kept_due_ns = now + KEPT_NS
                self._tell_kept()
            if now >= self._quality_due_ns:
                self._quality_due_ns = now + QUALITY_NS
                self._tell_quality(now)

    def _listen(self, stage: Stage, leg: Leg, now_ns: int) -> None:
        silent = leg.silent_ns(now_ns) / SECOND_NS
        limit = SILENT_AFTER_SECONDS if leg.was_sending else QUIET_AFTER_SECONDS
        if silent >= self._settings.silent_close_seconds:
            leg.end("timeout")
        elif silent >= limit and not leg.is_silent:
            leg.is_silent = True
            self._emit(LegSilent(stage.room, leg.participant, leg.name))
        elif silent < SILENT_AFTER_SECONDS and leg.is_silent:
            leg.is_silent = False
            self._emit(LegHeard(stage.room, leg.participant, leg.name))

    def _tell_kept(self) -> None:
        for stage in self._stages.values():
            if stage.recorder is not None:
                self._emit(stage.recorder.kept())

    def _tell_quality(self, now_ns: int) -> None:
        for stage in self._stages.values():
            for person in stage.participants.values():
                if person.meter is not None:
                    self._emit(person.meter.measure(stage.room, now_ns))
            limits = stage.limits()
            for leg in stage.current_legs():
                leg.uplink.limit_bps = limits.get(leg.participant)
                if leg.refused:
                    leg.refused = False
                    told = {"room": stage.room, "participant": leg.participant}
                    _log.warning("participant sends too much", extra=told)

    def _emit(self, event: MediaEvent) -> None:
        for listener in self._listeners:
            listener(event)


async def _give_up(connecting: asyncio.Task[None]) -> None:
    """End a handshake; what it ends with counts no more. It is told again until it has ended:
    ``asyncio.wait_for``, which it waits in, forgets a cancellation (python/cpython#86296)."""
    while not connecting.done():
        connecting.cancel()
        await asyncio.wait((connecting,), timeout=GIVE_UP_SECONDS)
    if not connecting.cancelled():
        connecting.exception()


def _own_addresses(host: str) -> tuple[str, ...]:
    """What to tell browsers where nothing else is said: the machine's own addresses."""
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return (host,)
    found = get_host_addresses(use_ipv4=True, use_ipv6=host == "::")
    return tuple(found) or ("127.0.0.1",)
