"""A recorded call with all that a recording can have, made without holding it."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from recordings.recording import Recording
from server.producing import produce_session
from server.web import keys
from sessions.guidance.procedures import find_procedure
from sessions.live.session import Session
from tests.recordings.call import ARVID, MINA, Call
from tests.recordings.sender import Sent, Shot, Source, bursts, microphone, speech
from tests.world import World

SECONDS = 24
CHANGE = 8  # the second at which Mina's camera goes over from VP8 to H.264
SIZE, TURNED = (640, 384), (384, 640)
TURN = 16  # the second at which she turns her phone
FPS = 15
STEPS = ((3, "park", "done"), (9, "charging", "problem"), (20, "charging", "done"))
PHOTOS = (
    (5.1, "taken"),
    (12.1, "asked"),
    (12.3, "taken"),
    (17.0, "timer"),
    (17.5, "timer"),
    (18.0, "timer"),
    (18.5, "timer"),
    (21.1, "taken"),
)


@dataclass(frozen=True)
class Kept:
    """A recording that can be played: its session, and where its files are."""

    session: str
    produced: Path


async def kept(farhand: World) -> Kept:
    """Mina's camera changes its format, and later its size; Arvid is silent for a while; photos are
    taken."""
    session = await farhand.session(await farhand.signed_in())
    settings = farhand.app[keys.SETTINGS]
    folder = settings.recordings_dir / session
    call = _call()
    async with farhand.database.begin() as db:
        row = await db.get_one(Session, UUID(session))
        part = call.capture(folder).path.name
        recording = await Recording.begin(db, row, farhand.now(), part)
        recording.seal(db, row, farhand.now())
    produced = await produce_session(settings, farhand.database, UUID(session))
    return Kept(session, Path(produced))


def _call() -> Call:
    call = Call()
    call.note(0, "joined", participant=MINA, name="Kim Minjun", role="customer")
    call.note(0, "joined", participant=ARVID, name="Lin Wei", role="engineer")
    procedure = find_procedure("bus-hv-isolation")
    call.note(0.1, "procedure", title=procedure.title["en"], key=procedure.key)
    voice = speech(bursts(SECONDS))
    before = Shot.of("vp8", CHANGE, SIZE)
    after = Shot.of("h264", TURN - CHANGE, SIZE, first=FPS * CHANGE)
    turned = Shot.of("h264", SECONDS - TURN, TURNED, first=FPS * TURN)

    mic, cam = microphone(), before.camera()
    sent = mic.audio(voice[: 50 * CHANGE]) + cam.video(before.frames)
    call.leg(MINA, sent, audio=mic, camera=cam)
    mic, cam = microphone(1001, at=CHANGE), after.camera(2001, at=CHANGE)
    sent = mic.audio(voice[50 * CHANGE :]) + cam.video(after.frames) + cam.video(turned.frames)
    call.leg(MINA, sent, audio=mic, camera=cam)

    his = speech(bursts(SECONDS, 600))
    other = microphone(9000)
    call.leg(ARVID, _with_a_hole(other, his), audio=other)
    call.note(10.0, "muted", participant=ARVID, track="audio")
    call.note(14.0, "unmuted", participant=ARVID, track="audio")
    for at, key, mark in STEPS:
        step = procedure.step(key)
        assert step is not None
        how = {"mark": mark, "by": MINA, "title": step.title, "note": ""}
        call.note(at, "step", number=procedure.number(key), step=key, **how)
    for number, (at, reason) in enumerate(PHOTOS):
        url = f"/photos/photo-{number}.jpg"
        call.note(at, "photo", participant=MINA, photo=f"photo-{number}", reason=reason, url=url)
    return call


def _with_a_hole(source: Source, voice: list[bytes]) -> list[Sent]:
    sent = source.audio(voice[:500])
    source.silent(4.0)
    return sent + source.audio(voice[700:])
