"""Figures of faults: ``python -m tests.bench.faults [--only NAME ...] [--quick]``.

Prints one JSON object a line (``make bench-faults``). What needs networks of its own is measured
by root on Linux only; elsewhere it is left out, said on standard error, and the exit code is 1.
"""

import argparse
import sys

import uvloop

from tests.bench.faults.registry import rows
from tests.faults.lab.rights import NoLab


async def main() -> int:
    known = rows()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repetitions")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(known), default=known)
    asked = parser.parse_args()
    code = 0
    for measure in dict.fromkeys(known[name] for name in asked.only):
        try:
            for figure in await measure(asked.quick):
                print(figure, flush=True)
        except NoLab as why:
            print(f"{measure.__name__}: {why}", file=sys.stderr)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
