"""Before a call both sides learn that it cannot be recorded, and why."""

import asyncio
import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.server.web.media import connect
from tests.world import Browser, World


async def page(browser: Browser, path: str) -> dict[str, Any]:
    """The data of a call's page."""
    async with browser.get(path) as response:
        assert response.status == 200
        found = re.search(r'id="page">(.*?)</script>', await response.text(), re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(html.unescape(found[1]))
    return data


Side = tuple[Browser, str]


@pytest.fixture
async def sides(farhand: World) -> list[Side]:
    """The engineer's console and the customer's page, about to be opened."""
    lin = await farhand.signed_in()
    return [
        (lin, f"/sessions/{await farhand.session(lin)}"),
        (await farhand.guest(), "/join"),
    ]


async def told(sides: list[Side]) -> set[str | None]:
    """What both pages say stands in the way of a recording."""
    return {(await page(browser, path))["not_recorded"] for browser, path in sides}


async def test_a_good_disk_is_not_worth_a_word(sides: list[Side]) -> None:
    assert await told(sides) == {None}


async def test_both_sides_learn_that_the_disk_is_nearly_full(
    farhand: World, sides: list[Side]
) -> None:
    farhand.disk.free = 0
    assert await told(sides) == {"disk-nearly-full"}
    farhand.disk.free = farhand.disk.TOTAL
    assert await told(sides) == {"disk-nearly-full"}, "asked again only after a while"
    farhand.clock.move(timedelta(seconds=10))
    assert await told(sides) == {None}


async def test_pages_that_are_opened_at_once_learn_the_same(
    farhand: World, sides: list[Side]
) -> None:
    farhand.disk.free = 0
    several = await asyncio.gather(*(told(sides) for _ in range(4)))
    assert several == [{"disk-nearly-full"}] * 4


async def test_a_disk_that_does_not_answer_holds_up_no_page(
    farhand: World, sides: list[Side]
) -> None:
    farhand.disk.answers.clear()
    async with asyncio.timeout(10):
        for _ in range(3):
            assert await told(sides) == {"failing"}
            farhand.clock.move(timedelta(seconds=10))
    farhand.disk.answers.set()

    async def is_well() -> bool:
        farhand.clock.move(timedelta(seconds=10))
        return await told(sides) == {None}

    await farhand.until(is_well)


async def test_a_recording_that_runs_is_not_called_impossible(farhand: World) -> None:
    async with farhand.call() as call:
        peer = await connect(call.kim)
        await call.lin.room(lambda room: room["recording"]["state"] == "on")
        farhand.disk.free = 0
        data = await page(call.lin_browser, f"/sessions/{call.session}")
        assert data["not_recorded"] is None
        await peer.close()


@pytest.mark.parametrize("free", [0, 1])
async def test_an_ended_session_says_nothing_of_the_disk(farhand: World, free: int) -> None:
    farhand.disk.free = free
    async with farhand.call() as call:
        assert (await call.lin.ask("end"))["type"] == "done"
        await call.kim.hear("ended")
        data = await page(call.kim_browser, "/join")
        assert (data["state"], data["not_recorded"]) == ("ended", None)
