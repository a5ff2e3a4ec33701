"""All figures, one JSON object a line: ``python -m tests.bench [--quick]`` (``make bench``)."""

import subprocess
import sys

PARTS = ("tests.bench.media", "tests.bench.call", "tests.bench.recordings")


def main() -> int:
    """Run each part in a process of its own; the worst exit code."""
    return max(
        subprocess.run([sys.executable, "-m", part, *sys.argv[1:]], check=False).returncode
        for part in PARTS
    )


if __name__ == "__main__":
    sys.exit(main())
