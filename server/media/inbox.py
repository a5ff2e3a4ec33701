"""Datagrams as they come from the system, many with one call (Linux, recvmmsg(2))."""

import socket
import struct

from cffi import FFI

BATCH = 32
DATAGRAM_BYTES = 2048

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
    int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
    """
)
_libc = _ffi.dlopen(None)
# The sizes of a whole batch, straight from its mmsghdrs.
_sizes = struct.Struct(f"{_ffi.offsetof('struct mmsghdr', 'length')}xI4x" * BATCH).unpack_from

_NAME_BYTES = {socket.AF_INET: 16, socket.AF_INET6: 28}
_KEY_BYTES = {socket.AF_INET: 8, socket.AF_INET6: 28}
_KEY_AT = 2


class Inbox:
    """Where the datagrams of a socket are put.

    After ``receive`` the place of the k-th is ``k * DATAGRAM_BYTES`` in ``datagrams``, its length
    ``sizes[k]``, and who sent it ``senders[k * stride : k * stride + key_bytes]``, a *key*: port
    and address (IPv6 with flow and scope), as the system writes them (RFC 3493).
    """

    def __init__(self, bound: socket.socket) -> None:
        self.family = bound.family
        name_bytes = _NAME_BYTES[self.family]
        self.stride = name_bytes
        self.key_bytes = _KEY_BYTES[self.family] - _KEY_AT
        memory = _ffi.new("char[]", BATCH * DATAGRAM_BYTES)
        names = _ffi.new("char[]", BATCH * name_bytes + _KEY_AT)
        pieces = _ffi.new("struct iovec[]", BATCH)
        messages = _ffi.new("struct mmsghdr[]", BATCH)
        for place in range(BATCH):
            pieces[place].base = memory + place * DATAGRAM_BYTES
            pieces[place].length = DATAGRAM_BYTES
            header = messages[place].header
            header.name, header.name_length = names + place * name_bytes, name_bytes
            header.pieces, header.piece_count = pieces + place, 1
        self.datagrams = _ffi.buffer(memory)
        self.senders = _ffi.buffer(names + _KEY_AT, BATCH * name_bytes)
        self.sizes: tuple[int, ...] = ()
        self._fd = bound.fileno()
        self._messages = messages
        self._lengths = _ffi.buffer(messages)
        self._kept = memory, names, pieces

    def receive(self) -> int:
        """Take what has come, at most ``BATCH`` datagrams, and return how many; never waits."""
        count: int = _libc.recvmmsg(self._fd, self._messages, BATCH, 0, _ffi.NULL)
        self.sizes = _sizes(self._lengths)
        return max(count, 0)


def address_of(key: bytes) -> tuple[str, int] | tuple[str, int, int, int]:
    """A key as Python's sockets take addresses."""
    port = int.from_bytes(key[:2], "big")
    if len(key) == 6:
        return socket.inet_ntop(socket.AF_INET, key[2:]), port
    flow = int.from_bytes(key[2:6], "big")
    scope = struct.unpack("=I", key[22:26])[0]
    return socket.inet_ntop(socket.AF_INET6, key[6:22]), port, flow, scope
