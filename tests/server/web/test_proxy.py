"""Behind a proxy that ends TLS, people still get secure cookies and links that begin with https."""

from pathlib import Path

from sqlmodel import select

from sessions.people.invitations import Guest
from sessions.people.logins import SignInLink
from sessions.people.persons import Person
from tests.world import LIN, TICKET, World, world

PROXY = {
    "Host": "help.example",
    "Origin": "https://help.example",
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "https",
}


async def login_cookie(farhand: World) -> str:
    async with farhand.database.begin() as db:
        link = await SignInLink.make(db, await Person.by_email(db, LIN), farhand.now())
    browser = farhand.browser(**PROXY)
    async with browser.get(f"/in/{link}", allow_redirects=False) as response:
        cookie = response.headers["Set-Cookie"]
        assert ("Strict-Transport-Security" in response.headers) == ("Secure" in cookie)
        return cookie


async def address_of_a_guest(farhand: World) -> str:
    browser = farhand.browser(**PROXY)
    token = await farhand.invitation()
    async with browser.get(f"/j/{token}", allow_redirects=False) as response:
        assert response.status == 303
    async with farhand.database.begin() as db:
        return (await db.exec(select(Guest))).one().address


async def test_an_own_proxy_is_believed(tmp_path: Path) -> None:
    async with world(tmp_path / "data", media_process=False, trust_proxy=True) as farhand:
        cookie = await login_cookie(farhand)
        assert cookie.startswith("__Host-farhand-login=")
        assert "Secure" in cookie
        assert await address_of_a_guest(farhand) == "198.51.100.7"
        program = await farhand.bearer()
        path = f"/api/v1/tickets/{TICKET}/invitations"
        async with program.post(path, json={"name": "Kim"}, headers=PROXY) as response:
            assert (await response.json())["url"].startswith("https://help.example/j/")
        kim = await farhand.guest()
        async with farhand.socket(kim, hello={"side": "guest"}) as waiting:
            await waiting.hear("lobby")


async def test_a_stranger_cannot_play_the_proxy(farhand: World) -> None:
    cookie = await login_cookie(farhand)
    assert cookie.startswith("farhand-login=")
    assert "Secure" not in cookie
    assert await address_of_a_guest(farhand) == "127.0.0.1"


async def test_the_public_address_is_that_of_all_links(tmp_path: Path) -> None:
    address = "https://help.example"
    async with world(tmp_path / "data", media_process=False, public_url=address) as farhand:
        program = await farhand.bearer()
        path = f"/api/v1/tickets/{TICKET}/invitations"
        async with program.post(path, json={"name": "Kim"}) as response:
            assert (await response.json())["url"].startswith("https://help.example/j/")
