"""Signalling messages that no page sends: each has its one reply, refused ones with a code."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from server.web import socket as sockets
from sessions.live import protocol
from tests.contracts.test_protocol_document import FROM_CLIENT, examples
from tests.fuzz import mutants
from tests.world import Socket, World, world

TYPES = {model.model_fields["type"].default for model in FROM_CLIENT}
SAMPLES = [json.dumps(one, ensure_ascii=False) for one in examples() if one["type"] in TYPES]
DEEP = ["[" * 100_000, '{"a":' * 30_000, json.dumps({"type": "mark", "note": "x" * 300_000})]
TOGETHER = 50


def understood(text: str) -> protocol.FromClient | None:
    """The message, or None for what is refused."""
    try:
        return protocol.parse(text)
    except protocol.MessageRefused:
        return None


def test_each_message_is_understood_or_refused() -> None:
    found = [understood(one) for one in mutants.of_text("messages", SAMPLES, 8_000)]
    assert 1_000 < found.count(None) < 7_900
    assert [understood(one) for one in DEEP] == [None] * len(DEEP)


@pytest.fixture
async def farhand(nothing_raised: None, tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "data", media_process=False) as running:
        yield running


async def listen(socket: Socket) -> None:
    """Read all that comes, as a page does."""
    while True:
        await socket.next()
        socket.heard.clear()


async def bear(speaker: Socket, texts: list[str], others: list[bytes]) -> None:
    """Say all this, and see that each has its reply and that the speaker is still served."""
    said: Counter[str] = Counter()
    refused = len(others)
    for text in texts:
        message = understood(text)
        if isinstance(message, protocol.Leave | protocol.End):
            continue
        await speaker.socket.send_str(text)
        if message is None:
            refused += 1
        elif message.id is not None:
            said[message.id] += 1
    for frame in others:
        await speaker.socket.send_bytes(frame)
    speaker.heard.clear()
    assert (await speaker.ask("ping", id="still here"))["type"] == "pong"
    said["still here"] += 1
    replies = [one for one in speaker.heard if "reply_to" in one]
    assert said == Counter(one["reply_to"] for one in replies if one["reply_to"] is not None)
    errors = [one["error"] for one in replies if one["type"] == "error"]
    assert errors.count(protocol.MessageRefused.code) >= refused
    assert "internal-error" not in errors
    assert all(one["message"] for one in replies if one["type"] == "error")


@pytest.mark.parametrize("side", ["lin", "kim"])
async def test_each_message_has_one_reply(
    farhand: World, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MESSAGES_PER_SECOND", 1e9)
    monkeypatch.setattr(sockets, "MESSAGES_AT_ONCE", 1e9)
    thrown = [one.encode(errors="replace").decode() for one in mutants.of_text(side, SAMPLES, 900)]
    frames = list(mutants.of_bytes(side, [one.encode() for one in SAMPLES], 100))
    async with farhand.call() as call:
        speaker, other = (call.lin, call.kim) if side == "lin" else (call.kim, call.lin)
        listening = asyncio.create_task(listen(other))
        for first in range(0, len(thrown), TOGETHER):
            share = first // (len(thrown) // len(frames))
            await bear(
                speaker,
                thrown[first : first + TOGETHER],
                frames[share : share + len(frames) * TOGETHER // len(thrown)],
            )
        listening.cancel()
        await asyncio.wait((listening,))
        assert (await other.ask("ping"))["type"] == "pong"


async def test_a_hello_is_welcomed_or_refused_with_a_code(farhand: World) -> None:
    samples = [
        json.dumps({"type": "hello", "id": "1", "protocol": 1, "side": side, "session": session})
        for side in ("staff", "guest")
        for session in (None, "01920f5e-0000-7000-8000-000000000002")
    ]
    lin = await farhand.signed_in()
    for text in mutants.of_text("hello", samples, 200):
        async with lin.ws_connect("/socket") as raw:
            await raw.send_str(text.encode(errors="replace").decode())
            frame = await raw.receive(10)
            assert frame.type is aiohttp.WSMsgType.TEXT
            told = json.loads(frame.data)
            assert told["type"] in ("done", "desk") or told["error"] != "internal-error"
