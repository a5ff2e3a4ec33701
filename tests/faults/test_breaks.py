"""The line is cut, the address changes, the server is killed: soon the call is back by itself."""

import pytest

from tests.faults.breaks import cuts, rebinds, restarts
from tests.faults.calls import Call, figures
from tests.faults.lab.rights import needs_namespaces
from tests.faults.noise import NOISE

pytestmark = [needs_namespaces, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

USUAL_SECONDS, MOST_SECONDS = 1.0, 3.0
RESTARTED_SECONDS = 4.0


async def test_the_network_was_away(call: Call) -> None:
    back = [*await cuts(call, [5.0, 5.0]), *await cuts(call, [30.0])]
    assert figures(back, 50)[0] <= NOISE * USUAL_SECONDS
    assert max(back) <= NOISE * MOST_SECONDS


async def test_the_phones_address_changes(call: Call) -> None:
    assert max(await rebinds(call, 3)) <= NOISE * MOST_SECONDS


async def test_the_server_is_killed_and_started_again(call: Call) -> None:
    assert max(await restarts(call, 2)) <= NOISE * RESTARTED_SECONDS
