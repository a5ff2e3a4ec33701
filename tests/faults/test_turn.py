"""The last resort: where nothing but a TURN server can be reached, it carries the call, and it
carries nothing else."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aioice import stun, turn

from tests.faults.calls import call_over
from tests.faults.lab.lines import Lab, lab
from tests.faults.lab.rights import needs_namespaces
from tests.faults.lab.servers import ANYWHERE, free_port, server
from tests.faults.paths import protocol
from tests.faults.turn import SECRET, credentials, needs_turnserver, turn_server

pytestmark = [needs_namespaces, needs_turnserver]

FORBIDDEN, UNAUTHORIZED = 403, 401


@pytest_asyncio.fixture
async def network() -> AsyncIterator[Lab]:
    async with lab() as made:
        yield made


@pytest.fixture
def port() -> int:
    return free_port()


async def test_a_call_through_it(network: Lab, port: int, tmp_path: Path) -> None:
    url = f"turn:{network.server}:{port}?transport=tcp"
    settings = {"media_host": ANYWHERE, "public_address": network.server}
    turning = {"turn_urls": url, "turn_secret": SECRET}
    async with server(tmp_path / "data", **settings, **turning) as running:
        line = await network.line(ports=(running.settings.port, port))
        async with (
            turn_server(tmp_path, network.server, port),
            call_over(line, running, tmp_path, network.server) as call,
        ):
            assert await protocol(call) == "relay"


class Receiver(asyncio.DatagramProtocol):
    """Where something may arrive; ``got`` is that, or why it was not sent."""

    def __init__(self) -> None:
        self.got: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
        self.got.set_result(data)

    def error_received(self, why: Exception) -> None:
        self.got.set_exception(why)


async def relayed(network: Lab, port: int, target: str, **how: Any) -> bytes:
    """Have something sent to the media port of an address; what arrives at Farhand's."""
    loop = asyncio.get_running_loop()
    media, arrived = await loop.create_datagram_endpoint(Receiver, (network.server, 0))
    username, password = credentials(**how)
    try:
        transport, refused = await turn.create_turn_endpoint(
            Receiver, (network.server, port), username, password, transport="tcp"
        )
        transport.sendto(b"anything", (target, media.get_extra_info("sockname")[1]))
        async with asyncio.timeout(10):
            await asyncio.wait((arrived.got, refused.got), return_when=asyncio.FIRST_COMPLETED)
        transport.close()
        return (refused if refused.got.done() else arrived).got.result()
    finally:
        media.close()


def code(refused: pytest.ExceptionInfo[stun.TransactionFailed]) -> int:
    number: int = refused.value.response.attributes["ERROR-CODE"][0]
    return number


async def test_it_relays_to_the_media_address_only(network: Lab, port: int, tmp_path: Path) -> None:
    line = await network.line()
    async with turn_server(tmp_path, network.server, port):
        assert await relayed(network, port, network.server) == b"anything"
        for elsewhere in (line.addresses.client(), "127.0.0.1", "169.254.169.254", "10.0.0.1"):
            with pytest.raises(stun.TransactionFailed) as refused:
                await relayed(network, port, elsewhere)
            assert code(refused) == FORBIDDEN


@pytest.mark.parametrize("how", [{"hours": -1}, {"secret": "a secret of somebody else"}])
async def test_it_knows_nobody_else(
    network: Lab, port: int, tmp_path: Path, how: dict[str, Any]
) -> None:
    await network.line()
    async with turn_server(tmp_path, network.server, port):
        with pytest.raises(stun.TransactionFailed) as refused:
            await relayed(network, port, network.server, **how)
        assert code(refused) == UNAUTHORIZED
