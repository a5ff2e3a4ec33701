"""What people see when the server's disk is in trouble, and when all its lines are busy."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from sessions.live.protocol import Queued
from tests.browser.edge import connected, disk_is, lines_are
from tests.browser.media import CUSTOMER_HZ, ENGINEER_HZ
from tests.browser.people import DESK, SECONDS, Customer, Staff, page_of
from tests.world import World

SOON = 5 * SECONDS
FULL = (
    "The server's disk is full: nothing is being recorded now. The call goes on. "
    "Tell your administrator."
)
STILL = "Nothing has reached the recording for some seconds. The call goes on."
SLOW = "The server's disk is too slow: parts of the recording may be missing. The call goes on."
NEARLY_FULL = (
    "This call cannot be recorded: the server's disk is nearly full. The call itself works."
)
PLACE = "You are number {place}; the call starts by itself."

# How many tones the page has begun to play.
TONES = """
globalThis.farhandTones = 0;
const { start } = OscillatorNode.prototype;
OscillatorNode.prototype.start = function (...when) {
  globalThis.farhandTones += 1;
  return start.apply(this, when);
};"""


@pytest_asyncio.fixture(loop_scope="session")
async def lin(desktop: Browser, farhand: World) -> AsyncIterator[Staff]:
    async with page_of(desktop, DESK) as page:
        await page.add_init_script(TONES)
        lin = Staff(page, farhand)
        await lin.sign_in()
        await lin.report("Charging stops at 80 %")
        yield lin
        if "/sessions/" in lin.page.url:
            await lin.end()


async def begin(lin: Staff, kim: Customer) -> None:
    """Lin and Kim in a call."""
    link = await lin.invite()
    await lin.open_call()
    await kim.open(link)
    await kim.answer()
    await kim.join()
    await lin.let_in()


def alarm(lin: Staff) -> Locator:
    return lin.page.get_by_role("alert").locator(".alarm")


async def test_the_alarm_of_the_disk(
    lin: Staff, kim: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(lin, kim)
    await lin.sign("lit")
    await expect(alarm(lin)).to_have_count(0)
    before = await lin.page.evaluate("farhandTones")
    with monkeypatch.context() as patch:
        disk_is(patch, still_seconds=2.5)
        await expect(alarm(lin)).to_have_text(STILL, timeout=SOON)
        await lin.sign("stopped")
        await kim.sign("stopped")
        disk_is(patch, trouble="full")
        await expect(alarm(lin)).to_have_text(FULL, timeout=SOON)
        disk_is(patch, trouble="slow", still_seconds=0.1)
        await expect(alarm(lin)).to_have_text(SLOW, timeout=SOON)
        await lin.sees("Kim Minjun")
        await expect(kim.page.locator(".alarm")).to_have_count(0)
    await expect(alarm(lin)).to_have_count(0, timeout=SOON)
    await lin.sign("lit")
    assert await lin.page.evaluate("farhandTones") == before + 2, "one alarm of two tones"


async def test_a_line_that_breaks_is_no_alarm_of_the_disk(lin: Staff, kim: Customer) -> None:
    await begin(lin, kim)
    await lin.sign("lit")
    await lin.page.evaluate(
        """() => {
          globalThis.farhandAlarms = 0;
          new MutationObserver(() => {
            globalThis.farhandAlarms += document.querySelectorAll(".alarm").length;
          }).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    await lin.page.context.set_offline(True)
    await lin.reads("This device has no network. The call goes on by itself as soon as it is back.")
    await expect(lin.page.locator("farhand-rec [data-sign=stopped]")).to_be_visible()
    await lin.page.context.set_offline(False)
    await lin.sign("lit")
    assert await lin.page.evaluate("farhandAlarms") == 0


async def test_why_a_call_cannot_be_recorded(lin: Staff, kim: Customer, farhand: World) -> None:
    """Said before, said during, closed by who has read it, gone when it is over."""
    farhand.disk.free = 0
    farhand.clock.move(timedelta(seconds=10))  # pages ask again after that
    link = await lin.invite()
    await lin.press("Open the call")
    await lin.reads(NEARLY_FULL)
    await lin.answer()
    await kim.open(link)
    await kim.reads(NEARLY_FULL)
    await kim.answer()
    await kim.reads(NEARLY_FULL)
    await kim.join()
    await lin.let_in()
    await lin.sees("Kim Minjun")
    await kim.sees("Lin Wei")
    for somebody in (lin, kim):
        await somebody.sign("unavailable")
        await somebody.reads(NEARLY_FULL)
        notices = somebody.page.locator("farhand-notices")
        await notices.get_by_role("button", name=somebody.words("Close")).click()
        await expect(notices.get_by_text(somebody.words(NEARLY_FULL))).to_have_count(0)
        await somebody.page.locator("farhand-rec button").click()
        await somebody.reads(NEARLY_FULL)
        await somebody.page.keyboard.press("Escape")
    farhand.disk.free = farhand.disk.TOTAL
    for somebody in (lin, kim):
        await somebody.sign("lit")


async def test_waiting_for_a_free_line(
    lin: Staff, kim: Customer, farhand: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Place by place, and then the call begins by itself, with the very same page."""
    free = False
    link = await lin.invite()
    await lin.open_call()
    await connected(farhand, lin.session)
    came = lines_are(monkeypatch, lambda: free)
    await kim.open(link)
    await kim.answer()
    await kim.join()
    await lin.let_in()
    room = farhand.room(lin.session)
    member = next(member for member in room.members.values() if member.customer)
    for place in (2, 1):
        member.tell(Queued(place=place))
        await kim.reads(PLACE, place=str(place))
        await kim.reads("All lines are busy.")
    assert came == [member.id], "nobody pushes"

    free = True
    member.tell(Queued(place=0))
    await lin.sees("Kim Minjun")
    await lin.hears(CUSTOMER_HZ)
    await kim.hears(ENGINEER_HZ)
    assert came == [member.id] * 2
    await expect(kim.page.get_by_text(kim.words("All lines are busy."))).to_have_count(0)


async def test_who_waits_and_loses_the_connection_waits_again(
    lin: Staff, kim: Customer, farhand: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = False
    link = await lin.invite()
    await lin.open_call()
    await connected(farhand, lin.session)
    lines_are(monkeypatch, lambda: free)
    await kim.open(link)
    await kim.answer()
    await kim.join()
    await lin.let_in()
    room = farhand.room(lin.session)
    member = next(member for member in room.members.values() if member.customer)
    member.tell(Queued(place=3))
    await kim.reads(PLACE, place="3")
    before = member.wire
    assert before is not None
    before.close(4003)
    await expect(kim.page.get_by_text(kim.words("All lines are busy."))).to_have_count(0)

    async def back() -> bool:
        return member.wire not in (None, before)

    await farhand.until(back)
    member.tell(Queued(place=2))
    await kim.reads(PLACE, place="2")
    free = True
    member.tell(Queued(place=0))
    await lin.sees("Kim Minjun")
