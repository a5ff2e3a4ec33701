"""Counters that wrap and clocks that are set in mid-call move nothing in the recording."""

from pathlib import Path

import pytest

from tests.faults.wrap import CASES, CODECS, FRAME_MS, Case, measured

SYNC_MS = 40


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_recording_is_as_long_as_the_call_and_in_sync(
    case: Case, codec: str, tmp_path: Path
) -> None:
    found = measured(case, codec, tmp_path)
    assert found.duration_ms <= FRAME_MS
    assert found.offset_ms <= SYNC_MS
