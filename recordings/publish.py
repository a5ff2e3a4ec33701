"""Publishing: a folder of produced files that replaces the one before it in one step."""

import fcntl
import json
import os
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from recordings.mux import Written
from sessions.errors import FarhandError

PRODUCED = "produced"
_NEW, _OLD, _LOCK = "produced.new", "produced.old", "produced.lock"


class ProduceFailed(FarhandError):
    code = "produce-failed"
    text = "The recording could not be put together: %(reason)s."
    status = 500


class Building:
    """``folder/produced`` while it is made; a context manager, one at a time for a folder.

    Left without ``publish``, or killed, it leaves nothing that counts, and what was produced
    before stays.
    """

    def __init__(self, session: Path) -> None:
        self.session = session
        self.folder = session / _NEW
        self.written: list[Written] = []

    def __enter__(self) -> Self:
        """Raises ProduceFailed while another run is at it, OSError."""
        self._lock = os.open(self.session / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._tidy()
            self.folder.mkdir()
        except BaseException as error:
            os.close(self._lock)
            if isinstance(error, BlockingIOError):
                raise ProduceFailed(reason="it is being put together already") from error
            raise
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)

    def write(self, name: str, data: bytes) -> None:
        """Write a small file."""
        (self.folder / name).write_bytes(data)
        self.written.append(Written(name, len(data), sha256(data).hexdigest()))

    def write_json(self, name: str, value: Any) -> None:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        self.write(name, text.encode(errors="replace"))

    def add_written(self, folder: str, name: str) -> None:
        """Count a file that a job wrote into ``folder`` among those that are listed."""
        data = (self.folder / folder / name).read_bytes()
        self.written.append(Written(f"{folder}/{name}", len(data), sha256(data).hexdigest()))

    def publish(self) -> Path:
        """Put the new folder, all of which is on the disk, in the place of the old one; return
        its path."""
        produced, old = self.session / PRODUCED, self.session / _OLD
        _force_to_disk(self.folder)
        if produced.exists():
            produced.rename(old)
        self.folder.rename(produced)
        _sync_folder(self.session)
        shutil.rmtree(old, ignore_errors=True)
        return produced

    def _tidy(self) -> None:
        """Clear away what a killed run left; one killed between two renames is turned back."""
        produced, old = self.session / PRODUCED, self.session / _OLD
        if old.exists() and not produced.exists():
            old.rename(produced)
        for left in (old, self.folder):
            if left.exists():
                shutil.rmtree(left)


def _force_to_disk(folder: Path) -> None:
    """Returns when all files in a folder would outlive a power cut. Raises OSError."""
    for path in folder.rglob("*"):
        if path.is_dir():
            _sync_folder(path)
            continue
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
