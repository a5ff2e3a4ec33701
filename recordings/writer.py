"""The writer: two threads that bring what a process captures to the disk; one writes, one syncs.

They serve all captures of a process, since waking up for each of many would cost more than the
writing. A disk that stands still holds both up, and no capture: captures only put into queues.
"""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

WRITE_SECONDS = 0.2
SYNC_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Writable(Protocol):
    """A file that is kept up to date on the disk."""

    def write(self) -> bool:
        """Write what waits. True: nothing will come any more, it is to be synced at once."""

    def sync(self) -> bool:
        """Force what was written to the disk. True: the file is closed, and to be forgotten."""


class Writer:
    """Writes its files every ``WRITE_SECONDS`` and syncs them every ``SYNC_SECONDS``.

    The threads run while there are files.
    """

    def __init__(self) -> None:
        self._files: list[Writable] = []
        self._running: set[str] = set()
        self._lock = threading.Lock()
        self._write_now = threading.Event()
        self._sync_now = threading.Event()

    def add(self, file: Writable) -> None:
        """Keep this file from now on, until it is closed."""
        with self._lock:
            self._files.append(file)
            for name, turn in (("write", self._write), ("sync", self._sync)):
                if name not in self._running:
                    self._running.add(name)
                    thread = threading.Thread(
                        target=self._run, args=(name, turn), name=f"log {name}", daemon=True
                    )
                    thread.start()

    def hurry(self) -> None:
        """Write at once, not only when it is due."""
        self._write_now.set()

    def _run(self, name: str, turn: Callable[[], None]) -> None:
        while True:
            turn()
            with self._lock:
                if not self._files:
                    self._running.discard(name)
                    return

    def _write(self) -> None:
        self._write_now.wait(WRITE_SECONDS)
        self._write_now.clear()
        for file in self._snapshot():
            if self._done(file.write):
                self._sync_now.set()

    def _sync(self) -> None:
        self._sync_now.wait(SYNC_SECONDS)
        self._sync_now.clear()
        for file in self._snapshot():
            if self._done(file.sync):
                with self._lock:
                    self._files.remove(file)

    def _done(self, job: Callable[[], bool]) -> bool:
        try:
            return job()
        except Exception:  # noqa: BLE001 - the loop of jobs: the other files must be kept
            _log.exception("log was not kept")
            return False

    def _snapshot(self) -> list[Writable]:
        with self._lock:
            return list(self._files)
