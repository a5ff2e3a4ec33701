"""Breaks in mid-call, of the phone's line or the server: how long after each the call is back."""

import asyncio
from collections.abc import Sequence

from tests.faults.calls import Call

SETTLE_SECONDS = 3.0  # a call that has just come back is let run for so long


async def cuts(call: Call, lengths: Sequence[float]) -> list[float]:
    """Cut the line for so many seconds each; seconds from its return to the call's."""
    back = []
    for length in lengths:
        await asyncio.sleep(SETTLE_SECONDS)
        await call.line.be(is_cut=True)
        await asyncio.sleep(length)
        back.append(await call.back(await call.line.be(is_cut=False)))
        await call.runs()
    return back


async def rebinds(call: Call, count: int) -> list[float]:
    """Change the phone's address so often; seconds from each change until the call is back."""
    back = []
    for _ in range(count):
        await asyncio.sleep(SETTLE_SECONDS)
        back.append(await call.back(await call.line.rebind()))
        await call.runs()
    return back


async def restarts(call: Call, count: int) -> list[float]:
    """Kill the server so often, and start it again; seconds from when it answers until the call
    is back, in the same session."""
    back = []
    for _ in range(count):
        await asyncio.sleep(SETTLE_SECONDS)
        session = call.lin.session
        await call.server.kill()
        back.append(await call.back(await call.server.start()))
        await call.runs()
        assert call.lin.session == session
    return back
