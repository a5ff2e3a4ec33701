"""Waiting for another thread."""

import threading
import time
from collections.abc import Callable

PATIENCE = 20.0  # seconds


def until(condition: Callable[[], bool]) -> None:
    """Return as soon as ``condition`` holds; fail after ``PATIENCE``."""
    never, end = threading.Event(), time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        never.wait(0.005)
