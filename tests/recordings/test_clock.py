"""Clocks: counters are unwrapped whatever their start, order and steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.clock import jumps, sender_reports, unwrap
from tests.recordings.sender import camera

SECOND = 1_000_000_000


@given(st.integers(0, 65535), st.lists(st.integers(-32768, 32767), max_size=200))
def test_steps_of_less_than_half_the_range_are_seen(start: int, steps: list[int]) -> None:
    true = np.cumsum([start, *steps])
    assert (unwrap(true % 65536, 16) == true).all()


@given(st.integers(0, 65535), st.integers(8193, 65535 + 8192))
def test_a_large_step_back_of_a_sequence_is_a_gap_forward(start: int, gap: int) -> None:
    true = np.array([start, start + gap % 57000 + 1])
    assert (unwrap(true % 65536, 16, 8192) == true).all()


@given(st.integers(0, (1 << 32) - 1), st.lists(st.integers(-(1 << 31), (1 << 31) - 1), max_size=50))
def test_timestamps_may_step_backward(start: int, steps: list[int]) -> None:
    true = np.cumsum([start, *steps])
    assert (unwrap(true % (1 << 32), 32) == true).all()


def test_no_counters_unwrap_to_none() -> None:
    assert len(unwrap(np.empty(0, np.int64), 16)) == 0


@pytest.mark.parametrize(("rtp", "expected"), [(-5, [50]), (30, [50]), (0, [])])
def test_a_clock_set_anew_is_found(rtp: int, expected: list[int]) -> None:
    mono = np.arange(100) * SECOND // 10
    clock = mono + np.where(np.arange(100) >= 50, rtp * SECOND, 0)
    assert jumps(clock, mono).tolist() == expected


def test_a_clock_that_halts_while_nothing_is_sent_is_found() -> None:
    clock = np.arange(100) * SECOND // 10
    mono = clock + np.where(np.arange(100) >= 50, 60 * SECOND, 0)
    assert jumps(clock, mono).tolist() == [50]


def test_a_stall_of_the_network_is_none() -> None:
    clock = np.arange(100) * SECOND // 10
    mono = clock.copy()
    mono[30:80] = 8 * SECOND
    assert jumps(clock, mono).tolist() == []


@given(st.binary(max_size=80))
def test_any_bytes_may_be_rtcp(packet: bytes) -> None:
    for report in sender_reports(1, packet, 5):
        assert report.leg == 1


def test_a_sender_report_is_read() -> None:
    source = camera(1234, at=10.0)
    source.timestamp = 90_000
    (report,) = sender_reports(3, source.report().packet, 77)
    assert (report.leg, report.ssrc, report.mono_ns, report.rtp) == (3, 1234, 77, 90_000)
