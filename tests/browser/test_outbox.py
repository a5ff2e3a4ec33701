"""Marks and photos outlive bad networks, closed pages and the session itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from sessions.guidance.procedures import find_procedure
from tests.browser.calls import Call, calling
from tests.browser.people import Customer
from tests.world import World

STEPS = str(len(find_procedure("bus-hv-isolation").steps))
SAVED = "Saved on this phone. It is sent as soon as there is a connection."
NO_DATABASE = "Object.defineProperty(globalThis, 'indexedDB', { value: undefined });"


@pytest_asyncio.fixture(loop_scope="session")
async def call(desktop: Browser, phone: Browser, farhand: World) -> AsyncIterator[Call]:
    async with calling(desktop, phone, farhand, "bus-hv-isolation") as call:
        yield call


@asynccontextmanager
async def opened_again(call: Call) -> AsyncIterator[Customer]:
    """Kim's page was closed; he opens the link anew."""
    context = call.kim.page.context
    await call.kim.page.close()
    call.network.mend()
    page: Page = await context.new_page()
    kim = Customer(page, "ko")
    await kim.open(call.link)
    yield kim


async def test_marks_made_without_a_connection_are_shown_and_arrive_in_order(call: Call) -> None:
    call.network.cut()
    await call.kim.press("Done")
    await call.kim.reads("Step {number} is done.", number="1")
    await call.kim.reads("Step {number} of {count}", number="2", count=STEPS)
    await call.kim.press("Done")
    await call.kim.reads("Step {number} of {count}", number="3", count=STEPS)
    await call.kim.reads(SAVED)
    await expect(call.lin.page.locator(".steps .n.done")).to_have_count(0)
    call.network.mend()
    await call.kim.reads("Everything has been sent.")
    await expect(call.lin.page.locator(".steps .n.done")).to_have_count(2)
    await call.runs()


async def test_what_waits_is_sent_when_the_page_is_opened_again(call: Call) -> None:
    call.network.cut()
    await call.kim.press("Done")
    await call.kim.press("Photo")
    await call.kim.reads("Photo taken")
    await call.kim.reads("Waiting: {count}", count="2")
    async with opened_again(call) as kim:
        await expect(kim.button("Join")).to_be_visible()
        await expect(call.lin.page.locator(".steps .n.done")).to_have_count(1)
        await expect(call.lin.page.locator(".photo-strip img")).to_have_count(1)


async def test_what_waits_is_sent_when_the_session_has_ended(call: Call) -> None:
    call.network.cut()
    await call.kim.press("Done")
    await call.kim.reads(SAVED)
    session = call.lin.session
    await call.lin.end()
    async with opened_again(call) as kim:
        await kim.reads("The session has ended")

        async def arrived() -> bool:
            events = await call.lin.farhand.events(session)
            return "step.done" in [event["event"] for event in events]

        await call.lin.farhand.until(arrived)


async def test_a_browser_that_keeps_nothing_says_so(
    desktop: Browser, phone: Browser, farhand: World
) -> None:
    async with calling(desktop, phone, farhand, "bus-hv-isolation") as call:
        await call.kim.page.context.add_init_script(NO_DATABASE)
        await call.kim.page.reload()
        await call.runs()
        call.network.cut()
        await call.kim.press("Done")
        await call.kim.reads(
            "This browser cannot save it: keep this page open. "
            "It is sent as soon as there is a connection."
        )
        call.network.mend()
        await expect(call.lin.page.locator(".steps .n.done")).to_have_count(1)
