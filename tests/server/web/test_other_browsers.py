"""Which browser opens a link: those inside apps and previews use nothing up, a person always
gets in, and a call may be handed over to another browser of the same person."""

import html
import re
from datetime import timedelta

import pytest

from server.web import keys
from tests.world import TICKET, Browser, World, presence

GUEST = {"side": "guest"}
HTML = {"Accept": "text/html"}
PHONE = "Mozilla/5.0 (Linux; Android 14; SM-S911N) AppleWebKit/537.36 Chrome/130.0 Mobile Safari"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
IN_APPS = {
    "kakao": f"{PHONE} KAKAOTALK 11.0.4",
    "wechat": f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.50",
    "line": f"{IPHONE} Safari Line/14.18.0",
    "webview": "Mozilla/5.0 (Linux; Android 13; Pixel 7; wv) AppleWebKit/537.36 Version/4.0",
}
ROBOTS = [
    "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984",
    "facebookexternalhit/1.1;line-poker/1.0",
    "WhatsApp/2.24.20.89 A",
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    f"{IPHONE} Version/9.0 Safari/601.1 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
]
OLD_PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 12_5 like Mac OS X) AppleWebKit Safari/604.1"


async def opened(farhand: World) -> int:
    """In how many browsers the ticket's links have been opened."""
    return (await farhand.story(await farhand.signed_in())).count("Invitation link opened")


async def look(browser: Browser, path: str, **headers: str) -> tuple[int, str, str]:
    """Status, where it leads, and the page."""
    sent = {**HTML, **headers}
    async with browser.get(path, allow_redirects=False, headers=sent) as response:
        page = html.unescape(await response.text())
        return response.status, response.headers.get("Location", ""), page


@pytest.mark.parametrize("app", IN_APPS)
async def test_a_browser_inside_an_app_is_shown_the_way_out(farhand: World, app: str) -> None:
    link = f"/j/{await farhand.invitation(language='en')}"
    inside = farhand.browser(**{"User-Agent": IN_APPS[app]})
    for _ in range(7):  # more often than a link has browsers
        status, where, page = await look(inside, link, **{"Sec-Fetch-Mode": "navigate"})
        assert (status, where) == (200, "")
        assert f'value="{farhand.url}{link}"' in page, "the link to copy is this very address"
    assert not list(inside.cookie_jar)
    assert await opened(farhand) == 0

    status, where, _ = await look(inside, f"{link}?here")
    assert (status, where) == (303, "/join")
    assert (await look(inside, link))[:2] == (303, "/join"), "decided once, not asked again"
    assert await opened(farhand) == 1


async def test_each_app_is_left_in_its_own_way(farhand: World) -> None:
    link = f"/j/{await farhand.invitation()}"
    https = {"Host": "help.example", "X-Forwarded-Proto": "https"}
    farhand.app[keys.SETTINGS].trust_proxy = True
    ways = {
        "kakao": r"kakaotalk://web/openExternal\?url=https%3A%2F%2Fhelp\.example%2Fj%2F",
        "line": r"https://help\.example/j/[\w-]+\?openExternalBrowser=1",
        "webview": r"intent://help\.example/j/[\w-]+#Intent;scheme=https;",
        "wechat": r"x-safari-https://help\.example/j/",
    }
    for app, way in ways.items():
        _, _, page = await look(farhand.browser(**{"User-Agent": IN_APPS[app]}), link, **https)
        assert re.search(f'href="{way}', page), app


@pytest.mark.parametrize("robot", ROBOTS, ids=lambda robot: robot[:20])
async def test_a_preview_uses_nothing_up(farhand: World, robot: str) -> None:
    link = f"/j/{await farhand.invitation()}"
    for _ in range(7):
        status, _, page = await look(farhand.browser(**{"User-Agent": robot}), link)
        assert status == 200
        assert 'property="og:title"' in page
        assert TICKET not in page
        assert "Charging stops" not in page, "the messenger's company learns nothing"
    assert await opened(farhand) == 0


async def test_whoever_only_asks_whether_the_link_is_there_uses_nothing_up(
    farhand: World,
) -> None:
    link = f"/j/{await farhand.invitation()}"
    for path in (link, f"{link}?here"):
        async with farhand.browser().head(path, allow_redirects=False) as response:
            assert response.status == 200
    assert await opened(farhand) == 0


async def test_a_person_gets_in_whatever_the_browser_is_called(farhand: World) -> None:
    for headers in (
        {"User-Agent": OLD_PHONE},  # too old to tell that it navigates
        {"User-Agent": ROBOTS[2], "Sec-Fetch-Mode": "navigate"},
        {"User-Agent": ""},
    ):
        link = f"/j/{await farhand.invitation()}"
        status, where, _ = await look(farhand.browser(**headers), link)
        assert (status, where) == (303, "/join"), headers


async def test_a_person_taken_for_a_robot_has_a_way_in(farhand: World) -> None:
    link = f"/j/{await farhand.invitation()}"
    odd = farhand.browser(**{"User-Agent": ROBOTS[2]})
    _, _, page = await look(odd, link)
    assert f'href="{link}?here"' in page
    assert (await look(odd, f"{link}?here"))[:2] == (303, "/join")


async def hand_over(browser: Browser) -> str:
    async with browser.post("/join/handover") as response:
        assert response.status == 201
        assert response.headers["Cache-Control"] == "no-store"
        url: str = (await response.json())["url"]
        return "/h/" + url.rpartition("/h/")[2]


async def test_a_hand_over_leads_out_of_the_app_where_it_can(farhand: World) -> None:
    inside = farhand.browser(**{"User-Agent": IN_APPS["kakao"]})
    await look(inside, f"/j/{await farhand.invitation()}?here")
    ways = []
    for browser in (inside, await farhand.guest()):
        async with browser.post("/join/handover") as response:
            ways.append((await response.json())["way_out"])
    assert ways[0].startswith("kakaotalk://web/openExternal?url=http")
    assert ways[1] is None


async def test_a_call_goes_on_in_another_browser(farhand: World) -> None:
    async with farhand.call() as call:
        link = await hand_over(call.kim_browser)
        real = farhand.browser(**{"User-Agent": PHONE})
        assert (await look(real, link))[:2] == (303, "/join")
        await call.kim.hear("replaced")
        assert await call.kim.closed() == 4001
        async with farhand.socket(real, hello=GUEST) as kim:
            assert (await kim.hear("welcome"))["you"] == call.kim_id
            room = await kim.room(lambda room: presence(room, call.kim_id) == "in")
            assert len([p for p in room["participants"] if p["role"] == "customer"]) == 1
            async with call.kim_browser.get("/join") as response:
                assert response.status == 404, "the browser before is nobody's any more"
        assert "Kim Minjun went on in another browser" in await farhand.story(call.lin_browser)
        assert (await farhand.story(call.lin_browser)).count("Invitation link opened") == 1


async def test_a_handover_works_once_and_not_for_long(farhand: World) -> None:
    kim = await farhand.guest()
    first = await hand_over(kim)
    link = await hand_over(kim)
    assert (await look(farhand.browser(), first))[0] == 404, "a newer link ends the one before"
    farhand.clock.move(timedelta(minutes=16))
    status, _, page = await look(farhand.browser(), link)
    assert status == 410
    assert "15분" in page
    link = await hand_over(kim)
    there = farhand.browser()
    assert (await look(there, link))[0] == 303
    assert (await look(there, link))[0] == 303, "the same browser may load it again"
    assert (await look(farhand.browser(), link))[0] == 410
    assert (await look(farhand.browser(), "/h/nowhere"))[0] == 404


async def test_a_preview_or_an_app_does_not_use_the_handover_up(farhand: World) -> None:
    kim = await farhand.guest()
    link = await hand_over(kim)
    for agent in (ROBOTS[0], IN_APPS["kakao"]):
        status, _, page = await look(farhand.browser(**{"User-Agent": agent}), link)
        assert status == 200
        assert f'value="{farhand.url}{link}"' in page
    assert (await look(farhand.browser(**{"User-Agent": PHONE}), link))[0] == 303


async def test_a_withdrawn_invitation_is_not_handed_over(farhand: World) -> None:
    lin = await farhand.signed_in()
    kim = await farhand.guest()
    link = await hand_over(kim)
    page = await farhand.story(lin)
    found = re.search(r"/invitations/[\w-]+/revoke", page)
    assert found is not None
    await lin.post(found[0])
    assert (await look(farhand.browser(), link))[0] == 410
    async with kim.post("/join/handover") as response:
        assert response.status == 410


async def test_the_handovers_secret_is_not_stored(farhand: World) -> None:
    kim = await farhand.guest()
    secret = (await hand_over(kim)).rpartition("/")[2].encode()
    files = farhand.app[keys.SETTINGS].data_dir.rglob("farhand.sqlite*")
    assert not any(secret in file.read_bytes() for file in files)
