"""What pages say of the disk before a call: asked rarely, and never waited for long."""

import asyncio
from pathlib import Path

from recordings.disk import Refusal, why_not

ANSWER_SECONDS = 0.5
HUNG_NS = 1_000_000_000
LASTS_NS = 10_000_000_000


class Gauge:
    """Why no recording could begin now, known for ten seconds at most."""

    def __init__(self, folder: Path, rated_calls: int) -> None:
        self.folder = folder
        self._rated_calls = rated_calls
        self._asked: asyncio.Task[Refusal | None] | None = None
        self._asked_ns = -LASTS_NS

    async def read(self, now_ns: int) -> Refusal | None:
        """None: a recording may begin. A disk that does not answer in time fails; it is not asked
        again before it has, and nobody waits for it any more."""
        asked = self._asked
        if asked is None or (asked.done() and now_ns - self._asked_ns >= LASTS_NS):
            question = asyncio.to_thread(why_not, self.folder, self._rated_calls)
            asked = self._asked = asyncio.create_task(question, name="gauge")
            self._asked_ns = now_ns
        if now_ns - self._asked_ns < HUNG_NS:
            await asyncio.wait({asked}, timeout=ANSWER_SECONDS)
        return asked.result() if asked.done() else "failing"
