"""The crew: processes that share the work of one production, at low priority."""

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ParamSpec, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

NICENESS = 10
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

_Job = tuple["Future[Any]", Callable[[], Any]]


class JobFailed(Exception):
    """A job raised, or its process ended; the text says why."""


class Crew:
    """Runs jobs in ``workers`` processes, or at once in this one when there are none.

    A context manager; leaving it cancels what has not begun and waits for what has. Jobs are
    functions of modules; their arguments and results can be pickled. The processes begin
    fresh, without the caller's main module, and end when this one is gone, however it ended.
    """

    def __init__(self, workers: int) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._members = [_Member(self._jobs) for _ in range(workers)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while not self._jobs.empty():
            if waiting := self._jobs.get():
                waiting[0].cancel()
        for _each in self._members:
            self._jobs.put(None)
        for member in self._members:
            member.join()

    def submit(self, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> "Future[R]":
        """Have ``job`` done; jobs begin in the order in which they were submitted."""
        future: Future[R] = Future()
        if self._members:
            self._jobs.put((future, partial(job, *args, **kwargs)))
        else:
            future.set_result(job(*args, **kwargs))
        return future


class _Member:
    """One process, and the thread that gives it jobs."""

    def __init__(self, jobs: "SimpleQueue[_Job | None]") -> None:
        self._jobs = jobs
        self._connection, theirs = Pipe()
        root = str(Path(__file__).parent.parent)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this very program
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env=os.environ | {"PYTHONPATH": os.pathsep.join([root, *sys.path]), **ONE_THREAD},
            )
        self._thread = threading.Thread(target=self._run, name="crew", daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join()
        self._connection.close()
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _run(self) -> None:
        while job := self._jobs.get():
            future, function = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                self._connection.send(function)
                done, result = self._connection.recv()
            except (EOFError, OSError):
                done, result = False, "a worker ended"
            if done:
                future.set_result(result)
            else:
                future.set_exception(JobFailed(result))


def _work(connection: Connection) -> None:
    with suppress(EOFError):
        while True:
            function = connection.recv()
            try:
                result = True, function()
            except Exception as error:  # noqa: BLE001 - the loop of jobs
                result = False, f"{type(error).__name__}: {error}"
            connection.send(result)


def _end_with_parent() -> None:
    os.read(0, 1)  # nothing is ever written: this returns when the parent is gone
    os._exit(1)


if __name__ == "__main__":
    os.nice(max(0, NICENESS - os.getpriority(os.PRIO_PROCESS, 0)))
    gc.disable()  # jobs make no cycles, and many short-lived objects
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _work(Connection(int(sys.argv[1])))
