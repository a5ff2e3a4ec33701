"""Cameras that are blocked, microphones that are missing, two tabs, and a no to recording: each
gets a clear answer, and the call goes on."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.media import CUSTOMER_HZ, ENGINEER_HZ
from tests.browser.people import DESK, PHONE, Customer, Staff, page_of, window
from tests.world import World

# A browser on a machine without a microphone answers like this (W3C Media Capture, 10.2).
NO_MICROPHONE = """{
  const { mediaDevices } = navigator;
  const original = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wanted) => {
    if (wanted.audio) throw new DOMException("Requested device not found", "NotFoundError");
    return original(wanted);
  };
}"""


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def lin(desktop: Browser, farhand: World) -> AsyncIterator[Staff]:
    async with page_of(desktop, DESK) as page:
        lin = Staff(page, farhand)
        await lin.sign_in()
        yield lin


@pytest_asyncio.fixture(loop_scope="session")
async def link(lin: Staff) -> AsyncIterator[str]:
    """Lin has invited Kim and waits in the call; she ends it when the story is over."""
    await lin.report("Charging stops at 80 %")
    link = await lin.invite()
    await lin.open_call()
    yield link
    if "/sessions/" in lin.page.url:
        await lin.end()


async def test_a_blocked_camera(lin: Staff, link: str, phone: Browser) -> None:
    async with window(phone, **PHONE, permissions=["microphone"]) as allowed:
        kim = Customer(await allowed.new_page(), "ko")
        await kim.open(link)
        await kim.answer()
        await kim.reads(
            "The camera is blocked for this page. "
            "Tap the sign beside the address, allow the camera, then try again."
        )
        await kim.press("Join without camera")
        await lin.let_in()
        await kim.sees("Lin Wei")
        await kim.hears(ENGINEER_HZ)
        await lin.hears(CUSTOMER_HZ)
        await lin.reads("camera blocked")

        await allowed.grant_permissions(["camera", "microphone"])
        await lin.sees("Kim Minjun")
        await expect(lin.page.get_by_text("camera blocked")).to_have_count(0)


async def test_no_microphone(lin: Staff, link: str, phone: Browser) -> None:
    async with window(phone, **PHONE) as mute:
        await mute.add_init_script(NO_MICROPHONE)
        kim = Customer(await mute.new_page(), "ko")
        await kim.open(link)
        await kim.answer()
        await kim.reads("No microphone was found on this device. The others will not hear you.")
        await kim.join()
        await lin.let_in()
        await lin.sees("Kim Minjun")
        await lin.reads("no microphone")
        await kim.hears(ENGINEER_HZ)
        await lin.sign("lit")


async def test_a_second_tab(lin: Staff, link: str, phone: Browser) -> None:
    async with window(phone, **PHONE) as browser:
        first = Customer(await browser.new_page(), "ko")
        await first.open(link)
        await first.answer()
        await first.join()
        await lin.let_in()
        await lin.sees("Kim Minjun")

        second = Customer(await browser.new_page(), "ko")
        await second.open(link)
        await second.join()
        await second.reads("This call is open in another tab")
        await second.press("Continue here")
        await second.sees("Lin Wei")
        await second.hears(ENGINEER_HZ)
        await first.reads("The call goes on in another tab")
        await lin.sees("Kim Minjun")
        await lin.hears(CUSTOMER_HZ)
        people = lin.page.locator("farhand-people")
        await expect(people.get_by_text("Kim Minjun")).to_have_count(1)

        await first.press("Continue here")
        await first.sees("Lin Wei")
        await second.reads("The call goes on in another tab")


async def test_a_second_tab_of_the_console(lin: Staff, link: str, farhand: World) -> None:
    page = await lin.page.context.new_page()
    second = Staff(page, farhand)
    await page.goto(lin.page.url)
    await second.reads("This call is open in another tab")
    await second.press("Continue here")
    await second.reads("Nobody else is here yet. Send the invitation, or wait for the customer.")
    await lin.reads("The call goes on in another tab")
    await page.close()
    await lin.press("Continue here")
    await expect(lin.button("End session")).to_be_visible()


async def test_no_to_recording(lin: Staff, link: str, phone: Browser, farhand: World) -> None:
    async with page_of(phone, PHONE) as page:
        kim = Customer(page, "ko")
        await kim.open(link)
        await kim.answer(agree=False)
        await kim.reads("The call will not be recorded.")
        await kim.join()
        await lin.let_in()
        await lin.sees("Kim Minjun")
        await kim.sees("Lin Wei")
        await lin.hears(CUSTOMER_HZ)
        for somebody in (lin, kim):
            await somebody.sign("refused")
            await expect(somebody.page.locator("farhand-rec button")).to_have_text(
                somebody.words("Not recorded")
            )
        await lin.reads("does not agree to recording")
        session = lin.session
        await lin.end()
        await lin.reads("Not recorded.")
        await lin.reads("Somebody in the call did not agree to be recorded.")
        nothing = await lin.page.context.request.get(f"{farhand.url}/recordings/{session}")
        assert nothing.status == 404
