"""A link opened where there is no camera: inside an app, in a browser that never answers, in one
that has none. Each leads to a browser that has, and the person is the same one there."""

import re
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.media import CUSTOMER_HZ
from tests.browser.people import DESK, PHONE, Customer, Staff, page_of, window
from tests.world import World

ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-S911N) AppleWebKit/537.36 Chrome/130.0 Mobile Safari"
KAKAO = f"{ANDROID} KAKAOTALK 11.0.4"
UNKNOWN = f"{ANDROID} HanbitMessenger/3.1"

# What browsers inside apps do: they never answer, or have nothing to answer with.
HANGS = """navigator.mediaDevices.getUserMedia = () => new Promise(() => {});"""
NOTHING = """Object.defineProperty(navigator, "mediaDevices", { value: undefined });"""


@pytest_asyncio.fixture(loop_scope="session")
async def lin(desktop: Browser, farhand: World) -> AsyncIterator[Staff]:
    async with page_of(desktop, DESK) as page:
        lin = Staff(page, farhand)
        await lin.sign_in()
        await lin.report("Charging stops at 80 %")
        yield lin
        await lin.end()


async def copied(kim: Customer) -> str:
    """The link that the page offers to copy."""
    link = kim.page.locator("farhand-copy input")
    await expect(link).to_have_value(re.compile("^http"))
    return await link.input_value()


async def test_a_link_opened_inside_an_app(lin: Staff, phone: Browser, farhand: World) -> None:
    """The page stays at the link's own address, which the app's own menu opens elsewhere too."""
    link = await lin.invite()
    await lin.open_call()
    async with window(phone, **PHONE, user_agent=KAKAO) as inside:
        kim = Customer(await inside.new_page(), "ko")
        await kim.page.goto(link)
        await kim.reads("Please open this in your browser")
        assert kim.page.url == await copied(kim) == link
        assert await inside.cookies() == []
        out = kim.page.get_by_role("link", name=kim.words("Open in the browser"))
        await expect(out).to_have_attribute("href", re.compile(r"^kakaotalk://"))
    async with window(phone, **PHONE) as real:
        kim = Customer(await real.new_page(), "ko")
        await kim.open(link)
        await kim.answer()
        await kim.join()
        await lin.let_in()
        await lin.sees("Kim Minjun")


async def test_who_wants_to_try_it_inside_the_app_may(
    lin: Staff, phone: Browser, farhand: World
) -> None:
    link = await lin.invite()
    await lin.open_call()
    async with window(phone, **PHONE, user_agent=KAKAO) as inside:
        kim = Customer(await inside.new_page(), "ko")
        await kim.page.goto(link)
        await kim.page.get_by_role("link", name=kim.words("Try it here anyway")).click()
        await kim.answer()
        await kim.join()
        await lin.let_in()
        await lin.sees("Kim Minjun")


async def test_a_camera_that_never_answers(lin: Staff, phone: Browser, farhand: World) -> None:
    """In a browser of an unknown name, by what it does: the call goes on in another one, where
    nobody is asked again whether it may be recorded, and nobody is let in twice."""
    link = await lin.invite()
    await lin.open_call()
    async with (
        window(phone, **PHONE, user_agent=UNKNOWN) as inside,
        window(phone, **PHONE) as real,
    ):
        await inside.add_init_script(HANGS)
        kim = Customer(await inside.new_page(), "ko")
        await kim.open(link)
        await kim.answer()
        await kim.press("Open in another browser")
        await expect(
            kim.page.get_by_role("link", name=kim.words("Open in the browser"))
        ).to_have_count(0)
        other = await copied(kim)
        await kim.press("Join without camera")
        await lin.let_in()
        await lin.reads("In this call")

        there = Customer(await real.new_page(), "ko")
        await there.open(other)
        await kim.reads("The call goes on in another tab")
        await kim.press("Continue here")
        await kim.reads("The call could not be opened")
        await there.join()
        await there.sees("Lin Wei")
        await lin.sees("Kim Minjun")
        await lin.hears(CUSTOMER_HZ)
        people = lin.page.locator("farhand-people")
        await expect(people.get_by_text("Kim Minjun")).to_have_count(1)


async def test_a_browser_without_any_camera(lin: Staff, phone: Browser, farhand: World) -> None:
    link = await lin.invite()
    await lin.open_call()
    async with window(phone, **PHONE) as inside, window(phone, **PHONE) as real:
        await inside.add_init_script(NOTHING)
        kim = Customer(await inside.new_page(), "ko")
        await kim.open(link)
        await kim.reads("This browser cannot make the call")
        await kim.press("Open in another browser")
        other = await copied(kim)

        there = Customer(await real.new_page(), "ko")
        await there.open(other)
        await there.answer()
        await there.join()
        await lin.let_in()
        await lin.sees("Kim Minjun")
        await kim.page.reload()
        await kim.reads("This link does not work")
