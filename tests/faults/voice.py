"""What single losses of sound do to its delay in a real browser's jitter buffer."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import async_playwright

from server.media import rtcp
from server.media.losses import MOST_MISSING
from tests.browser.chromium import chromium
from tests.browser.people import DESK, Staff, window
from tests.faults.lab.servers import Server
from tests.faults.talk import Talk, talking
from tests.server.media.offers import Line, browser_lines
from tests.server.media.peer import Peer
from tests.server.web.media import connect

EVERY = 20  # packets of 20 ms from one loss to the next
ROUND_TRIP_SECONDS = 0.05
SETTLE_SECONDS = 6.0
WINDOW_SECONDS = 4.0
LOOK_SECONDS = 0.1
MIDS = ("3", "4")  # the sound of the first seat and of the second

# How long sound waited, in s, and how many samples did, by the m-line in which it comes.
STATS = """async () => {
  const found = {};
  for (const { pc } of farhandProbe.connections) {
    for (const entry of (await pc.getStats()).values()) {
      if (entry.type !== "inbound-rtp" || entry.kind !== "audio") continue;
      found[entry.mid] = [entry.jitterBufferDelay, entry.jitterBufferEmittedCount];
    }
  }
  return found;
}"""
FLOWS = f"""async mids => {{
  const found = await ({STATS})();
  return mids.every(mid => found[mid]?.[1]);
}}"""


@dataclass(frozen=True)
class Delay:
    """By how many ms longer sound waited in the browser after so many ``losses``: that which was
    lost, and that of somebody else, none of which was."""

    lossy_ms: float
    whole_ms: float
    losses: int

    @property
    def growth_ms(self) -> float:
        """What the losses did; all else that makes sound wait longer befalls both."""
        return self.lossy_ms - self.whole_ms


class Lossy(Peer):
    """While it ``loses_sound``, one packet of its sound in ``EVERY`` is lost, at first: when it is
    asked for it comes, a round trip later."""

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__(lines)
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
    """Lin listens at her browser; of what Kim says so many packets are lost, one at a time, and
    of what Jun says none."""
    kim, jun = (Lossy(browser_lines(*range(first, first + 3))) for first in (41_001, 42_001))
    people = {"Kim Minjun": kim, "Jun Park": jun}
    talks = [Talk(peer, shows=False) for peer in people.values()]
    async with _listening(running, people) as lin, talking(*talks):
        await lin.until(FLOWS, list(MIDS))
        await asyncio.sleep(SETTLE_SECONDS)
        before = await _waits_ms(lin)
        kim.loses_sound = True
        while kim.losses < losses:
            await asyncio.sleep(LOOK_SECONDS)
        kim.loses_sound = False
        after = await _waits_ms(lin)
    return Delay(*(after[mid] - before[mid] for mid in MIDS), losses=kim.losses)


async def _waits_ms(lin: Staff) -> dict[str, float]:
    """How long sound waits in her browser, on average over a while, by m-line."""
    first: dict[str, list[float]] = await lin.page.evaluate(STATS)
    await asyncio.sleep(WINDOW_SECONDS)
    last: dict[str, list[float]] = await lin.page.evaluate(STATS)
    return {
        mid: 1000 * (last[mid][0] - first[mid][0]) / (last[mid][1] - first[mid][1]) for mid in MIDS
    }


@asynccontextmanager
async def _listening(running: Server, people: Mapping[str, Peer]) -> AsyncIterator[Staff]:
    """Lin in a call with a browser, the others with peers, in their order."""
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await stack.enter_async_context(chromium(playwright))
        desk = await stack.enter_async_context(window(browser, **DESK))
        lin = Staff(await desk.new_page(), running)
        await lin.sign_in()
        ticket = await lin.report("Charging stops at 80 %")
        tokens = [await running.invitation(name, ticket=ticket) for name in people]
        await lin.open_ticket(ticket)
        await lin.open_call()
        for (name, peer), token in zip(people.items(), tokens, strict=True):
            guest = await running.guest(token)
            side = await stack.enter_async_context(running.socket(guest, hello={"side": "guest"}))
            await side.hear("welcome")
            await lin.let_in(name)
            await side.hear("room")
            await connect(side, peer)
            stack.push_async_callback(peer.close)
        yield lin
