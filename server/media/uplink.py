"""An uplink: what a publisher is told about how its streams arrive, and how much it may send."""

from collections.abc import Callable, Mapping

from server.media import rtcp
from server.media.feedback import TransportFeedback, UplinkEstimate
from server.media.source import Source
from sessions.live.media import Track

SECOND_NS = 1_000_000_000
REPORT_NS = SECOND_NS
FEEDBACK_START_NS = 3 * SECOND_NS
FEEDBACK_NS = 95_000_000


class Uplink:
    """Feedback often, reports once a second.

    ``limit_bps`` is what it may send for the sake of others' lines, None: as much as it can.
    With ``measured`` (transport-wide congestion control) the publisher finds out by itself what
    its own line carries; else it is told by REMB, at most ``most_bps``.
    """

    def __init__(
        self,
        ssrc: int,
        sources: Mapping[Track, Source],
        send: Callable[[bytes], None],
        most_bps: int,
        measured: bool,
    ) -> None:
        self.limit_bps: int | None = None
        self._ssrc = ssrc
        self._sources = sources
        self._send = send
        self._most_bps = most_bps
        self._estimate = None if measured else UplinkEstimate(most_bps)
        self._was_limited = False
        media_ssrc = next((s.ssrc for s in sources.values() if s.ssrc is not None), 0)
        self.feedback = TransportFeedback(ssrc, media_ssrc)
        self._began_ns = 0
        self._report_due_ns = 0
        self._feedback_due_ns = 0

    def beat(self, now_ns: int) -> None:
        """Send what is due."""
        self._began_ns = self._began_ns or now_ns
        if self.feedback.arrivals and now_ns >= self._feedback_due_ns:
            young = now_ns - self._began_ns < FEEDBACK_START_NS
            self._feedback_due_ns = now_ns + (0 if young else FEEDBACK_NS)
            for report in self.feedback.reports():
                self._send(report)
        if now_ns >= self._report_due_ns:
            self._report_due_ns = now_ns + REPORT_NS
            self._report(now_ns)

    def _report(self, now_ns: int) -> None:
        blocks = []
        for source in self._sources.values():
            source.nudge()
            block = source.report(now_ns)
            if block is not None:
                blocks.append(block)
        if not blocks:
            return
        report = rtcp.receiver_report(self._ssrc, blocks) + rtcp.description(self._ssrc, "farhand")
        limit = self._limit(max(block.fraction_lost for block in blocks) / 256)
        if limit is not None:
            report += rtcp.remb(self._ssrc, limit, [block.ssrc for block in blocks])
        self._send(report)

    def _limit(self, loss: float) -> int | None:
        """What to hold the publisher to, with this share (0..1) lost; None: say nothing."""
        if self._estimate is not None:
            estimate = self._estimate.update(loss)
            return estimate if self.limit_bps is None else min(self.limit_bps, estimate)
        if self.limit_bps is None and self._was_limited:
            self._was_limited = False
            return self._most_bps
        self._was_limited = self.limit_bps is not None
        return self.limit_bps
