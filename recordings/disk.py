"""The disk: whether a new recording may begin on it."""

import errno
import os
import tempfile
from pathlib import Path
from typing import Literal

LEAST_FREE = 0.10  # of the whole disk
RATED_CALLS = 25  # two-way calls that are recorded at once
CALL_BITS_PER_SECOND = 3_200_000
RESERVE_SECONDS = 2 * 3600  # that there must be room for, at rated load
PROBE_BYTES = 4096

FULL = {errno.ENOSPC, errno.EDQUOT}

Refusal = Literal["disk-nearly-full", "failing"]


def why_not(folder: Path, calls: int = RATED_CALLS) -> Refusal | None:
    """Why no new recording may begin in ``folder`` now; None: it may.

    ``calls`` is the rated load. Takes as long as the disk does to keep a few bytes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        total, free = space(folder)
        reserve = calls * CALL_BITS_PER_SECOND // 8 * RESERVE_SECONDS
        if free < max(LEAST_FREE * total, reserve):
            return "disk-nearly-full"
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(PROBE_BYTES))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return "disk-nearly-full" if error.errno in FULL else "failing"
    return None


def space(folder: Path) -> tuple[int, int]:
    """The size of the disk that ``folder`` is on and what of it is free for us, in bytes. Raises
    OSError."""
    found = os.statvfs(folder)
    return found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize
