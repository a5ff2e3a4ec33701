"""Transport-wide feedback, read back by a reader written from the draft."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from server.media import rtcp
from server.media.feedback import FLOOR_BPS, TransportFeedback, UplinkEstimate

MS = 1_000_000


def read(packet: bytes) -> tuple[int, dict[int, int | None]]:
    """(feedback number, arrival in 250 us by packet number; None: not received)."""
    ((kind, fmt, body),) = rtcp.packets(packet)
    assert (kind, fmt) == (rtcp.TRANSPORT_FEEDBACK, rtcp.TRANSPORT_CC)
    base, count = struct.unpack_from(">HH", body, 8)
    ticks = int.from_bytes(body[12:15], "big", signed=True) * 256
    at = 16
    symbols: list[int] = []
    while len(symbols) < count:
        chunk = int.from_bytes(body[at : at + 2], "big")
        at += 2
        if not chunk >> 15:
            symbols += [chunk >> 13 & 3] * (chunk & 0x1FFF)
        elif chunk >> 14 & 1:
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    found: dict[int, int | None] = {}
    for place, symbol in enumerate(symbols[:count]):
        number = (base + place) & 0xFFFF
        if symbol == 0:
            found[number] = None
            continue
        size = symbol
        ticks += int.from_bytes(body[at : at + size], "big", signed=size == 2)
        at += size
        found[number] = ticks
    assert at == len(body)
    return body[15], found


def feed(feedback: TransportFeedback, *arrivals: tuple[int, int]) -> list[dict[int, int | None]]:
    feedback.arrivals += [arrived << 16 | number for number, arrived in arrivals]
    return [read(report)[1] for report in feedback.reports()]


def test_nothing_arrived_nothing_is_said() -> None:
    assert TransportFeedback(1, 2).reports() == []


def test_arrivals_and_losses() -> None:
    feedback = TransportFeedback(1, 2)
    (report,) = feed(feedback, (10, 100 * MS), (11, 101 * MS), (13, 130 * MS))
    assert report == {10: 400, 11: 404, 12: None, 13: 520}


def test_what_was_lost_between_two_reports_is_in_the_second() -> None:
    feedback = TransportFeedback(1, 2)
    feed(feedback, (10, 100 * MS))
    (report,) = feed(feedback, (13, 150 * MS))
    assert report == {11: None, 12: None, 13: 600}


def test_numbers_begin_again_after_65535() -> None:
    feedback = TransportFeedback(1, 2)
    (report,) = feed(feedback, (65535, 8 * MS), (0, 9 * MS), (1, 9 * MS))
    assert report == {65535: 32, 0: 36, 1: 36}


def test_packets_out_of_order() -> None:
    feedback = TransportFeedback(1, 2)
    (report,) = feed(feedback, (5, 50 * MS), (4, 51 * MS), (6, 52 * MS))
    assert report == {4: 204, 5: 200, 6: 208}
    (late,) = feed(feedback, (3, 60 * MS))
    assert late[3] == 240


def test_long_pauses_fit() -> None:
    feedback = TransportFeedback(1, 2)
    feed(feedback, (1, 0))
    (report,) = feed(feedback, (2, 86_400_000 * MS), (3, 86_400_500 * MS))
    ticks = {number: value for number, value in report.items() if value is not None}
    assert ticks[3] - ticks[2] == 2000


def test_a_publisher_that_skips_much_is_told_of_the_end() -> None:
    feedback = TransportFeedback(1, 2)
    feed(feedback, (1, 0))
    reports = feed(feedback, (30_000, 5 * MS))
    assert len(reports) == 1
    assert reports[0][30_000] == 20


def test_reports_are_numbered() -> None:
    feedback = TransportFeedback(1, 2)
    numbers = []
    for number in range(300):
        feedback.arrivals.append(number * MS << 16 | number)
        numbers += [read(report)[0] for report in feedback.reports()]
    assert numbers == [number & 0xFF for number in range(300)]


@given(st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 10**12)), max_size=40))
def test_whatever_arrives_the_reports_can_be_read(arrivals: list[tuple[int, int]]) -> None:
    feedback = TransportFeedback(1, 2)
    for at in range(0, len(arrivals), 7):
        feed(feedback, *arrivals[at : at + 7])


@given(st.sets(st.integers(0, 900), min_size=1), st.integers(0, 65535))
def test_everything_that_arrives_is_reported_once(numbers: set[int], base: int) -> None:
    feedback = TransportFeedback(1, 2)
    arrivals = [((base + n) & 0xFFFF, (n + 1) * MS) for n in sorted(numbers)]
    reports = feed(feedback, *arrivals)
    told = {k: v for report in reports for k, v in report.items() if v is not None}
    assert told == {number: arrived // 250_000 for number, arrived in arrivals}


def test_a_lossy_uplink_gets_less_and_more_again() -> None:
    estimate = UplinkEstimate(2_000_000)
    assert estimate.update(0.0) == 2_000_000
    assert estimate.update(0.5) == 1_500_000
    for _ in range(50):
        lowest = estimate.update(0.9)
    assert lowest == FLOOR_BPS
    assert estimate.update(0.05) == lowest
    assert estimate.update(0.0) > lowest
