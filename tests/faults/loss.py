"""Loss on the phone's line: what is seen of the pictures, how long they stand still, and how far
picture and sound are apart in the recording."""

import asyncio
import time
from dataclasses import dataclass

from tests.browser.people import Somebody
from tests.faults.calls import Call, epoch_ms

DELAY_MS = 50  # one way
LOSS = 0.1
VP8, VP8_AGAIN = 96, 97  # Chromium's payload types, as in each of its offers


@dataclass(frozen=True)
class Seen:
    """How much of what was sent was rendered, the worse of both directions; the longest that a
    picture stood still."""

    share: float
    freeze_ms: float
    sent: int
    reached: int


async def frames(sender: Somebody, receiver: Somebody) -> tuple[int, int]:
    """How many frames one has sent and the other has rendered so far."""
    sent = await sender.page.evaluate("farhandProbe.count('outbound-rtp', 'video', 'framesSent')")
    seen = await receiver.page.evaluate(
        "farhandProbe.count('inbound-rtp', 'video', 'framesDecoded')"
    )
    return sent, seen


async def lossy(call: Call, seconds: float) -> Seen:
    """Lose a tenth of all packets each way for so long."""
    began = await call.line.be(loss=LOSS)
    directions = [(call.kim, call.lin), (call.lin, call.kim)]
    before = [await frames(*people) for people in directions]
    await asyncio.sleep(seconds)
    after = [await frames(*people) for people in directions]
    ended = time.monotonic()
    counts = [
        (sent - sent_before, seen - seen_before)
        for (sent, seen), (sent_before, seen_before) in zip(after, before, strict=True)
    ]
    print(counts)
    freezes = [await longest(person, began, ended) for person in (call.lin, call.kim)]
    print(freezes)
    sent, reached = min(counts, key=lambda count: count[1] / count[0])
    return Seen(min(seen / sent for sent, seen in counts), max(freezes), sent, reached)


async def longest(person: Somebody, began: float, ended: float) -> float:
    """The longest time without a new picture, in ms."""
    found: float = await person.page.evaluate(
        "([from, to]) => farhandFlow.longest(from, to)", [epoch_ms(began), epoch_ms(ended)]
    )
    return found
