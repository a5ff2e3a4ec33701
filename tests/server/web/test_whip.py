"""Joining by plain HTTP (WHIP, RFC 9725), for encoders, glasses and other clients."""

from typing import Any

import aiohttp

from sessions.live.media import Answer
from sessions.live.protocol import OFFER_LIMIT_CHARS
from tests.server.media.peer import Peer
from tests.world import Call, World, presence

SDP = {"Content-Type": "application/sdp"}
AGREED = {"recording": "agreed"}


async def post(
    program: aiohttp.ClientSession, session: str, **changes: Any
) -> tuple[int, dict[str, Any]]:
    """Post an offer that is right but for the changes: the status and the refusal."""
    request = {"params": AGREED, "headers": SDP, "data": Peer().offer} | changes
    async with program.post(f"/whip/{session}", **request) as response:
        return response.status, await response.json()


async def join(program: aiohttp.ClientSession, session: str, **more: str) -> tuple[Peer, str]:
    """Join and be connected: the peer, and where to leave."""
    peer = Peer()
    headers = SDP | more
    async with program.post(
        f"/whip/{session}", params=AGREED, headers=headers, data=peer.offer.encode()
    ) as response:
        assert response.status == 201, await response.text()
        assert response.content_type == "application/sdp"
        location = response.headers["Location"]
        await peer.connect(Answer("", await response.text()))
    return peer, location


def observer(room: dict[str, Any]) -> str | None:
    who = next((p for p in room["participants"] if p["role"] == "observer"), None)
    return who["presence"] if who else None


async def test_a_program_joins_and_leaves(farhand: World) -> None:
    async with farhand.call() as call:
        program = await farhand.bearer("park.jisoo@farhand.example")
        peer, location = await join(program, call.session)
        await call.kim.room(lambda room: observer(room) == "in")
        async with program.delete(location) as response:
            assert response.status == 200
        await call.kim.room(lambda room: observer(room) == "left")
        await peer.dtls_ended.wait()
        async with program.delete(location) as response:
            assert response.status == 404
        await peer.close()


async def test_a_program_that_comes_again_takes_its_own_place(farhand: World) -> None:
    async with farhand.call() as call:
        program = await farhand.bearer("park.jisoo@farhand.example")
        first, old = await join(program, call.session)
        second, location = await join(program, call.session)
        await first.dtls_ended.wait()
        room = await call.kim.room(lambda room: observer(room) == "in")
        assert len(room["participants"]) == 3
        async with program.delete(old) as response:
            assert response.status == 404
        async with program.delete(location) as response:
            assert response.status == 200
        for peer in (first, second):
            await peer.close()


async def test_sdp_is_utf_8_whatever_is_said_of_it(farhand: World) -> None:
    async with farhand.call() as call:
        program = await farhand.bearer("park.jisoo@farhand.example")
        odd = {"Content-Type": "application/sdp; charset=klingon"}
        peer, _ = await join(program, call.session, **odd)
        await peer.close()


async def test_the_one_who_sits_at_the_console_does_not_join_twice(farhand: World) -> None:
    async with farhand.call() as call:
        status, refusal = await post(await farhand.bearer(), call.session)
        assert (status, refusal["error"]) == (409, "already-here")
        assert (await call.lin.ask("ping"))["type"] == "pong"


async def test_a_program_that_refuses_recording_stops_it(farhand: World) -> None:
    async with farhand.call() as call:
        program = await farhand.bearer("park.jisoo@farhand.example")
        peer = Peer()
        async with program.post(
            f"/whip/{call.session}", params={"recording": "refused"}, headers=SDP, data=peer.offer
        ) as response:
            assert response.status == 201
        await call.kim.room(lambda room: room["recording"]["state"] == "refused")


NO_OFFERS = [
    ({"headers": {"Content-Type": "text/plain"}}, 415, "sdp-wanted"),
    ({"data": b"\xff\xfe\xfd"}, 415, "sdp-wanted"),
    ({"params": {}}, 409, "consent-needed"),
    ({"params": {"recording": "maybe"}}, 409, "consent-needed"),
    ({"data": ""}, 400, "sdp-refused"),
    ({"data": "v=0\r\nhello"}, 400, "sdp-refused"),
    ({"data": "m=video 9 RTP/AVP 96\r\n" * 400}, 400, "sdp-refused"),
    ({"data": "v=0\r\n" + "a=x\r\n" * (OFFER_LIMIT_CHARS // 5)}, 413, "offer-too-long"),
    ({"data": "x" * (300 * 1024)}, 413, "body-too-large"),
]


async def test_what_is_no_offer_is_refused_and_nobody_comes(farhand: World) -> None:
    async with farhand.call() as call:
        program = await farhand.bearer("park.jisoo@farhand.example")
        for changes, status, code in NO_OFFERS:
            got, refusal = await post(program, call.session, **changes)
            assert (got, refusal["error"]) == (status, code)
            assert refusal["message"]
        await nobody_came(call)


async def nobody_came(call: Call) -> None:
    await call.kim.ask("mark", step="park", mark="done")
    room = await call.kim.room(lambda room: "park" in room["checklist"]["marks"])
    assert observer(room) is None
    assert presence(room, call.lin_id) == "in"


async def test_only_who_may_see_the_session_may_join(farhand: World) -> None:
    async with farhand.call() as call:
        program = await farhand.bearer()
        for browser in (farhand.browser(), call.kim_browser):
            status, refusal = await post(browser, call.session)
            assert (status, refusal["error"]) == (401, "sign-in-needed")
        wrong = farhand.browser(Authorization="Bearer " + "x" * 43)
        assert (await post(wrong, call.session))[0] == 401
        for session in ("01920f5e-0000-7000-8000-000000000002", "nowhere"):
            status, refusal = await post(program, session)
            assert (status, refusal["error"]) == (404, "session-unknown")
        async with program.delete(f"/whip/{call.session}/l1") as response:
            assert response.status == 404


async def test_an_ended_session_is_not_joined(farhand: World) -> None:
    async with farhand.call() as call:
        await call.lin.ask("end")
        await call.kim.hear("ended")
        program = await farhand.bearer("park.jisoo@farhand.example")
        status, refusal = await post(program, call.session)
        assert (status, refusal["error"]) == (410, "session-ended")
        names = [event["event"] for event in await farhand.events(call.session)]
        assert names[-1] == "session.ended", "nobody arrives after the end"
