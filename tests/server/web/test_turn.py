"""The call's pages name the TURN servers that are set, and otherwise none."""

import json
import re
from pathlib import Path
from typing import Any

import aiohttp

from tests.world import World, world


async def servers(browser: aiohttp.ClientSession, path: str) -> list[dict[str, Any]]:
    """The ICE servers that a page tells the browser."""
    async with browser.get(path) as response:
        assert response.status == 200
        text = await response.text()
    found = re.search(r'id="page">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    named: list[dict[str, Any]] = json.loads(found[1])["ice_servers"]
    return named


async def test_nothing_is_contacted_that_was_not_set(farhand: World) -> None:
    lin = await farhand.signed_in()
    session = await farhand.session(lin)
    assert await servers(lin, f"/sessions/{session}") == []
    assert await servers(await farhand.guest(), "/join") == []


async def test_both_sides_get_credentials_of_their_own(tmp_path: Path) -> None:
    urls = "turns:turn.example:443?transport=tcp, turn:turn.example"
    secret = "a secret that is long"
    async with world(
        tmp_path / "data", media_process=False, turn_urls=urls, turn_secret=secret, turn_hours=2
    ) as farhand:
        lin = await farhand.signed_in()
        session = await farhand.session(lin)
        (hers,) = await servers(lin, f"/sessions/{session}")
        (his,) = await servers(await farhand.guest(), "/join")
        for told in (hers, his):
            assert told["urls"] == ["turns:turn.example:443?transport=tcp", "turn:turn.example"]
            assert 7190 < int(told["username"].partition(":")[0]) - farhand.now().timestamp() < 7201
        assert hers["username"] != his["username"]
        assert hers["credential"] != his["credential"]
        assert secret not in json.dumps([hers, his])
