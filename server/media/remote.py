"""The media plane as the web process sees it: commands go to the media process, which is started
with it and again whenever it dies."""

import asyncio
import contextlib
import itertools
import logging
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from server.media import wire
from server.media.settings import MediaSettings
from sessions.errors import FarhandError
from sessions.live.media import (
    Answer,
    CodecRefused,
    MediaEvent,
    MediaUnavailable,
    PlaneLost,
    Recorded,
    SdpRefused,
    Seating,
)

STOP_SECONDS = 15.0
PAUSES_SECONDS = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
HEALTHY_SECONDS = 30.0
MAX_OUTSTANDING = 1024

_REFUSALS: dict[str, type[FarhandError]] = {
    kind.code: kind for kind in (SdpRefused, CodecRefused, MediaUnavailable)
}
_log = logging.getLogger(__name__)


class _Child:
    """One media process, from its start to its end."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Use ``start``."""
        self.process = process
        self.port = 0
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}

    @classmethod
    async def start(cls, settings: MediaSettings) -> "_Child":
        """Start a process and wait until its port is bound. Raises OSError."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "server.media.process",
                "--control",
                str(theirs.fileno()),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                # Out of reach of the terminal's Ctrl-C: the rooms are told first.
                start_new_session=True,
            )
        ours.setblocking(False)
        child = cls(process, *await asyncio.open_unix_connection(sock=ours))
        try:
            child._writer.write(wire.pack({"settings": settings.to_json()}))
            first = await wire.read(child._reader)
            if first is None or "port" not in first:
                raise OSError(first["failed"] if first else "the media process did not start")
            child.port = first["port"]
        except (OSError, asyncio.CancelledError):
            await child.stop()
            raise
        return child

    async def listen(self, tell: Callable[[MediaEvent], None]) -> None:
        """Pass on events and replies until the process has gone."""
        while (message := await wire.read(self._reader)) is not None:
            if "event" in message:
                tell(wire.unpack_event(message))
            else:
                self._reply(message)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(MediaUnavailable())
        self._waiting.clear()

    async def command(self, do: str, **arguments: Any) -> Any:
        """Have something done. Raises what the plane raises; MediaUnavailable if it dies."""
        if self._writer.is_closing() or len(self._waiting) >= MAX_OUTSTANDING:
            raise MediaUnavailable
        number = next(self._numbers)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._writer.write(wire.pack({"id": number, "do": do, "with": arguments}))
        try:
            return await future
        finally:
            self._waiting.pop(number, None)

    async def stop(self) -> None:
        """Close the socket: the process ends by itself; if it will not, it is killed."""
        self._writer.close()
        try:
            # Not wait_for, which may swallow that the caller is cancelled.
            async with asyncio.timeout(STOP_SECONDS):
                await self.process.wait()
        except TimeoutError:
            _log.error("media process would not end", extra={"pid": self.process.pid})
            self.process.kill()
            await self.process.wait()

    def _reply(self, message: wire.Message) -> None:
        future = self._waiting.get(message["id"])
        if future is None or future.done():
            return
        if "error" in message:
            kind = _REFUSALS.get(message["error"], MediaUnavailable)
            future.set_exception(kind(**message["values"]))
        else:
            future.set_result(message["value"])


class RemotePlane:
    """Implements ``sessions.live.media.MediaPlane`` by a process of its own.

    When that process dies all its legs are gone: listeners get ``PlaneLost`` and it is started
    anew, on the same port. Commands meanwhile raise MediaUnavailable, except those that end
    something, which is ended then.
    """

    def __init__(self, settings: MediaSettings, child: _Child) -> None:
        """Use ``start``."""
        self._settings = replace(settings, port=child.port)
        self._child: _Child | None = child
        self._listeners: list[Callable[[MediaEvent], None]] = []
        self._stopping = False
        self._keeper = asyncio.create_task(self._keep(child), name="media process")

    @classmethod
    async def start(cls, settings: MediaSettings) -> "RemotePlane":
        """Start the media process; returns when its port is bound. Raises OSError."""
        return cls(settings, await _Child.start(settings))

    @property
    def port(self) -> int:
        """The number of the media port, UDP and TCP."""
        return self._settings.port

    @property
    def pid(self) -> int | None:
        """The media process's id; None while there is none."""
        return self._child.process.pid if self._child is not None else None

    def on_event(self, listener: Callable[[MediaEvent], None]) -> None:
        """Call ``listener`` for each event, in order."""
        self._listeners.append(listener)

    async def join(self, room: str, participant: str, offer: str) -> Answer:
        """Answer an offer. Raises SdpRefused, CodecRefused, MediaUnavailable."""
        return Answer(**await self._do("join", room=room, participant=participant, offer=offer))

    async def leave(self, room: str, participant: str, leg: str | None = None) -> None:
        """Close a participant's legs, or one of them."""
        await self._end("leave", room=room, participant=participant, leg=leg)

    async def seat(self, room: str, receiver: str, seating: Seating) -> None:
        """Say whom ``receiver`` sees and hears from now on."""
        seats = {str(seat): publisher for seat, publisher in seating.seats.items()}
        await self._do(
            "seat",
            room=room,
            receiver=receiver,
            seats=seats,
            screen=seating.screen,
            pictures=seating.pictures,
        )

    async def record(self, room: str, folder: str, head: Mapping[str, Any]) -> Recorded:
        """Capture every packet of the room into a new log part in ``folder``."""
        return Recorded(**await self._do("record", room=room, folder=folder, head=dict(head)))

    async def note(self, room: str, note: Mapping[str, Any]) -> None:
        """Write a JSON note into the running log."""
        await self._do("note", room=room, note=dict(note))

    async def stop_recording(self, room: str) -> None:
        """Seal the log part; returns when its last byte is on the disk."""
        await self._end("stop_recording", room=room)

    async def close(self, room: str) -> None:
        """End the room: close all legs, seal its log."""
        await self._end("close", room=room)

    async def stop(self) -> None:
        """Close every room and end the media process."""
        self._stopping = True
        if self._child is not None:
            await self._child.stop()
        self._keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._keeper

    async def _do(self, do: str, **arguments: Any) -> Any:
        if self._child is None:
            raise MediaUnavailable
        return await self._child.command(do, **arguments)

    async def _end(self, do: str, **arguments: Any) -> None:
        # With the process gone, what was to be ended has ended.
        with contextlib.suppress(MediaUnavailable):
            await self._do(do, **arguments)

    async def _keep(self, child: _Child) -> None:
        """Listen to the process, and start it anew each time it has died."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await child.listen(self._tell)
            if self._stopping:
                return
            self._child = None
            await child.stop()
            _log.error("media process died", extra={"status": child.process.returncode})
            self._tell(PlaneLost())
            child = await self._restart(0 if loop.time() - began > HEALTHY_SECONDS else 1)
            self._child = child

    async def _restart(self, attempt: int) -> _Child:
        while True:
            await asyncio.sleep(PAUSES_SECONDS[min(attempt, len(PAUSES_SECONDS) - 1)])
            attempt += 1
            try:
                return await _Child.start(self._settings)
            except OSError as error:
                _log.error("media process could not start", extra={"error": str(error)})

    def _tell(self, event: MediaEvent) -> None:
        for listener in self._listeners:
            listener(event)
