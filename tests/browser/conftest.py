"""Two browsers with a camera and a microphone each, and the server they reach."""

from collections.abc import AsyncIterator
from unittest.mock import patch

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Playwright, async_playwright

from sessions.live.ladder import Ladder
from tests.browser.chromium import chromium
from tests.browser.media import Scene, customer_scene, engineer_scene
from tests.browser.people import DESK, PHONE, Customer, Staff, page_of
from tests.world import World, world


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers live as long as the whole run, so all these stories share one event loop."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def farhand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A running server with the demo's people, tickets and machines, for a whole module."""
    # A machine that is busy with tests looks like a weak line: tests say where a line stands.
    with patch.object(Ladder, "look", return_value=False):
        async with world(tmp_path_factory.mktemp("farhand")) as running:
            yield running


@pytest.fixture(scope="session")
def machine_hall(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """What the customer's phone sees and hears."""
    return customer_scene(tmp_path_factory.mktemp("hall"))


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """What the engineer's computer sees and hears."""
    return engineer_scene(tmp_path_factory.mktemp("office"))


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as playing:
        yield playing


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def desktop(playwright: Playwright, office: Scene) -> AsyncIterator[Browser]:
    """The browser of the engineer's computer."""
    async with chromium(playwright, office) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def phone(playwright: Playwright, machine_hall: Scene) -> AsyncIterator[Browser]:
    """The browser of the customer's phone."""
    async with chromium(playwright, machine_hall) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def desk_page(desktop: Browser) -> AsyncIterator[Page]:
    async with page_of(desktop, DESK) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def phone_page(phone: Browser) -> AsyncIterator[Page]:
    async with page_of(phone, PHONE) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def lin(desk_page: Page, farhand: World) -> Staff:
    """The engineer, signed in."""
    lin = Staff(desk_page, farhand)
    await lin.sign_in()
    return lin


@pytest.fixture
def kim(phone_page: Page) -> Customer:
    """The customer, with a phone in hand."""
    return Customer(phone_page, "ko")
