"""What single losses of sound do to its delay in a real browser's jitter buffer."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import async_playwright

from server.media import rtcp
from server.media.losses import MOST_MISSING
from tests.browser.chromium import chromium
from tests.browser.people import DESK, Staff, window
from tests.faults.lab.servers import Server
from tests.faults.talk import Talk, talking
from tests.server.media.offers import browser_lines
from tests.server.media.peer import Peer
from tests.server.web.media import connect

EVERY = 10  # packets of 20 ms from one loss to the next
ROUND_TRIP_SECONDS = 0.05
SETTLE_SECONDS = 6.0
WINDOW_SECONDS = 4.0
LOOK_SECONDS = 0.1

STATS = """async () => {
  let delay = 0, emitted = 0, received = 0, concealed = 0;
  for (const { pc } of farhandProbe.connections) {
    for (const entry of (await pc.getStats()).values()) {
      if (entry.type !== "inbound-rtp" || entry.kind !== "audio") continue;
      delay += entry.jitterBufferDelay;
      emitted += entry.jitterBufferEmittedCount;
      received += entry.packetsReceived;
      concealed += entry.concealmentEvents;
    }
  }
  return { delay, emitted, received, concealed };
}"""


@dataclass(frozen=True)
class Delay:
    """How long sound waited in the browser, in ms, before and after so many ``losses``."""

    before_ms: float
    after_ms: float
    losses: int

    @property
    def growth_ms(self) -> float:
        return self.after_ms - self.before_ms


class Lossy(Peer):
    """While it ``loses_sound``, one packet of its sound in ``EVERY`` is lost, at first: when it is
    asked for it comes, a round trip later."""

    def __init__(self) -> None:
        super().__init__(browser_lines(41_001, 41_002, 41_003))
        self.losses = 0
        self.loses_sound = False
        self._lost: dict[int, bytes] = {}
        self._count = 0

    def send(self, packet: bytes) -> None:
        ssrc, number = int.from_bytes(packet[8:12], "big"), int.from_bytes(packet[2:4], "big")
        if ssrc == self.lines[0].ssrc and self.loses_sound:
            self._count += 1
            if self._count % EVERY == 0:
                self.losses += 1
                self._lost[number] = packet
                return
        super().send(packet)

    def _hear(self, data: bytes) -> None:
        super()._hear(data)
        for kind, count, body in self.rtcp:
            if (kind, count) == (rtcp.TRANSPORT_FEEDBACK, rtcp.NACK):
                self._answer(rtcp.wanted_again(body, MOST_MISSING)[1])
        self.rtcp.clear()
        self.rtp.clear()

    def _answer(self, numbers: list[int]) -> None:
        for packet in filter(None, (self._lost.pop(number, None) for number in numbers)):
            loop = asyncio.get_running_loop()
            loop.call_later(ROUND_TRIP_SECONDS, super().send, packet)


async def delay(running: Server, losses: int) -> Delay:
    """Lin listens at her browser; of what Kim says so many packets are lost, one at a time."""
    kim = Lossy()
    async with _listening(running, kim) as lin, talking(Talk(kim, shows=False)):
        await lin.until(f"async () => (await ({STATS})()).received > 0")
        await asyncio.sleep(SETTLE_SECONDS)
        before = await _mean_ms(lin)
        kim.loses_sound = True
        while kim.losses < losses:
            await asyncio.sleep(LOOK_SECONDS)
        kim.loses_sound = False
        after = await _mean_ms(lin)
    return Delay(before, after, kim.losses)


async def _mean_ms(lin: Staff) -> float:
    """How long sound waits in her browser, on average over a while."""
    first: dict[str, Any] = await lin.page.evaluate(STATS)
    await asyncio.sleep(WINDOW_SECONDS)
    last: dict[str, Any] = await lin.page.evaluate(STATS)
    return 1000 * (last["delay"] - first["delay"]) / (last["emitted"] - first["emitted"])


@asynccontextmanager
async def _listening(running: Server, peer: Peer) -> AsyncIterator[Staff]:
    """Lin in a call with a browser, Kim with a peer."""
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await stack.enter_async_context(chromium(playwright))
        desk = await stack.enter_async_context(window(browser, **DESK))
        lin = Staff(await desk.new_page(), running)
        await lin.sign_in()
        await lin.report("Charging stops at 80 %")
        token = re.split("/j/", await lin.invite())[1]
        await lin.open_call()
        guest = await running.guest(token)
        side = await stack.enter_async_context(running.socket(guest, hello={"side": "guest"}))
        await side.hear("welcome")
        await lin.let_in()
        await side.hear("room")
        await connect(side, peer)
        stack.push_async_callback(peer.close)
        yield lin
