"""Counters that wrap and clocks that are set in mid-call: how far the recording is off then."""

import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

from recordings import capture as capturing
from recordings.capture import Capture
from recordings.produce import produce
from tests.recordings.call import ARVID, HEAD, MINA
from tests.recordings.patience import until
from tests.recordings.playback import media, onsets, pictures, sound
from tests.recordings.sender import (
    SECOND,
    Sent,
    Shot,
    Source,
    bursts,
    deliver,
    described,
    microphone,
    speech,
)

SECONDS = 12
FPS = 30
FRAME_MS = 1000 / FPS
JITTER = 0.012  # seconds that a packet may be late
CODECS = ("vp8", "h264")
HERS, HIS = 1000, 600  # the tones of Mina's and of Arvid's voice, Hz


@dataclass(frozen=True)
class Case:
    """What happens to Mina's call: how her sources ``begin``, what befalls them at the second
    ``at``, and by how many seconds her wall clock and the server's are set then."""

    name: str
    begin: Callable[[Source], None] = lambda source: None
    befall: Callable[[Source], None] = lambda source: None
    hers: float = 0.0
    server: float = 0.0
    at: int = SECONDS // 2


def _near_the_last_sequence_number(source: Source) -> None:
    source.sequence = 0xFFFF - 20


def _near_the_last_timestamp(source: Source) -> None:
    source.timestamp = (1 << 32) - SECONDS // 2 * source.rate


def _another_sequence_number(source: Source) -> None:
    source.sequence += 0x5000


def _another_timestamp(source: Source) -> None:
    source.timestamp -= 0x6000_0000


def _another_source(source: Source) -> None:
    source.ssrc += 1
    source.sequence, source.timestamp = 7, 0xFFFF_FF00


CASES = (
    Case("nothing"),
    Case("sequence numbers wrap", begin=_near_the_last_sequence_number),
    Case("timestamps wrap", begin=_near_the_last_timestamp),
    Case("sequence numbers jump", befall=_another_sequence_number),
    Case("timestamps jump", befall=_another_timestamp),
    Case("sources change", befall=_another_source),
    Case("her clock goes forward", hers=5.0),
    Case("her clock goes back", hers=-5.0),
    Case("her clock goes forward near the end", hers=5.0, at=SECONDS - 1),
    Case("her clock goes back near the end", hers=-5.0, at=SECONDS - 1),
    Case("the server's clock goes forward", server=5.0),
    Case("the server's clock goes back", server=-5.0),
    Case("the server's clock is set to another day", server=86_400.0),
)


@dataclass(frozen=True)
class Measured:
    """How long a recording is more or less than its call; how far, at worst, each voice is from
    Mina's picture; how many of her frames are missing."""

    duration_ms: float
    offset_ms: float
    missing: int


def measured(case: Case, codec: str, folder: Path) -> Measured:
    """Record a call of ``SECONDS`` in ``folder``, and measure what is produced."""
    _record(case, codec, folder)
    produced = produce(folder)
    review = media(produced.folder, "review")
    seen, heard = pictures(review), sound(review)
    shown = {one.number: one.at for one in seen}
    bursts_at = {tone: onsets(heard, tone) for tone in (HERS, HIS)}
    assert all(len(begins) == SECONDS for begins in bursts_at.values()), case.name
    apart = [
        abs(at - shown[FPS * second])
        for begins in bursts_at.values()
        for second, at in enumerate(begins)
        if FPS * second in shown
    ]
    length = abs(produced.duration_ms - 1000 * SECONDS)
    return Measured(length, 1000 * max(apart), FPS * SECONDS - len(seen))


def _record(case: Case, codec: str, folder: Path) -> None:
    chance = random.Random(case.name)
    film, voice = Shot.of(codec, SECONDS, fps=FPS), speech(bursts(SECONDS))
    mic, cam, other = microphone(delay=0.03), film.camera(delay=0.05), microphone(9000)
    for source in (mic, cam):
        case.begin(source)
    legs = [described(MINA, audio=mic, camera=cam), described(ARVID, audio=other)]
    his = other.audio(speech(bursts(SECONDS, HIS)))
    capture = Capture.begin(folder, HEAD)
    base, wall = capture.started_mono_ns, capture.started_wall_ns
    for number, description in enumerate(legs, 1):
        capture.leg(number, description)
    for begin, end, set_by in ((0, case.at, 0), (case.at, SECONDS, 1)):
        if set_by:
            for source in (mic, cam):
                case.befall(source)
        sent = _seconds(mic, cam, voice, film.frames, range(begin, end), set_by * case.hers)
        hers = _shaken(sent, chance)
        now = wall + int((begin + set_by * case.server) * SECOND)
        with patch.object(capturing.time, "time_ns", lambda now=now: now):
            deliver(capture, {1: hers, 2: his[50 * begin : 50 * end]}, base)
            until(lambda: not capture.backlog)
    capture.seal()


def _seconds(
    mic: Source,
    cam: Source,
    voice: Sequence[bytes],
    film: Sequence[bytes],
    which: range,
    ahead: float,
) -> list[Sent]:
    sent = []
    for second in which:
        sent += mic.audio(voice[50 * second : 50 * second + 50])
        sent += cam.video(film[FPS * second : FPS * second + FPS], FPS)
        sent += [mic.report(ahead), cam.report(ahead)]
    return sent


def _shaken(sent: Sequence[Sent], chance: random.Random) -> list[Sent]:
    """The same packets, each a little late."""
    return [replace(one, at_ns=one.at_ns + int(chance.random() * JITTER * SECOND)) for one in sent]


def duration_error_ms() -> float:
    """By how many ms a recording is longer or shorter than its call, in the worst of all cases."""
    with tempfile.TemporaryDirectory() as name:
        return max(
            measured(case, codec, Path(name) / codec / str(number)).duration_ms
            for codec in CODECS
            for number, case in enumerate(CASES)
        )
