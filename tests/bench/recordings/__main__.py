"""Figures of the recordings: what capturing a packet costs, and producing an hour.

``python -m tests.bench.recordings [--quick]`` prints one JSON object a line. The hour is a
customer's 720p30 camera at 1.5 Mbit/s and an engineer's 320x240 at 150 kbit/s, both with voice
over a noisy background (nothing is silent), with a key frame every ten seconds. It is produced
twice: at the end of the call, mixed ahead as the server does while a call runs, but for the last
minutes; and again, from nothing but the log. ``--quick`` produces twelve minutes and scales.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from recordings import capture as capturing
from recordings.ahead import MARGIN_MS, mix_ahead
from recordings.capture import Capture
from recordings.produce import produce
from server.settings import Settings
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


def produce_seconds(folder: Path, minutes: int) -> tuple[float, float]:
    """What ``produce`` takes for an hour, in seconds: when the call has ended, and again."""
    write_log(folder, minutes)
    # The last run may have been as long ago as there is between two.
    mix_ahead(folder, MARGIN_MS + int(Settings().mix_ahead_seconds * 1000))
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        produce(folder)
        seconds.append((time.perf_counter() - began) * 60 / minutes)
    return seconds[0], seconds[1]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    minutes = 12 if parser.parse_args().quick else 60
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        captured = capture_microseconds(folder / "a")
        ended, again = produce_seconds(folder / "b", minutes)
        figures = [
            ("recording.capture_us_per_packet", captured, "us"),
            ("recording.produce_seconds_per_hour", ended, "s"),
            ("recording.produce_again_seconds_per_hour", again, "s"),
        ]
    for name, value, unit in figures:
        line = {"name": name, "value": round(value, 2), "unit": unit, "better": "lower"}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
