"""Production that is killed at any of its steps and run again gives what it gives undisturbed."""

import io
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recordings import mix as mixing
from recordings.ahead import MIXED, mix_ahead
from recordings.produce import produce
from tests.recordings.call import MINA, Call
from tests.recordings.sender import bursts, camera, film, microphone, speech
from tests.recordings.test_publish import digests

SECONDS = 1.6
CHANGES = ("open", "mkdir", "rename", "replace", "unlink", "rmdir", "ftruncate", "fsync")


class Steps:
    """Counts what this process does to the file system, and kills it at one of its steps."""

    def __init__(self, last: int) -> None:
        self._left = last
        for name in CHANGES:
            setattr(os, name, self._counted(getattr(os, name)))
        self._open = io.open
        io.open = self.open  # type: ignore[assignment]

    def step(self) -> None:
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)

    def _counted(self, change: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **more: Any) -> Any:
            self.step()
            return change(*args, **more)

        return counted

    def open(self, file: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
        opened = self._open(file, mode, *args, **more)
        return Slow(opened, self.step) if "w" in mode else opened


class Slow:
    """A file that is written in two halves, between which there is a step."""

    def __init__(self, file: Any, step: Callable[[], None]) -> None:
        self._file, self._step = file, step
        step()

    def __enter__(self) -> "Slow":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, data: Any) -> int:
        half = len(data) // 2
        self._file.write(data[:half])
        self._file.flush()
        self._step()
        self._file.write(data[half:])
        return len(data)


def killed_at(step: int, session: Path) -> bool:
    """Produce in a process that is killed at this step; false: it ended before."""
    child = os.fork()
    if not child:
        code = 1
        try:
            Steps(step)
            produce(session, workers=0)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or not os.WEXITSTATUS(status)
    return os.WIFSIGNALED(status)


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small recording, which is mixed ahead."""
    monkeypatch.setattr(mixing, "SEGMENT_SLOTS", 10)
    call, mic, cam = Call(), microphone(), camera()
    call.joined(MINA)
    sent = mic.audio(speech(bursts(SECONDS))) + cam.video(film(SECONDS))
    call.leg(MINA, sent, audio=mic, camera=cam)
    call.note(1.0, "step", number=1, mark="done")
    call.capture(tmp_path / "session")
    return tmp_path / "session"


@pytest.mark.parametrize("before", [False, True], ids=["for the first time", "once more"])
def test_production_killed_at_every_step_and_run_again(session: Path, before: bool) -> None:
    produced, usual = session / "produced", ["part-0001.log", "produced", "produced.lock"]
    expected = digests(produce(session).folder)
    step = 0
    while True:
        if not before:
            shutil.rmtree(produced)
        mix_ahead(session, margin_ms=0)
        assert (session / MIXED).exists()
        step += 1
        if not killed_at(step, session):
            break
        if produced.exists():
            assert digests(produced) == expected, f"step {step}"
        assert digests(produce(session).folder) == expected, f"step {step}"
        assert sorted(os.listdir(session)) == usual, f"step {step}"
    assert step > 40
    assert digests(produced) == expected
    assert sorted(os.listdir(session)) == usual
