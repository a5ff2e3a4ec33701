"""Figures of the recordings: what capturing a packet costs, and producing an hour.

``python -m tests.bench.recordings [--quick]`` prints one JSON object a line. The hour is a
customer's 720p30 camera at 1.5 Mbit/s and an engineer's 320x240 at 150 kbit/s, both with voice
over a noisy background (nothing is silent), with a key frame every ten seconds. ``--quick``
produces six minutes and scales.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from recordings import capture as capturing
from recordings.capture import Capture
from recordings.produce import produce
from tests.bench.recordings.hour import write_log

PACKETS = 200_000


def capture_microseconds(folder: Path) -> float:
    """What ``Capture.rtp`` costs the caller for one packet, in µs."""
    capture = Capture.begin(folder, {"session": "bench"})
    packet, spent = bytes([0x80, 96]) + bytes(1150), 0.0
    for _ in range(PACKETS // 2000):
        began = time.perf_counter()
        for _ in range(2000):
            capture.rtp(1, packet, 1)
        spent += time.perf_counter() - began
        while capture.backlog > capturing.QUEUE_BYTES // 2:
            time.sleep(0.01)
    capture.seal()
    return spent / PACKETS * 1e6


def produce_seconds(folder: Path, minutes: int) -> float:
    """What ``produce`` takes for an hour, in seconds."""
    write_log(folder, minutes)
    began = time.perf_counter()
    produce(folder)
    return (time.perf_counter() - began) * 60 / minutes


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    minutes = 6 if parser.parse_args().quick else 60
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = [
            ("recording.capture_us_per_packet", capture_microseconds(folder / "a"), "us"),
            ("recording.produce_seconds_per_hour", produce_seconds(folder / "b", minutes), "s"),
        ]
    for name, value, unit in figures:
        line = {"name": name, "value": round(value, 2), "unit": unit, "better": "lower"}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
