"""Clocks: counters that wrap, and the senders' clocks laid on the server's.

RFC 3550: sequence numbers and timestamps (section 5.1), sender reports (section 6.4.1).
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recordings.tracks import I64

SECOND = 1_000_000_000
KNOT_NS = 30 * SECOND
MOST_DRIFT_NS = KNOT_NS // 200
MISORDER_PACKETS = 8192
JUMP_NS = 2 * SECOND
JUMP_CONFIRMED_NS = SECOND
JUMP_WINDOW_NS = 10 * SECOND
NTP_STEP_NS = SECOND // 4

_SENDER_REPORT = 200
_SR = struct.Struct(">IQI")


@dataclass(frozen=True, slots=True)
class SenderReport:
    """One sender report: its NTP time in ns since 1900, and the RTP time that is the same."""

    leg: int
    ssrc: int
    mono_ns: int
    ntp_ns: int
    rtp: int


def sender_reports(leg: int, packet: bytes, mono_ns: int) -> Iterator[SenderReport]:
    """The sender reports of a compound RTCP packet; stops at the first malformed one."""
    at = 0
    while at + 4 <= len(packet) and packet[at] >> 6 == 2:
        length = 4 * (int.from_bytes(packet[at + 2 : at + 4], "big") + 1)
        if packet[at + 1] == _SENDER_REPORT and length >= 28 and at + length <= len(packet):
            ssrc, ntp, rtp = _SR.unpack_from(packet, at + 4)
            yield SenderReport(leg, ssrc, mono_ns, ntp * SECOND >> 32, rtp)
        at += length


def unwrap(values: I64, bits: int, backward: int | None = None) -> I64:
    """Counters of ``bits`` bits without their wraps, each seen from the one before it.

    A step is the shortest way round (half-range rule), so it may lead backward, but by no more
    than ``backward``.
    """
    half, full = 1 << (bits - 1), 1 << bits
    steps = np.diff(values, prepend=values[:1])
    steps = ((steps + half) & (full - 1)) - half
    if backward is not None:
        steps[steps < -backward] += full
    unwrapped: I64 = np.add(values[:1], np.cumsum(steps))
    return unwrapped


def nearest(values: I64, beside: I64, bits: int) -> I64:
    """Counters of ``bits`` bits, unwrapped to be as near as can be to others that are."""
    half, full = 1 << (bits - 1), 1 << bits
    return beside + ((values - beside + half) & (full - 1)) - half


def to_ns(ticks: I64, rate: int) -> I64:
    """Ticks of an RTP clock in ns."""
    whole, rest = np.divmod(ticks, rate)
    ns: I64 = whole * SECOND + rest * SECOND // rate
    return ns


def jumps(rtp_ns: I64, mono_ns: I64) -> I64:
    """Where, in sending order, an RTP clock went on from another value than it stopped at.

    A clock never runs backward by itself. A jump forward or a halt looks at first like a stall
    of the network; it is one when the packets of the next ten seconds stay beside the old line.
    """
    step, elapsed = np.diff(rtp_ns), np.diff(mono_ns)
    odd = np.flatnonzero((step < 0) | (np.abs(step - elapsed) > JUMP_NS)) + 1
    found = [at for at in odd.tolist() if step[at - 1] < 0 or _stays_beside(rtp_ns, mono_ns, at)]
    return np.array(found, np.int64)


def _stays_beside(rtp_ns: I64, mono_ns: I64, at: int) -> bool:
    line = mono_ns - rtp_ns
    latest = np.maximum.accumulate(mono_ns)
    first = int(np.searchsorted(latest[:at], mono_ns[at - 1] - JUMP_WINDOW_NS))
    last = at + max(1, int(np.searchsorted(latest[at:], mono_ns[at] + JUMP_WINDOW_NS)))
    before = line[min(first, at - 1) : at].min()
    return bool(abs(line[at:last].min() - before) > JUMP_CONFIRMED_NS)


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one clock is from another, as a line through knots half a minute apart, in ns."""

    at: I64
    ahead: I64

    @classmethod
    def of(cls, at: I64, ahead: I64, lowest: bool) -> "Drift":
        """Through the lowest or the median value of each half minute."""
        window = (at - at.min()) // KNOT_NS
        order = np.argsort(window, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(window[order])) + 1)
        choose = np.min if lowest else np.median
        return cls(
            np.array([int(at[group].mean()) for group in groups], np.int64),
            np.array([int(choose(ahead[group])) for group in groups], np.int64),
        )

    def ahead_at(self, at: I64) -> I64:
        """The line at these times; beyond the outer knots it goes on as it came."""
        base, level = self.at[0], self.ahead[0]
        x, y = self.at - base, self.ahead - level
        if len(x) > 1:
            first, last = (_slope(x[:2], y[:2]), _slope(x[-2:], y[-2:]))
            x = np.concatenate([x[:1] - KNOT_NS, x, x[-1:] + KNOT_NS])
            y = np.concatenate([y[:1] - first, y, y[-1:] + last])
        ahead: I64 = np.interp(at - base, x, y).astype(np.int64) + level
        return ahead


def _slope(x: I64, y: I64) -> int:
    """By how much the line rises in half a minute."""
    rise = int((y[1] - y[0]) * (KNOT_NS / (x[1] - x[0])))
    return min(max(rise, -MOST_DRIFT_NS), MOST_DRIFT_NS)


@dataclass(frozen=True, slots=True)
class Reports:
    """Sender reports as columns, in order of arrival."""

    mono_ns: I64
    ntp_ns: I64
    rtp: I64

    @classmethod
    def of(cls, reports: Sequence[SenderReport]) -> "Reports":
        rows = sorted((report.mono_ns, report.ntp_ns, report.rtp) for report in reports)
        return cls(*(np.array([row[column] for row in rows], np.int64) for column in range(3)))

    def between(self, since: int, until: int) -> "Reports":
        """Those that came from ``since`` on and before ``until``."""
        span = slice(*np.searchsorted(self.mono_ns, [since, until]))
        return Reports(self.mono_ns[span], self.ntp_ns[span], self.rtp[span])

    def __len__(self) -> int:
        return len(self.mono_ns)


class NtpClock:
    """A sender's NTP clock, as its reports tell it, on the server's monotonic clock."""

    def __init__(self, reports: Reports) -> None:
        """``reports`` are all reports of one leg; at least one."""
        self._arrivals = reports.mono_ns
        self._steps = _steps(reports.mono_ns - reports.ntp_ns)
        straight = reports.ntp_ns + self._steps
        self._drift = Drift.of(straight, reports.mono_ns - straight, lowest=True)

    def mono_ns(self, reports: Reports) -> I64:
        """When the instants that ``reports`` name were on the server's clock."""
        straight = reports.ntp_ns + self._steps[np.searchsorted(self._arrivals, reports.mono_ns)]
        return straight + self._drift.ahead_at(straight)


def _steps(delay: I64) -> I64:
    """By how much the sender had set its clock back, in sum, at each report.

    ``delay`` is arrival less NTP time: a stalled network delays a report or two, a clock that
    was set shifts all that follow; and no network makes one come earlier.
    """
    steps = np.zeros(len(delay), np.int64)
    for at in range(1, len(delay)):
        if abs(delay[at] - delay[at - 1]) > NTP_STEP_NS:
            before, after = delay[max(0, at - 5) : at], delay[at : at + 5]
            step = int(np.median(after) - np.median(before))
            if abs(step) > NTP_STEP_NS and (len(after) > 2 or step < 0):
                steps[at:] += step
                delay = np.concatenate([delay[:at], delay[at:] - step])
    return steps
