"""A call that goes on while mutants come, and what they must not do to the process."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from server.media import leg as legs
from server.media import port as ports
from server.media.plane import Plane
from sessions.live.media import LegClosed
from tests.server.media.conftest import LOOPBACK, Call
from tests.server.media.offers import browser_lines
from tests.server.media.peer import Peer

TOGETHER = 100
FENCE = b"\xf8fence"  # what Opus could be
VOICE = 0xA5C3_0F96  # an SSRC that no mutant has: SRTP would lose count of its numbers
MOST_GROWTH_BYTES = 8 << 20
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Victims:
    """Mina and Tao talk. Whoever throws something at the plane does so through ``bear``."""

    def __init__(self, call: Call, mina: Peer, tao: Peer) -> None:
        self.call, self.mina, self.tao = call, mina, tao

    async def bear(self, thrown: Iterable[bytes], throw: Callable[[bytes], None]) -> None:
        """Throw all of it, and see that the two hear each other after every few, that nobody is
        cut off, and that memory does not grow."""
        settled = 0
        for number, one in enumerate(thrown, 1):
            throw(one)
            if not number % TOGETHER:
                await self.talk()
            if number == 20 * TOGETHER:
                settled = _memory()
        await self.talk()
        assert not [event for event in self.call.events if isinstance(event, LegClosed)]
        assert not settled or _memory() - settled < MOST_GROWTH_BYTES

    async def talk(self) -> None:
        """The port takes datagrams in order: what was thrown before has been dealt with, too."""
        for speaker, listener in ((self.mina, self.tao), (self.tao, self.mina)):
            words = listener.slot("seat-0", "audio")
            speaker.say(FENCE, speaker.lines[0])
            await listener.until(
                lambda listener=listener, words=words: any(
                    packet.payload == FENCE for packet in listener.of(words)
                )
            )
            for kept in (listener.rtp, listener.rtcp, listener.stun, speaker.rtcp, speaker.stun):
                kept.clear()


def _memory() -> int:
    """Bytes of this process that are in memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


@pytest.fixture
async def nothing_raised(caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    """No callback and no task of the event loop raised, and nobody logged a traceback."""
    raised: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: raised.append(context))
    yield
    gc.collect()  # tasks tell of their exceptions when they are let go
    await asyncio.sleep(0)
    assert raised == []
    assert not [one for one in caplog.records if one.exc_info or "Traceback" in one.message]


@pytest.fixture
async def victims(monkeypatch: pytest.MonkeyPatch, nothing_raised: None) -> AsyncIterator[Victims]:
    """Both are connected; the caps on what is read are off, so that every mutant is."""
    monkeypatch.setattr(legs, "ALLOWED_BYTES_PER_SECOND", 1 << 40)
    monkeypatch.setattr(legs, "ALLOWED_AT_ONCE_BYTES", 1 << 40)
    monkeypatch.setattr(ports, "MOST_STRANGERS", 1 << 40)
    plane = await Plane.open(LOOPBACK)
    call = Call(plane)
    await call.seat("mina", "tao")
    await call.seat("tao", "mina")
    mina, tao = (Peer(browser_lines(audio=VOICE)) for _ in range(2))
    yield Victims(call, await call.join("mina", mina), await call.join("tao", tao))
    for peer in call.peers:
        await peer.close()
    await plane.stop()
