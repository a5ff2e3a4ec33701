"""Sound that is lost now and then is not heard later for it."""

from pathlib import Path

from tests.faults.lab.servers import server
from tests.faults.voice import delay

LOSSES = 40
MOST_MS = 5
NOISE_MS = 25  # two voices are not disturbed in quite the same way by a busy machine


async def test_single_losses_of_sound_do_not_delay_it(tmp_path: Path) -> None:
    async with server(tmp_path / "data", rated_calls=1) as running:
        found = await delay(running, LOSSES)
    assert found.losses >= LOSSES
    assert found.growth_ms < MOST_MS + NOISE_MS
