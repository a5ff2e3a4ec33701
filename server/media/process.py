"""The media process: runs the plane, and obeys the web process over an inherited socket.

It ends by itself, sealing its captures, when that socket closes or on SIGTERM. SIGINT, which a
terminal sends to all, is left to the web process: it tells the rooms first.
"""

import argparse
import asyncio
import dataclasses
import gc
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from server import logs
from server.media import wire
from server.media.plane import Plane
from server.media.settings import MediaSettings
from sessions.errors import FarhandError
from sessions.live.media import Kept, LegClosed, LineQuality, LoopLag, MediaEvent, Seating

MAX_COMMANDS = 256
BACKLOG_BYTES = 1 << 20
SWITCH_SECONDS = 0.0005
# Packets make many objects and no cycles; legs, which make some, come and go slowly.
COLLECT_AFTER = (50_000, 20, 20)
# Old cycles are as good as never collected then: it is done when it holds up nobody.
CLEAR_AWAY_SECONDS = 1.0

_log = logging.getLogger(__name__)

Command = Callable[..., Awaitable[Any]]


class Service:
    """Carries out commands as they come, many at a time, and passes events on."""

    def __init__(
        self, plane: Plane, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._plane = plane
        self._reader = reader
        self._writer = writer
        self._running: set[asyncio.Task[None]] = set()
        self._room_for_more = asyncio.Semaphore(MAX_COMMANDS)
        self._commands: dict[str, Command] = {
            "join": plane.join,
            "leave": plane.leave,
            "seat": self._seat,
            "record": plane.record,
            "note": plane.note,
            "stop_recording": plane.stop_recording,
            "close": plane.close,
        }
        plane.on_event(self._tell)

    async def serve(self) -> None:
        """Obey until the web process has gone."""
        while (message := await wire.read(self._reader)) is not None:
            await self._room_for_more.acquire()
            task = asyncio.create_task(self._obey(message))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        if self._running:
            await asyncio.wait(self._running)

    async def _obey(self, message: wire.Message) -> None:
        reply: wire.Message = {"id": message["id"]}
        try:
            value = await self._commands[message["do"]](**message["with"])
        except FarhandError as error:
            reply["error"], reply["values"] = error.code, error.values
        else:
            reply["value"] = dataclasses.asdict(value) if value is not None else None
        finally:
            self._room_for_more.release()
        if not self._writer.is_closing():
            self._writer.write(wire.pack(reply))

    async def _seat(
        self,
        room: str,
        receiver: str,
        seats: dict[str, str],
        screen: str | None,
        pictures: bool,
    ) -> None:
        seated = {int(seat): publisher for seat, publisher in seats.items()}
        seating = Seating(seated, screen, pictures)
        await self._plane.seat(room, receiver, seating)

    def _tell(self, event: MediaEvent) -> None:
        if isinstance(event, LegClosed) and self._plane.is_idle:
            asyncio.get_running_loop().call_later(CLEAR_AWAY_SECONDS, self._clear_away)
        if self._writer.is_closing():
            return
        # A reader that is behind gets the next of what comes again and again anyway.
        behind = self._writer.transport.get_write_buffer_size() > BACKLOG_BYTES
        if not (behind and isinstance(event, Kept | LineQuality | LoopLag)):
            self._writer.write(wire.pack_event(event))

    def _clear_away(self) -> None:
        """Collect what legs have left, while there are none."""
        if self._plane.is_idle:
            gc.collect()


async def run(control: socket.socket) -> None:
    """The process's life: from its settings, which come first, to the end of the socket."""
    reader, writer = await asyncio.open_unix_connection(sock=control)
    first = await wire.read(reader)
    if first is None:
        return
    settings = MediaSettings.from_json(first["settings"])
    logs.set_up(settings.log_level)
    try:
        plane = await Plane.open(settings)
    except OSError as error:
        writer.write(wire.pack({"failed": str(error)}))
        await writer.drain()
        writer.close()
        return
    service = Service(plane, reader, writer)
    writer.write(wire.pack({"port": plane.port}))
    await service.serve()
    await plane.stop()
    writer.close()
    _log.info("media process ends")


def main() -> None:
    """``python -m server.media.process --control FD``"""
    # Whoever stops a group of processes means the server: it lets calls finish, then tells us.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    # Packets must not wait long for the thread that writes the log.
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int, required=True)
    control = socket.socket(fileno=parser.parse_args().control)
    control.setblocking(False)
    uvloop.run(run(control))


if __name__ == "__main__":
    main()
