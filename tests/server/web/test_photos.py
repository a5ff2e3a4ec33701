"""Photos: from the phone in pieces, whatever breaks, to the ticket and everybody in the call."""

import asyncio
import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from yarl import URL

from server.web import album
from sessions.live import photos
from sessions.live.jpeg import jpeg_size
from tests.server.web.media import connect
from tests.server.web.pictures import jpeg
from tests.server.web.tus import VERSION, Upload
from tests.world import OTHER_TICKET, Call, World, world

PICTURE = jpeg()
GUEST = {"side": "guest"}


def upload(farhand: World, call: Call, data: bytes = PICTURE, **more: Any) -> Upload:
    return Upload(call.kim_browser, data, farhand.now(), **more)


async def taken(farhand: World, session: str) -> list[dict[str, Any]]:
    """The photos in the session's story."""
    events = await farhand.events(session)
    return [event["data"] for event in events if event["event"] == "photo.taken"]


def as_time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class TestTheProtocol:
    """tus 1.0.0, core and creation."""

    async def test_what_the_server_can_do(self, farhand: World) -> None:
        async with farhand.browser().options("/join/photos") as response:
            assert response.status == 204
            said = response.headers
            assert (said["Tus-Version"], said["Tus-Extension"]) == ("1.0.0", "creation")
            assert said["Tus-Max-Size"] == str(8 * 1024 * 1024)

    async def test_a_photo_in_pieces(self, farhand: World) -> None:
        async with farhand.call() as call:
            photo = upload(farhand, call)
            status, said = await photo.create()
            assert (status, said["Location"]) == (201, photo.path)
            assert said["Tus-Resumable"] == "1.0.0"
            piece = len(PICTURE) // 7 + 1
            for at in range(0, len(PICTURE), piece):
                status, said = await photo.head()
                assert (status, said["Upload-Offset"]) == (200, str(at))
                assert said["Upload-Length"] == str(len(PICTURE))
                assert said["Cache-Control"] == "no-store"
                assert await taken(farhand, call.session) == []
                status, said = await photo.patch(at, PICTURE[at : at + piece])
                assert status == 204
                assert said["Upload-Offset"] == str(min(at + piece, len(PICTURE)))
            [event] = await taken(farhand, call.session)
            assert event["sha256"] == hashlib.sha256(PICTURE).hexdigest()

    @pytest.mark.parametrize("at", [1, 2, 3, 1000, len(PICTURE) - 1])
    async def test_a_cut_at_any_place_is_gone_on_from_there(self, farhand: World, at: int) -> None:
        async with farhand.call() as call:
            photo = upload(farhand, call)
            await photo.create()
            await cut_off(farhand, photo, PICTURE[:at])

            async def arrived() -> bool:
                return (await photo.head())[1]["Upload-Offset"] == str(at)

            await farhand.until(arrived)
            assert (await photo.patch(at, PICTURE[at:]))[0] == 204
            [event] = await taken(farhand, call.session)
            assert event["sha256"] == hashlib.sha256(PICTURE).hexdigest()

    async def test_a_piece_that_does_not_fit_is_refused(self, farhand: World) -> None:
        async with farhand.call() as call:
            photo = upload(farhand, call)
            await photo.create()
            assert (await photo.patch(0, PICTURE[:100]))[0] == 204
            for at in (0, 1, 99, 101, len(PICTURE)):
                status, said = await photo.patch(at, PICTURE[at : at + 10])
                assert (status, said["error"]) == (409, "offset-wrong"), at
            for wrong in ("", "-1", "ten", "1e3", "٣", "9" * 30):
                status, said = await photo.patch(0, b"", **{"Upload-Offset": wrong})
                assert (status, said["error"]) == (400, "upload-refused"), wrong
            status, said = await photo.patch(100, b"x", content_type="image/jpeg")
            assert (status, said["error"]) == (415, "piece-refused")
            assert (await photo.head())[1]["Upload-Offset"] == "100"

    async def test_more_than_was_announced_is_refused(self, farhand: World) -> None:
        async with farhand.call() as call:
            photo = upload(farhand, call)
            await photo.create()
            status, said = await photo.patch(0, PICTURE + b"more")
            assert (status, said["error"]) == (413, "photo-too-large")

    async def test_another_version_is_refused(self, farhand: World) -> None:
        async with farhand.call() as call:
            photo = upload(farhand, call)
            await photo.create()
            for method, path in (("POST", "/join/photos"), ("PATCH", photo.path)):
                status, said = await photo.ask(method, path, **{"Tus-Resumable": "0.2.2"})
                assert (status, said["error"]) == (412, "upload-version-refused")
                assert said["Tus-Version"] == "1.0.0"
            status, said = await photo.ask("HEAD", photo.path, **{"Tus-Resumable": "0.2.2"})
            assert (status, said["Tus-Version"]) == (412, "1.0.0")

    @pytest.mark.parametrize(
        "metadata",
        ["", "id", "id !", "id YQ==", "taken_at MQ==,reason dGFrZW4=", "id YQ==,,", "\u00e9 YQ=="],
    )
    async def test_what_is_announced_badly_is_refused(self, farhand: World, metadata: str) -> None:
        async with farhand.call() as call:
            status, said = await upload(farhand, call).create(**{"Upload-Metadata": metadata})
            assert (status, said["error"]) == (400, "upload-refused")

    async def test_a_length_is_needed(self, farhand: World) -> None:
        async with farhand.call() as call:
            photo = upload(farhand, call)
            for wrong in ("", "-5", "many"):
                assert (await photo.create(**{"Upload-Length": wrong}))[0] == 400


async def cut_off(farhand: World, photo: Upload, begun: bytes) -> None:
    """Send the beginning of the photo as one piece, and break the connection."""
    url = URL(farhand.url)
    _, writer = await asyncio.open_connection(url.host, url.port)
    cookies = photo.browser.cookie_jar.filter_cookies(url)
    said = {
        "Host": f"{url.host}:{url.port}",
        "Cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items()),
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(len(photo.data)),
        "Upload-Offset": "0",
        **VERSION,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    writer.write(f"PATCH {photo.path} HTTP/1.1\r\n{lines}\r\n".encode() + begun)
    await writer.drain()

    async def arrived() -> bool:
        return (await photo.head())[1]["Upload-Offset"] == str(len(begun))

    await farhand.until(arrived)
    writer.close()


class TestWhatIsNoPhoto:
    @pytest.mark.parametrize(
        "data",
        [
            b"GIF89a" + bytes(200),
            b"<svg onload='alert(1)'/>",
            b"\xff\xd8\xff\xe0" + bytes(500),
            PICTURE[:-2],
            PICTURE + b"<script>",
            PICTURE[:200] + b"\xff\xd9",
        ],
        ids=["gif", "svg", "zeros", "cut", "tail", "head only"],
    )
    async def test_it_is_refused_and_forgotten(
        self, farhand: World, data: bytes, tmp_path: Path
    ) -> None:
        async with farhand.call() as call:
            photo = upload(farhand, call, data)
            await photo.create()
            status, said = await photo.patch(0, data)
            assert (status, said["error"]) == (415, "photo-refused")
            assert (await photo.head())[0] == 404
            assert await taken(farhand, call.session) == []
            assert [path for path in (tmp_path / "data/photos").rglob("*") if path.is_file()] == []

    async def test_too_large_a_file(self, farhand: World) -> None:
        async with farhand.call() as call:
            photo = upload(farhand, call)
            status, said = await photo.create(**{"Upload-Length": str(8 * 1024 * 1024 + 1)})
            assert (status, said["error"]) == (413, "photo-too-large")

    async def test_a_picture_too_large_to_show(self, farhand: World) -> None:
        async with farhand.call() as call:
            with patch.object(album, "LONGEST_SIDE", 639):
                assert await upload(farhand, call).whole() == 415

    async def test_too_many(self, farhand: World) -> None:
        async with farhand.call() as call:
            with patch.object(photos, "PHOTOS_LIMIT", 2):
                assert await upload(farhand, call).whole() == 204
                assert (await upload(farhand, call).create())[0] == 201
                status, said = await upload(farhand, call).create()
                assert (status, said["error"]) == (409, "too-many-photos")

    async def test_the_timer_leaves_room_for_what_is_asked_for(self, farhand: World) -> None:
        async with farhand.call() as call:
            with patch.object(photos, "TIMED_LIMIT", 1):
                assert (await upload(farhand, call, reason="timer").create())[0] == 201
                status, said = await upload(farhand, call, reason="timer").create()
                assert (status, said["error"]) == (409, "too-many-photos")
                assert (await upload(farhand, call, reason="asked").create())[0] == 201

    async def test_a_full_disk_says_later(self, farhand: World) -> None:
        async with farhand.call() as call:
            photo = upload(farhand, call)
            await photo.create()
            with patch.object(album, "KEPT_FREE_BYTES", 1 << 62):
                status, said = await photo.patch(0, PICTURE)
                assert (status, said["error"]) == (507, "no-room-for-photos")
            assert (await photo.patch(0, PICTURE))[0] == 204


def test_the_size_of_a_picture_is_read_from_its_bytes() -> None:
    assert jpeg_size(PICTURE) == (640, 480)
    assert jpeg_size(jpeg(16, 2000)) == (16, 2000)
    for end in range(0, 400):
        assert jpeg_size(PICTURE[:end]) is None
    for nonsense in (b"", b"\xff\xd8\xff\xd9", b"\xff\xd8" + b"\xff" * 50 + b"\xff\xd9"):
        assert jpeg_size(nonsense) is None


async def test_sent_twice_it_is_one_photo(farhand: World) -> None:
    async with farhand.call() as call:
        photo = upload(farhand, call)
        for _ in range(3):
            assert (await photo.create())[0] == 201
        assert (await photo.patch(0, PICTURE))[0] == 204
        assert (await photo.create())[0] == 201
        assert (await photo.head())[1]["Upload-Offset"] == str(len(PICTURE))
        assert (await photo.patch(len(PICTURE), b""))[0] == 204
        assert len(await taken(farhand, call.session)) == 1


async def test_an_old_connection_that_still_brings_it_does_no_harm(farhand: World) -> None:
    async with farhand.call() as call:
        photo = upload(farhand, call)
        await photo.create()

        async def slowly() -> Any:
            yield PICTURE[:1000]
            await finished.wait()
            yield PICTURE[1000:]

        finished = asyncio.Event()
        old = asyncio.create_task(photo.patch(0, slowly()))  # type: ignore[arg-type]

        async def begun() -> bool:
            return (await photo.head())[1]["Upload-Offset"] == "1000"

        await farhand.until(begun)
        assert (await photo.patch(1000, PICTURE[1000:]))[0] == 204
        finished.set()
        assert (await old)[0] == 204
        assert (await photo.head())[1]["Upload-Offset"] == str(len(PICTURE))
        assert len(await taken(farhand, call.session)) == 1


async def test_everybody_in_the_call_is_told(farhand: World) -> None:
    async with farhand.call() as call:
        photo = upload(farhand, call, reason="asked")
        assert await photo.whole() == 204
        for side in (call.lin, call.kim):
            room = await side.room(lambda room: room["photos"])
            [shown] = room["photos"]
            assert (shown["id"], shown["participant"]) == (photo.id, call.kim_id)
            assert (shown["reason"], shown["width"], shown["height"]) == ("asked", 640, 480)
            assert as_time(shown["taken_at"]) == photo.taken_at
        story = await farhand.story(call.lin_browser)
        assert f'src="/photos/{photo.id}.jpg"' in story
        assert "Photo from Kim Minjun" in story
        assert "The call was not recorded" not in story


async def test_many_photos_of_a_weak_line_are_one_line_of_the_story(farhand: World) -> None:
    async with farhand.call() as call:
        for number in range(9):
            farhand.clock.move(timedelta(seconds=4))
            assert await upload(farhand, call, jpeg(64, 48, seed=number)).whole() == 204
        story = await farhand.story(call.lin_browser)
        assert story.count("Photo from Kim Minjun</p>") == 1
        assert story.count('loading="lazy"') == 9
        assert "3 more photos" in story


async def test_the_state_of_the_room_stays_small(farhand: World) -> None:
    """However many photos there are, a phone on a weak line is told of the newest only."""
    async with farhand.call() as call:
        last = ""
        for number in range(photos.SHOWN + 3):
            farhand.clock.move(timedelta(seconds=1))
            photo = upload(farhand, call, jpeg(16, 16, seed=number))
            assert await photo.whole() == 204
            last = photo.id
        room = await call.lin.room(lambda room: room["photos"] and room["photos"][-1]["id"] == last)
        assert len(room["photos"]) == photos.SHOWN
        program = await farhand.bearer()
        async with program.get(f"/api/v1/sessions/{call.session}/photos") as response:
            found = (await response.json())["photos"]
        assert len(found) == photos.SHOWN + 3
        assert found[-1]["sha256"] == hashlib.sha256(jpeg(16, 16, seed=number)).hexdigest()
        assert found[-1]["url"] == f"/photos/{last}.jpg"


async def test_a_photo_has_its_place_in_the_recording(farhand: World) -> None:
    async with farhand.call() as call:
        peer = await connect(call.kim)
        await call.kim.room(lambda room: room["recording"]["state"] == "on")
        farhand.clock.move(timedelta(seconds=20))
        photo = upload(farhand, call)
        farhand.clock.move(timedelta(seconds=15))
        assert await photo.whole() == 204
        room = await call.lin.room(lambda room: room["photos"])
        assert 20_000 <= room["photos"][0]["offset_ms"] < 30_000
        await peer.close()


async def test_what_the_phone_says_of_the_time_is_held_within_the_session(farhand: World) -> None:
    async with farhand.call() as call:
        for said, far in ((timedelta(days=-400), 60), (timedelta(days=400), 60)):
            photo = upload(farhand, call)
            photo.taken_at += said
            assert await photo.whole() == 204
            room = await call.lin.room(
                lambda room, photo=photo: any(p["id"] == photo.id for p in room["photos"])
            )
            shown = next(p for p in room["photos"] if p["id"] == photo.id)
            assert abs(as_time(shown["taken_at"]) - farhand.now()) < timedelta(seconds=far)


async def test_only_the_calls_own_people_see_it(farhand: World) -> None:
    async with farhand.call() as call:
        photo = upload(farhand, call)
        assert await photo.whole() == 204
        url = f"/photos/{photo.id}.jpg"
        bearer = await farhand.bearer()
        for allowed in (call.lin_browser, call.kim_browser, bearer):
            async with allowed.get(url) as response:
                assert response.status == 200
                assert response.content_type == "image/jpeg"
                assert "private" in response.headers["Cache-Control"]
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert await response.read() == PICTURE
        waiting = await farhand.guest()
        elsewhere = await farhand.guest(await farhand.invitation(ticket=OTHER_TICKET))
        for stranger in (farhand.browser(), waiting, elsewhere):
            async with stranger.get(url) as response:
                assert response.status == 404
        for wrong in ("/photos/nowhere.jpg", f"/photos/{call.kim_id}.jpg"):
            async with call.lin_browser.get(wrong) as response:
                assert response.status == 404


async def test_nobody_adds_to_anothers_photo(farhand: World) -> None:
    async with farhand.call() as call:
        photo = upload(farhand, call)
        await photo.create()
        other = await farhand.guest()
        theirs = Upload(other, PICTURE, photo.taken_at, id=photo.id)
        assert (await theirs.head())[0] == 404
        assert (await theirs.patch(0, PICTURE))[1]["error"] == "photo-unknown"
        assert (await theirs.create())[1]["error"] == "not-admitted"
        theirs.participant = call.kim_id
        assert (await theirs.create())[1]["error"] == "participant-unknown"
        assert (await Upload(farhand.browser(), PICTURE, photo.taken_at).create())[0] == 404


async def test_a_stranger_from_the_lobby_sends_nothing(farhand: World) -> None:
    async with farhand.call() as call:
        waiting = await farhand.guest()
        status, said = await Upload(waiting, PICTURE, farhand.now()).create()
        assert (status, said["error"]) == (403, "not-admitted")
        assert await taken(farhand, call.session) == []


async def test_who_refused_is_not_photographed_by_the_timer(farhand: World) -> None:
    """What is asked for or taken by hand is sent all the same, and the story says what it is."""
    async with farhand.call(kim_consents=False) as call:
        await call.lin.room(lambda room: room["recording"]["state"] == "refused")
        status, said = await upload(farhand, call, reason="timer").create()
        assert (status, said["error"]) == (403, "photo-not-agreed")
        assert await upload(farhand, call, reason="asked").whole() == 204
        assert "The call was not recorded" in await farhand.story(call.lin_browser)
        [event] = await taken(farhand, call.session)
        assert event["unrecorded"] is True


async def test_a_photo_that_comes_after_the_session(farhand: World) -> None:
    async with farhand.call() as call:
        photo = upload(farhand, call, participant=call.kim_id)
        await call.lin.ask("end")
        await call.kim.hear("ended")
        assert await photo.whole() == 204
        [event] = await taken(farhand, call.session)
        assert event["photo"] == photo.id
        farhand.clock.move(timedelta(minutes=11))
        status, said = await upload(farhand, call).create()
        assert (status, said["error"]) == (410, "invitation-expired")


async def test_a_photo_of_the_session_before(farhand: World) -> None:
    """The engineer has called once more meanwhile: it still belongs where it was taken."""
    async with farhand.call() as call:
        photo = upload(farhand, call, participant=call.kim_id)
        await call.lin.ask("end")
        await call.kim.hear("ended")
        again = await farhand.session(call.lin_browser)
        assert again != call.session
        assert await photo.whole() == 204
        assert len(await taken(farhand, call.session)) == 1
        assert await taken(farhand, again) == []


async def test_photos_survive_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with world(folder, media_process=False) as before, before.call() as call:
        whole, half = upload(before, call), upload(before, call)
        assert await whole.whole() == 204
        await half.create()
        assert (await half.patch(0, PICTURE[:5000]))[0] == 204
    async with world(folder, media_process=False) as after:
        kim = half.browser = after.browser(like=call.kim_browser)
        assert (await half.head())[1]["Upload-Offset"] == "5000"
        async with after.socket(kim, hello=GUEST) as back:
            room = await back.hear("room")
            assert [photo["id"] for photo in room["photos"]] == [whole.id]
            assert (await half.patch(5000, PICTURE[5000:]))[0] == 204
            await back.room(lambda room: len(room["photos"]) == 2)


async def test_stopped_between_the_last_byte_and_the_ticket(farhand: World) -> None:
    """An empty piece at the end finishes it."""
    async with farhand.call() as call:
        photo = upload(farhand, call)
        await photo.create()
        with patch.object(photos.Photo, "complete", side_effect=OSError):
            assert (await photo.patch(0, PICTURE))[0] == 500
        assert await taken(farhand, call.session) == []
        assert (await photo.head())[1]["Upload-Offset"] == str(len(PICTURE))
        assert (await photo.patch(len(PICTURE), b""))[0] == 204
        assert len(await taken(farhand, call.session)) == 1
