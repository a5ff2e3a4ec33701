"""What people wait for, one JSON object a line: ``python -m tests.bench.call [--quick]``."""

import argparse
import json
import math

import uvloop

from tests.bench.call.desk import desk_times
from tests.bench.call.join import first_frames


def percentile(values: list[float], share: int) -> float:
    """The value that ``share`` percent of the values do not exceed (nearest rank)."""
    return sorted(values)[math.ceil(len(values) * share / 100) - 1]


def show(name: str, value: float) -> None:
    line = {"name": name, "value": round(value, 1), "unit": "ms", "better": "lower"}
    print(json.dumps(line), flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer joins and requests")
    quick = parser.parse_args().quick
    frames = await first_frames(3 if quick else 10)
    show("call.first_frame_p50_ms", percentile(frames, 50))
    show("call.first_frame_p95_ms", percentile(frames, 95))
    show("web.desk_p95_ms", percentile(await desk_times(50 if quick else 200), 95))


if __name__ == "__main__":
    uvloop.run(main())
