"""Figures of what strangers, greedy participants and single losses do to a call."""

import tempfile
from pathlib import Path

from tests.bench.faults.figures import Figure, Rows
from tests.faults.flood import flood, greedy, strangers
from tests.faults.lab.servers import server
from tests.faults.races import races
from tests.faults.voice import delay

SET_UPS, LOSSES = 100, 1_000
CALLS, FLOOD_SECONDS = 4, 20.0
QUICK = 20  # so many times fewer
QUICK_FLOOD_SECONDS = 4.0


async def audio_delay_growth(quick: bool) -> list[Figure]:
    """How much later sound is heard after single losses of it, in a browser."""
    with tempfile.TemporaryDirectory(prefix="farhand-bench-") as name:
        async with server(Path(name) / "data", rated_calls=1) as running:
            found = await delay(running, LOSSES // QUICK if quick else LOSSES)
    return [Figure("fault.audio_delay_growth_ms", found.growth_ms, "ms")]


async def dtls_race(quick: bool) -> list[Figure]:
    """How many of a hundred call set-ups succeed while strangers send DTLS."""
    count = SET_UPS // QUICK if quick else SET_UPS
    return [Figure("fault.dtls_race", 100 * await races(count) / count, "of 100", "higher")]


async def flood_p99(quick: bool) -> list[Figure]:
    """What calls are delayed by while junk comes, and while one sends twenty times too much."""
    seconds = QUICK_FLOOD_SECONDS if quick else FLOOD_SECONDS
    junk, much = await flood(strangers, CALLS, seconds), await flood(greedy, CALLS, seconds)
    return [
        Figure("fault.flood_p99_ms", junk.p99_ms, "ms"),
        Figure("fault.flood_delivered", junk.delivered, "share", "higher"),
        Figure("fault.flood_packets_per_s", junk.rate, "1/s", "higher"),
        Figure("fault.flood_quiet_p99_ms", junk.quiet_p99_ms, "ms"),
        Figure("fault.greedy_p99_ms", much.p99_ms, "ms"),
    ]


FIGURES: Rows = {
    "fault.audio_delay_growth_ms": audio_delay_growth,
    "fault.dtls_race": dtls_race,
    "fault.flood_p99_ms": flood_p99,
}
