"""A phone rings, another app has the camera, the light goes out, the screen locks: both sides know,
and one tap brings it back, with the same page and no second question."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.media import CUSTOMER_HZ
from tests.browser.people import DESK, PHONE, Customer, Staff, page_of, window
from tests.world import World

PHONE_SCRIPT = Path(__file__).with_name("js") / "phone.js"
KIM = {"name": "Kim Minjun"}


@dataclass(frozen=True)
class Call:
    lin: Staff
    kim: Customer

    async def phone(self, what: str) -> Any:
        """Something happens to Kim's phone."""
        return await self.kim.page.evaluate(f"farhandPhone.{what}")

    async def runs(self) -> None:
        """Lin sees and hears Kim, and nobody reads of any trouble."""
        await self.lin.sees(KIM["name"])
        await self.lin.hears(CUSTOMER_HZ)
        for somebody in (self.lin, self.kim):
            await expect(
                somebody.page.locator(".news .banner, .console-top .banner")
            ).to_have_count(0)
        assert await self.kim.page.evaluate("globalThis.farhandStays === true")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def call(desktop: Browser, phone: Browser, farhand: World) -> AsyncIterator[Call]:
    async with page_of(desktop, DESK) as desk_page, window(phone, **PHONE) as phone_window:
        await phone_window.add_init_script(path=PHONE_SCRIPT)
        lin, kim = Staff(desk_page, farhand), Customer(await phone_window.new_page(), "ko")
        await lin.sign_in()
        await lin.report("Charging stops at 80 %")
        link = await lin.invite()
        await lin.open_call()
        await kim.open(link)
        await kim.answer()
        await kim.join()
        await lin.let_in()
        await kim.page.evaluate("globalThis.farhandStays = true")
        call = Call(lin, kim)
        await call.runs()
        yield call
        await lin.end()


async def test_a_phone_call_takes_camera_and_microphone_and_gives_them_back(call: Call) -> None:
    asked = await call.phone("asked")
    await call.phone("take('video')")
    await call.phone("take('audio')")
    await call.lin.reads("A phone call or another app has {name}'s camera and microphone.", **KIM)
    await call.kim.reads("A phone call or another app has taken the camera and the microphone.")
    await expect(call.kim.button("Camera and microphone back")).to_be_visible()
    await call.phone("giveBack('video')")
    await call.phone("giveBack('audio')")
    await call.runs()
    assert await call.phone("asked") == asked, "nothing was asked for again"


async def test_one_tap_brings_back_what_is_not_given_back(call: Call) -> None:
    await call.phone("take('video')")
    await call.phone("take('audio')")
    await call.kim.press("Camera and microphone back")
    await call.runs()


async def test_a_camera_that_another_app_has(call: Call) -> None:
    await call.phone("take('video')")
    await call.lin.reads("A phone call or another app has {name}'s camera.", **KIM)
    await call.lin.reads("camera interrupted")
    await call.kim.reads("A phone call or another app has taken the camera.")
    await call.lin.hears(CUSTOMER_HZ)
    await call.kim.press("Camera back")
    await call.runs()


async def test_a_camera_that_stops_altogether(call: Call) -> None:
    await call.phone("end('video')")
    await call.lin.reads("{name}'s camera has stopped.", **KIM)
    await call.kim.press("Camera back")
    await call.runs()


async def test_a_microphone_that_stops(call: Call) -> None:
    await call.phone("end('audio')")
    await call.lin.reads("{name}'s microphone has stopped.", **KIM)
    await call.lin.sees(KIM["name"])
    await call.kim.press("Microphone back")
    await call.runs()


async def test_a_page_that_was_hidden_rebuilds_what_it_lost(call: Call) -> None:
    """Without a tap: what ended, with or without a word of the browser, and what stays taken."""
    await call.phone("hide(true)")
    await call.lin.reads("{name} is in another app. The picture may stop meanwhile.", **KIM)
    await call.lin.reads("in another app")
    await call.phone("end('video')")
    await call.phone("end('audio', false)")
    await call.phone("hide(false)")
    await call.runs()

    await call.phone("hide(true)")
    await call.phone("take('video')")
    await call.phone("take('audio')")
    await call.lin.reads("A phone call or another app has {name}'s camera and microphone.", **KIM)
    await call.phone("hide(false)")
    await call.runs()


async def test_a_light_that_goes_out(call: Call) -> None:
    await call.kim.press("Torch")
    torch = call.kim.button("Torch")
    await expect(torch).to_have_attribute("aria-pressed", "true")
    await call.kim.page.evaluate("farhandPhone.light.on = false")
    await call.lin.reads("{name}'s light has gone out.", **KIM)
    await expect(torch).to_have_attribute("aria-pressed", "false")
    await call.kim.press("Light back on")
    await expect(torch).to_have_attribute("aria-pressed", "true")
    await call.runs()


async def test_a_light_shines_again_with_the_camera(call: Call) -> None:
    torch = call.kim.button("Torch")
    await expect(torch).to_have_attribute("aria-pressed", "true")
    await call.phone("end('video')")
    await call.phone("light.on = false")
    await call.kim.press("Camera back")
    await expect(torch).to_have_attribute("aria-pressed", "true")
    assert await call.phone("light.on") is True
    await call.runs()


async def test_a_light_that_will_not_shine_is_given_up(call: Call) -> None:
    await call.phone("light.on = false")
    await call.phone("light.works = false")
    await call.kim.press("Light back on")
    await expect(call.kim.button("Torch")).to_have_attribute("aria-pressed", "false")
    await call.runs()


async def test_the_screen_stays_on(call: Call) -> None:
    """A lock that is taken away is taken again while somebody looks; a refusal is said once."""
    locks = await call.phone("locks.given.length")
    assert locks > 0
    await call.phone("locks.given.at(-1).release()")
    await call.kim.until("n => farhandPhone.locks.given.length === n", locks + 1)

    await call.phone("hide(true)")
    await call.phone("locks.given.at(-1).release()")
    await call.phone("hide(false)")
    await call.kim.until("n => farhandPhone.locks.given.length === n", locks + 2)

    await call.phone("locks.refuse = true")
    await call.phone("hide(true)")
    await call.phone("locks.given.at(-1).release()")
    await call.phone("hide(false)")
    await call.kim.reads("This phone may switch its screen off. Touch it now and then.")
    await call.kim.press("Close")
    await call.phone("hide(true)")
    await call.phone("hide(false)")
    await call.runs()
