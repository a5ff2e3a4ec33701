"""Figures of what a machine's disk and memory do to its calls."""

import tempfile
from pathlib import Path

from tests.bench.faults.figures import Figure, Rows
from tests.faults.disk import Fault, full, stalled, stutter, why_no_disk
from tests.faults.lab.servers import server
from tests.faults.soak import soak

FAULTS: tuple[tuple[Fault, float], ...] = ((full, 5.0), (stalled, 2.0), (stalled, 10.0))
WARM_CALLS, CALLS = 30, 200
QUICK = 10  # so many times fewer calls


async def disk_full_call_gap(quick: bool) -> list[Figure]:
    """The longest gap of more than 100 ms that a full or stalled disk adds to what is heard; 0:
    it adds none."""
    if why_no_disk():
        return []
    found = [await stutter(fault, seconds) for fault, seconds in FAULTS[: 2 if quick else None]]
    return [
        Figure(
            "fault.disk_full_call_gap_ms",
            max(one.longest_ms if one.added else 0.0 for one in found),
            "ms",
        ),
        Figure("fault.disk_full_added_gaps", sum(one.added for one in found), "gaps"),
    ]


async def soak_rss(quick: bool) -> list[Figure]:
    """What a server has more of after two hundred calls."""
    with tempfile.TemporaryDirectory(prefix="farhand-bench-") as name:
        async with server(Path(name) / "data", rated_calls=1) as running:
            growth = await soak(running, WARM_CALLS, CALLS // QUICK if quick else CALLS)
    return [
        Figure("fault.soak_rss_mib", growth.rss_mib, "MiB"),
        Figure("fault.soak_descriptors", growth.descriptors, "descriptors"),
        Figure("fault.soak_threads", growth.threads, "threads"),
    ]


FIGURES: Rows = {
    "fault.disk_full_call_gap_ms": disk_full_call_gap,
    "fault.soak_rss_mib": soak_rss,
}
