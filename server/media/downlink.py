"""A downlink: what a receiver's line carries, as long as it is narrower than what is sent on it.

A receiver tells what it believes it can take (REMB, draft-alvestrand-rmcat-remb-03). While less
is sent than that, its belief follows what is sent and says nothing; it counts once it falls below.
Loss counts as for the ladder: a line that loses a tenth by chance loses it at any rate.
"""

from collections import deque
from statistics import fmean

from sessions.live.ladder import HEAVY_LOSS, LOSS_SECONDS, MOST_LOSS
from sessions.live.media import VIDEO_FLOOR_BPS

NARROW = 1.05  # a belief below this much of what is sent is a limit
GROWTH = 1.08  # a second, as the believers' own
WIDE_BPS = 4_000_000
HOLD_SECONDS = 2.0
OLD_SECONDS = 5.0


class Downlink:
    """``bps`` is the limit, bits per second of all that is sent; None while none is known."""

    def __init__(self) -> None:
        self.bps: int | None = None
        self._believed = 0
        self._believed_at = float("-inf")
        self._narrowed_at = 0.0
        self._losses = deque([0.0] * LOSS_SECONDS, maxlen=LOSS_SECONDS)

    def hear(self, bps: int, now: float) -> None:
        """The receiver says what it can take. ``now`` is in seconds, of a clock that only runs."""
        self._believed = bps
        self._believed_at = now

    def look(self, sent_bps: int, loss: float, now: float) -> None:
        """Once a second: what was sent in the last one, and the share (0..1) that was lost."""
        self._losses.append(min(loss, HEAVY_LOSS))
        known = now - self._believed_at < OLD_SECONDS
        if fmean(self._losses) > MOST_LOSS:
            self._narrow(int(sent_bps * (1 - loss / 2)), now)
        elif known and self._believed < sent_bps * NARROW and self._believed < WIDE_BPS:
            self._narrow(self._believed, now)
        elif self.bps is not None and now - self._narrowed_at >= HOLD_SECONDS:
            self.bps = int(self.bps * GROWTH)
            if self.bps > WIDE_BPS:
                self.bps = None

    def _narrow(self, bps: int, now: float) -> None:
        self._narrowed_at = now
        lower = bps if self.bps is None else min(bps, self.bps)
        self.bps = max(lower, VIDEO_FLOOR_BPS // 10)
