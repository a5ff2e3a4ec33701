"""Consent to being recorded: asked first, kept as evidence, and obeyed at once."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlmodel import select

from recordings.log import Kind, Log
from recordings.verify import verify
from sessions.live.participants import CONSENT_TEXT_VERSION, Consent
from sessions.people.invitations import Invitation
from tests.server.web.media import connect
from tests.world import World, presence

GUEST = {"side": "guest"}
SECOND = 1_000_000_000
REFUSED = "Kim Minjun did not agree to be recorded: this session is not recorded"
WITHDRAWN = "Kim Minjun withdrew the consent: recording stopped"


async def answers(farhand: World) -> list[Consent]:
    async with farhand.database.begin() as db:
        found = await db.exec(select(Consent).order_by(Consent.id))
        return [consent for consent in found.all() if consent.invitation_id is not None]


async def agree(browser: aiohttp.ClientSession, recording: bool, language: str = "ko") -> int:
    body = {"recording": recording, "language": language, "version": CONSENT_TEXT_VERSION}
    async with browser.post("/join/consent", json=body) as response:
        return response.status


def captured(tmp_path: Path, session: str) -> list[Path]:
    folder = tmp_path / "data" / "recordings" / session
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_an_answer_is_kept_as_evidence(farhand: World) -> None:
    kim = await farhand.guest(consent=None)
    before = farhand.now()
    assert await agree(kim, True, "zh") == 204
    (kept,) = await answers(farhand)
    assert kept.recording is True
    assert before <= kept.at <= farhand.now()
    assert (kept.language, kept.text_version) == ("zh", CONSENT_TEXT_VERSION)
    assert kept.address == "127.0.0.1"
    async with farhand.database.begin() as db:
        invitation = await db.get(Invitation, kept.invitation_id)
        assert invitation.name == "Kim Minjun"
    async with kim.get("/join") as response:
        assert '"consent": true' in await response.text()


async def test_every_answer_is_kept_and_the_last_counts(farhand: World) -> None:
    kim = await farhand.guest(consent=None)
    for recording in (False, True, False):
        assert await agree(kim, recording) == 204
        farhand.clock.move(timedelta(seconds=5))
    assert [consent.recording for consent in await answers(farhand)] == [False, True, False]
    async with kim.get("/join") as response:
        assert '"consent": false' in await response.text()
    lin = await farhand.signed_in()
    session = await farhand.session(lin)
    names = [event["event"] for event in await farhand.events(session)]
    assert names[-3:] == ["consent.refused", "consent.given", "consent.withdrawn"]


async def test_nobodys_media_is_taken_before_they_answered(farhand: World) -> None:
    kim = await farhand.guest(consent=None)
    lin = await farhand.signed_in()
    session = await farhand.session(lin)
    async with (
        farhand.socket(lin, hello={"side": "staff", "session": session}) as console,
        farhand.socket(kim, hello=GUEST) as guest,
    ):
        me = (await guest.hear("welcome"))["you"]
        await console.hear("welcome")
        for side in (console, guest):
            if side is guest:
                await console.room(lambda room: presence(room, me) == "waiting")
                await console.ask("admit", participant=me)
            refusal = await side.ask("offer", sdp="v=0\r\n")
            assert refusal["error"] == "consent-needed"
        assert (await guest.ask("consent", recording=False, language="ko"))["type"] == "done"
        peer = await connect(guest)
        await peer.close()


async def test_while_all_agree_it_is_recorded(farhand: World, tmp_path: Path) -> None:
    async with farhand.call() as call:
        assert (await call.lin.room(lambda room: True))["recording"]["state"] == "off"
        peer = await connect(call.kim)
        for side in (call.lin, call.kim):
            room = await side.room(lambda room: room["recording"]["state"] == "on")
            assert room["recording"]["since"] is not None
            assert room["recording"]["by"] is None
        peer.say()
        assert (await call.kim.hear("kept"))["bytes"] > 0
        assert captured(tmp_path, call.session)
        await peer.close()


async def test_who_refuses_is_not_captured_and_the_ticket_says_so(
    farhand: World, tmp_path: Path
) -> None:
    async with farhand.call(kim_consents=False) as call:
        kim = await connect(call.kim)
        lin = await connect(call.lin)
        for side in (call.lin, call.kim):
            room = await side.room(lambda room: room["recording"]["state"] == "refused")
            assert room["recording"]["by"] == call.kim_id
            assert len(room["seating"]["seats"]) == 1

        async def heard() -> bool:
            kim.say()
            return any(packet.payload == b"sound" for packet in lin.rtp)

        await farhand.until(heard)
        assert captured(tmp_path, call.session) == []
        assert REFUSED in await farhand.story(call.lin_browser)
        await call.lin.ask("end")
        await call.kim.hear("ended")
        await kim.close()
        await lin.close()
    assert captured(tmp_path, call.session) == []
    program = await farhand.bearer()
    async with program.get(f"/api/v1/sessions/{call.session}") as response:
        assert (await response.json())["recording"] is None
    async with program.get(f"/api/v1/recordings/{call.session}") as response:
        assert (await response.json())["error"] == "recording-unknown"


@pytest.mark.parametrize("way", ["socket", "page"])
async def test_withdrawing_stops_the_recording_at_once(
    farhand: World, tmp_path: Path, way: str
) -> None:
    async with farhand.call() as call:
        peer = await connect(call.kim)
        await call.lin.room(lambda room: room["recording"]["state"] == "on")
        if way == "socket":
            await call.kim.ask("consent", recording=False, language="ko")
        else:
            assert await agree(call.kim_browser, False) == 204
        room = await call.lin.room(lambda room: room["recording"]["state"] == "refused")
        assert room["recording"]["by"] == call.kim_id
        sizes = {path: path.stat().st_size for path in captured(tmp_path, call.session)}
        for _ in range(20):
            peer.say()
        assert (await call.kim.ask("ping"))["type"] == "pong"
        assert {path: path.stat().st_size for path in sizes} == sizes
        assert WITHDRAWN in await farhand.story(call.lin_browser)
        await call.kim.ask("consent", recording=True, language="ko")
        await call.lin.room(lambda room: room["recording"]["state"] == "on")
        names = [event["event"] for event in await farhand.events(call.session)]
        assert names.count("recording.begun") == 2
        assert names.count("recording.sealed") == 1
        await peer.close()


@pytest.mark.parametrize("way", ["socket", "page"])
async def test_a_second_after_the_withdrawal_nothing_is_in_the_log(
    farhand: World, tmp_path: Path, way: str
) -> None:
    async with farhand.call() as call:
        peer = await connect(call.kim)
        await call.lin.room(lambda room: room["recording"]["state"] == "on")

        async def talks_until(ns: int) -> None:
            async def is_over() -> bool:
                peer.say()
                return time.monotonic_ns() > ns

            await farhand.until(is_over)

        await talks_until(time.monotonic_ns() + SECOND // 4)
        withdrawn = time.monotonic_ns()
        if way == "socket":
            await call.kim.say("consent", recording=False, language="ko")
        else:
            assert await agree(call.kim_browser, False) == 204
        await talks_until(withdrawn + SECOND * 3 // 2)
        await peer.close()
    (path,) = captured(tmp_path, call.session)
    assert verify(path).whole
    with Log(path) as log:
        records = log.records()
        spoken = records.mono_ns[records.kind == Kind.RTP]
    assert spoken.min() < withdrawn
    assert spoken.max() < withdrawn + SECOND


async def test_an_observer_who_does_not_agree_stops_it_too(farhand: World) -> None:
    async with farhand.call() as call:
        peer = await connect(call.kim)
        await call.lin.room(lambda room: room["recording"]["state"] == "on")
        jisoo = await farhand.signed_in("park.jisoo@farhand.example")
        await farhand.console(jisoo, call.session, consent=False)
        hello = {"side": "staff", "session": call.session}
        async with farhand.socket(jisoo, hello=hello) as watching:
            me = (await watching.hear("welcome"))["you"]
            room = await call.kim.room(lambda room: room["recording"]["state"] == "refused")
            assert room["recording"]["by"] == me
            await watching.ask("leave")
        await call.kim.room(lambda room: room["recording"]["state"] == "on")
        await peer.close()


NO_ANSWERS = {
    "empty": b"",
    "cut": b"{",
    "list": b"[]",
    "maybe": b'{"recording": "maybe", "language": "ko", "version": "1"}',
    "klingon": b'{"recording": true, "language": "tlh", "version": "1"}',
    "no-version": b'{"recording": true, "language": "ko"}',
    "extra": b'{"recording": true, "language": "ko", "version": "1", "more": 1}',
    "long": b'{"recording": true, "language": "ko", "version": "' + b"1" * 21 + b'"}',
    "bytes": b"\xff\xfe\x00",
}


async def test_what_is_no_answer_is_refused(farhand: World) -> None:
    kim = await farhand.guest(consent=None)
    headers = {"Content-Type": "application/json"}
    for what, body in NO_ANSWERS.items():
        async with kim.post("/join/consent", data=body, headers=headers) as response:
            assert response.status == 400, what
            said = await response.json()
        assert said["error"] == "message-refused", what
        assert "페이지를 새로 고쳐" in said["message"]
    assert await answers(farhand) == []


async def test_answers_at_the_same_moment_are_all_kept(farhand: World) -> None:
    async with farhand.call() as call:
        await asyncio.gather(*(agree(call.kim_browser, True) for _ in range(4)))
        assert len(await answers(farhand)) == 5
