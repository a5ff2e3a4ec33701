"""The whole demo call, driven against the running server and its real media plane."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientConnectorCertificateError, ClientSession, web
from aiohttp.test_utils import TestServer

from server import seed
from server.app import build_app
from server.demo import script
from server.demo.drive import API, DemoFailed, Played, drive
from server.demo.peer import Watched
from server.integrations.certificate import self_signed
from server.settings import Settings
from server.web.keys import DATABASE
from sessions.people.logins import ApiToken
from sessions.people.persons import Person, Role

SECONDS = 8.0  # long enough for both to have spoken


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[TestServer]:
    settings = Settings(
        data_dir=tmp_path, media_host="127.0.0.1", media_port=0, public_address="127.0.0.1"
    )
    async with TestServer(build_app(settings)) as running:
        yield running


@pytest.fixture
async def token(server: TestServer) -> str:
    """The demo engineer's bearer token."""
    now = datetime.now(UTC)
    await seed.seed(server.app[DATABASE], now)
    async with server.app[DATABASE].begin() as db:
        engineer = await Person.by_email(db, seed.DEMO)
        assert engineer is not None
        return await ApiToken.add(db, engineer, "demo", now)


async def test_a_call_goes_to_its_end_and_is_on_the_ticket(server: TestServer, token: str) -> None:
    played = await drive(str(server.make_url("/")), token, seconds=SECONDS)

    for seen in (played.engineer, played.customer):
        assert seen.pictures > 0
        assert seen.unread <= seen.pictures // 20, "the clock in the picture can be read"
        assert seen.delay_ms is not None
        assert seen.audible > 0, "each heard the other speak"

    async with ClientSession(
        server.make_url(API + "/"), headers={"Authorization": f"Bearer {token}"}
    ) as http:
        ticket = await (await http.get(f"tickets/{played.ticket}")).json()
        session = await (await http.get(f"sessions/{played.session}")).json()
        timeline = await (await http.get(f"sessions/{played.session}/timeline")).json()
    assert "bus" in ticket["machine"]["model"].lower()
    assert ticket["procedure"] == script.PROCEDURE
    assert session["state"] == "ended"
    assert session["recording"] is not None
    assert {one["role"] for one in session["participants"]} == {"engineer", "customer"}
    marks = [one for one in timeline["entries"] if one["event"].startswith("step.")]
    assert [(one["data"]["step"], one["event"]) for one in marks] == [
        (cue.step, f"step.{cue.mark}") for cue in script.CUES
    ]
    assert [one["data"]["note"] for one in marks] == [cue.note for cue in script.CUES]
    offsets = [one["offset_ms"] for one in marks]
    assert offsets == sorted(offsets)
    assert len({one["participant"] for one in marks}) == 2, "both of them marked steps"


def test_a_call_in_which_nothing_came_through_has_failed() -> None:
    good = Watched(pictures=10, sounds=50)
    Played("SR-2026-0001", "1", good, good).check()
    with pytest.raises(DemoFailed, match="the customer saw or heard nothing"):
        Played("SR-2026-0001", "1", good, Watched(pictures=10)).check()


async def test_a_server_that_cannot_play_along_is_told_plainly(server: TestServer) -> None:
    with pytest.raises(DemoFailed, match="/api/v1/machines was answered 401"):
        await drive(str(server.make_url("/")), "wrong")
    now = datetime.now(UTC)
    async with server.app[DATABASE].begin() as db:
        engineer = await Person.add(
            db, now, name="Chen Yu", email="chen@service.example", role=Role.engineer, zone="UTC"
        )
        token = await ApiToken.add(db, engineer, "demo", now)
    with pytest.raises(DemoFailed, match="knows no machine"):
        await drive(str(server.make_url("/")), token)


async def test_a_self_signed_server_is_trusted_only_by_its_certificate(tmp_path: Path) -> None:
    chain, key = self_signed(tmp_path, datetime.now(UTC))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(chain, key)
    server = TestServer(web.Application(), scheme="https")
    await server.start_server(ssl=tls)
    try:
        address = f"https://localhost:{server.port}"
        with pytest.raises(ClientConnectorCertificateError):
            await drive(address, "token")
        with pytest.raises(DemoFailed, match="was answered 404"):
            await drive(address, "token", certificate=chain)
    finally:
        await server.close()
