"""Invitations: one link for one ticket, from the engineer's hand to the customer's phone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree

import aiohttp
import pytest

from server.integrations.qr import qr_svg
from tests.world import TICKET, Browser, World

HTML = {"Accept": "text/html"}
SENTENCES = {
    "invitation-unknown": ("not known here", "无法识别此链接", "확인되지 않는 링크"),
    "invitation-expired": ("has expired", "此链接已过期", "링크가 만료되었습니다"),
    "invitation-revoked": ("has been withdrawn", "此链接已被撤回", "링크가 철회되었습니다"),
    "invitation-used-up": ("too many devices", "设备过多", "너무 많은 기기"),
}
LANGUAGES = ("en", "zh", "ko")


async def invite(
    browser: aiohttp.ClientSession, name: str = "Kim Minjun", language: str = "ko"
) -> str:
    """Invite from the ticket's page: the page, on which the link is shown this once."""
    form = {"name": name, "language": language}
    async with browser.post(f"/tickets/{TICKET}/invitations", data=form) as response:
        assert response.status == 201, await response.text()
        return await response.text()


def found(page: str, pattern: str) -> str:
    match = re.search(pattern, page)
    assert match is not None, pattern
    return match[1].replace("&amp;", "&")


def token_on(page: str) -> str:
    return found(page, r'value="http://[^"]+/j/([^"]+)"')


async def open_link(browser: aiohttp.ClientSession, token: str) -> tuple[int, str]:
    """Open a link as a browser does: where it ends, and what it shows."""
    async with browser.get(f"/j/{token}", headers=HTML) as response:
        return response.status, await response.text()


async def refusal(farhand: World, token: str, language: str = "en") -> tuple[int, str, str]:
    """A new browser's refusal by a link: status, stable code, and the page's text."""
    program = farhand.browser(Accept="application/json")
    async with program.get(f"/j/{token}") as response:
        code = (await response.json())["error"]
    status, page = await open_link(farhand.browser(**{"Accept-Language": language}), token)
    return status, code, page


def as_said(page: str, code: str, language: str) -> bool:
    return f'lang="{language}"' in page and (SENTENCES[code][LANGUAGES.index(language)] in page)


async def end_session(farhand: World) -> None:
    async with farhand.call() as call:
        await call.lin.ask("end")
        await call.kim.hear("ended")


def everything_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()


async def test_a_token_is_long_and_no_two_are_alike(farhand: World) -> None:
    lin = await farhand.signed_in()
    tokens = {token_on(await invite(lin)) for _ in range(3)}
    assert len(tokens) == 3
    assert all(re.fullmatch(r"[\w-]{43}", token) for token in tokens)  # 43 × 6 bits ≥ 256


async def test_no_secret_is_stored_in_the_clear(farhand: World, tmp_path: Path) -> None:
    lin = await farhand.signed_in()
    program = await farhand.bearer()
    token = token_on(await invite(lin))
    kim = await farhand.guest(token)
    secrets = {"link": token, "bearer": program.headers["Authorization"].removeprefix("Bearer ")}
    for browser in (lin, kim):
        secrets |= {cookie.key: cookie.value for cookie in browser.cookie_jar}
    assert len(secrets) == 4
    stored = list(everything_in(tmp_path / "data"))
    assert any(b"Kim Minjun" in content for _, content in stored), "the scan reads nothing"
    for what, secret in secrets.items():
        assert [name for name, content in stored if secret.encode() in content] == [], what


async def test_the_link_comes_with_everything_to_hand_it_over(farhand: World) -> None:
    lin = await farhand.signed_in()
    page = await invite(lin)
    url = f"{farhand.url}/j/{token_on(page)}"
    qr = found(page, r'src="(/invitations/qr\.svg[^"]+)"')
    async with lin.get(qr) as response:
        assert response.content_type == "image/svg+xml"
        assert response.headers["Cache-Control"] == "no-store"
        svg = await response.read()
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert svg == qr_svg(url)
    async with farhand.browser().get(qr) as response:
        assert response.status == 401
    kim = await farhand.guest()
    async with kim.get(qr) as response:
        assert response.status == 401


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "beside the machine"), ("zh", "请到设备旁"), ("ko", "장비 옆에서 휴대폰으로")],
)
async def test_the_message_is_in_the_customers_language(
    farhand: World, language: str, words: str
) -> None:
    lin = await farhand.signed_in()
    page = await invite(lin, "Kim & Söhne", language)
    url = f"{farhand.url}/j/{token_on(page)}"
    sms = found(page, r'href="sms:\?&amp;body=([^"]+)"')
    mail = parse_qs(found(page, r'href="mailto:\?([^"]+)"'), strict_parsing=True)
    for text in (unquote(sms), mail["body"][0]):
        assert words in text
        assert url in text
        assert "Kim & Söhne" in text
        assert "Charging stops at 80 %" in text
        assert "Lin Wei" in text
    assert "Charging stops at 80 %" in mail["subject"][0]


async def test_the_token_leaves_the_address_bar(farhand: World) -> None:
    token = await farhand.invitation()
    kim = farhand.browser()
    async with kim.get(f"/j/{token}", headers=HTML) as response:
        assert response.url.path == "/join"
        assert response.url.query_string == ""
        page = await response.text()
        assert response.history[0].headers["Cache-Control"] == "no-store"
    assert token not in page
    assert 'lang="ko"' in page
    assert "Kim Minjun" in page


async def test_the_same_browser_again_is_the_same_guest(farhand: World) -> None:
    token = await farhand.invitation()
    kim = farhand.browser()
    seen = set()
    for _ in range(7):  # more than the five browsers a link is for
        status, page = await open_link(kim, token)
        assert status == 200
        seen.add(found(page, r'"participant": {"id": "([^"]+)"'))
    assert len(seen) == 1


async def test_five_browsers_may_open_a_link(farhand: World) -> None:
    token = await farhand.invitation()
    browsers = [farhand.browser() for _ in range(6)]
    opened = [await open_link(browser, token) for browser in browsers]
    assert [status for status, _ in opened] == [200] * 5 + [410]
    assert as_said(opened[5][1], "invitation-used-up", "ko")
    async with farhand.browser(Accept="application/json").get(f"/j/{token}") as response:
        assert (await response.json())["error"] == "invitation-used-up"
    assert (await open_link(browsers[0], token))[0] == 200, "the first five stay guests"


async def test_a_link_nobody_opens_expires_after_a_day(farhand: World) -> None:
    token, other = await farhand.invitation(), await farhand.invitation()
    farhand.clock.move(timedelta(hours=23, minutes=59))
    kim = farhand.browser()
    assert (await open_link(kim, other))[0] == 200
    farhand.clock.move(timedelta(minutes=2))
    status, code, page = await refusal(farhand, token)
    assert (status, code) == (410, "invitation-expired")
    assert as_said(page, code, "ko")
    assert (await open_link(kim, other))[0] == 200, "one that was opened lives on"


async def test_how_long_a_link_lives_is_a_setting(farhand: World, tmp_path: Path) -> None:
    from tests.world import world

    async with world(tmp_path / "other", media_process=False, invitation_hours=0.5) as short:
        lin = await short.signed_in()
        token = token_on(await invite(lin))
        short.clock.move(timedelta(minutes=31))
        assert (await refusal(short, token))[1] == "invitation-expired"


async def test_a_link_lives_until_ten_minutes_after_its_session(farhand: World) -> None:
    token = await farhand.invitation()
    kim = await farhand.guest(token)
    await end_session(farhand)
    farhand.clock.move(timedelta(minutes=9))
    async with kim.get("/join", headers=HTML) as response:
        assert response.status == 200
        assert '"state": "ended"' in await response.text()
    farhand.clock.move(timedelta(minutes=2))
    status, code, _ = await refusal(farhand, token)
    assert (status, code) == (410, "invitation-expired")
    async with kim.get("/join", headers=HTML) as response:
        assert response.status == 410
        assert as_said(await response.text(), code, "ko"), "the invitation's language is known"


async def test_a_later_session_does_not_bring_an_old_link_back(farhand: World) -> None:
    token = await farhand.invitation()
    kim = await farhand.guest(token)
    await end_session(farhand)
    farhand.clock.move(timedelta(days=3))
    lin = await farhand.signed_in()
    await farhand.session(lin)
    assert (await refusal(farhand, token))[1] == "invitation-expired"
    async with kim.get("/join", headers={"Accept": "application/json"}) as response:
        assert response.status == 410


async def test_a_call_taken_up_again_within_ten_minutes_finds_its_guest(farhand: World) -> None:
    token = await farhand.invitation()
    kim = await farhand.guest(token)
    await end_session(farhand)
    farhand.clock.move(timedelta(minutes=5))
    session = await farhand.session(await farhand.signed_in())
    async with farhand.socket(kim, hello={"side": "guest"}) as socket:
        await socket.hear("lobby")
    assert "participant.arrived" in [event["event"] for event in await farhand.events(session)]
    farhand.clock.move(timedelta(minutes=20))
    assert (await open_link(kim, token))[0] == 200, "the new session has not ended"


async def test_a_withdrawn_link_opens_nothing_for_anybody(farhand: World) -> None:
    lin = await farhand.signed_in()
    page = await invite(lin)
    token = token_on(page)
    kim = await farhand.guest(token)
    revoke = found(page, r'action="(/invitations/[^"]+/revoke)"')
    for _ in range(2):
        async with lin.post(revoke) as response:
            assert response.status == 200
            assert "Invitation withdrawn" in await response.text()
    status, code, page = await refusal(farhand, token)
    assert (status, code) == (410, "invitation-revoked")
    assert as_said(page, code, "ko")
    async with kim.get("/join", headers=HTML) as response:
        assert response.status == 410
    async with farhand.socket(kim, hello={"side": "guest"}) as socket:
        assert (await socket.hear("error"))["error"] == "invitation-revoked"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_unknown_link_is_explained_in_the_browsers_language(
    farhand: World, language: str
) -> None:
    for token in ("x" * 43, "short", "%F0%9F%9A%8C", "%00", "%ED%A0%80"):
        status, code, page = await refusal(farhand, token, language)
        assert (status, code) == (404, "invitation-unknown"), token
        assert as_said(page, code, language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_expired_link_is_explained_in_the_language_of_who_was_invited(
    farhand: World, language: str
) -> None:
    token = await farhand.invitation(language=language)
    farhand.clock.move(timedelta(hours=25))
    _, code, page = await refusal(farhand, token, language="de")
    assert as_said(page, code, language)


async def test_a_closed_ticket_lets_nobody_in(farhand: World) -> None:
    lin = await farhand.signed_in()
    token = await farhand.invitation()
    async with lin.post(f"/tickets/{TICKET}/close") as response:
        assert response.status == 200
    assert (await refusal(farhand, token))[1] == "invitation-expired"


async def test_a_name_is_needed(farhand: World) -> None:
    lin = await farhand.signed_in()
    for name in ("", "   ", "x" * 81):
        form = {"name": name, "language": "ko"}
        async with lin.post(f"/tickets/{TICKET}/invitations", data=form) as response:
            assert response.status == 400
            assert (await response.json())["error"] == "name-needed"


NO_INVITATIONS = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[]",
    b"null",
    b'{"name": 5, "language": "ko"}',
    b'{"name": {"a": 1}}',
    b'{"name": "Seo", "language": "tlh"}',
    b'{"name": "Seo", "surprise": 1}',
]


class TestFromTheConsole:
    async def ask(self, browser: Browser, session: str, **body: Any) -> tuple[int, dict[str, Any]]:
        async with browser.post(f"/sessions/{session}/invitations", **body) as response:
            return response.status, await response.json()

    async def test_somebody_is_invited_into_the_call(self, farhand: World) -> None:
        lin = await farhand.signed_in()
        session = await farhand.session(lin)
        status, made = await self.ask(lin, session, json={"name": "Seo", "language": "ko"})
        assert status == 201
        assert made["url"].startswith(f"{farhand.url}/j/")
        assert made["sms"].startswith("sms:?&body=")
        kim = farhand.browser()
        assert (await open_link(kim, made["url"].rpartition("/")[2]))[0] == 200

    async def test_what_is_not_an_invitation_is_refused(self, farhand: World) -> None:
        lin = await farhand.signed_in()
        session = await farhand.session(lin)
        headers = {"Content-Type": "application/json"}
        for body in NO_INVITATIONS:
            status, said = await self.ask(lin, session, headers=headers, data=body)
            assert (status, said["error"]) == (400, "message-refused"), body
