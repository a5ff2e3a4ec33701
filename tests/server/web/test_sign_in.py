"""Signing in by password or one-time link, signing out, and who is kept out."""

import asyncio
from datetime import timedelta

import aiohttp
import pytest

from sessions.people.logins import Login, SignInLink
from sessions.people.persons import Person, Role, hash_password
from tests.world import LIN, TICKET, World

PASSWORD = "correct horse battery"


async def give_password(farhand: World, email: str = LIN, password: str = PASSWORD) -> None:
    async with farhand.database.begin() as db:
        person = await Person.by_email(db, email)
        person.password_hash = hash_password(password)
        db.add(person)


async def disable(farhand: World, email: str = LIN) -> None:
    async with farhand.database.begin() as db:
        person = await Person.by_email(db, email)
        person.disabled_at = farhand.now()
        db.add(person)


async def link(farhand: World, email: str = LIN) -> str:
    async with farhand.database.begin() as db:
        return await SignInLink.make(db, await Person.by_email(db, email), farhand.now())


async def at_desk(browser: aiohttp.ClientSession) -> bool:
    async with browser.get("/desk", headers={"Accept": "application/json"}) as response:
        assert response.status in (200, 401)
        return response.status == 200


async def sign_in(browser: aiohttp.ClientSession, email: str, password: str) -> int:
    form = {"email": email, "password": password}
    async with browser.post("/sign-in", data=form, allow_redirects=False) as response:
        return response.status


async def test_a_password_opens_the_desk_and_nothing_else_does(farhand: World) -> None:
    await give_password(farhand)
    browser = farhand.browser()
    assert await sign_in(browser, LIN, "wrong horse battery") == 401
    assert await sign_in(browser, "nobody@farhand.example", PASSWORD) == 401
    assert not await at_desk(browser)
    assert await sign_in(browser, LIN.upper(), PASSWORD) == 303
    assert await at_desk(browser)


async def test_the_refusal_does_not_tell_whether_the_address_is_known(farhand: World) -> None:
    await give_password(farhand)
    browser = farhand.browser()
    said = []
    for email in (LIN, "nobody@farhand.example"):
        form = {"email": email, "password": "wrong horse battery"}
        async with browser.post("/sign-in", data=form) as response:
            alert = (await response.text()).partition('role="alert"')[2].partition("</p>")[0]
            said.append((response.status, alert))
    assert said[0] == said[1]
    assert "is not right" in said[0][1]


async def test_somebody_who_has_left_cannot_sign_in_and_is_out_everywhere(farhand: World) -> None:
    await give_password(farhand)
    unused = await link(farhand)
    lin = await farhand.signed_in()
    program = await farhand.bearer()
    await disable(farhand)
    assert not await at_desk(lin)
    async with program.get("/api/v1/tickets") as response:
        assert response.status == 401
    assert await sign_in(farhand.browser(), LIN, PASSWORD) == 401
    async with farhand.browser().get(f"/in/{unused}") as response:
        assert response.status == 404


async def test_guessing_is_stopped_even_when_all_guesses_come_at_once(farhand: World) -> None:
    await give_password(farhand)
    browser = farhand.browser()
    guesses = (sign_in(browser, LIN, f"wrong horse {n}") for n in range(16))
    assert sorted(await asyncio.gather(*guesses)) == [401] * 10 + [429] * 6
    assert await sign_in(browser, f" {LIN.upper()} ", PASSWORD) == 429
    assert await farhand.signed_in(LIN), "a link still opens the desk"
    farhand.clock.move(timedelta(minutes=15, seconds=1))
    for _ in range(11):  # who knows the password is never stopped
        assert await sign_in(browser, LIN, PASSWORD) == 303


async def test_a_link_signs_in_once(farhand: World) -> None:
    token = await link(farhand)
    first, second = farhand.browser(), farhand.browser()
    async with first.get(f"/in/{token}") as response:
        assert response.status == 200
        assert response.url.path == "/desk"
    async with second.get(f"/in/{token}") as response:
        assert response.status == 410
        assert (await response.json())["error"] == "link-used"
    assert not await at_desk(second)


@pytest.mark.parametrize(
    ("accept", "kind"), [("text/html", "text/html"), ("application/json", "application/json")]
)
async def test_a_link_expires(farhand: World, accept: str, kind: str) -> None:
    token = await link(farhand)
    farhand.clock.move(timedelta(hours=24, seconds=1))
    browser = farhand.browser(Accept=accept)
    async with browser.get(f"/in/{token}") as response:
        assert response.status == 410
        assert response.content_type == kind
        assert "link-expired" in await response.text()
    assert not await at_desk(browser)


async def test_a_link_nobody_made_is_unknown(farhand: World) -> None:
    async with farhand.browser().get("/in/" + "x" * 43) as response:
        assert response.status == 404
        assert (await response.json())["error"] == "link-unknown"


async def test_signing_out_ends_this_login_for_good(farhand: World) -> None:
    lin = await farhand.signed_in()
    stolen = farhand.browser(like=lin)
    elsewhere = await farhand.signed_in()
    assert await at_desk(stolen)
    async with lin.post("/sign-out", allow_redirects=False) as response:
        assert response.status == 303
    assert not await at_desk(lin)
    assert not await at_desk(stolen), "the cookie outlives its login"
    assert await at_desk(elsewhere)


async def test_a_login_can_be_revoked_from_elsewhere(farhand: World) -> None:
    lin = await farhand.signed_in()
    async with farhand.database.begin() as db:
        await Login.revoke_all(db, await Person.by_email(db, LIN), farhand.now())
    assert not await at_desk(lin)


async def test_a_login_ends_by_itself(farhand: World) -> None:
    lin = await farhand.signed_in()
    farhand.clock.move(timedelta(days=14, seconds=1))
    assert not await at_desk(lin)


async def test_every_door_of_the_desk_is_shut_to_strangers(farhand: World) -> None:
    browser = farhand.browser()
    lin = await farhand.signed_in()
    session = await farhand.session(lin)
    for path in (
        "/desk",
        "/tickets",
        "/tickets/new",
        f"/tickets/{TICKET}",
        "/invitations/qr.svg?link=x",
        f"/sessions/{session}",
        f"/recordings/{session}",
        f"/recordings/{session}/state.json",
        f"/recordings/{session}/files/review.webm",
    ):
        async with browser.get(path, allow_redirects=False) as response:
            assert response.status == 401, path
            assert (await response.json())["error"] == "sign-in-needed"


async def test_a_stranger_in_a_browser_is_shown_where_to_sign_in(farhand: World) -> None:
    async with farhand.browser(Accept="text/html").get("/") as response:
        assert response.status == 200
        assert response.url.path == "/sign-in"
        assert 'action="/sign-in"' in await response.text()


async def test_the_cookies_cannot_be_read_taken_over_or_sent_from_elsewhere(
    farhand: World,
) -> None:
    async with farhand.browser().get(
        f"/in/{await link(farhand)}", allow_redirects=False
    ) as response:
        login = response.headers.getall("Set-Cookie")
    async with farhand.browser().get(
        f"/j/{await farhand.invitation()}", allow_redirects=False
    ) as response:
        guest = response.headers.getall("Set-Cookie")
    for cookies, name in ((login, "__Host-farhand-login="), (guest, "__Host-farhand-guest=")):
        assert len(cookies) == 1
        assert cookies[0].startswith(name)
        parts = {part.strip().lower() for part in cookies[0].split(";")[1:]}
        assert {"httponly", "secure", "path=/", "samesite=lax"} <= parts
        assert not any(part.startswith("domain") for part in parts)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
    ids=["cross-site", "same-site", "other-origin", "null-origin"],
)
async def test_another_website_cannot_act_for_who_is_signed_in(
    farhand: World, headers: dict[str, str]
) -> None:
    lin = await farhand.signed_in()
    async with lin.post(
        f"/tickets/{TICKET}/close", headers=headers, allow_redirects=False
    ) as response:
        assert response.status == 403
        assert (await response.json())["error"] == "other-origin"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await lin.ws_connect("/socket", headers=headers)
    assert refused.value.status == 403
    assert "Ticket closed" not in await farhand.story(lin)


async def test_pages_may_load_and_send_only_to_themselves(farhand: World) -> None:
    lin = await farhand.signed_in()
    kim = await farhand.guest()
    session = await farhand.session(lin)
    pages = [(lin, "/desk"), (lin, f"/sessions/{session}"), (kim, "/join"), (lin, "/nowhere")]
    for browser, path in pages:
        async with browser.get(path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Referrer-Policy"] == "same-origin"
            page = await response.text()
        assert " onclick=" not in page
        assert "<style" not in page


async def test_roles_are_what_the_people_were_given(farhand: World) -> None:
    async with farhand.database.begin() as db:
        await Person.add(
            db, farhand.now(), name="Han", email="han@farhand.example", role=Role.supervisor
        )
    han = await farhand.signed_in("han@farhand.example")
    async with han.get("/desk") as response:
        assert "Supervisor" in await response.text()
