"""The crew: processes that share the work of one production, at low priority."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import ParamSpec, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

NICENESS = 10


class Crew:
    """Runs jobs in ``workers`` processes, or at once in this one when there are none.

    A context manager; leaving it cancels what has not begun and waits for what has.
    """

    def __init__(self, workers: int) -> None:
        self._pool = None
        if workers:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(workers, context, initializer=_settle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def submit(self, job: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> "Future[R]":
        if self._pool:
            return self._pool.submit(job, *args, **kwargs)
        done: Future[R] = Future()
        done.set_result(job(*args, **kwargs))
        return done


def _settle() -> None:
    """Begin as a worker: yield to calls that run, and end when the producing process is gone."""
    os.nice(NICENESS)
    parent = multiprocessing.parent_process()
    if parent:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
