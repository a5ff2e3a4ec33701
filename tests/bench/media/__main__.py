"""Media figures, one JSON object a line: ``python -m tests.bench.media [--quick]``."""

import argparse
import asyncio
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

from aioice.ice import get_host_addresses

from tests.bench.media.child import Child, cpu_seconds
from tests.bench.media.servers import Farhand, Janus, Server, Stock

WARM_SECONDS = 3.0


@dataclass(frozen=True)
class Cost:
    """``cpu`` is percent of a core; ``frames`` are those that reached receivers in a second."""

    calls: int
    cpu: float
    frames: float
    delay_p50_ms: float
    delay_p99_ms: float

    @property
    def per_call(self) -> float:
        return self.cpu / self.calls

    @property
    def per_frame(self) -> float:
        return self.cpu / self.frames


async def measure(kind: type[Farhand | Stock | Janus], calls: int, seconds: float) -> Cost:
    """Put this many one-way calls on a server of its own and see what they cost."""
    address = next(iter(get_host_addresses(True, False)), "127.0.0.1")
    with tempfile.TemporaryDirectory(prefix="farhand-bench-") as folder:
        server: Server = await kind.start(address, Path(folder))
        load = await Child.start("tests.bench.media.load", address)
        try:
            for call in range(calls):
                await load.do(call="new")
                await server.join(load, call)
            await load.do(start=True)
            await asyncio.sleep(WARM_SECONDS)
            await load.do(reset=True)
            began, before = time.monotonic(), cpu_seconds(server.pid)
            await asyncio.sleep(seconds)
            elapsed, used = time.monotonic() - began, cpu_seconds(server.pid) - before
            found = await load.do(measure=True)
        finally:
            await load.stop()
            await server.stop()
    return Cost(
        calls,
        100 * used / elapsed,
        found["received_frames"] / elapsed,
        found["delay_p50_ms"],
        found["delay_p99_ms"],
    )


def tell(name: str, value: float, unit: str) -> None:
    figure = {"name": name, "value": round(value, 4), "unit": unit, "better": "lower"}
    print(json.dumps(figure), flush=True)


async def main(quick: bool) -> None:
    calls, seconds, rounds = (4, 5.0, 1) if quick else (8, 10.0, 4)
    ours, others = [], []
    for _ in range(rounds):  # taken in turns: a busy machine is busy for both
        ours.append(await measure(Farhand, calls, seconds))
        if Janus.is_installed():
            others.append(await measure(Janus, calls, seconds))
    per_frame = mean(cost.per_frame for cost in ours)
    tell("media.cpu_per_recorded_leg", mean(cost.per_call for cost in ours), "percent of a core")
    tell("media.forward_delay_p50_ms", median(cost.delay_p50_ms for cost in ours), "ms")
    tell("media.forward_delay_p99_ms", median(cost.delay_p99_ms for cost in ours), "ms")
    if others:
        janus = mean(cost.per_frame for cost in others)
        tell("media.cpu_vs_janus", per_frame / janus, "ratio")
    stock = await measure(Stock, 1, seconds)
    tell("media.cpu_vs_stock_aiortc", per_frame / stock.per_frame, "ratio")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer calls, shorter")
    asyncio.run(main(parser.parse_args().quick))
