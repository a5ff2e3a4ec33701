"""Sharp photos from the customer's phone: on demand, by the customer, and through a bad network."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Locator, Request, expect

from tests.browser.calls import Call, calling
from tests.world import World

FIRST_PIECE = 64 * 1024


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def call(desktop: Browser, phone: Browser, farhand: World) -> AsyncIterator[Call]:
    async with calling(desktop, phone, farhand) as call:
        yield call


def strip(call: Call) -> Locator:
    """The photos in the console."""
    return call.lin.page.locator(".photo-strip img")


async def test_an_upload_goes_on_where_it_was_cut(call: Call) -> None:
    offsets: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            offsets.append(int(request.headers["upload-offset"]))

    call.kim.page.on("request", note)
    call.network.cut_after(FIRST_PIECE + 30_000)
    await call.kim.press("Photo")
    await call.kim.reads("Saved on this phone. It is sent as soon as there is a connection.")
    assert call.network.is_cut
    call.network.mend()
    await call.kim.reads("Everything has been sent.")
    await expect(strip(call)).to_have_count(1)
    assert offsets.count(0) == 1
    assert FIRST_PIECE in offsets
    assert offsets == sorted(offsets)
    await call.runs()


async def test_the_engineer_asks_for_a_photo(call: Call) -> None:
    await call.lin.page.keyboard.press("f")
    await call.kim.reads("Photo taken for {name}", name="Lin Wei")
    await expect(strip(call)).to_have_count(2)
    width = await strip(call).first.evaluate(
        "async image => (await image.decode(), image.naturalWidth)"
    )
    assert width >= 1280


async def test_the_customer_takes_a_photo(call: Call) -> None:
    await call.kim.press("Photo")
    await call.kim.reads("Photo taken")
    await expect(strip(call)).to_have_count(3)


async def test_photos_are_looked_at_large_by_keyboard(call: Call) -> None:
    keyboard = call.lin.page.keyboard
    await strip(call).first.click()
    large = call.lin.page.get_by_role("dialog").locator("img")
    newest = await large.get_attribute("src")
    await keyboard.press("ArrowLeft")
    await expect(large).not_to_have_attribute("src", newest or "")
    await keyboard.press("ArrowRight")
    await expect(large).to_have_attribute("src", newest or "")
    await keyboard.press("Escape")
    await expect(large).to_have_count(0)


async def test_who_refused_to_be_recorded_takes_a_wanted_photo_by_a_tap(
    desktop: Browser, phone: Browser, farhand: World
) -> None:
    async with calling(desktop, phone, farhand, agree=False) as call:
        await call.lin.sees("Kim Minjun")
        await call.lin.press("Photo")
        await call.kim.reads("{name} asks for a photo.", name="Lin Wei")
        await expect(strip(call)).to_have_count(0)
        await call.kim.press("Take a photo")
        await call.kim.reads("Photo taken for {name}", name="Lin Wei")
        await expect(strip(call)).to_have_count(1)
