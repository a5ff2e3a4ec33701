"""A call between Lin's desk and Kim's phone, over a network that a test can cut."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from unittest.mock import patch

from playwright.async_api import Browser, BrowserContext, expect

from sessions.live.member import Member
from sessions.live.protocol import Codec, Rung, RungReason
from sessions.live.room import Room
from tests.browser.network import Network, network
from tests.browser.people import DESK, PHONE, Customer, Staff, call_runs, page_of, speak, window
from tests.world import World


@dataclass(frozen=True)
class Call:
    """Lin and Kim in a call; Kim's phone is in a network that can be cut."""

    lin: Staff
    kim: Customer
    network: Network
    link: str

    async def runs(self) -> None:
        """Both see and hear each other, and it is recorded."""
        await call_runs(self.lin, self.kim)
        people = self.lin.page.locator("farhand-people")
        await expect(people.get_by_text("Kim Minjun")).to_have_count(1)

    @property
    def room(self) -> Room:
        return self.lin.farhand.room(self.lin.session)

    @property
    def member(self) -> Member:
        """Kim, as the room knows him."""
        return next(member for member in self.room.members.values() if member.customer)

    async def stand(self, rung: Rung, reason: RungReason | None = "bandwidth") -> None:
        """From now on the room has Kim's line on this rung."""
        sends = self.member.sends
        sends.rung, sends.reason = rung, reason if rung != "full" else None
        await self.room.ask(self.room.changed)

    async def receive(self, rung: Rung) -> None:
        """From now on Lin's line carries so much of the others to her."""
        lin = next(member for member in self.room.members.values() if member.staff)
        lin.receives.rung = rung
        await self.room.ask(self.room.changed)

    @asynccontextmanager
    async def films(self, codec: Codec) -> AsyncIterator[None]:
        """The room wants this of cameras for a while."""
        with patch.object(self.room, "choose_codec"):
            self.room.codec = codec
            await self.room.ask(self.room.changed)
            yield


@asynccontextmanager
async def calling(
    desktop: Browser,
    phone: Browser,
    farhand: World,
    procedure: str | None = None,
    *,
    agree: bool = True,
    spoken: str | None = None,
    watch: Callable[[BrowserContext], Awaitable[None]] | None = None,
) -> AsyncIterator[Call]:
    """Lin has let Kim in, and all is well; when the test is over she ends the call. She reads
    English and he Korean, or both what is ``spoken``; ``watch`` sees their windows first."""
    async with (
        page_of(desktop, DESK) as desk_page,
        window(phone, **PHONE) as phone_window,
        network(phone_window, farhand.url) as between,
    ):
        if watch:
            await watch(desk_page.context)
            await watch(phone_window)
        lin = Staff(desk_page, farhand, spoken or "en")
        kim = Customer(await phone_window.new_page(), spoken or "ko")
        await lin.sign_in()
        if spoken:
            await speak(desk_page.context, farhand, spoken)
        await lin.report("Charging stops at 80 %")
        if procedure:
            await lin.attach(procedure)
        link = await lin.invite(language=kim.language)
        await lin.open_call()
        link = link.replace(farhand.url, between.url)
        await kim.open(link)
        await kim.answer(agree)
        await kim.join()
        await lin.let_in()
        call = Call(lin, kim, between, link)
        if agree:
            await call.runs()
        yield call
        if "/sessions/" in lin.page.url:
            await lin.end()
