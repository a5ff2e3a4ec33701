"""What pages say of the disk before a call: asked rarely, and never waited for long."""

import asyncio
from pathlib import Path

from recordings.disk import Refusal, why_not

ANSWER_SECONDS = 0.5
LASTS_NS = 10_000_000_000


class Gauge:
    """Why no recording could begin now, as it was a moment ago at the earliest."""

    def __init__(self, folder: Path, rated_calls: int) -> None:
        self.folder = folder
        self._rated_calls = rated_calls
        self._asked: asyncio.Task[Refusal | None] | None = None
        self._asked_ns = -LASTS_NS

    async def read(self, now_ns: int) -> Refusal | None:
        """None: a recording may begin. A disk that has not answered by then fails."""
        fresh = now_ns - self._asked_ns < LASTS_NS
        if self._asked is None or (self._asked.done() and not fresh):
            question = asyncio.to_thread(why_not, self.folder, self._rated_calls)
            self._asked = asyncio.create_task(question, name="gauge")
            self._asked_ns = now_ns
            await asyncio.wait({self._asked}, timeout=ANSWER_SECONDS)
        return self._asked.result() if self._asked.done() else "failing"
