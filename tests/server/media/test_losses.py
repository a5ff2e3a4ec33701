"""What is missing of a stream: when it is asked for, when no more, and how that is written."""

from aiortc.rtp import RtcpPacket, RtcpRtpfbPacket
from hypothesis import given
from hypothesis import strategies as st

from server.media import rtcp
from server.media.losses import MOST_MISSING, REMEMBERED, TRIES, Losses, request

MS = 1_000_000
TRIP = 100 * MS


def asked_until(losses: Losses, end_ms: int, trip: int = TRIP) -> list[int]:
    """The milliseconds at which anything was asked for, looking every five."""
    return [ms for ms in range(0, end_ms, 5) if losses.due(ms * MS, trip)[0]]


def test_it_is_asked_for_at_once_and_then_twice_in_each_round_trip() -> None:
    losses = Losses(True)
    losses.miss(7, 8, 0)
    assert asked_until(losses, 350, trip=92 * MS) == [0, 50, 100, 150, 200, 250, 300]


def test_on_a_short_way_not_more_often_than_every_twenty_milliseconds() -> None:
    losses = Losses(True)
    losses.miss(7, 8, 0)
    assert asked_until(losses, 90, trip=MS) == [0, 20, 40, 60, 80]


def test_it_is_given_up_after_thirty_tries_or_a_second() -> None:
    quick, slow = Losses(True), Losses(True)
    quick.miss(7, 8, 0)
    assert len(asked_until(quick, 2_000, trip=MS)) == TRIES
    assert not quick.waits
    slow.miss(7, 8, 0)
    assert asked_until(slow, 2_000, trip=792 * MS) == [0, 400, 800]
    assert not slow.waits


def test_giving_up_is_told_once() -> None:
    losses = Losses(True)
    losses.miss(7, 8, 0)
    assert losses.due(0, TRIP) == ([7], False)
    assert losses.due(1_000 * MS, TRIP) == ([], True)
    assert losses.due(1_100 * MS, TRIP) == ([], False)


def test_what_came_is_not_asked_for_and_a_second_time_it_is_a_duplicate() -> None:
    losses = Losses(True)
    losses.miss(5, 8, 0)
    assert losses.came(6, MS)
    assert not losses.came(6, MS)
    assert not losses.came(8, MS)
    assert losses.due(2 * MS, TRIP)[0] == [5, 7]


def test_what_was_given_up_is_still_taken_when_it_comes() -> None:
    losses = Losses(True)
    losses.miss(7, 8, 0)
    losses.due(1_000 * MS, TRIP)
    assert losses.came(7, 1_500 * MS)


def test_without_the_clients_word_the_round_trip_is_learned() -> None:
    losses = Losses(True)
    for number in range(40):
        at = number * 1_000 * MS
        losses.miss(number, number + 1, at)
        losses.due(at, None)
        losses.came(number, at + 60 * MS)
    assert abs(losses.round_trip_ns - 60 * MS) < MS


def test_too_much_at_once_is_not_asked_for() -> None:
    losses = Losses(True)
    assert losses.miss(0, MOST_MISSING, 0)
    assert not losses.miss(MOST_MISSING + 1, MOST_MISSING + 2, 0)
    assert not losses.waits
    assert not losses.came(3, 0)


def test_what_is_long_ago_is_forgotten() -> None:
    losses = Losses(True)
    losses.miss(1, 2, 0)
    losses.miss(REMEMBERED + 5, REMEMBERED + 6, 0)
    assert not losses.came(1, 0)


def test_where_nothing_may_be_asked_for_late_packets_are_known_all_the_same() -> None:
    losses = Losses(False)
    losses.miss(7, 8, 0)
    assert not losses.waits
    assert losses.came(7, MS)


@given(st.lists(st.integers(60_000, 70_000), unique=True, min_size=1, max_size=50).map(sorted))
def test_a_request_names_each_packet_once(numbers: list[int]) -> None:
    packet = request(5, 6, numbers)
    (parsed,) = RtcpPacket.parse(packet)
    assert isinstance(parsed, RtcpRtpfbPacket)
    assert (parsed.fmt, parsed.ssrc, parsed.media_ssrc) == (1, 5, 6)
    assert sorted(n & 0xFFFF for n in parsed.lost) == sorted(number & 0xFFFF for number in numbers)
    ((_, count, body),) = rtcp.packets(packet)
    assert count == rtcp.NACK
    assert rtcp.wanted_again(body, 1000) == (6, [number & 0xFFFF for number in numbers])
    assert rtcp.wanted_again(body, 3)[1] == [number & 0xFFFF for number in numbers[:3]]


@given(st.binary())
def test_no_request_breaks_its_reader(body: bytes) -> None:
    ssrc, numbers = rtcp.wanted_again(body, 256)
    assert 0 <= ssrc < 1 << 32
    assert len(numbers) <= 256
