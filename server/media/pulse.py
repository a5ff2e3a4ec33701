"""A steady beat on the event loop, finer and cheaper than the loop's own timers.

Those count whole milliseconds and are set anew each time, which costs a system call and, on a
virtual machine, a way out to its host. This one is set once (Linux, timerfd_create(2)).
"""

import asyncio
import contextlib
import ctypes
import os
import struct
from collections.abc import Callable

_CLOCK_MONOTONIC = 1
_SPEC = struct.Struct("@qqqq")
_SECOND_NS = 1_000_000_000
_libc = ctypes.CDLL(None, use_errno=True)


class Pulse:
    """Calls ``beat`` every ``seconds`` while it runs; beats that come too late are left out."""

    def __init__(self, seconds: float, beat: Callable[[], None]) -> None:
        """Stands still at first. Raises OSError."""
        self._interval_ns = int(seconds * _SECOND_NS)
        self._beat = beat
        self._loop = asyncio.get_running_loop()
        self._fd = _checked(_libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))

    def start(self) -> None:
        """Beat from now on."""
        self._set(self._interval_ns)
        self._loop.add_reader(self._fd, self._due)

    def stop(self) -> None:
        """Stand still."""
        self._loop.remove_reader(self._fd)
        self._set(0)

    def close(self) -> None:
        """Give the timer back."""
        self._loop.remove_reader(self._fd)
        os.close(self._fd)

    def _set(self, interval_ns: int) -> None:
        spec = _SPEC.pack(*divmod(interval_ns, _SECOND_NS), *divmod(interval_ns, _SECOND_NS))
        _checked(_libc.timerfd_settime(self._fd, 0, spec, None))

    def _due(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._fd, 8)
        self._beat()


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
