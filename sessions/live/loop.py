"""A loop that does one thing after another, so that what it owns needs no locks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sessions.errors import FarhandError

log = logging.getLogger(__name__)

INBOX_LIMIT = 500

T = TypeVar("T")


class ServerBusy(FarhandError):
    code = "server-busy"
    text = "The server has too much to do right now. Please try again in a moment."
    status = 503


class InternalError(FarhandError):
    code = "internal-error"
    text = "Something went wrong on the server. Nothing is lost; please try that again."
    status = 500


class Loop:
    """An inbox of work, done in order by one task."""

    def __init__(self, name: str) -> None:
        self._inbox: asyncio.Queue[Callable[[], Awaitable[None]] | None]
        self._inbox = asyncio.Queue(INBOX_LIMIT)
        self._ending = False
        self._task = asyncio.create_task(self._run(), name=name)

    def post(self, work: Callable[[], Awaitable[None]]) -> None:
        """Have the loop do ``work`` later. Raises ServerBusy when too much is waiting, or when
        the loop is ending."""
        if self._ending:
            raise ServerBusy
        try:
            self._inbox.put_nowait(work)
        except asyncio.QueueFull:
            raise ServerBusy from None

    async def ask(self, work: Callable[[], Awaitable[T]]) -> T:
        """Have the loop do ``work`` and give its result, or raise what it refuses with."""
        result: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def answered() -> None:
            try:
                value = await work()
                if not result.done():
                    result.set_result(value)
            except FarhandError as refusal:
                if not result.done():
                    result.set_exception(refusal)
            finally:
                if not result.done():
                    result.set_exception(InternalError())

        self.post(answered)
        return await result

    async def _run(self) -> None:
        while (work := await self._inbox.get()) is not None:
            try:
                await work()
            except Exception:
                log.exception("work failed", extra={"loop": self._task.get_name()})

    async def stop(self) -> None:
        """End the loop after what is already in the inbox."""
        self._ending = True
        await self._inbox.put(None)
        await self._task
