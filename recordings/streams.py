"""Streams: the RTP packets of a session, sorted by whose track they are and laid on one clock."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recordings.clock import (
    JUMP_NS,
    MISORDER_PACKETS,
    Drift,
    NtpClock,
    Reports,
    SenderReport,
    jumps,
    nearest,
    sender_reports,
    to_ns,
    unwrap,
)
from recordings.log import PART_PATTERN, Kind, Log, Records
from recordings.packets import Packets, rtp_packets
from recordings.tracks import I64, Codec

CODECS: dict[str, Codec] = {"opus": "opus", "vp8": "vp8", "h264": "h264"}
LAST_NS = 20_000_000  # what the last packet or frame is taken to last
ANOTHER_RUN_NS = 60_000_000_000  # by no more is a running server's clock set


@dataclass(frozen=True, slots=True)
class Part:
    """A log part, its records, and when the first and last of its packets came.

    ``mono_ns`` (and so ``began_ns`` and ``ended_ns``) is on the monotonic clock of the session's
    first part, ``shift_ns`` ahead of the log's own.
    """

    log: Log
    records: Records
    shift_ns: int
    began_ns: int
    ended_ns: int

    @classmethod
    def of(cls, log: Log, before: Sequence["Part"]) -> "Part":
        """``before`` are the parts before it; a part never begins before the last one ended."""
        records = log.records()
        times = records.mono_ns[records.kind == Kind.RTP]
        began, ended = (int(times.min()), int(times.max())) if len(times) else _made(log)
        shift = 0
        if before:
            shift = max(_shift(before[0].log, log), before[-1].ended_ns - began)
        return cls(log, records, shift, began + shift, ended + shift)

    def without(self, damaged: Sequence[int]) -> "Part":
        """The same part with the records in these places left out."""
        self.records.kind[list(damaged)] = 0
        return self


def _made(log: Log) -> tuple[int, int]:
    return (log.chunks[0].mono_ns, log.chunks[-1].mono_ns) if log.chunks else (0, 0)


@dataclass(frozen=True, slots=True)
class Stream:
    """What one source sent for one track, in sending order, without duplicates.

    ``at_ns`` is when each packet's content was captured, on the server's clock (monotonic, of
    the first part). ``lost`` packets never came.
    """

    part: int
    leg: int
    participant: str
    kind: str
    codec: Codec
    rate: int
    packets: Packets
    at_ns: I64
    lost: int


def open_parts(folder: Path) -> list[Part]:
    """The readable log parts of a session in order. The caller closes their logs."""
    parts: list[Part] = []
    for path in sorted(folder.glob(PART_PATTERN)):
        parts.append(Part.of(Log(path), parts))
    return parts


def _shift(first: Log, log: Log) -> int:
    """ns to add to a part's monotonic times: none within one run of the machine.

    Where the head is lost that would tell, clocks that are far apart are those of two runs."""
    if not first.chunks or not log.chunks:
        return 0
    one, other = first.chunks[0], log.chunks[0]
    apart = other.wall_ns - one.wall_ns - (other.mono_ns - one.mono_ns)
    runs = {found.head.get("boot_id") for found in (first, log)}
    if None in runs:
        return apart if abs(apart) > ANOTHER_RUN_NS else 0
    return apart if len(runs) > 1 else 0


def streams_of(parts: Sequence[Part]) -> list[Stream]:
    """Every stream of the session that belongs to a described track."""
    return [stream for place, part in enumerate(parts) for stream in _of_part(place, part)]


def _of_part(place: int, part: Part) -> Iterator[Stream]:
    legs = {r.leg: r.value for r in part.log.json_records(Kind.LEG)}
    packets, reports = _read(part)
    clocks = {
        leg: NtpClock(Reports.of([report for report in reports if report.leg == leg]))
        for leg in {report.leg for report in reports}
    }
    key = packets.leg << 32 | packets.ssrc
    order = np.argsort(key, kind="stable")
    bounds = np.flatnonzero(np.diff(key[order])) + 1
    for group in np.split(order, bounds) if len(order) else ():
        mine = packets.pick(group)
        leg, ssrc = int(mine.leg[0]), int(mine.ssrc[0])
        description = legs.get(leg, {})
        track = _track_of(description, ssrc, int(mine.payload_type[0]))
        if track is None:
            continue
        mine = mine.pick(mine.payload_type == track["payload_type"])
        own = Reports.of([r for r in reports if r.leg == leg and r.ssrc == ssrc])
        yield _stream(place, str(description["participant"]), track, mine, own, clocks.get(leg))


def _stream(
    place: int,
    participant: str,
    track: Mapping[str, Any],
    packets: Packets,
    reports: Reports,
    clock: NtpClock | None,
) -> Stream:
    rate = int(track["clock_rate"])
    packets = _in_order(packets)
    at_ns = _capture_times(packets, rate, reports, clock)
    expected = int(packets.sequence[-1] - packets.sequence[0]) + 1
    return Stream(
        part=place,
        leg=int(packets.leg[0]),
        participant=participant,
        kind=str(track["kind"]),
        codec=CODECS[track["codec"]],
        rate=rate,
        packets=packets,
        at_ns=at_ns,
        lost=expected - len(packets),
    )


def _in_order(packets: Packets) -> Packets:
    """In sending order, without duplicates, both counters unwrapped."""
    sequence = unwrap(packets.sequence, 16, MISORDER_PACKETS)
    sequence, order = np.unique(sequence, return_index=True)
    packets = replace(packets.pick(order), sequence=sequence)
    return replace(packets, timestamp=unwrap(packets.timestamp, 32))


def _capture_times(packets: Packets, rate: int, reports: Reports, clock: NtpClock | None) -> I64:
    """When each packet's content was captured: by sender reports, else by arrival."""
    rtp_ns = to_ns(packets.timestamp, rate)
    bounds = [0, *jumps(rtp_ns, packets.mono_ns).tolist(), len(packets)]
    at_ns = np.empty(len(packets), np.int64)
    for start, end in pairwise(bounds):
        since = int(packets.mono_ns[start]) if start else -(1 << 62)
        until = int(packets.mono_ns[end]) if end < len(packets) else 1 << 62
        span = slice(start, end)
        mine = reports.between(since, until)
        drift = _reported(packets.pick(span), rate, mine, clock) if clock else None
        if drift is None:
            late = packets.mono_ns[span] - rtp_ns[span]
            drift = Drift.of(rtp_ns[span], late, lowest=True)
        at_ns[span] = rtp_ns[span] + drift.ahead_at(rtp_ns[span])
    return at_ns


def _reported(packets: Packets, rate: int, reports: Reports, clock: NtpClock) -> Drift | None:
    """How far the server's clock is ahead of the RTP clock, from sender reports, if any is of it.

    A report of the clock before it was set may come after the first packets of the clock after.
    """
    latest = np.maximum.accumulate(packets.mono_ns)
    near = np.maximum(np.searchsorted(latest, reports.mono_ns, "right") - 1, 0)
    rtp_ns = to_ns(nearest(reports.rtp, packets.timestamp[near], 32), rate)
    since = rtp_ns - to_ns(packets.timestamp[near], rate)
    of_it = np.abs(since - (reports.mono_ns - latest[near])) < JUMP_NS
    if not of_it.any():
        return None
    ahead = clock.mono_ns(reports) - rtp_ns
    return Drift.of(rtp_ns[of_it], ahead[of_it], lowest=False)


def _track_of(leg: Mapping[str, Any], ssrc: int, payload_type: int) -> Mapping[str, Any] | None:
    """The track a source belongs to: by SSRC, else by payload type; None: not ours."""
    tracks = [t for t in leg.get("tracks", ()) if t.get("codec") in CODECS]
    known = [t for t in tracks if t.get("ssrc") == ssrc]
    fitting = [t for t in tracks if t.get("payload_type") == payload_type]
    return next(iter(known or fitting), None)


def _read(part: Part) -> tuple[Packets, list[SenderReport]]:
    """All RTP packets and all sender reports of a part."""
    records, data = part.records, part.log.data
    mono_ns = records.mono_ns + part.shift_ns
    reports = [
        report
        for at in np.flatnonzero(records.kind == Kind.RTCP).tolist()
        for report in sender_reports(
            int(records.leg[at]),
            data[records.offset[at] : records.offset[at] + records.length[at]],
            int(mono_ns[at]),
        )
    ]
    rtp = records.kind == Kind.RTP
    leg, offset, length = records.leg[rtp], records.offset[rtp], records.length[rtp]
    return rtp_packets(data, leg.astype(np.int64), mono_ns[rtp], offset, length), reports


def first_ns(streams: Sequence[Stream]) -> int:
    """Time zero of a recording: when its first media was captured."""
    return min(int(stream.at_ns.min()) for stream in streams)


def last_ns(streams: Sequence[Stream]) -> int:
    """When the last media of a recording ends."""
    return max(int(stream.at_ns.max()) for stream in streams) + LAST_NS


def shares(streams: Sequence[Stream]) -> list[tuple[Stream, NDArray[np.bool_]]]:
    """Streams of one track of one participant, and which of its packets each contributes.

    Two connections of a participant overlap for a moment (make before break): wherever several
    streams have packets, the one that began last counts.
    """
    ordered = sorted(streams, key=lambda stream: int(stream.at_ns.min()))
    shared = []
    for place, stream in enumerate(ordered):
        mine = np.ones(len(stream.packets), np.bool_)
        for later in ordered[place + 1 :]:
            begin, end = int(later.at_ns.min()), int(later.at_ns.max())
            mine &= (stream.at_ns < begin) | (stream.at_ns > end)
        shared.append((stream, mine))
    return shared
