"""Lines: the networks between the server and each of its people, in a test's hands."""

import os
import random
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.bench.media.child import Child
from tests.faults.lab.addresses import LABS, Addresses
from tests.faults.lab.rights import NoLab, why_no_namespaces


class Line:
    """A namespace whose only way out is a link to the server."""

    def __init__(self, link: Child, pid: int, addresses: Addresses) -> None:
        self._link = link
        self.pid = pid
        self.addresses = addresses

    async def be(self, **conditions: Any) -> float:
        """Change what the line is like (``gate.Conditions``); when that was, CLOCK_MONOTONIC."""
        at: float = (await self._link.do(be=conditions))["at"]
        return at

    async def rebind(self) -> float:
        """Give the client another address and other ports; when that was."""
        at: float = (await self._link.do(rebind=True))["at"]
        return at

    async def losses(self) -> int:
        """How many of the chosen packets were lost so far."""
        count: int = (await self._link.do(be={}))["losses"]
        return count

    def inside(self, *command: str) -> list[str]:
        """A command that runs beyond the line."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--", *command]

    def program(self, folder: Path, *command: str) -> str:
        """The path of a program that runs a command beyond the line."""
        script = folder / f"beyond-{self.pid}"
        script.write_text("#!/bin/sh\nexec " + " ".join(self.inside(*command)) + ' "$@"\n')
        script.chmod(0o755)
        return str(script)


class Lab:
    """A server's address, and lines that lead to it."""

    def __init__(self, addresses: Addresses, stack: AsyncExitStack) -> None:
        self._addresses = addresses
        self._stack = stack
        self._lines = 0

    @property
    def server(self) -> str:
        """The server's address; it is there as soon as there is a line."""
        return self._addresses.server

    @property
    def server6(self) -> str:
        return self._addresses.server6

    async def line(self, families: str = "4", **conditions: Any) -> Line:
        """A new line, which lasts as long as the lab. ``families``: ``4``, ``6`` or ``46``."""
        addresses = Addresses(self._addresses.lab, self._lines)
        name = f"fh{os.getpid():x}-{self._lines}"
        self._lines += 1
        link = await Child.start(
            "tests.faults.lab.link", name, str(addresses.lab), str(addresses.line), families
        )
        self._stack.push_async_callback(link.stop)
        line = Line(link, (await link.do(be=conditions))["pid"], addresses)
        return line


@asynccontextmanager
async def lab() -> AsyncIterator[Lab]:
    """A lab with an address that nobody else on this machine uses."""
    if why := why_no_namespaces():
        raise NoLab(why)
    taken = subprocess.run(["ip", "address"], capture_output=True, text=True, check=True).stdout
    free = [Addresses(n) for n in range(1, LABS + 1) if f" {Addresses(n).server}/" not in taken]
    async with AsyncExitStack() as stack:
        yield Lab(random.choice(free), stack)
