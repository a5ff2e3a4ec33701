"""The link: a process that owns a network namespace and carries its packets to the server's.

``python -m tests.faults.lab.link DEVICE LAB LINE FAMILIES`` makes a TUN device at each end, one
where it was started, one in a namespace of its own, and forwards between them in user space.
It speaks JSON lines like the other processes of the tests. All that it made is gone when it
ends, however it ends: the devices with their descriptors, the namespace with its last process.
"""

import ctypes
import fcntl
import gc
import heapq
import ipaddress
import itertools
import json
import os
import select
import struct
import subprocess
import sys
import time
from typing import Any

from tests.faults.lab.addresses import REBINDS, Addresses
from tests.faults.lab.gate import Gate
from tests.faults.lab.losses import Direction
from tests.faults.lab.packets import Packet

NICENESS = -10
PACKET_BYTES = 65_536
_CLONE_NEWNET = 0x40000000  # linux/sched.h
_TUNSETIFF = 0x400454CA  # linux/if_tun.h
_TUN_WITHOUT_HEADER = 0x0001 | 0x1000


class Translation:
    """A router's table with one client in it: under which address and port it is known outside."""

    def __init__(self, addresses: Addresses) -> None:
        self.rebinds = 0
        self._outside = [
            tuple(
                ipaddress.ip_address(address).packed
                for address in (addresses.client(count), addresses.client6(count))
            )
            for count in range(REBINDS + 1)
        ]

    def rebind(self) -> None:
        """The router forgets: from now on another address and other ports."""
        self.rebinds = (self.rebinds + 1) % (REBINDS + 1)

    def out(self, packet: Packet) -> bytes:
        if not self.rebinds or packet.ports is None:
            return packet.data
        port = packet.ports[0] ^ self.rebinds << 8
        return packet.come_from(self._address(packet, self.rebinds), port)

    def back(self, packet: Packet) -> bytes | None:
        """None: it is for somebody who is not known any more."""
        if packet.target != self._address(packet, self.rebinds):
            return None
        if not self.rebinds or packet.ports is None:
            return packet.data
        port = packet.ports[1] ^ self.rebinds << 8
        return packet.go_to(self._address(packet, 0), port)

    def _address(self, packet: Packet, rebinds: int) -> bytes:
        return self._outside[rebinds][packet.version == 6]


class Link:
    """Both ends, and what is under way between them."""

    def __init__(self, server_end: int, client_end: int, addresses: Addresses) -> None:
        self.gate = Gate()
        self.translation = Translation(addresses)
        self._ends = {server_end: client_end, client_end: server_end}
        self._server_end = server_end
        self._numbers = itertools.count()
        self._under_way: list[tuple[float, int, int, bytes]] = []

    def run(self) -> None:
        """Carry, and obey what comes on standard input, until that ends."""
        commands = sys.stdin.fileno()
        os.set_blocking(commands, False)
        heard = b""
        while True:
            wait = None
            if self._under_way:
                wait = max(0.0, self._under_way[0][0] - time.monotonic())
            ready, _, _ = select.select([*self._ends, commands], [], [], wait)
            for end in ready:
                if end != commands:
                    self._take(end)
            self._deliver()
            if commands in ready:
                more = os.read(commands, PACKET_BYTES)
                if not more:
                    return
                *lines, heard = (heard + more).split(b"\n")
                for line in lines:
                    print(json.dumps(self._obey(json.loads(line))), flush=True)

    def _obey(self, command: dict[str, Any]) -> dict[str, Any]:
        match command:
            case {"be": changes}:
                self.gate.be(**changes)
            case {"rebind": _}:
                self.translation.rebind()
        return {"pid": os.getpid(), "losses": self.gate.losses, "at": time.monotonic()}

    def _take(self, end: int) -> None:
        while True:
            try:
                data = os.read(end, PACKET_BYTES)
            except BlockingIOError:
                return
            up = end != self._server_end
            packet = Packet.of(data)
            passed = self.translation.out(packet) if up else self.translation.back(packet)
            if passed is None:
                continue
            direction: Direction = "up" if up else "down"
            port = packet.ports[1 if up else 0] if packet.ports is not None else None
            now = time.monotonic()
            due = self.gate.judge(direction, packet.protocol, port, packet.payload, len(data), now)
            if due is not None:
                entry = (due, next(self._numbers), self._ends[end], passed)
                heapq.heappush(self._under_way, entry)

    def _deliver(self) -> None:
        now = time.monotonic()
        while self._under_way and self._under_way[0][0] <= now:
            _, _, end, data = heapq.heappop(self._under_way)
            try:
                os.write(end, data)
            except OSError:  # a full queue, or nobody there: lost, as on any network
                continue


def open_tun(name: str) -> int:
    """A TUN device in this process's network namespace; it lives as long as the descriptor."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _TUN_WITHOUT_HEADER))
    return device


def leave_network() -> None:
    """Be in a network namespace of one's own, with nothing in it but a loopback."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def main() -> None:
    name, lab, line, families = sys.argv[1:]
    addresses = Addresses(int(lab), int(line))
    server_end = open_tun(name)
    ip("link", "set", name, "up")
    if "4" in families:
        ip("address", "add", f"{addresses.server}/32", "dev", name)
        ip("route", "add", addresses.network, "dev", name, "src", addresses.server)
    if "6" in families:
        ip("-6", "address", "add", f"{addresses.server6}/128", "dev", name, "nodad")
        ip("-6", "route", "add", addresses.network6, "dev", name, "src", addresses.server6)
    leave_network()
    client_end = open_tun(name)
    ip("link", "set", "lo", "up")
    ip("link", "set", name, "up")
    if "4" in families:
        ip("address", "add", f"{addresses.client()}/32", "dev", name)
        ip("route", "add", "default", "dev", name)
    if "6" in families:
        ip("-6", "address", "add", f"{addresses.client6()}/128", "dev", name, "nodad")
        ip("-6", "route", "add", "default", "dev", name)
    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    gc.freeze()
    Link(server_end, client_end, addresses).run()


if __name__ == "__main__":
    main()
