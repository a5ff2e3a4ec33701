"""A phone whose network has nothing but IPv6."""

from pathlib import Path

from tests.faults.calls import call_over
from tests.faults.lab.lines import lab
from tests.faults.lab.rights import needs_namespaces
from tests.faults.lab.servers import server
from tests.faults.paths import protocol

ANYWHERE6 = "::"


@needs_namespaces
async def test_a_call_over_ipv6_alone(tmp_path: Path) -> None:
    """The server can be reached by either, and says so in its answers."""
    async with lab() as network:
        line = await network.line("6")
        listens = {"host": ANYWHERE6, "media_host": ANYWHERE6}
        addresses = f"{network.server}, {network.server6}"
        async with server(tmp_path / "data", **listens, public_address=addresses) as running:
            running.url = f"http://[::1]:{running.settings.port}"
            async with call_over(line, running, tmp_path, f"[{network.server6}]") as call:
                assert await protocol(call) == "udp"
