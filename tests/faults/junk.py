"""Junk: datagrams of strangers, many of them, from a process of their own.

``python -m tests.faults.junk HOST PORT KIND RATE`` sends from its first line of standard input to
its second, and then says how many a second it were.
"""

import contextlib
import json
import os
import select
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cffi import FFI

from server.media.stun import MAGIC_COOKIE
from tests.bench.media.child import Child

SOURCES = 8  # sockets, each with a port of its own
BATCH = 50
REST_SECONDS = 0.0002

_ffi = FFI()
_ffi.cdef(
    """
    struct iovec { void *base; size_t length; };
    struct msghdr {
        void *name; unsigned int name_length;
        struct iovec *pieces; size_t piece_count;
        void *control; size_t control_length; int flags;
    };
    struct mmsghdr { struct msghdr header; unsigned int length; };
    int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags);
    """
)
_libc = _ffi.dlopen(None)


def client_hello() -> bytes:
    """A DTLS record as it opens a handshake."""
    hello = b"\xfe\xfd" + os.urandom(32) + b"\0\0\0\x02\xc0\x2b\x01\0"
    size = len(hello).to_bytes(3, "big")
    body = b"\x01" + size + bytes(5) + size + hello
    return b"\x16\xfe\xff" + bytes(8) + len(body).to_bytes(2, "big") + body


def _check() -> bytes:
    name = os.urandom(4).hex().encode() + b":junk"
    body = b"\0\6" + len(name).to_bytes(2, "big") + name + bytes(-len(name) % 4)
    body += b"\0\x08\0\x14" + os.urandom(20)
    return b"\0\1" + len(body).to_bytes(2, "big") + MAGIC_COOKIE + os.urandom(12) + body


def _rtp() -> bytes:
    return b"\x90\x60" + os.urandom(6) + (1002).to_bytes(4, "big") + os.urandom(1_000)


def _noise() -> bytes:
    return os.urandom(400)


KINDS = {"all": (client_hello, _check, _rtp, _noise), "dtls": (client_hello,)}


class Batch:
    """Datagrams that go out with one system call."""

    def __init__(self, datagrams: list[bytes]) -> None:
        self._kept = [_ffi.from_buffer(one) for one in datagrams]
        self._pieces = _ffi.new("struct iovec[]", len(datagrams))
        self._messages = _ffi.new("struct mmsghdr[]", len(datagrams))
        for place, memory in enumerate(self._kept):
            self._pieces[place].base = _ffi.cast("void *", memory)
            self._pieces[place].length = len(memory)
            self._messages[place].header.pieces = self._pieces + place
            self._messages[place].header.piece_count = 1

    def send(self, connected: socket.socket) -> int:
        """How many went out."""
        sent: int = _libc.sendmmsg(connected.fileno(), self._messages, len(self._kept), 0)
        return max(sent, 0)


def main() -> None:
    host, port, kind, rate = sys.argv[1:]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sources = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(SOURCES)]
    for source in sources:
        source.connect((host, int(port)))
    makers = KINDS[kind]
    batches = [Batch([makers[n % len(makers)]() for n in range(BATCH)]) for _ in sources]
    sys.stdin.readline()
    print("{}", flush=True)
    began, tried, sent = time.monotonic(), 0, 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        if tried >= (time.monotonic() - began) * float(rate):
            time.sleep(REST_SECONDS)
            continue
        turn = tried // BATCH % SOURCES
        sent += batches[turn].send(sources[turn])
        tried += BATCH
    sys.stdin.readline()
    print(json.dumps({"rate": sent / (time.monotonic() - began)}), flush=True)


@dataclass
class Thrown:
    """``rate`` is how many datagrams a second it were, once they are over."""

    rate: float = 0.0


@asynccontextmanager
async def junk(port: int, kind: str, rate: float, host: str = "127.0.0.1") -> AsyncIterator[Thrown]:
    """While this lasts, strangers throw so many datagrams a second at a port."""
    child = await Child.start("tests.faults.junk", host, str(port), kind, str(rate))
    thrown = Thrown()
    try:
        await child.do(go=True)
        yield thrown
        thrown.rate = (await child.do(stop=True))["rate"]
    finally:
        await child.stop()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
