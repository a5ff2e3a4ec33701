"""How long the server takes for the desk."""

import tempfile
import time
from pathlib import Path

from sessions.desk.tickets import Ticket, ticket_files
from sessions.people.persons import Person
from tests.world import LIN, World, world

TICKETS = 1000
OPEN_IN = 10  # every tenth of them
WARM = 10


async def desk_times(requests: int) -> list[float]:
    """Milliseconds from request to whole answer, over loopback, of so many ``GET /desk``."""
    with tempfile.TemporaryDirectory(prefix="farhand-bench-") as name:
        async with world(Path(name)) as farhand:
            await _fill(farhand)
            lin = await farhand.signed_in()
            times = []
            for _ in range(WARM + requests):
                began = time.perf_counter()
                async with lin.get("/desk") as response:
                    assert response.status == 200
                    await response.read()
                times.append(1000 * (time.perf_counter() - began))
            return times[WARM:]


async def _fill(farhand: World) -> None:
    async with farhand.database.begin() as db:
        lin = await Person.by_email(db, LIN)
        assert lin is not None
        machines = [file.machine for file in await ticket_files(db)]
        for number in range(TICKETS):
            machine = machines[number % len(machines)]
            title = f"Charging stops at {number % 100} %"
            ticket = await Ticket.report(db, lin, machine, farhand.now(), title=title)
            if number % OPEN_IN:
                ticket.close(db, lin, farhand.now())
