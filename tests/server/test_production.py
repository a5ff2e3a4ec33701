"""Production beside the server: what runs is mixed ahead, what has ended becomes playable."""

from pathlib import Path
from uuid import UUID

import numpy as np

from recordings.ahead import MIXED
from recordings.capture import Capture
from recordings.recording import Recording
from sessions.live.session import Session
from tests.recordings.call import HEAD, MINA
from tests.recordings.sender import deliver, described, microphone, speech
from tests.world import world

SECONDS = 160  # a minute more than what is left alone at the end


async def test_a_running_recording_is_mixed_ahead(tmp_path: Path) -> None:
    hum = np.sin(2 * np.pi * 400 * np.arange(48000 * 10) / 48000) * 0.3
    packets = speech(hum.astype("f4")) * (SECONDS // 10)
    async with world(tmp_path, media_process=False, mix_ahead_seconds=0.1) as farhand:
        session = await farhand.session(await farhand.signed_in())
        folder = tmp_path / "recordings" / session
        capture, mic = Capture.begin(folder, HEAD), microphone()
        capture.leg(1, described(MINA, audio=mic))
        deliver(capture, {1: mic.audio(packets)}, capture.started_mono_ns)
        async with farhand.database.begin() as db:
            row = await db.get_one(Session, UUID(session))
            await Recording.begin(db, row, farhand.now(), capture.path.name)

        async def is_mixed() -> bool:
            return [p.suffix for p in (folder / MIXED).glob("*")] == [""]

        await farhand.until(is_mixed)
        capture.seal()
