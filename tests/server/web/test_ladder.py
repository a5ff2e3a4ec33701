"""A line grows bad and good again: both sides are told where it stands and why."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from server.app import PLANE
from sessions.live.media import LegConnected, LineQuality
from tests.world import Call, World

SECOND = timedelta(seconds=1)


async def measured(farhand: World, call: Call, who: str, seconds: int, **line: Any) -> None:
    """The media plane measures somebody's line for some seconds."""
    plane = farhand.app[PLANE]
    good = {"up_bps": 1_000_000, "down_bps": 1, "up_loss": 0.0, "down_loss": 0.0}
    for _ in range(seconds):
        farhand.clock.move(SECOND)
        plane._emit(LineQuality(call.session, who, **{**good, "round_trip_ms": 80.0, **line}))
        await call.lin.hear("quality")


async def says(farhand: World, call: Call, **rates: int) -> None:
    """Kim's browser says what it believes it can send, and the room has heard it."""
    member = farhand.room(call.session).members[call.kim_id]
    member.uplink = None
    await call.kim.say("uplink", **rates)

    async def heard() -> bool:
        return member.uplink is not None

    await farhand.until(heard)


async def connected(farhand: World, call: Call, who: str) -> None:
    """Somebody's media has flowed for a while."""
    farhand.app[PLANE]._emit(LegConnected(call.session, who, f"leg of {who}"))
    member = farhand.room(call.session).members[who]

    async def known() -> bool:
        return member.connected_at is not None

    await farhand.until(known)
    farhand.clock.move(10 * SECOND)


def stands(who: str, rung: str) -> Callable[[dict[str, Any]], bool]:
    return lambda room: person(room, who)["rung"] == rung


def person(room: dict[str, Any], who: str) -> dict[str, Any]:
    return next(p for p in room["participants"] if p["id"] == who)


async def test_both_sides_are_told_of_a_weak_line_and_of_its_recovery(farhand: World) -> None:
    async with farhand.call() as call:
        await connected(farhand, call, call.kim_id)
        await says(farhand, call, available_bps=400_000)
        await measured(farhand, call, call.kim_id, 4)
        for side in (call.lin, call.kim):
            room = await side.room(stands(call.kim_id, "low"))
            assert person(room, call.kim_id)["rung_reason"] == "bandwidth"
            assert not person(room, call.kim_id)["stills"]
        for _ in range(3):
            await says(farhand, call, available_bps=2_000_000)
            await measured(farhand, call, call.kim_id, 4)
        for side in (call.lin, call.kim):
            room = await side.room(stands(call.kim_id, "full"))
            assert person(room, call.kim_id)["rung_reason"] is None


async def test_a_lossy_line_sends_photos_instead(farhand: World) -> None:
    async with farhand.call() as call:
        await connected(farhand, call, call.kim_id)
        await measured(farhand, call, call.kim_id, 12, up_loss=0.3)
        room = await call.lin.room(stands(call.kim_id, "stills"))
        told = person(room, call.kim_id)
        assert (told["rung_reason"], told["stills"]) == ("loss", True)


async def test_photos_go_up_with_what_they_say_not_with_what_pictures_said(farhand: World) -> None:
    async with farhand.call() as call:
        await connected(farhand, call, call.kim_id)
        await says(farhand, call, available_bps=90_000)
        await measured(farhand, call, call.kim_id, 4)
        await call.lin.room(stands(call.kim_id, "stills"))
        await says(farhand, call, available_bps=90_000, upload_bps=20_000)
        await measured(farhand, call, call.kim_id, 4)
        await call.lin.room(stands(call.kim_id, "voice"))


async def test_what_a_browser_said_long_ago_does_not_count(farhand: World) -> None:
    async with farhand.call() as call:
        await connected(farhand, call, call.kim_id)
        await says(farhand, call, available_bps=90_000)
        farhand.clock.move(10 * SECOND)
        await measured(farhand, call, call.kim_id, 5)
        assert person(call.lin.last("room"), call.kim_id)["rung"] == "full"


async def test_who_cannot_be_shown_pictures_gets_photos(farhand: World) -> None:
    async with farhand.call() as call:
        await connected(farhand, call, call.kim_id)
        await connected(farhand, call, call.lin_id)
        await measured(farhand, call, call.lin_id, 4, downlink_bps=40_000)
        room = await call.kim.room(lambda room: person(room, call.kim_id)["stills"])
        assert person(room, call.kim_id)["rung"] == "full"
        assert not person(room, call.lin_id)["stills"]
        await measured(farhand, call, call.lin_id, 24, downlink_bps=400_000)
        await call.kim.room(lambda room: not person(room, call.kim_id)["stills"])


async def test_the_rung_is_on_the_recordings_timeline(farhand: World) -> None:
    notes: list[dict[str, Any]] = []
    async with farhand.call() as call:
        room = farhand.room(call.session)
        room.observers.append(Following(notes))
        await connected(farhand, call, call.kim_id)
        await measured(farhand, call, call.kim_id, 12, up_loss=0.3)
        await call.lin.room(stands(call.kim_id, "stills"))
    expected = {"event": "rung", "participant": call.kim_id, "rung": "stills", "reason": "loss"}
    assert expected in notes


class Following:
    """An observer that keeps what is noted."""

    def __init__(self, notes: list[dict[str, Any]]) -> None:
        self.notes = notes

    async def changed(self, room: object) -> None: ...

    async def noted(self, room: object, note: dict[str, Any]) -> None:
        self.notes.append(note)

    async def interrupted(self, room: object) -> None: ...

    async def ticked(self, room: object) -> None: ...

    async def ended(self, room: object) -> None: ...
