"""Publishing: production may be repeated, and killed, at any time."""

import hashlib
import os
import select
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from recordings.crew import Crew, JobFailed
from recordings.produce import ProduceFailed, produce
from recordings.publish import Building
from tests.recordings.call import MINA, Call
from tests.recordings.patience import PATIENCE
from tests.recordings.sender import camera, microphone


@pytest.fixture
def session(tmp_path: Path, frames: list[bytes], beeps: list[bytes]) -> Path:
    call, mic, cam = Call(), microphone(), camera()
    call.joined(MINA)
    call.leg(MINA, mic.audio(beeps) + cam.video(frames), audio=mic, camera=cam)
    call.note(5.0, "step", number=1, mark="done")
    call.capture(tmp_path)
    return tmp_path


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run(code: str, *args: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *args], stdout=subprocess.PIPE, text=True
    )


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


KILLED_HALF_WAY = """
    import signal, sys
    from pathlib import Path
    from recordings.produce import produce
    from recordings.publish import Building

    def publish(building):
        print("about to publish", flush=True)
        signal.pause()

    Building.publish = publish
    produce(Path(sys.argv[1]))
"""


def test_producing_again_gives_the_same_bytes(session: Path) -> None:
    first = digests(produce(session).folder)
    assert digests(produce(session).folder) == first
    assert digests(produce(session, workers=2).folder) == first


def test_production_killed_half_way_leaves_nothing_and_can_be_repeated(session: Path) -> None:
    killed = run(KILLED_HALF_WAY, str(session))
    assert first_line(killed) == "about to publish"
    killed.kill()
    killed.communicate()
    assert not (session / "produced").exists()
    produce(session)
    assert (session / "produced" / "review.webm").exists()
    assert sorted(os.listdir(session)) == ["part-0001.log", "produced", "produced.lock"]


def test_production_killed_half_way_leaves_the_old_files(session: Path) -> None:
    before = digests(produce(session).folder)
    killed = run(KILLED_HALF_WAY, str(session))
    assert first_line(killed) == "about to publish"
    killed.kill()
    killed.communicate()
    assert digests(session / "produced") == before
    assert digests(produce(session).folder) == before


def test_production_killed_between_its_renames_is_turned_back(session: Path) -> None:
    before = digests(produce(session).folder)
    (session / "produced").rename(session / "produced.old")
    with Building(session):
        assert digests(session / "produced") == before
    assert not (session / "produced.old").exists()


def test_a_failed_production_leaves_the_old_files(session: Path) -> None:
    before = digests(produce(session).folder)
    log = session / "part-0001.log"
    log.rename(session / "away")
    with pytest.raises(ProduceFailed):
        produce(session)
    assert digests(session / "produced") == before


def test_every_file_is_on_the_disk_before_it_is_published(
    session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: set[str] = set()
    fsync, rename = os.fsync, Path.rename

    def forcing(fd: int) -> None:
        fsync(fd)
        forced.add(os.readlink(f"/proc/self/fd/{fd}"))

    def publishing(self: Path, target: Path) -> Path:
        found = {str(path) for path in (self, *self.rglob("*"))}
        assert found == forced
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", forcing)
    monkeypatch.setattr(Path, "rename", publishing)
    folder = produce(session).folder
    assert str(folder.parent) in forced


def test_two_productions_of_a_session_do_not_meet(session: Path) -> None:
    with Building(session), pytest.raises(ProduceFailed, match="produce-failed"):
        produce(session)


def test_a_job_that_fails_is_told_and_the_crew_works_on() -> None:
    with Crew(1) as crew:
        failing = crew.submit(int, "no number")
        working = crew.submit(int, "7")
        with pytest.raises(JobFailed, match="ValueError"):
            failing.result()
        assert working.result() == 7


def test_a_worker_that_ends_is_told() -> None:
    with Crew(1) as crew:
        ended = crew.submit(os.abort)
        with pytest.raises(JobFailed, match="ended"):
            ended.result()


def test_workers_end_when_their_parent_is_killed() -> None:
    parent = run(
        """
        from recordings.crew import Crew

        job = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
        Crew(1).submit(exec, job).result()
        """
    )
    worker = os.pidfd_open(int(first_line(parent)))
    parent.kill()
    parent.wait()
    ended, _, _ = select.select([worker], [], [], PATIENCE)
    os.close(worker)
    assert ended
