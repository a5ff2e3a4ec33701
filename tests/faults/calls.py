"""A call of two real browsers, the customer's at the end of a line that can be made bad."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Playwright, async_playwright

from tests.browser.chromium import chromium, executable
from tests.browser.media import Scene, customer_scene, engineer_scene
from tests.browser.people import DESK, PHONE, Customer, Somebody, Staff, call_runs, window
from tests.faults.lab.lines import Line, lab
from tests.faults.lab.servers import ANYWHERE, Server, server

FLOW = Path(__file__).with_name("js") / "flow.js"
BACK_SECONDS = 30


def epoch_ms(monotonic: float) -> float:
    """A moment of CLOCK_MONOTONIC as pages know it."""
    return 1000 * (monotonic + time.time() - time.monotonic())


@dataclass(frozen=True)
class Call:
    """Lin at her desk, Kim with a phone on ``line``; ``link`` is his invitation."""

    server: Server
    lin: Staff
    kim: Customer
    line: Line
    link: str

    async def runs(self) -> None:
        """Both see and hear each other, and it is recorded."""
        await call_runs(self.lin, self.kim)

    async def back(self, since: float) -> float:
        """Seconds from ``since`` (CLOCK_MONOTONIC) until both see and hear each other again."""
        at = await asyncio.gather(*(back(person, since) for person in (self.lin, self.kim)))
        return (max(at) - epoch_ms(since)) / 1000


async def back(person: Somebody, since: float) -> float:
    """When somebody first sees and hears what came after ``since``, in ms since 1970."""
    at: float = await person.page.evaluate(
        "farhandFlow.back", [epoch_ms(since), 1000 * BACK_SECONDS]
    )
    return at


@asynccontextmanager
async def phone(
    playwright: Playwright, scene: Scene, folder: Path, line: Line, server: str
) -> AsyncIterator[Browser]:
    """A browser beyond the line; ``server`` is where it finds the server."""
    camera_without_https = f"--unsafely-treat-insecure-origin-as-secure={server}"
    program = line.program(folder, executable())
    async with chromium(playwright, scene, camera_without_https, program=program) as browser:
        yield browser


@asynccontextmanager
async def watched(browser: Browser, **look: Any) -> AsyncIterator[BrowserContext]:
    """A window whose pages say what flows into them."""
    async with window(browser, **look) as context:
        await context.add_init_script(path=FLOW)
        yield context


@asynccontextmanager
async def calling(
    running: Server, desktop: Browser, phone: Browser, line: Line, server: str
) -> AsyncIterator[Call]:
    """Lin and Kim in a call that is recorded; she ends it, if she has not."""
    async with watched(desktop, **DESK) as desks, watched(phone, **PHONE) as phones:
        lin = Staff(await desks.new_page(), running)
        kim = Customer(await phones.new_page(), "ko")
        await lin.sign_in()
        await lin.report("Charging stops at 80 %")
        link = (await lin.invite()).replace(running.url, server)
        await lin.open_call()
        session = lin.session
        await kim.open(link)
        await kim.answer()
        await kim.join()
        await lin.let_in()
        call = Call(running, lin, kim, line, link)
        await call.runs()
        yield call
        if lin.page.url.endswith(session):
            await lin.end()


@asynccontextmanager
async def a_call(folder: Path, **conditions: Any) -> AsyncIterator[Call]:
    """A server, a line to it that is as its ``conditions`` say, and a call over it."""
    async with (
        lab() as network,
        server(folder / "data", media_host=ANYWHERE, public_address=network.server) as running,
    ):
        line = await network.line(**conditions)
        async with call_over(line, running, folder, network.server) as call:
            yield call


@asynccontextmanager
async def call_over(line: Line, running: Server, folder: Path, host: str) -> AsyncIterator[Call]:
    """A call of two new browsers; Kim's finds the server at ``host`` beyond the line."""
    address = f"http://{host}:{running.settings.port}"
    async with (
        async_playwright() as playwright,
        chromium(playwright, engineer_scene(folder)) as desktop,
        phone(playwright, customer_scene(folder), folder, line, address) as mobile,
        calling(running, desktop, mobile, line, address) as call,
    ):
        yield call


def figures(values: Sequence[float], *shares: int) -> list[float]:
    """The values that these percentages of all do not exceed (nearest rank)."""
    ranked = sorted(values)
    return [ranked[-(-len(ranked) * share // 100) - 1] for share in shares]
