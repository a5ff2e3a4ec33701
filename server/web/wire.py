"""One client's signalling connection: a bounded outbox, written by a task of its own."""

import asyncio
import contextlib
import logging

from aiohttp import WSCloseCode, web

from sessions.live.protocol import ToClient

log = logging.getLogger(__name__)

OUTBOX_LIMIT = 200
CLOSE_TOO_SLOW = 4004
CLOSE_WITHIN_SECONDS = 2.0


class SocketWire:
    """A ``Wire`` over a WebSocket. A client that does not read is dropped, never waited for."""

    def __init__(self, socket: web.WebSocketResponse, address: str) -> None:
        self.address = address
        self._socket = socket
        self._outbox: asyncio.Queue[str | int] = asyncio.Queue(OUTBOX_LIMIT)
        self._closing = False
        self._writer = asyncio.create_task(self._write(), name="wire")

    def send(self, message: ToClient) -> None:
        if self._closing:
            return
        try:
            self._outbox.put_nowait(message.model_dump_json())
        except asyncio.QueueFull:
            self.close(CLOSE_TOO_SLOW)

    def close(self, code: int) -> None:
        if self._closing:
            return
        self._closing = True
        if self._outbox.full():
            self._outbox.get_nowait()
        self._outbox.put_nowait(code)

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):
            while isinstance(item := await self._outbox.get(), str):
                await self._socket.send_str(item)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_WITHIN_SECONDS):
                    await self._socket.close(code=item)

    async def finish(self) -> None:
        """The socket's reader has ended: let the last words out, then end the writer."""
        self.close(WSCloseCode.OK)
        try:
            async with asyncio.timeout(CLOSE_WITHIN_SECONDS):
                await self._writer
        except TimeoutError:
            log.info("client did not take its last messages")
