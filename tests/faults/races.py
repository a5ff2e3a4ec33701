"""Call set-ups that strangers try to break: DTLS from other ports while hands are shaken."""

import asyncio

from server.media.remote import RemotePlane
from server.media.settings import MediaSettings
from sessions.live.media import Seating
from tests.faults.junk import junk
from tests.faults.talk import peer

RATE = 2_000
PATIENCE_SECONDS = 10


async def races(count: int) -> int:
    """Of so many call set-ups of two people each, in how many both came to hear each other."""
    plane = await RemotePlane.start(MediaSettings(host="127.0.0.1", log_level="error"))
    try:
        async with junk(plane.port, "dtls", RATE):
            return sum([await _set_up(plane, f"room-{number}") for number in range(count)])
    finally:
        await plane.stop()


async def _set_up(plane: RemotePlane, room: str) -> bool:
    lin, kim = peer(1), peer(2)
    await plane.seat(room, "lin", Seating({0: "kim"}))
    await plane.seat(room, "kim", Seating({0: "lin"}))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            for name, one in (("lin", lin), ("kim", kim)):
                await one.connect(await plane.join(room, name, one.offer))
            while not (lin.rtp and kim.rtp):
                lin.say()
                kim.say()
                await asyncio.sleep(0.02)
    except TimeoutError:
        return False
    finally:
        await lin.close()
        await kim.close()
        await plane.close(room)
    return True
