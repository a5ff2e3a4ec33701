"""Whoever loses the connection or the page is back in the call without doing anything."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.calls import Call, calling
from tests.browser.people import Somebody
from tests.world import World


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def call(desktop: Browser, phone: Browser, farhand: World) -> AsyncIterator[Call]:
    async with calling(desktop, phone, farhand) as call:
        yield call


async def stays(somebody: Somebody) -> None:
    """Mark the page, to know later that it is still the same one."""
    await somebody.page.evaluate("globalThis.farhandStays = true")


async def has_stayed(somebody: Somebody) -> None:
    assert await somebody.page.evaluate("globalThis.farhandStays === true")


async def test_the_customer_reloads(call: Call) -> None:
    await call.kim.page.reload()
    await call.runs()


async def test_the_engineer_reloads(call: Call) -> None:
    await call.lin.page.reload()
    await call.runs()


async def test_the_network_breaks_and_comes_back(call: Call) -> None:
    await stays(call.kim)
    call.network.cut()
    await call.kim.reads("The connection was lost. Reconnecting…")
    await call.lin.reads("{name} has lost the connection. The call waits.", name="Kim Minjun")
    await expect(call.lin.page.locator("farhand-tile", has_text="reconnecting…")).to_be_visible()
    call.network.mend()
    await call.runs()
    await expect(call.lin.page.get_by_text("reconnecting…")).to_have_count(0)
    await has_stayed(call.kim)


async def test_only_the_signalling_breaks(call: Call) -> None:
    """Picture and sound go on meanwhile; what the phone does reaches the others again."""
    await stays(call.kim)
    call.network.drop_connections()
    await call.kim.press("Mic")
    people = call.lin.page.locator("farhand-people")
    await expect(people.get_by_text("muted")).to_be_visible()
    await call.kim.press("Muted")
    await expect(people.get_by_text("muted")).to_have_count(0)
    await call.runs()
    await has_stayed(call.kim)


async def test_the_phone_says_that_it_has_no_network(call: Call) -> None:
    await stays(call.kim)
    call.network.cut()
    await call.kim.page.context.set_offline(True)
    await call.kim.reads(
        "This device has no network. The call goes on by itself as soon as it is back."
    )
    call.network.mend()
    await call.kim.page.context.set_offline(False)
    await call.runs()
    await has_stayed(call.kim)


async def test_the_phone_changes_to_another_network(call: Call) -> None:
    await stays(call.kim)
    call.network.change()
    call.network.drop_connections()
    await call.runs()
    await has_stayed(call.kim)


async def test_the_connection_of_the_media_breaks(call: Call) -> None:
    """The browser gives the connection up, the signalling is well: a new one is made."""
    await stays(call.kim)
    await call.kim.page.evaluate(
        "farhandProbe.connections.findLast(({pc}) => pc.connectionState === 'connected').pc.close()"
    )
    await call.lin.reads("{name} has lost the connection. The call waits.", name="Kim Minjun")
    await call.runs()
    await has_stayed(call.kim)
