"""What is wrong gets a clear answer in the person's language, and disturbs nobody else."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from sessions.errors import FarhandError
from sessions.live import protocol
from tests.server.media.peer import Peer
from tests.server.web.media import connect
from tests.world import TICKET, Call, Socket, World, world

GUEST = {"side": "guest"}
HELLO: dict[str, Any] = {
    "type": "hello",
    "id": "1",
    "protocol": 1,
    "side": "guest",
    "session": None,
    "resume": None,
}
FORM = "application/x-www-form-urlencoded"
FORMS = ("/sign-in", "/language", "/tickets", f"/tickets/{TICKET}/invitations")
PART = b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\n\xff\r\n--x--\r\n'
UNREADABLE_FORMS = [
    (f"{FORM}; charset=klingon", b"title=x"),
    (f"{FORM}; charset=utf-8", b"title=\xff\xfe"),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"nothing like it"),
    ("multipart/form-data; boundary=x", PART),
]

MALFORMED = {
    "empty": "",
    "cut": '{"type": "ping"',
    "no-object": "[]",
    "number": "7",
    "null": "null",
    "no-type": '{"id": "1"}',
    "unknown-type": '{"type": "dance", "id": "1"}',
    "servers-type": '{"type": "room", "version": 1}',
    "extra-field": '{"type": "ping", "id": "1", "more": true}',
    "wrong-field": '{"type": "mark", "step": "park", "mark": "forgotten"}',
    "missing-field": '{"type": "mark", "step": "park"}',
    "long-id": json.dumps({"type": "ping", "id": "x" * 65}),
    "number-id": '{"type": "ping", "id": 1}',
    "long-note": json.dumps({"type": "mark", "step": "a", "mark": "done", "note": "x" * 2001}),
    "deep": "[" * 5000,
    "nan": '{"type": "ping", "id": NaN}',
    "lone-surrogate": '{"type": "ping", "id": "\\ud800"}',
    "nul": '{"type": "attach", "procedure": "\\u0000"',
}


@pytest.fixture
async def call(farhand: World) -> AsyncIterator[Call]:
    """A call that must not be disturbed."""
    async with farhand.call() as running:
        yield running
        assert (await running.lin.ask("ping"))["type"] == "pong"
        assert (await running.lin.ask("mark", step="area", mark="done"))["type"] == "done"


async def test_malformed_messages_are_refused_and_the_connection_stays(call: Call) -> None:
    for what, frame in MALFORMED.items():
        await call.kim.socket.send_str(frame)
        refusal = await call.kim.hear("error")
        assert refusal["error"] == "message-refused", what
        assert "페이지를 새로 고쳐" in refusal["message"]
        assert (await call.kim.ask("ping"))["type"] == "pong", what


async def test_a_binary_frame_is_refused_and_the_connection_stays(call: Call) -> None:
    await call.kim.socket.send_bytes(b'{"type": "ping"}')
    assert (await call.kim.hear("error"))["error"] == "message-refused"
    assert (await call.kim.ask("ping"))["type"] == "pong"


async def test_a_long_message_is_refused_and_the_connection_stays(call: Call) -> None:
    await call.kim.socket.send_str('{"type": "ping"}' + " " * protocol.MESSAGE_LIMIT_BYTES)
    assert (await call.kim.hear("error"))["error"] == "message-refused"
    assert (await call.kim.ask("ping"))["type"] == "pong"


async def test_a_huge_message_closes_the_connection(farhand: World, call: Call) -> None:
    with contextlib.suppress(ConnectionError):  # the server does not read to the end
        await call.kim.socket.send_str("x" * (5 * 1024 * 1024))
    # RFC 6455 section 7.4.1: too big; or nothing, for who was still sending.
    assert await call.kim.closed() in (1009, 1006)
    async with farhand.socket(call.kim_browser, hello=GUEST) as back:
        await back.hear("room")


async def test_who_speaks_too_fast_is_let_go_and_may_come_back(farhand: World, call: Call) -> None:
    for _ in range(400):
        await call.kim.say("media", microphone="on", camera="on")
    assert await call.kim.closed() == 4004
    async with farhand.socket(call.kim_browser, hello=GUEST) as back:
        await back.hear("room")


WRONG_HELLOS = [
    {"protocol": 2},
    {"protocol": "1"},
    {"side": "both"},
    {"resume": "x" * 65},
    {"surprise": 1},
    {"type": "ping"},
    {"type": "offer", "sdp": ""},
]


async def test_a_wrong_hello_is_answered_and_closed(farhand: World) -> None:
    kim = await farhand.guest(**{"Accept-Language": "ko-KR,ko;q=0.9"})
    for change in WRONG_HELLOS:
        async with farhand.socket(kim, hello=None) as socket:
            await socket.socket.send_str(json.dumps(HELLO | change))
            refusal = await socket.hear("error")
            assert refusal["error"] == "message-refused", change
            assert "페이지를 새로 고쳐" in refusal["message"]
            assert await socket.closed() == 4005


async def test_no_hello_at_all_is_answered_and_closed(farhand: World) -> None:
    kim = await farhand.guest()
    for first in ("{", "", b"hello"):
        async with farhand.socket(kim, hello=None) as socket:
            send = socket.socket.send_str if isinstance(first, str) else socket.socket.send_bytes
            await send(first)
            assert (await socket.hear("error"))["error"] == "message-refused"
            assert await socket.closed() == 4005


async def test_who_says_nothing_is_let_go(tmp_path: Path) -> None:
    async with world(tmp_path / "data", media_process=False, hello_seconds=0.05) as impatient:
        kim = await impatient.guest()
        async with impatient.socket(kim, hello=None) as socket:
            assert (await socket.hear("error"))["error"] == "hello-needed"
            assert await socket.closed() == 4005


async def test_a_second_hello_is_refused(call: Call) -> None:
    said = await call.kim.ask("hello", protocol=1, side="guest", session=None, resume=None)
    assert said["error"] == "already-hello"


async def test_a_stranger_gets_no_further_than_hello(farhand: World) -> None:
    for hello, code in (
        ({"side": "guest"}, "invitation-unknown"),
        ({"side": "staff"}, "sign-in-needed"),
        ({"side": "staff", "session": "nowhere"}, "sign-in-needed"),
    ):
        async with farhand.socket(farhand.browser(), hello=hello) as socket:
            refusal = await socket.hear("error")
            assert (refusal["error"], refusal["reply_to"]) == (code, "hello")
            assert await socket.closed() == 4005


async def test_a_session_that_is_not_there(farhand: World) -> None:
    lin = await farhand.signed_in()
    for session in ("", "nowhere", "01920f5e-0000-7000-8000-000000000002"):
        async with farhand.socket(lin, hello={"side": "staff", "session": session}) as socket:
            assert (await socket.hear("error"))["error"] == "session-unknown"


MALFORMED_OFFERS = {
    "empty": "",
    "hello": "hello",
    "cut": "v=0\r\nm=audio",
    "many-lines": "v=0\r\n" + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" * 100,
    "fingerprint": "v=0\r\na=fingerprint:sha-256 00\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
    "nul": "\x00" * 100,
    "chinese": "电" * 2000,
}


async def test_a_malformed_offer_is_refused_in_words(call: Call) -> None:
    for what, sdp in MALFORMED_OFFERS.items():
        refusal = await call.kim.ask("offer", sdp=sdp)
        assert refusal["error"] == "sdp-refused", what
        assert "연결 요청을 이해하지 못했습니다" in refusal["message"]


async def test_an_offer_without_our_codecs_is_refused_in_words(call: Call) -> None:
    offer = Peer().offer.replace("VP8/90000", "H265/90000").replace("opus/48000", "PCMU/8000")
    refusal = await call.kim.ask("offer", sdp=offer)
    assert refusal["error"] == "codec-refused"


async def test_a_customer_without_camera_or_microphone_is_in_all_the_same(call: Call) -> None:
    def kims(room: dict[str, Any], device: str) -> bool:
        kim = next(p for p in room["participants"] if p["id"] == call.kim_id)
        return (kim["presence"], kim["microphone"], kim["camera"]) == ("in", device, device)

    for device in ("denied", "absent"):
        await call.kim.ask("media", microphone=device, camera=device)
        await call.lin.room(lambda room, device=device: kims(room, device))
    peer = await connect(call.kim)  # who sends nothing still hears and sees
    await peer.close()


async def raw(farhand: World, path: str, header: bytes) -> tuple[int, str]:
    """Ask with a header that no well-behaved client sends: the status and the code."""
    url = URL(farhand.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    request = (f"GET {path} HTTP/1.1\r\nHost: {url.host}\r\nConnection: close\r\n").encode()
    writer.write(request + b"Accept: application/json\r\n" + header + b"\r\n\r\n")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return int(head.split()[1]), json.loads(body)["error"]


class TestOverHttp:
    async def status(self, browser: aiohttp.ClientSession, method: str, path: str, **more: Any):
        async with browser.request(method, path, allow_redirects=False, **more) as response:
            said = await response.json() if response.status >= 400 else None
            return response.status, said["error"] if said else None

    async def test_no_such_page(self, farhand: World) -> None:
        for path in ("/nowhere", "/api/v1/nowhere", "/static/nowhere.js"):
            said = await self.status(farhand.browser(), "GET", path)
            assert said == (404, "page-unknown")

    async def test_no_such_method(self, farhand: World) -> None:
        said = await self.status(farhand.browser(), "PUT", f"/tickets/{TICKET}")
        assert said == (405, "method-refused")

    async def test_no_way_out_of_the_folder(self, farhand: World) -> None:
        for path in (
            "/static/%00",
            "/static/" + "x" * 5000,
            "/static/..%2f..%2fpyproject.toml",
            "/static/js/%2e%2e/%2e%2e/pyproject.toml",
            "/static/%ff",
            "/static//etc/passwd",
            "/static/js",
            "/locale/..%2fko.json",
            "/locale/tlh.json",
        ):
            url = URL(farhand.url + path, encoded=True)
            said = await self.status(farhand.browser(), "GET", url)
            assert said == (404, "page-unknown"), path

    async def test_a_body_over_the_limit(self, farhand: World) -> None:
        lin = await farhand.signed_in()
        body = b"title=" + b"x" * (300 * 1024)
        for path in FORMS:
            said = await self.status(lin, "POST", path, data=body, headers={"Content-Type": FORM})
            assert said == (413, "body-too-large"), path

    async def test_a_form_that_cannot_be_read(self, farhand: World) -> None:
        lin = await farhand.signed_in()
        for path in FORMS:
            for kind, body in UNREADABLE_FORMS:
                said = await self.status(
                    lin, "POST", path, data=body, headers={"Content-Type": kind}
                )
                assert said == (400, "request-refused"), (path, kind)

    async def test_a_file_is_no_text(self, farhand: World) -> None:
        lin = await farhand.signed_in()
        form = aiohttp.FormData()
        form.add_field("title", b"hello", filename="title.txt", content_type="text/plain")
        async with lin.post("/tickets", data=form) as response:
            assert response.status == 404  # no machine either
            assert 'value="hello"' not in await response.text()

    async def test_cookies_and_bearers_of_junk(self, farhand: World) -> None:
        for value in (b"\xff\xfe", b"x" * 5000, b"", b'"', b"a=b", b"\xf0\x9f\x9a\x8c"):
            for path, name, status, code in (
                ("/api/v1/tickets", b"Authorization: Bearer ", 401, "sign-in-needed"),
                ("/api/v1/tickets", b"Authorization: ", 401, "sign-in-needed"),
                ("/desk", b"Cookie: __Host-farhand-login=", 401, "sign-in-needed"),
                ("/join", b"Cookie: __Host-farhand-guest=", 404, "invitation-unknown"),
                ("/join", b"Cookie: language=ko; ", 404, "invitation-unknown"),
            ):
                assert await raw(farhand, path, name + value) == (status, code), (name, value)

    @pytest.mark.parametrize("back", ["//elsewhere.example", "https://elsewhere.example", "\\x"])
    async def test_no_way_to_another_site(self, farhand: World, back: str) -> None:
        browser = farhand.browser()
        form = {"language": "ko", "back": back}
        async with browser.post("/language", data=form, allow_redirects=False) as response:
            assert response.headers["Location"] == "/"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=10), children, max_size=4)
    ),
    max_leaves=8,
)
TYPES = ["hello", "offer", "media", "admit", "turn_away", "attach", "mark", "consent", "ping"]
FIELDS = ["id", "sdp", "microphone", "camera", "participant", "procedure", "step", "mark", "note"]
MESSAGES = st.builds(
    lambda kind, fields: {"type": kind} | fields,
    st.sampled_from(TYPES) | st.text(max_size=8),
    st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), JSON, max_size=5),
)


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200), JSON.map(json.dumps)))
def test_anything_at_all_is_a_message_or_refused(text: str | bytes) -> None:
    try:
        message = protocol.parse(text)
    except FarhandError as refusal:
        assert refusal.code == "message-refused"  # noqa: PT017
    else:
        assert message.type in {"leave", "end", *TYPES}


@given(MESSAGES.map(json.dumps))
def test_anything_like_a_message_is_one_or_is_refused(text: str) -> None:
    try:
        protocol.parse(text)
    except FarhandError as refusal:
        assert refusal.code == "message-refused"  # noqa: PT017


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(message=st.one_of(MESSAGES, JSON))
def test_the_socket_answers_whatever_is_said(fuzzed: "Fuzzed", message: Any) -> None:
    fuzzed.say(json.dumps(message))


class Fuzzed:
    """A call to which anything is said."""

    def __init__(self, runner: Any, call: Call) -> None:
        self.runner = runner
        self.call = call

    def say(self, text: str) -> None:
        self.runner.run(self._say(self.call.kim, text))

    async def _say(self, side: Socket, text: str) -> None:
        await side.socket.send_str(text)
        reply = await side.ask("ping")
        assert reply["type"] == "pong"


@pytest.fixture
def fuzzed(tmp_path: Path) -> Any:
    """Hypothesis is synchronous: the call runs in a loop of its own."""
    with asyncio.Runner() as runner:
        contexts: list[Any] = []

        async def begin() -> Call:
            server = world(tmp_path / "data", media_process=False)
            farhand = await server.__aenter__()
            running = farhand.call()
            contexts.extend((server, running))
            return await running.__aenter__()

        async def end() -> None:
            for context in reversed(contexts):
                await context.__aexit__(None, None, None)

        yield Fuzzed(runner, runner.run(begin()))
        runner.run(end())
