"""The pulse beats evenly while it runs, and not when it does not."""

import asyncio
import time

from server.media.pulse import Pulse


class Beats:
    def __init__(self) -> None:
        self.times: list[float] = []
        self._wanted = 0
        self._there = asyncio.Event()

    def beat(self) -> None:
        self.times.append(time.monotonic())
        if len(self.times) >= self._wanted:
            self._there.set()

    async def more(self, count: int) -> None:
        self._wanted = len(self.times) + count
        self._there.clear()
        await self._there.wait()


async def test_beats_come_at_their_interval() -> None:
    beats = Beats()
    pulse = Pulse(0.0025, beats.beat)
    began = time.monotonic()
    pulse.start()
    await beats.more(40)
    pulse.close()
    # A busy machine leaves beats out, none makes more of them.
    assert beats.times[-1] - began >= 40 * 0.0025


async def test_a_stopped_pulse_stands_still_until_it_is_started_again() -> None:
    stopped, other = Beats(), Beats()
    pulse, clock = Pulse(0.001, stopped.beat), Pulse(0.001, other.beat)
    pulse.start()
    clock.start()
    await stopped.more(3)
    pulse.stop()
    so_far = len(stopped.times)
    await other.more(10)
    assert len(stopped.times) == so_far
    pulse.start()
    await stopped.more(1)
    pulse.close()
    clock.close()
