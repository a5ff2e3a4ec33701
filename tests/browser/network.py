"""A network between one browser and the server that can be cut, mended and changed for another."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from playwright.async_api import BrowserContext
from yarl import URL

Address = tuple[str, int]
LOOPBACK = "127.0.0.1"
CHUNK = 65_536

# The answer's UDP candidate leads to the relay, its TCP candidate nowhere.
REROUTE = """{
const original = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = async function ({ type, sdp }) {
  const candidate = /^a=candidate:\\S+ \\d udp \\d+ \\S+ (\\d+) /im;
  const port = await farhandRelay(Number(sdp.match(candidate)[1]));
  const routed = sdp.split("\\r\\n")
    .filter((line) => !/^a=candidate:\\S+ \\d tcp /i.test(line))
    .map((line) => line.replace(candidate, (found, to) => found.replace(to, port)));
  return original.call(this, { type, sdp: routed.join("\\r\\n") });
};
}"""


class _Mapping(asyncio.DatagramProtocol):
    """One client's socket towards the server, as a router has it."""

    def __init__(self, network: "Network", client: Address) -> None:
        self.network = network
        self.client = client
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, _: Address) -> None:
        if not self.network.is_cut and self.network.media is not None:
            self.network.media.sendto(data, self.client)


class Network(asyncio.DatagramProtocol):
    """Carries a browser's connections and its media to the server and back."""

    def __init__(self, server: URL) -> None:
        self.server = server
        self.url = ""
        self.is_cut = False
        self._carries: int | None = None
        self.media: asyncio.DatagramTransport | None = None
        self._media_port = 0
        self._mappings: dict[Address, asyncio.Future[_Mapping]] = {}
        self._flows: set[asyncio.Task[None]] = set()

    # What happens to networks

    def cut(self) -> None:
        """Nothing passes any more, and every connection breaks."""
        self.is_cut = True
        self.drop_connections()

    def cut_after(self, sent: int) -> None:
        """Once the browser has sent so many more bytes over its connections."""
        self._carries = sent

    def mend(self) -> None:
        self.is_cut = False

    def drop_connections(self) -> None:
        """Every TCP connection breaks; new ones are possible."""
        for flow in self._flows:
            flow.cancel()

    def change(self) -> None:
        """From Wi-Fi to cellular: what is sent now comes from another address."""
        for mapping in self._mappings.values():
            if mapping.done() and (transport := mapping.result().transport):
                transport.close()
        self._mappings.clear()

    # The web

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it or the network breaks."""
        task = asyncio.current_task()
        assert task is not None
        self._flows.add(task)
        try:
            if self.is_cut:
                return
            beyond, back = await asyncio.open_connection(self.server.host, self.server.port)
            try:
                await asyncio.gather(_pour(reader, back, self._count), _pour(beyond, writer))
            finally:
                back.close()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._flows.discard(task)

    def _count(self, data: bytes) -> None:
        if self._carries is None:
            return
        self._carries -= len(data)
        if self._carries <= 0:
            self._carries = None
            self.cut()

    # The media

    async def relay(self, _: Any, port: int) -> int:
        """The port that leads to the server's media port, for the page."""
        self._media_port = port
        assert self.media is not None
        address: Address = self.media.get_extra_info("sockname")
        return address[1]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.media = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, client: Address) -> None:
        if self.is_cut:
            return
        mapping = self._mappings.get(client)
        if mapping is None:
            mapping = self._mappings[client] = asyncio.ensure_future(self._map(client))
        if mapping.done() and (transport := mapping.result().transport):
            transport.sendto(data)

    async def _map(self, client: Address) -> _Mapping:
        _, mapping = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Mapping(self, client), remote_addr=(LOOPBACK, self._media_port)
        )
        return mapping

    async def close(self) -> None:
        flows = list(self._flows)
        self.drop_connections()
        await asyncio.gather(*flows, return_exceptions=True)
        self.change()
        if self.media is not None:
            self.media.close()


async def _pour(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    count: Callable[[bytes], None] = lambda data: None,
) -> None:
    while data := await reader.read(CHUNK):
        count(data)
        writer.write(data)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def network(context: BrowserContext, server: str) -> AsyncIterator[Network]:
    """The only way to the server for the pages of a context: ``Network.url`` is its address."""
    made = Network(URL(server))
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: made, local_addr=(LOOPBACK, 0))
    door = await asyncio.start_server(made.carry, LOOPBACK, 0)
    made.url = f"http://{LOOPBACK}:{door.sockets[0].getsockname()[1]}"
    await context.expose_binding("farhandRelay", made.relay)
    await context.add_init_script(REROUTE)
    try:
        yield made
    finally:
        door.close()
        await made.close()
