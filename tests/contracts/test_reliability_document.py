"""docs/RELIABILITY.md names every figure of the bench of faults, and tests that exist."""

import re
from pathlib import Path

import pytest

from tests.bench.faults.registry import rows

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "RELIABILITY.md").read_text()
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and "---" not in line]
PROMISES = [line for line in ROWS if not line.endswith("| test |")]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@pytest.mark.parametrize("promise", PROMISES, ids=lambda line: line.split("|")[1].strip()[:40])
def test_every_promise_has_tests_that_exist(promise: str) -> None:
    named = TEST.findall(promise)
    assert named
    for file, test in named:
        assert (ROOT / file).is_file(), file
        assert f"def {test}(" in (ROOT / file).read_text(), test


def test_every_figure_is_promised_and_every_promise_measured() -> None:
    promised = [figure for line in PROMISES for figure in re.findall(r"`(fault\.\w+)`", line)]
    assert sorted(promised) == sorted(rows())
