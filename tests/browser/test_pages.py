"""Every page, in every language, on a phone and on a desktop, light and dark, is free of barriers,
errors and English where it does not belong, and fits a screen of 320 pixels."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from server.web.language import SPOKEN
from tests.browser.calls import calling
from tests.browser.inspection import Inspection
from tests.browser.people import DESK, PHONE, SECONDS, Customer, Staff, speak, window
from tests.world import TICKET, World

ALWAYS_DARK = ("dark",)
IN_AN_APP = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile KAKAOTALK 11.0"
NO_MEDIA = """Object.defineProperty(navigator, "mediaDevices", { value: undefined })"""
HEAVIEST_BYTES = 120_000
READY = 60 * SECONDS


@pytest.fixture(scope="module")
def inspection() -> Inspection:
    return Inspection()


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def desk(desktop: Browser, farhand: World, inspection: Inspection) -> AsyncIterator[Staff]:
    async with window(desktop, **DESK) as context:
        await inspection.watch(context)
        lin = Staff(await context.new_page(), farhand)
        await lin.sign_in()
        yield lin


@pytest.mark.parametrize(
    "path", ["/desk", "/tickets", "/tickets/new", f"/tickets/{TICKET}", "/no-such-page"]
)
async def test_pages_of_the_desk(
    path: str, desk: Staff, farhand: World, inspection: Inspection
) -> None:
    for language in SPOKEN:
        await speak(desk.page.context, farhand, language)
        await desk.page.goto(farhand.url + path)
        await inspection.look(path, desk.page, language)
    inspection.is_clean()


async def test_pages_for_everybody(
    desktop: Browser, farhand: World, inspection: Inspection
) -> None:
    async with window(desktop, **DESK) as context:
        await inspection.watch(context)
        page = await context.new_page()
        for language in SPOKEN:
            await speak(context, farhand, language)
            await page.goto(f"{farhand.url}/sign-in")
            await inspection.look("sign-in", page, language)
            somebody = Staff(page, farhand, language)
            await page.get_by_label(somebody.words("E-mail")).fill("nobody@farhand.example")
            await page.get_by_label(somebody.words("Password")).fill("a wrong one")
            await somebody.press("Sign in")
            await expect(page.get_by_role("alert")).to_be_visible()
            await inspection.look("sign-in refused", page, language)
            await page.goto(f"{farhand.url}/j/no-such-link")
            await inspection.look("dead link", page, language, schemes=ALWAYS_DARK)
            await page.goto(f"{farhand.url}/in/no-such-link")
            await inspection.look("dead sign-in link", page, language)
    inspection.is_clean()


async def test_a_browser_inside_an_app(
    phone: Browser, farhand: World, inspection: Inspection
) -> None:
    for language in SPOKEN:
        async with window(phone, **PHONE, user_agent=IN_AN_APP) as context:
            await inspection.watch(context)
            page = await context.new_page()
            await page.goto(f"{farhand.url}/j/{await farhand.invitation(language=language)}")
            await expect(Customer(page, language).button("Copy")).to_be_visible()
            await inspection.look("inside an app", page, language, schemes=ALWAYS_DARK)
    inspection.is_clean()


async def test_a_browser_without_a_camera(
    phone: Browser, farhand: World, inspection: Inspection
) -> None:
    for language in SPOKEN:
        async with window(phone, **PHONE) as context:
            await inspection.watch(context)
            await context.add_init_script(NO_MEDIA)
            kim = Customer(await context.new_page(), language)
            await kim.open(f"{farhand.url}/j/{await farhand.invitation(language=language)}")
            await kim.reads("This browser cannot make the call")
            await kim.press("Open in another browser")
            await expect(kim.page.locator("farhand-copy button")).to_be_visible()
            await inspection.look("unusable", kim.page, language, schemes=ALWAYS_DARK)
    inspection.is_clean()


async def test_a_camera_that_is_blocked(
    phone: Browser, farhand: World, inspection: Inspection
) -> None:
    for language in SPOKEN:
        async with window(phone, **PHONE, permissions=[]) as context:
            await inspection.watch(context)
            kim = Customer(await context.new_page(), language)
            await kim.open(f"{farhand.url}/j/{await farhand.invitation(language=language)}")
            await kim.answer()
            await kim.press("Open in another browser")
            await expect(kim.page.locator("farhand-copy button")).to_be_visible()
            await inspection.look("checking, blocked", kim.page, language, schemes=ALWAYS_DARK)
    inspection.is_clean()


@pytest.mark.parametrize("language", SPOKEN)
async def test_pages_of_a_call(
    language: str, desktop: Browser, phone: Browser, farhand: World, inspection: Inspection
) -> None:
    async def look(name: str, somebody: Staff | Customer, schemes: Any = ALWAYS_DARK) -> None:
        await inspection.look(name, somebody.page, language, schemes=schemes)

    async with window(desktop, **DESK) as desks, window(phone, **PHONE) as phones:
        await inspection.watch(desks)
        await inspection.watch(phones)
        lin = Staff(await desks.new_page(), farhand, language)
        kim = Customer(await phones.new_page(), language)
        await lin.sign_in()
        await speak(desks, farhand, language)
        await lin.report("Charging stops at 80 %")
        await lin.attach("bus-hv-isolation")
        link = await lin.invite(language=language)
        await inspection.look("a link", lin.page, language)

        await kim.open(link)
        await expect(kim.button("Yes, record")).to_be_visible()
        await look("asking", kim)
        await kim.answer()
        await kim.reads("Your microphone works.")
        await look("checking", kim)
        await kim.join()
        await kim.wait_to_be_let_in()
        await look("lobby", kim)

        desk = Staff(await desks.new_page(), farhand, language)
        await desk.page.goto(f"{farhand.url}/desk")
        await expect(desk.page.locator("#waiting .ring")).to_be_visible()
        await inspection.look("desk with a guest", desk.page, language)
        await desk.page.close()

        await lin.press("Open the call")
        await expect(lin.button("Yes, record")).to_be_visible()
        await look("console asking", lin)
        await lin.answer()
        await lin.reads("{name} is waiting", name="Kim Minjun")
        await look("console with a guest", lin)
        await lin.let_in()
        await lin.sees("Kim Minjun")
        await kim.sees("Lin Wei")
        await lin.sign("lit")
        await look("console in a call", lin)
        await look("calling", kim)
        await kim.press("Done")
        await kim.reads("Step {number} is done.", number="1")
        await kim.press("Problem")
        await look("calling, a problem", kim)
        await kim.press("Back")
        await lin.page.keyboard.press("?")
        await expect(lin.page.get_by_role("dialog")).to_be_visible()
        await look("console, keys", lin)
        await lin.page.keyboard.press("Escape")
        await lin.page.keyboard.press("i")
        await look("console, invite", lin)
        await lin.page.keyboard.press("Escape")

        tab = Customer(await phones.new_page(), language)
        await tab.open(link)
        await tab.join()
        await tab.reads("This call is open in another tab")
        await look("elsewhere", tab)
        await tab.page.close()
        await kim.press("Leave")
        await kim.reads("You have left the call")
        await look("left", kim)
        await kim.press("Come back")
        await kim.sees("Lin Wei")

        session = lin.session
        await lin.end()
        await kim.reads("The session has ended")
        await look("ended", kim)
        await inspection.look("ticket with a call", lin.page, language)
        await lin.page.goto(f"{farhand.url}/recordings/{session}")
        await expect(lin.page.locator("farhand-player:defined")).to_be_visible(timeout=READY)
        await inspection.look("recording", lin.page, language)
    inspection.is_clean()


@pytest.mark.parametrize("language", SPOKEN)
async def test_pages_of_a_weak_line(
    language: str, desktop: Browser, phone: Browser, farhand: World, inspection: Inspection
) -> None:
    """Photos instead of video, one of them large, and one that waits on the phone."""
    how: Any = {"spoken": language, "watch": inspection.watch}
    async with calling(desktop, phone, farhand, "bus-hv-isolation", **how) as call:
        await call.stand("stills")
        await expect(call.lin.page.locator("farhand-tile.large img")).to_be_visible()
        for name, page in (("console", call.lin.page), ("calling", call.kim.page)):
            await page.locator("button.rung").click()
            await inspection.look(f"{name}, photos", page, language, schemes=ALWAYS_DARK)
        await call.lin.page.locator(".photo-strip button").first.click()
        await expect(call.lin.page.get_by_role("dialog").locator("img")).to_be_visible()
        large = "console, a photo large"
        await inspection.look(large, call.lin.page, language, schemes=ALWAYS_DARK)
        await call.lin.page.keyboard.press("Escape")
        await call.stand("voice")
        await call.kim.press("Photo")
        await call.kim.reads("Saved on this phone. It is sent as soon as there is a connection.")
        waits = "calling, a photo waits"
        await inspection.look(waits, call.kim.page, language, schemes=ALWAYS_DARK)
    inspection.is_clean()


async def test_the_join_page_is_light(phone: Browser, farhand: World) -> None:
    """What a phone loads before anybody has tapped anything: scripts and styles, as transferred."""
    async with window(phone, **PHONE) as context:
        page = await context.new_page()
        await page.goto(f"{farhand.url}/j/{await farhand.invitation()}")
        await expect(Customer(page, "ko").button("Yes, record")).to_be_visible()
        sizes: dict[str, int] = await page.evaluate(
            """() => Object.fromEntries(performance.getEntriesByType("resource")
              .filter(({name}) => /\\.(js|css)(\\?|$)/.test(name))
              .map(({name, transferSize}) => [name, transferSize]))"""
        )
        assert len(sizes) > 20
        assert all(size > 0 for size in sizes.values())
        assert sum(sizes.values()) <= HEAVIEST_BYTES
