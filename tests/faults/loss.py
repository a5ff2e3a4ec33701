"""Loss on the phone's line: what is seen of the pictures, how long they stand still, and how far
picture and sound are apart in the recording."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from tests.browser.media import CUSTOMER_HZ
from tests.browser.people import Somebody
from tests.browser.review import Review
from tests.browser.source import Source
from tests.faults.calls import Call, epoch_ms
from tests.faults.kills import produced
from tests.faults.lab.losses import Direction

DELAY_MS = 50  # one way
LOSS = 0.1
VP8, VP8_AGAIN = 96, 97  # Chromium's payload types, the same in all its offers
APART_SECONDS = 2  # from one single loss to the next
GROWTH_SECONDS = 8  # what a browser needs to find out what its line carries


@dataclass(frozen=True)
class Seen:
    """The share of the frames sent that were rendered, and the longest time that a picture
    stood, of the worse direction."""

    share: float
    freeze_ms: float


async def lossy(call: Call, seconds: float) -> Seen:
    """Lose a tenth of all packets each way for so long; ``call`` runs over a slow line."""
    await asyncio.sleep(GROWTH_SECONDS)
    directions = ((call.kim, call.lin), (call.lin, call.kim))
    began = await call.line.be(loss=LOSS)
    before = [await _frames(*people) for people in directions]
    await asyncio.sleep(seconds)
    after = [await _frames(*people) for people in directions]
    ended = await call.line.be(loss=0)
    shares = [
        (rendered - rendered_before) / (sent - sent_before)
        for (sent, rendered), (sent_before, rendered_before) in zip(after, before, strict=True)
    ]
    freezes = [await _longest(receiver, began, ended) for _, receiver in directions]
    return Seen(min(shares), max(freezes))


async def _frames(sender: Somebody, receiver: Somebody) -> tuple[int, int]:
    """How many frames of one's were sent, and how many the other has rendered, so far."""
    return (
        await sender.page.evaluate("farhandProbe.count('outbound-rtp', 'video', 'framesSent')"),
        await receiver.page.evaluate("farhandProbe.count('inbound-rtp', 'video', 'framesDecoded')"),
    )


async def _longest(person: Somebody, began: float, ended: float) -> float:
    return max(ms for ms, _ in await _stood(person, began, ended))


async def _stood(person: Somebody, began: float, ended: float) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = await person.page.evaluate(
        "([from, to]) => farhandFlow.stood(from, to)", [epoch_ms(began), epoch_ms(ended)]
    )
    return found


async def single(call: Call, direction: Direction, count: int) -> list[float]:
    """Lose so many single packets of a picture on its way, each with its first retransmission;
    for each the longest time, in ms, that a picture stood."""
    await asyncio.sleep(GROWTH_SECONDS)
    receiver = call.lin if direction == "up" else call.kim
    how = {"kind": VP8, "retransmission": VP8_AGAIN, "round_trip": 2 * DELAY_MS / 1000}
    chosen = {"rule": "with its retransmission", "direction": direction, **how}
    before = await call.line.losses()
    began = await call.line.be(chosen={**chosen, "seconds": APART_SECONDS})
    while await call.line.losses() - before < count:
        await asyncio.sleep(APART_SECONDS / 4)
    await asyncio.sleep(APART_SECONDS)
    ended = time.monotonic()
    await call.line.be(chosen=None)
    longest: dict[int, float] = {}
    for ms, at in await _stood(receiver, began, ended):
        nth = int((at - epoch_ms(began)) / 1000 / APART_SECONDS)
        longest[nth] = max(ms, longest.get(nth, 0.0))
    return [longest.get(nth, 1000.0 * APART_SECONDS) for nth in range(count)]


async def offsets(call: Call, seconds: float) -> Sequence[float]:
    """End the call after so many more seconds of loss; how far, in ms, each of Kim's words is
    from his picture in what is produced of it."""
    await call.kim.page.evaluate("farhandProbe.listen()")
    await call.line.be(loss=LOSS)
    await asyncio.sleep(seconds)
    source = await Source.of(call.kim.page)
    await call.line.be(loss=0)
    session = call.lin.session
    await call.lin.end()
    folder = await produced(call.server, session)
    file = next(folder.rglob("review.webm"))
    timeline = json.loads(file.with_name("timeline.json").read_text())
    moment = datetime.fromisoformat(timeline["origin_wall"])
    found: Sequence[float] = np.abs(source.apart(Review(file), CUSTOMER_HZ, moment)).tolist()
    return found
