"""The TURN server of docs/TURN.md, as a process."""

import asyncio
import contextlib
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.integrations.turn import ice_servers

DOCUMENT = Path(__file__).parents[2] / "docs" / "TURN.md"
DOCUMENTED_TURN, DOCUMENTED_FARHAND = "203.0.113.5", "198.51.100.7"
# No browser trusts a certificate of a test's own: the test speaks TCP where people speak TLS.
OF_TLS = ("tls-listening-port", "cert", "pkey")
SECRET = "a secret of tests alone"
START_SECONDS = 15

needs_turnserver = pytest.mark.skipif(
    shutil.which("turnserver") is None, reason="coturn's turnserver is not installed"
)


def configuration(address: str, port: int) -> str:
    """What the document says, for this address of both servers and this port."""
    block = re.search(r"```ini\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert block is not None
    text = block[1].replace(DOCUMENTED_TURN, address).replace(DOCUMENTED_FARHAND, address)
    text = text.replace("=the-secret", f"={SECRET}")
    kept = [line for line in text.splitlines() if line.partition("=")[0] not in OF_TLS]
    return "\n".join([*kept, "no-tls", f"listening-port={port}", "log-file=stdout", ""])


@asynccontextmanager
async def turn_server(folder: Path, address: str, port: int) -> AsyncIterator[None]:
    """It runs, and answers."""
    file = folder / "turnserver.conf"
    file.write_text(configuration(address, port))
    with (folder / "turnserver.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL"),
            *("turnserver", "-c", str(file), "--pidfile", str(folder / "turnserver.pid")),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await _answers(address, port):
                await asyncio.sleep(0.05)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _answers(address: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(address, port)
    except OSError:
        return False
    writer.close()
    return True


def credentials(secret: str = SECRET, *, hours: float = 1) -> tuple[str, str]:
    """A name and a password as Farhand makes them."""
    make = ice_servers(["turn:turn.example"], secret, timedelta(hours=hours))
    (entry,) = make("somebody", datetime.now(UTC))
    return entry["username"], entry["credential"]
