"""A demo participant at the signalling socket: says what the protocol's page says."""

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType

ANSWER_SECONDS = 10.0

Said = dict[str, Any]


class Refused(Exception):
    """The server refused a wish; ``code`` is its stable code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class HungUp(Exception):
    """The socket was closed; the code is one of the protocol's page."""


class Caller:
    """One participant's socket. Use as an async context manager, which reads it meanwhile."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._replies: dict[str, asyncio.Future[Said]] = {}
        self._last: dict[str, Said] = {}
        self._changed = asyncio.Condition()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Caller":
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()
        if self._reader is not None:
            await self._reader

    async def say(self, type: str, **fields: Any) -> Said:
        """Say something and wait for its reply. Raises Refused, HungUp, TimeoutError."""
        key = str(next(self._ids))
        reply = self._replies[key] = asyncio.get_running_loop().create_future()
        try:
            if self._socket.closed:
                raise HungUp(self._socket.close_code)
            await self._socket.send_json({"type": type, "id": key, **fields})
            said: Said = await asyncio.wait_for(reply, ANSWER_SECONDS)
        finally:
            del self._replies[key]
        if said["type"] == "error":
            raise Refused(said["error"], said["message"])
        return said

    async def told(
        self, type: str, when: Callable[[Said], bool] = bool, seconds: float = ANSWER_SECONDS
    ) -> Said:
        """The last message of a type, once it is as wanted. Raises HungUp, TimeoutError."""

        def right() -> bool:
            return (type in self._last and when(self._last[type])) or self._socket.closed

        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(right)
        if type in self._last and when(self._last[type]):
            return self._last[type]
        raise HungUp(self._socket.close_code)

    async def _read(self) -> None:
        async for frame in self._socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            said: Said = json.loads(frame.data)
            reply = self._replies.get(said.get("reply_to") or "")
            if reply is not None and not reply.done():
                reply.set_result(said)
            async with self._changed:
                self._last[said["type"]] = said
                self._changed.notify_all()
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(HungUp(self._socket.close_code))
        async with self._changed:
            self._changed.notify_all()
