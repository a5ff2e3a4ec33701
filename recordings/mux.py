"""Muxing: writes media files of known content in one pass, with what seeking needs in front.

Everything that goes into a file is known before its first byte is written, so all sizes and
positions are computed first and a file is written from front to end, the same bytes each time.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recordings.mp4 import mp4_layout
from recordings.tracks import Track, opened
from recordings.webm import webm_layout

SETTLE_BYTES = 16 << 20

LAYOUTS = {".webm": webm_layout, ".mp4": mp4_layout}


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: its name, size in bytes and SHA-256 in hexadecimal."""

    name: str
    bytes: int
    sha256: str


def suffix_for(tracks: Sequence[Track]) -> str:
    """How the name of a file with these tracks ends: WebM holds no H.264."""
    return ".mp4" if any(track.codec == "h264" for track in tracks) else ".webm"


def write_media(
    path: Path, tracks: Sequence[Track], sources: Sequence[Path | bytes], duration_ms: float
) -> Written:
    """Write ``tracks``, whose pieces lie in ``sources``, to ``path``; not forced to the disk.

    A source is a file or bytes. The same arguments give the same bytes. Raises OSError.
    """
    layout = LAYOUTS[path.suffix](tracks, duration_ms)
    digest, size, settled = hashlib.sha256(), 0, 0
    with path.open("wb", buffering=0) as file:
        for data in layout.bytes_from([opened(source) for source in sources]):
            digest.update(data)
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            size += len(data)
            if size - settled >= SETTLE_BYTES:
                _settle(file.fileno(), settled, size)
                settled = size
    return Written(path.name, size, digest.hexdigest())


def _settle(fd: int, begin: int, end: int) -> None:
    """Have this stretch on its way to the disk, and memory given back for the one before.

    Else an hour would push what the server works with out of memory. On Linux the advice begins
    the writing of what is not on the disk yet, and drops what is.
    """
    os.posix_fadvise(fd, max(0, begin - SETTLE_BYTES), end, os.POSIX_FADV_DONTNEED)
