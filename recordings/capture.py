"""Capture: writes every packet and note of a running session into a log part, as they come."""

import fcntl
import logging
import os
import re
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from recordings.disk import FULL
from recordings.log import (
    CHAIN_BYTES,
    FIRST_CHAIN,
    MAGIC,
    PART_PATTERN,
    Kind,
    build_chunk,
    encode_json,
)
from recordings.writer import Writer

SLOW_NS = 2_000_000_000
SEAL_PATIENCE_SECONDS = 5.0
SYNC_PATIENCE_SECONDS = 1.0
CHUNK_RECORDS = 4096
QUEUE_BYTES = 8 << 20
VIDEO_QUEUE_BYTES = QUEUE_BYTES * 3 // 4

_PART_NAME = re.compile(r"part-(\d{4,})\.log")
_RTP, _RTCP = int(Kind.RTP), int(Kind.RTCP)
_log = logging.getLogger(__name__)

Record = tuple[int, int, int, bytes]
Trouble = Literal["full", "failing", "slow"]


def boot_id() -> str:
    """Names this run of the machine: monotonic clocks compare only within one."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


class Capture:
    """One append-only log part of one session, written by the threads of a ``Writer``.

    Everything but ``seal`` is called from one thread, never waits for the disk and never raises.
    The queue to the writer is bounded: when the disk does not keep up, video is dropped first,
    then all else; what was lost is written down as soon as the disk writes again.

    ``bytes_on_disk`` have been forced to the disk, last at ``last_growth_mono_ns``; ``dropped``
    counts the records that were lost.
    """

    def __init__(self, path: Path, fd: int, head: Mapping[str, Any], writer: Writer) -> None:
        """Use ``begin``."""
        self.path = path
        self.started_mono_ns = time.monotonic_ns()
        self.started_wall_ns = time.time_ns()
        self.bytes_on_disk = 0
        self.last_growth_mono_ns = self.started_mono_ns
        self.dropped = 0
        self.sealed = False
        self._fd = fd
        self._queue: list[Record] = []
        self._append = self._queue.append
        self._accepted = 0
        self._taken = 0
        self._limit = VIDEO_QUEUE_BYTES
        self._audio: set[tuple[int, int]] = set()
        self._losses: dict[int, dict[str, int]] = {}
        self._losses_lock = threading.Lock()
        self._writer = writer
        self._refusals: dict[str, OSError | None] = {}
        self._flushed_ns = self.started_mono_ns  # everything that had come by then is written,
        self._kept_ns = self.started_mono_ns  # and what had come by then is on the disk
        self._ended = False
        self._give_up_at = 0.0
        self._over = False
        self._closed = threading.Event()
        self._chunk = b""
        self._chunk_records = 0
        self._chunk_room = 0
        self._has_seal = False
        self._chain = FIRST_CHAIN
        self._chunks = 0
        self._records = 0
        self._written = 0
        self._begin_file(head)
        writer.add(self)

    @classmethod
    def begin(
        cls, folder: Path, head: Mapping[str, Any], writer: Writer | None = None
    ) -> "Capture":
        """Open the next free part in ``folder``; its head is on the disk when this returns.

        ``writer`` is shared with the other captures of the process; by default it has its own.
        Adds to ``head`` what the log needs to stand alone: ``boot_id``, ``part``,
        ``started_mono_ns``, ``started_wall_ns``. Raises OSError.
        """
        folder.mkdir(parents=True, exist_ok=True)
        taken = [int(m[1]) for p in folder.glob(PART_PATTERN) if (m := _PART_NAME.match(p.name))]
        path = folder / f"part-{max(taken, default=0) + 1:04}.log"
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return cls(path, fd, head, writer or Writer())
        except BaseException:
            os.close(fd)
            raise

    @property
    def backlog(self) -> int:
        """Bytes that wait to be written."""
        return self._accepted - self._taken

    @property
    def trouble(self) -> Trouble | None:
        """What is wrong with the disk now: it is ``full`` or ``failing``, as it said at the last
        attempt, or ``slow``: something has waited for ``SLOW_NS`` to reach it."""
        if refused := self._refusals.get("write") or self._refusals.get("sync"):
            return "full" if refused.errno in FULL else "failing"
        waits = self.backlog > 0 or self._written > self.bytes_on_disk
        return "slow" if waits and time.monotonic_ns() - self._kept_ns > SLOW_NS else None

    def leg(self, leg: int, description: Mapping[str, Any]) -> None:
        """A connection of a participant appears: whose it is and its tracks."""
        for track in description.get("tracks", ()):
            if track.get("kind") == "audio":
                self._audio.add((leg, int(track["payload_type"])))
        self._put_json(Kind.LEG, leg, description, time.monotonic_ns())

    def leg_gone(self, leg: int, reason: str) -> None:
        """A connection has ended."""
        self._put_json(Kind.LEG_GONE, leg, {"reason": reason}, time.monotonic_ns())

    def rtp(self, leg: int, packet: bytes, mono_ns: int) -> None:
        """A decrypted RTP packet, whole, with its time of arrival (CLOCK_MONOTONIC)."""
        size = len(packet)
        self._accepted += size
        if self._accepted - self._taken > self._limit:
            audio = size > 1 and (leg, packet[1] & 0x7F) in self._audio
            if not self._fits(leg, "audio" if audio else "video", size, mono_ns):
                return
        self._append((_RTP, leg, mono_ns, packet))

    def rtcp(self, leg: int, packet: bytes, mono_ns: int) -> None:
        """A decrypted compound RTCP packet that has a sender report."""
        self._put(_RTCP, leg, mono_ns, packet)

    def note(self, note: Mapping[str, Any], mono_ns: int) -> None:
        """An event of the room, as JSON."""
        self._put_json(Kind.NOTE, 0, note, mono_ns)

    def seal(self) -> None:
        """End the log and wait until its last byte is on the disk. May be called again.

        A disk that will not write for ``SEAL_PATIENCE_SECONDS`` leaves the log unsealed
        (``sealed`` stays false); it is salvaged when the server starts again.
        """
        if not self._ended:
            self._limit = -1
            self._give_up_at = time.monotonic() + SEAL_PATIENCE_SECONDS
            self._ended = True
            self._writer.hurry()
        self._closed.wait(SEAL_PATIENCE_SECONDS + SYNC_PATIENCE_SECONDS)
        if not self.sealed:
            _log.error("log was not sealed", extra={"path": str(self.path)})

    # Queue: the caller's side

    def _put_json(self, kind: Kind, leg: int, value: Mapping[str, Any], mono_ns: int) -> None:
        self._put(int(kind), leg, mono_ns, encode_json(value))

    def _put(self, kind: int, leg: int, mono_ns: int, body: bytes) -> None:
        size = len(body)
        self._accepted += size
        if self._accepted - self._taken <= self._limit or self._fits(leg, "other", size, mono_ns):
            self._append((kind, leg, mono_ns, body))

    def _fits(self, leg: int, sort: str, size: int, mono_ns: int) -> bool:
        """Beyond the bound of video: whether this record is still taken; if not, count it."""
        if self._limit < 0:
            self._accepted -= size
            return False
        if sort != "video" and self._accepted - self._taken <= QUEUE_BYTES:
            return True
        self._accepted -= size
        self.dropped += 1
        with self._losses_lock:
            loss = self._losses.setdefault(
                leg, {"from_mono_ns": mono_ns, "audio": 0, "video": 0, "other": 0}
            )
            loss["to_mono_ns"] = mono_ns
            loss[sort] += 1
        return False

    # The disk's side (recordings.writer.Writable)

    def write(self) -> bool:
        """Write what waits; at the end the seal, and then nothing more will come."""
        if self._over:
            return False
        ended = self._ended
        written = self._flush(ended)
        self._over = ended and (written or time.monotonic() >= self._give_up_at)
        return self._over

    def sync(self) -> bool:
        """Force what was written to the disk; after the end close the file."""
        over, flushed = self._over, self._flushed_ns
        synced = self._written == self.bytes_on_disk or self._sync_or_say()
        if synced:
            self._kept_ns = flushed
        if over:
            self.sealed = self._has_seal and not self._chunk and synced
            os.close(self._fd)
            self._closed.set()
        return over

    def _begin_file(self, head: Mapping[str, Any]) -> None:
        number = _PART_NAME.match(self.path.name)
        body = encode_json(
            {
                **head,
                "boot_id": boot_id(),
                "part": int(number[1]) if number else 0,
                "started_mono_ns": self.started_mono_ns,
                "started_wall_ns": self.started_wall_ns,
            }
        )
        os.pwrite(self._fd, MAGIC, 0)
        self._written = len(MAGIC)
        self._persist(self._build([(int(Kind.HEAD), 0, self.started_mono_ns, body)]), 1)
        self._sync()
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _flush(self, ended: bool) -> bool:
        """Write all that is queued; false: the disk refused, and what it refused waits."""
        since = time.monotonic_ns()
        while self._chunk or self._fill(ended):
            try:
                self._persist(self._chunk, self._chunk_records)
            except OSError as error:
                return self._refuse("write", error)
            self._refusals["write"] = None
            # Only now is there room for more: the bound covers what is being written, too.
            self._taken += self._chunk_room
            self._chunk = b""
        self._flushed_ns = since
        return True

    def _fill(self, ended: bool) -> bool:
        """Make a chunk of what is queued, at the end of the seal; false: there is nothing."""
        batch = self._take()
        if not batch and ended and not self._has_seal:
            self._has_seal = True
            body = seal_body("sealed", self._chunks, self._records, self._chain, self.dropped)
            batch = [(int(Kind.SEAL), 0, time.monotonic_ns(), body)]
            self._chunk_room = 0
        else:
            self._chunk_room = sum(len(r[3]) for r in batch if r[0] != Kind.LOST)
        if batch:
            self._chunk, self._chunk_records = self._build(batch), len(batch)
        return bool(batch)

    def _take(self) -> list[Record]:
        # The slice and its deletion are one step each under the interpreter's lock, and the
        # caller only ever appends: nothing is lost between them.
        batch = self._queue[:CHUNK_RECORDS]
        del self._queue[: len(batch)]
        with self._losses_lock:
            losses, self._losses = self._losses, {}
        for leg, loss in losses.items():
            batch.append((int(Kind.LOST), leg, loss["from_mono_ns"], encode_json(loss)))
        return batch

    def _build(self, batch: list[Record]) -> bytes:
        return build_chunk(self._chunks, time.monotonic_ns(), time.time_ns(), batch, self._chain)

    def _persist(self, chunk: bytes, records: int) -> None:
        """Write a chunk after the last one; a failed attempt is overwritten by the next."""
        done = 0
        while done < len(chunk):
            done += os.pwrite(self._fd, chunk[done:] if done else chunk, self._written + done)
        self._written += len(chunk)
        self._chain = chunk[-CHAIN_BYTES:]
        self._chunks += 1
        self._records += records

    def _sync(self) -> None:
        written = self._written
        os.fdatasync(self._fd)
        if written > self.bytes_on_disk:
            self.bytes_on_disk = written
            self.last_growth_mono_ns = time.monotonic_ns()

    def _sync_or_say(self) -> bool:
        try:
            self._sync()
        except OSError as error:
            return self._refuse("sync", error)
        self._refusals["sync"] = None
        return True

    def _refuse(self, what: str, error: OSError) -> bool:
        """The disk would not; said once, however often it is tried again. Gives false."""
        before, self._refusals[what] = self._refusals.get(what), error
        if before is None or before.errno != error.errno:
            extra = {"path": str(self.path), "do": what, "error": str(error)}
            _log.error("disk refused a log", extra=extra)
        return False


def seal_body(reason: str, chunks: int, records: int, chain: bytes, dropped: int | None) -> bytes:
    """The JSON of a seal: what stands before it in the log, and the chain up to there."""
    return encode_json(
        {
            "reason": reason,
            "chunks": chunks,
            "records": records,
            "chain": chain.hex(),
            "dropped": dropped,
        }
    )
