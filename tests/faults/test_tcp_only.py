"""Where a network blocks UDP, a call is carried by TCP to the same port."""

from pathlib import Path

from tests.faults.calls import a_call
from tests.faults.paths import joins, protocol

SECONDS = 3.0


async def test_a_call_connects_over_tcp_alone(tmp_path: Path) -> None:
    async with a_call(tmp_path, has_udp=False) as call:
        took = await joins(call, 3)
        assert await protocol(call) == "tcp"
    assert max(took) <= SECONDS
