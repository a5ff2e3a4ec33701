"""Work in the background: a process of its own, at low priority."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping

NICENESS = 10


async def run_module(module: str, *arguments: str, environment: Mapping[str, str]) -> int:
    """Run ``python -m module`` to its end and return its exit status.

    It is out of reach of the terminal's Ctrl-C; cancelled, it is told to end and waited for.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        env=os.environ | environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
    try:
        return await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
