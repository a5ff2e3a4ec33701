"""The degradation ladder: what one participant's line still carries, and what it sends of it.

Going down waits until a line has been bad for two seconds, going up until it has been good for
ten; a step up that did not hold is tried again later each time. Rates are bits per second.
"""

from collections import deque
from dataclasses import dataclass
from statistics import fmean

from sessions.live.protocol import Rung, RungReason

RUNGS: tuple[Rung, ...] = ("voice", "stills", "low", "full")

LOW_BPS = 150_000  # from here on pictures move
STILLS_BPS = 50_000  # from here on photos go up beside the voice
MOST_LOSS = 0.10 + 0.04  # what chance alone adds to a tenth over so few seconds
HEAVY_LOSS = 0.25
LOSS_SECONDS = 8
MOST_ROUND_TRIP_MS = 1_000.0
CALM_LOSS = 0.11  # what a line may lose by chance for ever
CALM_ROUND_TRIP_MS = 700.0
# What must be left over, beyond what the next rung down sends at most, to try the one above it.
ROOMY = {"voice": 60_000, "stills": 180_000, "low": 300_000}
SPARE = 1.3  # what a line that is not used up can send, of what is sent on it

DOWN_SECONDS = 2.0
UP_SECONDS = 10.0
UP_AGAIN_SECONDS = 60.0
HELD_SECONDS = 60.0
YOUNG_SECONDS = 8.0  # estimates of a connection as young as this are still growing
GROWING_SECONDS = 12.0  # ... and so they are after a step up


@dataclass(frozen=True)
class Sample:
    """What is known of a line at one moment.

    ``available_bps`` is what it can send as far as anybody knows, ``listeners_bps`` what those
    who see it can take, each None while nothing limits; ``sent_bps`` is what it sends, ``loss``
    the share (0..1) lost. ``age`` is for how many seconds the connection has been there.
    """

    available_bps: int | None
    listeners_bps: int | None
    sent_bps: int
    loss: float
    round_trip_ms: float | None
    age: float


class Ladder:
    """``rung`` is where a line stands, ``reason`` what holds it there (None on the top rung).

    ``full_bps`` is what its best picture needs, ``low_bps`` what moving ones need at all; a small
    camera needs less.
    """

    def __init__(self, full_bps: int, low_bps: int = LOW_BPS) -> None:
        self.rung: Rung = "full"
        self.reason: RungReason | None = None
        self._full_bps, self._low_bps = full_bps, low_bps
        self._bad_since: float | None = None
        self._good_since: float | None = None
        self._stepped_up_at: float | None = None
        self._patience = UP_SECONDS
        self._losses: deque[float] = deque(maxlen=LOSS_SECONDS)

    def look(self, sample: Sample, now: float) -> bool:
        """Take in a sample, once a second; whether the rung has changed. ``now`` is in seconds."""
        # A second of silence, as when an address changes, says no more than a lossy one.
        self._losses.append(min(sample.loss, HEAVY_LOSS))
        stepped = self._stepped_up_at
        growing = stepped is not None and now - stepped < GROWING_SECONDS
        wanted, reason = self._wanted(sample, growing or sample.age < YOUNG_SECONDS)
        if RUNGS.index(wanted) < RUNGS.index(self.rung):
            self._good_since = None
            self._bad_since = now if self._bad_since is None else self._bad_since
            if now - self._bad_since >= DOWN_SECONDS:
                return self._go_down(wanted, reason, now)
            return False
        self._bad_since = None
        if self.rung == "full" or not self._is_good(sample):
            self._good_since = None
            return False
        self._good_since = now if self._good_since is None else self._good_since
        if now - self._good_since >= self._patience:
            self._go_up(now)
            return True
        return False

    def _wanted(self, sample: Sample, growing: bool) -> tuple[Rung, RungReason | None]:
        """The highest rung this sample allows, and what forbids the next one. While estimates
        are ``growing`` they do not count."""
        most: Rung = "full"
        why: RungReason | None = None
        if self._is_lossy():
            most, why = "stills", "loss"
        elif (sample.round_trip_ms or 0) > MOST_ROUND_TRIP_MS:
            most, why = "stills", "delay"
        return (most, why) if growing else self._by_rate(sample, most, why)

    def _by_rate(
        self, sample: Sample, most: Rung, why: RungReason | None
    ) -> tuple[Rung, RungReason | None]:
        rates = [r for r in (sample.available_bps, sample.listeners_bps) if r is not None]
        rate = min(rates, default=self._full_bps)
        needed = (0, STILLS_BPS, self._low_bps, self._full_bps)
        allowed = [rung for rung, least in zip(RUNGS, needed, strict=True) if rate >= least][-1]
        if RUNGS.index(allowed) >= RUNGS.index(most):
            return most, why
        return allowed, "listener" if rate == sample.listeners_bps else "bandwidth"

    def _is_good(self, sample: Sample) -> bool:
        """Whether the next rung up may be tried."""
        rates = [r for r in (sample.available_bps, sample.listeners_bps) if r is not None]
        rate = min(rates, default=self._full_bps)
        # A browser that sends little believes in little: only trying tells.
        idle = self.rung == "low" and rate >= SPARE * sample.sent_bps
        return (
            fmean(self._losses) < CALM_LOSS
            and (sample.round_trip_ms or 0) < CALM_ROUND_TRIP_MS
            and (idle or rate >= min(ROOMY[self.rung], self._full_bps))
        )

    def _is_lossy(self) -> bool:
        """Much is lost for some seconds, or very much just now."""
        recent = list(self._losses)[-2:]
        mean = sum(self._losses) / LOSS_SECONDS
        return mean > MOST_LOSS or (len(recent) > 1 and min(recent) >= HEAVY_LOSS)

    def _go_down(self, rung: Rung, reason: RungReason | None, now: float) -> bool:
        held = self._stepped_up_at is None or now - self._stepped_up_at >= HELD_SECONDS
        self._patience = UP_SECONDS if held else min(2 * self._patience, UP_AGAIN_SECONDS)
        self.rung, self.reason = rung, reason
        self._bad_since = self._good_since = self._stepped_up_at = None
        return True

    def _go_up(self, now: float) -> None:
        self.rung = RUNGS[RUNGS.index(self.rung) + 1]
        if self.rung == "full":
            self.reason = None
        self._good_since, self._stepped_up_at = None, now
