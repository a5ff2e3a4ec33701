"""The recording's page and files: who may see them, ranges, and what is not there."""

import hashlib
import html
import json
from pathlib import Path
from uuid import UUID

import aiohttp
import pytest

from recordings.recording import Recording, RecordingFile, RecordingState
from sessions.live.session import Session
from tests.world import JISOO, World

VIDEO = bytes(range(256)) * 40
SECRET = b"the database"


@pytest.fixture
async def session(farhand: World, tmp_path: Path) -> str:
    """A session whose recording is ready: its files are there."""
    lin = await farhand.signed_in()
    key = await farhand.session(lin)
    folder = tmp_path / "data" / "recordings" / key / "produced"
    folder.mkdir(parents=True)
    (folder / "review.webm").write_bytes(VIDEO)
    (folder / "unlisted.txt").write_bytes(SECRET)
    (folder.parent / "raw.log").write_bytes(SECRET)
    async with farhand.database.begin() as db:
        row = await db.get_one(Session, UUID(key))
        recording = await Recording.begin(db, row, farhand.now(), "part")
        recording.seal(db, row, farhand.now())
        file = RecordingFile(
            recording_id=recording.id,
            name="review.webm",
            bytes=len(VIDEO),
            sha256=hashlib.sha256(VIDEO).hexdigest(),
            content_type="video/webm",
        )
        await recording.ready(db, row, farhand.now(), duration_ms=61_000, files=[file])
    return key


async def get(browser: aiohttp.ClientSession, path: str, **headers: str) -> tuple[int, bytes]:
    async with browser.get(path, headers=headers) as response:
        return response.status, await response.read()


async def test_a_file_is_served_whole_and_in_ranges(farhand: World, session: str) -> None:
    jisoo = await farhand.signed_in(JISOO)
    program = await farhand.bearer(JISOO)
    for browser, base in ((jisoo, "/recordings"), (program, "/api/v1/recordings")):
        path = f"{base}/{session}/files/review.webm"
        async with browser.get(path) as response:
            assert (response.status, response.content_type) == (200, "video/webm")
            assert response.headers["Accept-Ranges"] == "bytes"
            assert await response.read() == VIDEO
        assert await get(browser, path, Range="bytes=100-199") == (206, VIDEO[100:200])
        assert await get(browser, path, Range="bytes=-10") == (206, VIDEO[-10:])
        assert (await get(browser, path, Range="bytes=999999-"))[0] == 416


async def test_the_api_tells_of_its_files(farhand: World, session: str) -> None:
    program = await farhand.bearer()
    _, body = await get(program, f"/api/v1/recordings/{session}")
    told = json.loads(body)
    assert (told["state"], told["duration_ms"]) == ("ready", 61_000)
    (file,) = told["files"]
    assert hashlib.sha256((await get(program, file["url"]))[1]).hexdigest() == file["sha256"]


async def test_only_what_was_produced_is_served(farhand: World, session: str) -> None:
    lin = await farhand.signed_in()
    for name in (
        "unlisted.txt",
        "../raw.log",
        "..%2fraw.log",
        "%2e%2e/raw.log",
        "..%2f..%2f..%2ffarhand.sqlite",
        "review.webm%00",
        "x" * 3000,
        "/etc/passwd",
    ):
        url = f"{farhand.url}/recordings/{session}/files/{name}"
        status, body = await get(lin, url)
        assert status == 404, name
        assert SECRET not in body


async def test_strangers_and_customers_see_nothing_of_it(farhand: World, session: str) -> None:
    kim = await farhand.guest()
    for browser in (farhand.browser(), kim):
        for path in ("", "/state.json", "/files/review.webm"):
            status, body = await get(browser, f"/recordings/{session}{path}")
            assert status == 401
            assert VIDEO[:100] not in body


async def test_a_file_that_was_lost_is_not_there(
    farhand: World, session: str, tmp_path: Path
) -> None:
    folder = tmp_path / "data" / "recordings" / session / "produced"
    (folder / "review.webm").unlink()
    lin = await farhand.signed_in()
    status, body = await get(lin, f"/recordings/{session}/files/review.webm")
    assert (status, json.loads(body)["error"]) == (404, "recording-unknown")
    assert (await get(lin, f"/recordings/{session}", Accept="text/html"))[0] == 200


async def test_the_page_says_what_is_missing_and_why(
    farhand: World, session: str, tmp_path: Path
) -> None:
    """The timeline is as the first version wrote it: it knew one format, and no photos."""
    kim = {"id": "kim", "name": "Kim Minjun", "role": "customer", "file": "participant-kim.webm"}
    gap = {"participant": "kim", "track": "camera", "from_ms": 5000, "to_ms": 9000}
    timeline = {
        "version": 1,
        "origin_wall": "2026-11-22T17:32:30.000Z",
        "duration_ms": 61_000,
        "participants": [{**kim, "screen": None, "first_ms": 0, "last_ms": 61_000}],
        "entries": [{"at_ms": 0, "event": "joined", "participant": "kim"}],
        "gaps": [{**gap, "reason": "disk"}],
        "thumbnails": [],
        "parts": [],
    }
    folder = tmp_path / "data" / "recordings" / session / "produced"
    (folder / "timeline.json").write_text(json.dumps(timeline))
    lin = await farhand.signed_in()
    _, page = await get(lin, f"/recordings/{session}", Accept="text/html")
    said = html.unescape(page.decode())
    assert "No picture 0:05–0:09 · not stored: the server's disk did not keep up" in said
    assert f'src="/recordings/{session}/files/review.webm"' in said
    assert "Photos" not in said


async def test_the_ticket_and_the_desk_lead_to_it(farhand: World, session: str) -> None:
    jisoo = await farhand.signed_in(JISOO)
    assert f'href="/recordings/{session}"' in await farhand.story(jisoo)
    _, desk = await get(jisoo, "/desk", Accept="text/html")
    assert f'href="/recordings/{session}"'.encode() in desk
    _, state = await get(jisoo, f"/recordings/{session}/state.json")
    assert json.loads(state) == {"state": "ready"}


@pytest.mark.parametrize("state", list(RecordingState))
async def test_in_every_state_there_is_a_page_that_says_so(
    farhand: World, session: str, state: RecordingState
) -> None:
    async with farhand.database.begin() as db:
        recording = await Recording.of_session(db, UUID(session))
        recording.state = state
        db.add(recording)
    lin = await farhand.signed_in()
    status, page = await get(lin, f"/recordings/{session}", Accept="text/html")
    assert status == 200
    assert f'data-state="{state.value}"'.encode() in page  # without its timeline it cannot play
    await farhand.story(lin)
