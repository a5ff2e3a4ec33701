"""A disk that is nearly full, or does not work, costs the recording and never the call."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.media.plane import Plane
from sessions.live.media import MediaUnavailable
from tests.server.media.peer import Peer
from tests.server.web.media import connect
from tests.world import Call, World

FULL = "Not recorded: the server&#39;s disk is nearly full"
BROKEN = "Not recorded: the server&#39;s disk does not work"
BEGAN = "Recording began"


def recorded(state: str, why: str | None = None) -> Any:
    return lambda room: (room["recording"]["state"], room["recording"]["why"]) == (state, why)


async def names(farhand: World, session: str) -> list[str]:
    events = [event["event"] for event in await farhand.events(session)]
    return [name for name in events if name.startswith("recording.")]


@pytest.fixture
async def call(farhand: World) -> AsyncIterator[Call]:
    async with farhand.call() as call:
        yield call


@pytest.fixture
async def peers(call: Call) -> AsyncIterator[list[Peer]]:
    """The connections of a story, closed at its end."""
    made: list[Peer] = []
    yield made
    for peer in made:
        await peer.close()


@pytest.mark.parametrize("free", [0.09, 0.05, 0.0])
async def test_below_a_tenth_nothing_new_is_recorded_and_all_are_told(
    farhand: World, call: Call, peers: list[Peer], free: float, tmp_path: Path
) -> None:
    farhand.disk.free = int(free * farhand.disk.TOTAL)
    peers.append(await connect(call.kim))
    for side in (call.lin, call.kim):
        await side.room(recorded("unavailable", "disk-nearly-full"))
    peers.append(await connect(call.lin))
    story = await farhand.story(call.lin_browser)
    assert FULL in story
    assert "<b>Not recorded.</b>" in story
    assert list((tmp_path / "data" / "recordings").rglob("*.log")) == []

    farhand.disk.free = farhand.disk.TOTAL
    farhand.clock.move(timedelta(seconds=10))
    for side in (call.lin, call.kim):
        await side.room(recorded("on"))
    story = await farhand.story(call.lin_browser)
    assert "<b>Not all of it is recorded.</b>" in story
    assert story.count(FULL) == story.count(BEGAN) == 1
    assert await names(farhand, call.session) == ["recording.unavailable", "recording.begun"]


async def test_below_two_hours_of_rated_load_nothing_new_is_recorded(
    farhand: World, call: Call, peers: list[Peer]
) -> None:
    farhand.disk.TOTAL = 100_000_000_000
    farhand.disk.free = 25 * 3_200_000 // 8 * 7200 - 1
    peers.append(await connect(call.kim))
    await call.lin.room(recorded("unavailable", "disk-nearly-full"))
    farhand.disk.free += 1
    farhand.clock.move(timedelta(seconds=10))
    await call.lin.room(recorded("on"))


async def test_a_disk_that_does_not_work_is_told_apart_from_a_full_one(
    farhand: World, call: Call, peers: list[Peer], tmp_path: Path
) -> None:
    folder = tmp_path / "data" / "recordings"
    folder.rmdir() if folder.exists() else None
    folder.write_bytes(b"no folder")
    peers.append(await connect(call.kim))
    await call.kim.room(recorded("unavailable", "failing"))
    assert BROKEN in await farhand.story(call.lin_browser)
    folder.unlink()
    farhand.disk.free = 0
    farhand.clock.move(timedelta(seconds=10))
    await call.kim.room(recorded("unavailable", "disk-nearly-full"))
    assert await names(farhand, call.session) == ["recording.unavailable"] * 2


async def test_a_disk_that_does_not_answer_holds_up_nobody(
    farhand: World, call: Call, peers: list[Peer]
) -> None:
    farhand.disk.answers.clear()
    peers.append(await connect(call.kim))
    await call.lin.room(recorded("unavailable", "failing"))
    farhand.clock.move(timedelta(seconds=10))
    async with asyncio.timeout(5):
        for _ in range(20):
            assert (await call.kim.ask("ping"))["type"] == "pong"
    farhand.disk.answers.set()
    farhand.clock.move(timedelta(seconds=10))
    await call.lin.room(recorded("on"))


async def test_a_capture_that_cannot_be_opened_is_tried_again(
    farhand: World, call: Call, peers: list[Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any) -> None:
        raise MediaUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(Plane, "record", refuse)
        peers.append(await connect(call.kim))
        await call.lin.room(recorded("unavailable", "failing"))
    farhand.clock.move(timedelta(seconds=10))
    await call.lin.room(recorded("on"))


async def test_who_does_not_agree_comes_before_the_disk(
    farhand: World, call: Call, peers: list[Peer]
) -> None:
    farhand.disk.free = 0
    peers.append(await connect(call.kim))
    await call.lin.room(recorded("unavailable", "disk-nearly-full"))
    await call.kim.ask("consent", recording=False, language="ko")
    await call.lin.room(recorded("refused"))
    farhand.disk.free = farhand.disk.TOTAL
    farhand.clock.move(timedelta(seconds=10))
    assert (await call.kim.ask("ping"))["type"] == "pong"
    await call.kim.ask("consent", recording=True, language="ko")
    await call.lin.room(recorded("on"))
