"""The UDP socket all calls share, and the paths over it."""

import asyncio
import contextlib
import errno
import socket
import struct
from collections.abc import Callable
from typing import Any

from server.media.inbox import BATCH, DATAGRAM_BYTES, Inbox, address_of
from server.media.pulse import Pulse

SOCKET_BUFFER_BYTES = 4 << 20
BATCHES = 8
PAUSE_SECONDS = 0.00275
WINDOW_SECONDS = 0.1
BUSY_COUNT = 100
CALM_COUNT = 60
MAX_SEGMENTS = 40

# Linux: one call sends several datagrams of one size (UDP generic segmentation offload).
_UDP_SEGMENT = 103
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
_SIZE = struct.Struct("=H")
_NOT_THIS_WAY = {errno.EIO, errno.EINVAL, errno.EMSGSIZE, errno.ENOPROTOOPT, errno.EOPNOTSUPP}


class Udp:
    """Reads datagrams in batches. What is sent meanwhile goes out when the batch is done: the
    packets of one picture for one receiver then cost one system call instead of one each.

    While little comes each datagram is read at once. Waking up for each of many costs more than
    all the work on them: a busy socket is read every ``PAUSE_SECONDS`` instead.
    """

    def __init__(
        self,
        bound: socket.socket,
        media: dict[Any, Callable[[bytes], None]],
        other: Callable[[bytes, Any], None],
    ) -> None:
        """Packets of media go to who listens to their sender's key (``inbox``), all else goes
        to ``other``."""
        _enlarge(bound, socket.SO_RCVBUF, _SO_RCVBUFFORCE)
        _enlarge(bound, socket.SO_SNDBUF, _SO_SNDBUFFORCE)
        self.socket = bound
        self.holding = False
        self.held: list[UdpPath] = []
        self._media = media
        self._other = other
        self._inbox = Inbox(bound)
        self._loop = asyncio.get_running_loop()
        self._pulse = Pulse(PAUSE_SECONDS, self._look)
        self._pacing = False
        self._count = 0
        self._window_end = 0.0
        self._loop.add_reader(bound, self._readable)

    def close(self) -> None:
        """Read no more."""
        if not self._pacing:
            self._loop.remove_reader(self.socket)
        self._pulse.close()
        self.socket.close()

    def _readable(self) -> None:
        self._read()
        if self._is_busy(BUSY_COUNT):
            self._pacing = True
            self._loop.remove_reader(self.socket)
            self._pulse.start()

    def _look(self) -> None:
        self._read()
        if not self._is_busy(CALM_COUNT):
            self._pacing = False
            self._pulse.stop()
            self._loop.add_reader(self.socket, self._readable)

    def _is_busy(self, limit: int) -> bool:
        """Whether more than this came within the window; within it, things stay as they are."""
        now = self._loop.time()
        if now < self._window_end:
            return self._pacing
        count, self._count = self._count, 0
        self._window_end = now + WINDOW_SECONDS
        return count > limit

    def _read(self) -> None:
        for _ in range(BATCHES):
            if not self._read_batch():
                return

    def _read_batch(self) -> bool:
        """Whether there may be more."""
        inbox, media = self._inbox, self._media
        datagrams, senders = inbox.datagrams, inbox.senders
        stride, key_bytes = inbox.stride, inbox.key_bytes
        count = inbox.receive()
        self.holding = True
        at = sender = 0
        try:
            for size in inbox.sizes[:count]:
                data: bytes = datagrams[at : at + size]
                key: bytes = senders[sender : sender + key_bytes]
                at += DATAGRAM_BYTES
                sender += stride
                first = data[0] if data else 255
                if 127 < first < 192:
                    receive = media.get(key)
                    if receive is not None:
                        receive(data)
                elif first < 64:
                    self._other(data, key)
        finally:
            self._count += count
            self.holding = False
            held, self.held = self.held, []
            for path in held:
                path.release()
        return count == BATCH


def _enlarge(bound: socket.socket, option: int, force: int) -> None:
    """A large buffer; beyond the system's own limit where this process may have that."""
    try:
        bound.setsockopt(socket.SOL_SOCKET, force, SOCKET_BUFFER_BYTES)
    except OSError:
        bound.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER_BYTES)


class UdpPath:
    """A UDP address. A full buffer or an unreachable address loses packets, as any network."""

    __slots__ = ("_queue", "_socket", "_to", "_together", "address", "host", "port", "send")

    def __init__(self, udp: Udp, key: bytes) -> None:
        self.address: Any = key
        to = address_of(key)
        self.host: str = to[0]
        self.port: int = to[1]
        self._to = to
        self._socket = udp.socket
        self._together = True
        queue: list[bytes] = []
        self._queue = queue
        send_to = udp.socket.sendto

        def send(data: bytes) -> None:
            if udp.holding:
                if not queue:
                    udp.held.append(self)
                queue.append(data)
            else:
                with contextlib.suppress(OSError):
                    send_to(data, to)

        self.send: Callable[[bytes], None] = send

    def release(self) -> None:
        """Send what was held: runs of one size, the last of a run may be smaller, together."""
        queue = self._queue[:]
        self._queue.clear()
        first, count = 0, len(queue)
        while first < count:
            size = len(queue[first])
            end = first + 1
            if self._together:
                stop = min(count, first + MAX_SEGMENTS)
                while end < stop and len(queue[end]) == size:
                    end += 1
                if end < stop and len(queue[end]) < size:
                    end += 1
            self._send(queue[first:end], size)
            first = end

    def _send(self, packets: list[bytes], size: int) -> None:
        try:
            if len(packets) == 1:
                self._socket.sendto(packets[0], self._to)
            else:
                segments = [(socket.SOL_UDP, _UDP_SEGMENT, _SIZE.pack(size))]
                self._socket.sendmsg(packets, segments, 0, self._to)
        except OSError as error:
            if self._together and len(packets) > 1 and error.errno in _NOT_THIS_WAY:
                self._together = False
                for packet in packets:
                    self._send([packet], size)
