"""The people of the stories at their browsers: Lin at her desk, Kim with a phone, Jisoo."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from server.web.language import COOKIE, Languages
from sessions.people.logins import SignInLink
from sessions.people.persons import Person
from tests.browser.media import CUSTOMER_HZ, ENGINEER_HZ
from tests.world import LIN, TICKET, World

DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "locale": "en-US"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "locale": "ko-KR",
}
PROBE = Path(__file__).with_name("js") / "probe.js"
BUS = "E-bus 12 m · 4471"
SECONDS = 1000
PATIENCE = 15 * SECONDS

UNTIL = """async ([value, patience]) => {
  const test = %s;
  const end = performance.now() + patience;
  for (;;) {
    const found = await test(value);
    if (found) return found;
    if (performance.now() > end) throw new Error(`never came true: ${test}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}"""


@cache
def _languages() -> Languages:
    return Languages()


def said(language: str, sentence: str, **values: str) -> str:
    """A sentence of the pages as somebody reads it."""
    words = _languages().text(language, sentence)
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], words)


expect.set_options(timeout=PATIENCE)


class Somebody:
    """A person, the page in front of them, and what they read in their language."""

    def __init__(self, page: Page, language: str) -> None:
        self.page = page
        self.language = language

    def words(self, sentence: str, **values: str) -> str:
        """A sentence in their language."""
        return said(self.language, sentence, **values)

    def button(self, sentence: str, **values: str) -> Locator:
        name = self.words(sentence, **values)
        return self.page.get_by_role("button", name=name, exact=True)

    async def press(self, sentence: str, **values: str) -> None:
        await self.button(sentence, **values).click()

    async def reads(self, sentence: str, **values: str) -> None:
        """Wait until a sentence is to be seen."""
        await expect(self.page.get_by_text(self.words(sentence, **values)).first).to_be_visible()

    async def answer(self, agree: bool = True) -> None:
        """The question whether the call may be recorded."""
        await self.press("Yes, record" if agree else "No, do not record")

    async def until(self, test: str, value: Any = None, patience: int = PATIENCE) -> Any:
        """Wait until a function in the page, which may be async, gives something true; that."""
        return await self.page.evaluate(UNTIL % test, [value, patience])

    async def sees(self, name: str, frames: int = 5) -> None:
        """Wait until somebody's picture moves: so many frames more of it are shown."""
        await self.until(
            """([name, frames]) => {
              const video = farhandProbe.picture(name);
              const shown = video?.getVideoPlaybackQuality().totalVideoFrames;
              if (video && !(shown >= video.farhandShown)) video.farhandShown = shown;
              return video && shown >= video.farhandShown + frames;
            }""",
            [name, frames],
        )

    async def hears(self, hz: int) -> None:
        """Wait until a tone comes out of the page's sound."""
        await self.until("async hz => await farhandProbe.hears(hz)", hz)

    async def sign(self, sign: str) -> None:
        """Wait until the REC sign says ``lit``, ``refused``, ``off`` ..."""
        await expect(self.page.locator(f"farhand-rec [data-sign={sign}]")).to_be_visible()


async def call_runs(lin: "Staff", kim: "Customer") -> None:
    """Both see and hear each other, and it is recorded."""
    await lin.sees("Kim Minjun")
    await kim.sees("Lin Wei")
    await lin.hears(CUSTOMER_HZ)
    await kim.hears(ENGINEER_HZ)
    await lin.sign("lit")


class Staff(Somebody):
    """Somebody of the service company at a desk."""

    def __init__(self, page: Page, farhand: World, language: str = "en") -> None:
        super().__init__(page, language)
        self.farhand = farhand

    async def sign_in(self, email: str = LIN) -> None:
        """By a one-time link."""
        farhand = self.farhand
        async with farhand.database.begin() as db:
            person = await Person.by_email(db, email)
            assert person is not None
            link = await SignInLink.make(db, person, farhand.now())
        await self.page.goto(f"{farhand.url}/in/{link}")
        await expect(self.page).to_have_url(f"{farhand.url}/desk")

    async def open_ticket(self, reference: str = TICKET) -> None:
        await self.page.goto(f"{self.farhand.url}/tickets/{reference}")

    async def report(self, title: str) -> str:
        """Open a new ticket for the bus in Seoul; its number."""
        await self.page.goto(f"{self.farhand.url}/tickets/new")
        await self.page.get_by_label(self.words("What is wrong")).fill(title)
        await self.page.get_by_label(self.words("Machine"), exact=True).select_option(label=BUS)
        await self.press("Open the ticket")
        await self.page.wait_for_url(re.compile("/tickets/SR-"))
        return self.page.url.rpartition("/")[2]

    async def attach(self, procedure: str) -> None:
        """Choose the procedure on the ticket's page."""
        choice = self.page.get_by_role("combobox", name=self.words("Procedure"), exact=True)
        await choice.select_option(value=procedure)
        await self.press("Attach")

    async def invite(self, name: str = "Kim Minjun", language: str = "ko") -> str:
        """Make a link on the ticket's page; the link."""
        await self.page.get_by_label(self.words("Name"), exact=True).first.fill(name)
        spoken = self.page.get_by_role("combobox", name=self.words("Language"), exact=True)
        await spoken.first.select_option(value=language)
        await self.button("Make the link").first.click()
        await expect(self.page.locator(".qr img")).to_be_visible()
        return await self.page.get_by_label(self.words("Link"), exact=True).input_value()

    async def open_call(self, *, agree: bool = True) -> None:
        """From the ticket's page into the console."""
        await self.press("Open the call")
        await self.answer(agree)
        await self.reads("Nobody else is here yet. Send the invitation, or wait for the customer.")

    @property
    def session(self) -> str:
        """The id of the session whose console or recording is open."""
        return self.page.url.rpartition("/")[2]

    async def let_in(self, name: str = "Kim Minjun") -> None:
        await self.reads("{name} is waiting", name=name)
        await self.press("Let in")

    async def end(self) -> None:
        await self.press("End session")
        await self.press("End now")
        await self.page.wait_for_url(re.compile("/tickets/"))


class Customer(Somebody):
    """Somebody at the machine, with a link and a phone."""

    async def open(self, link: str) -> None:
        await self.page.goto(link)
        await expect(self.page).to_have_url(re.compile("/join$"))

    async def join(self) -> None:
        await self.press("Join")

    async def wait_to_be_let_in(self) -> None:
        await self.reads("{name} will let you in", name="Lin Wei")


async def speak(context: BrowserContext, farhand: World, language: str) -> None:
    """From now on pages of this window come in a language."""
    await context.add_cookies([{"name": COOKIE, "value": language, "url": farhand.url}])


@asynccontextmanager
async def window(browser: Browser, **look: Any) -> AsyncIterator[BrowserContext]:
    """A browser that knows nobody and may use camera and microphone."""
    context = await browser.new_context(**{"permissions": ["camera", "microphone"], **look})
    await context.add_init_script(path=PROBE)
    context.set_default_timeout(PATIENCE)
    try:
        yield context
    finally:
        await context.close()


@asynccontextmanager
async def page_of(browser: Browser, look: dict[str, Any]) -> AsyncIterator[Page]:
    """The only page of a new window."""
    async with window(browser, **look) as context:
        yield await context.new_page()
