"""Everybody reads their own language, and may choose another."""

import pytest

from server.web.language import SPOKEN
from tests.world import World

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("zh-Hans-CN", "zh"),
        ("de,fr;q=0.9", "en"),
        ("de,zh-TW;q=0.9,ko;q=0.1", "zh"),
        ("", "en"),
        (";;;,,", "en"),
    ],
)
async def test_a_stranger_is_spoken_to_as_the_browser_asks(
    farhand: World, accepted: str, language: str
) -> None:
    browser = farhand.browser(**{"Accept-Language": accepted})
    async with browser.get("/sign-in", headers=HTML) as response:
        assert f'<html lang="{language}"' in await response.text()


async def test_a_choice_is_kept_and_comes_first(farhand: World) -> None:
    lin = await farhand.signed_in()
    async with lin.get("/desk", headers=HTML) as response:
        assert 'lang="en"' in await response.text()
    async with lin.post("/language", data={"language": "ko", "back": "/tickets"}) as response:
        assert response.url.path == "/tickets"
        page = await response.text()
    assert '<html lang="ko"' in page
    assert "모든 티켓" in page or "티켓" in page
    async with lin.post("/language", data={"language": "tlh", "back": "/tickets"}) as response:
        assert '<html lang="ko"' in await response.text()


async def test_the_browsers_catalogue_is_that_of_the_pages(farhand: World) -> None:
    browser = farhand.browser()
    for language in SPOKEN:
        async with browser.get(f"/locale/{language}.json") as response:
            assert response.status == 200
            words = await response.json()
        assert ("Tickets" in words) == (language != "en")


async def test_every_page_of_the_staff_can_be_read_in_every_language(farhand: World) -> None:
    lin = await farhand.signed_in()
    kim = await farhand.guest()
    async with farhand.call() as call:
        await call.kim.ask("mark", step="park", mark="problem", note="No chock")
        session = call.session
        pages = [(lin, "/desk"), (lin, "/tickets"), (lin, "/tickets/new"), (lin, "/nowhere")]
        pages += [(lin, f"/sessions/{session}"), (kim, "/join"), (lin, "/sign-in")]
        for language in SPOKEN:
            for browser, path in pages:
                form = {"language": language, "back": path}
                async with browser.post("/language", data=form, headers=HTML) as response:
                    assert response.status in (200, 404), path
                    assert f'<html lang="{language}"' in await response.text(), path
