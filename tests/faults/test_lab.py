"""The laboratory does what it is told, and leaves nothing behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from tests.faults.lab.lines import Line, lab
from tests.faults.lab.rights import needs_namespaces

pytestmark = needs_namespaces

# Sends so many datagrams, one every 5 ms, and prints what came back: number, milliseconds it took.
CLIENT = """
import socket, sys, time
host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
wire = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
wire.connect((host, port))
wire.settimeout(1)
sent = {}
for number in range(count):
    sent[number] = time.monotonic()
    wire.send(str(number).encode())
    time.sleep(0.005)
try:
    while sent:
        number = int(wire.recv(100))
        print(number, 1000 * (time.monotonic() - sent.pop(number)))
except TimeoutError:
    pass
"""

# A lab of somebody who is killed: it prints the name of its device.
DOOMED = """
import asyncio, os
from tests.faults.lab.lines import lab
async def main():
    async with lab() as network:
        await network.line()
        print(f"fh{os.getpid():x}-0", flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


class Echo(asyncio.DatagramProtocol):
    """Sends everything back; ``seen`` is where it came from."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        self.seen.append(source[:2])
        self.transport.sendto(data, source)


@asynccontextmanager
async def echo(host: str) -> AsyncIterator[tuple[Echo, int]]:
    loop = asyncio.get_running_loop()
    transport, made = await loop.create_datagram_endpoint(Echo, (host, 0))
    try:
        yield made, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


async def returned(line: Line, host: str, port: int, count: int = 200) -> list[float]:
    """How long each datagram took there and back, in ms, of those that came back."""
    client = await asyncio.create_subprocess_exec(
        *line.inside(sys.executable, "-c", CLIENT, host, str(port), str(count)),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await client.communicate()
    return [float(entry.split()[1]) for entry in said.decode().splitlines()]


@pytest.mark.parametrize("families", ["4", "6"])
async def test_a_line_is_what_it_is_told_to_be(families: str) -> None:
    async with lab() as network:
        line = await network.line(families)
        host = network.server if families == "4" else network.server6
        async with echo(host) as (server, port):
            assert len(await returned(line, host, port)) == 200
            await line.be(delay_ms=40)
            assert min(await returned(line, host, port)) >= 80
            await line.be(delay_ms=0, loss=0.1)
            assert 120 < len(await returned(line, host, port)) < 195
            await line.be(loss=0, bps=16_000)
            assert 10 < len(await returned(line, host, port)) < 150
            await line.be(bps=None, is_cut=True)
            assert await returned(line, host, port, 20) == []
            await line.be(is_cut=False, has_udp=False)
            assert await returned(line, host, port, 20) == []
            await line.be(has_udp=True)
            server.seen.clear()
            for _ in range(3):
                await line.rebind()
                assert len(await returned(line, host, port, 20)) == 20
            changes = sum(a[0] != b[0] for a, b in pairwise(server.seen))
            assert (changes, len({address for address, _ in server.seen})) == (2, 3)


def devices() -> str:
    return subprocess.run(["ip", "link"], capture_output=True, text=True, check=True).stdout


async def test_nothing_is_left_of_a_lab() -> None:
    async with lab() as network:
        line = await network.line()
        assert Path(f"/proc/{line.pid}").exists()
        assert f"fh{os.getpid():x}-0" in devices()
    assert not Path(f"/proc/{line.pid}").exists()
    assert f"fh{os.getpid():x}-0" not in devices()


async def test_nothing_is_left_of_one_whose_maker_is_killed() -> None:
    maker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DOOMED, stdout=asyncio.subprocess.PIPE
    )
    device = (await maker.stdout.readline()).decode().strip()
    assert device in devices()
    maker.send_signal(signal.SIGKILL)
    await maker.wait()
    async with asyncio.timeout(20):
        while device in devices():
            await asyncio.sleep(0.05)
