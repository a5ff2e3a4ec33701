"""The call's pages while something is wrong: no barriers, no English where it does not belong, and
they fit a narrow phone."""

import pytest
from playwright.async_api import Browser, expect

from server.web.language import SPOKEN
from sessions.live.protocol import Queued
from tests.browser.edge import connected, disk_is, lines_are
from tests.browser.inspection import Inspection
from tests.browser.people import DESK, PHONE, Customer, Staff, window
from tests.browser.test_disk_and_lines import FULL, NEARLY_FULL, PLACE
from tests.browser.test_interruptions import PHONE_SCRIPT
from tests.browser.test_pages import ALWAYS_DARK, speak
from tests.world import World


@pytest.mark.parametrize("language", SPOKEN)
async def test_pages_of_a_call_in_trouble(
    language: str,
    desktop: Browser,
    phone: Browser,
    farhand: World,
    inspection: Inspection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def look(name: str, somebody: Staff | Customer) -> None:
        await inspection.look(name, somebody.page, language, schemes=ALWAYS_DARK)

    async with window(desktop, **DESK) as desks, window(phone, **PHONE) as phones:
        await inspection.watch(desks)
        await inspection.watch(phones)
        await phones.add_init_script(path=PHONE_SCRIPT)
        lin = Staff(await desks.new_page(), farhand, language)
        kim = Customer(await phones.new_page(), language)
        await lin.sign_in()
        await speak(desks, farhand, language)
        await lin.report("Charging stops at 80 %")
        await lin.attach("bus-hv-isolation")
        link = await lin.invite(language=language)

        farhand.disk.free = 0
        await lin.press("Open the call")
        await lin.reads(NEARLY_FULL)
        await look("console asking, disk nearly full", lin)
        await kim.open(link)
        await kim.reads(NEARLY_FULL)
        await look("asking, disk nearly full", kim)
        await lin.answer()
        await kim.answer()
        await connected(farhand, lin.session)
        free = False
        with monkeypatch.context() as patch:
            lines_are(patch, lambda: free)
            await kim.join()
            await lin.let_in()
            room = farhand.room(lin.session)
            member = next(member for member in room.members.values() if member.customer)
            member.tell(Queued(place=2))
            await kim.reads(PLACE, place="2")
            await look("all lines busy", kim)
            free = True
            member.tell(Queued(place=0))
        await lin.sees("Kim Minjun")
        await lin.sign("unavailable")
        await lin.reads(NEARLY_FULL)
        await kim.reads(NEARLY_FULL)
        await look("console, not recorded", lin)
        await look("calling, not recorded", kim)
        farhand.disk.free = farhand.disk.TOTAL
        await lin.sign("lit")

        await kim.page.evaluate("farhandPhone.take('video'); farhandPhone.take('audio')")
        await kim.reads("A phone call or another app has taken the camera and the microphone.")
        await lin.reads(
            "A phone call or another app has {name}'s camera and microphone.", name="Kim Minjun"
        )
        disk_is(monkeypatch, trouble="full", still_seconds=3.0)
        await lin.reads(FULL)
        await look("console, disk full, phone call", lin)
        await look("calling, phone call", kim)
        await kim.press("Camera and microphone back")
        await kim.press("Torch")
        await expect(kim.button("Torch")).to_have_attribute("aria-pressed", "true")
        await kim.page.evaluate("farhandPhone.light.on = false")
        await kim.reads("The light has gone out.")
        await look("calling, light out", kim)
        await lin.end()
    inspection.is_clean()


@pytest.fixture(scope="module")
def inspection() -> Inspection:
    return Inspection()
