"""Where a network blocks UDP, a call is carried by TCP to the same port."""

from pathlib import Path

from tests.faults.calls import a_call
from tests.faults.lab.rights import needs_namespaces
from tests.faults.noise import NOISE
from tests.faults.paths import joins, protocol

SECONDS = 3.0


@needs_namespaces
async def test_a_call_connects_over_tcp_alone(tmp_path: Path) -> None:
    async with a_call(tmp_path, has_udp=False) as call:
        took = await joins(call, 2)
        assert await protocol(call) == "tcp"
    assert max(took) <= NOISE * SECONDS
