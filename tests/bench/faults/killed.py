"""Figures of a server that is killed: what is lost, whether the rest can be played, when the
call is back."""

import tempfile
from pathlib import Path

from tests.bench.faults.figures import Figure, Rows
from tests.faults.breaks import restarts
from tests.faults.calls import a_call, figures
from tests.faults.kills import kills
from tests.faults.lab.servers import server


async def kill9(quick: bool) -> list[Figure]:
    count = 4 if quick else 20
    with tempfile.TemporaryDirectory(prefix="farhand-bench-") as name:
        async with server(Path(name)) as running:
            killed = await kills(running, count)
    playable = sum(not kill.faults for kill in killed) / count
    return [
        Figure("fault.kill9_lost_s", max(kill.lost_s for kill in killed), "s"),
        Figure("fault.kill9_playable", playable, "share", "higher"),
    ]


async def restart_media(quick: bool) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="farhand-bench-") as name:
        async with a_call(Path(name)) as call:
            back = await restarts(call, 3 if quick else 20)
    return [Figure("fault.restart_media_s", *figures(back, 95), "s")]


FIGURES: Rows = {
    "fault.kill9_lost_s": kill9,
    "fault.kill9_playable": kill9,
    "fault.restart_media_s": restart_media,
}
