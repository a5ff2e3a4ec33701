"""A disk in a test's hands: it stands still, or refuses."""

import errno
import os
import threading

import pytest

from tests.recordings.patience import PATIENCE


class Disk:
    """Stands in the way of ``os.pwrite``: holds it up, or makes it fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = threading.Event()
        self.free.set()
        self.held = threading.Event()
        self.failures = 0
        self.error = errno.ENOSPC
        self.failed = threading.Event()
        self._pwrite = os.pwrite
        monkeypatch.setattr(os, "pwrite", self.pwrite)

    def hold(self) -> None:
        self.held.clear()
        self.free.clear()

    def pwrite(self, fd: int, data: bytes, offset: int) -> int:
        self.held.set()
        assert self.free.wait(PATIENCE)
        if self.failures:
            self.failures -= 1
            self._pwrite(fd, data[: len(data) // 2], offset)
            self.failed.set()
            raise OSError(self.error, os.strerror(self.error))
        return self._pwrite(fd, data[:1000], offset)  # never more than a part at once
