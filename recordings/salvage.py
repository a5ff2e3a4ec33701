"""Salvage: puts a log part in order that lost its end, keeping every whole record of it."""

import fcntl
import os
import time
from pathlib import Path

from recordings.capture import Record, seal_body
from recordings.log import FIRST_CHAIN, MAGIC, PART_PATTERN, Kind, Log, build_chunk
from sessions.errors import FarhandError


class LogBusy(FarhandError):
    code = "log-busy"
    text = "The recording %(name)s is still being written."
    status = 409


def seal_parts(folder: Path) -> bool:
    """Seal every part in a session's folder that has no seal; whether there was one.

    Raises as ``seal_unsealed`` does."""
    return sum(seal_unsealed(part) for part in sorted(folder.glob(PART_PATTERN))) > 0


def seal_unsealed(path: Path) -> bool:
    """Seal a log part that has no seal, with the reason ``recovered``; false if it has one.

    Bytes after the last whole chunk are copied beside the log (``part-0001.torn``, never
    overwritten) before they are cut off; the whole records among them are kept in a chunk of
    their own. Whole chunks stay untouched. Safe to repeat after a kill at any point. Raises
    LogBusy while the log is being captured, LogUnreadable, OSError.
    """
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        _lock(fd, path)
        with Log(path) as log:
            if log.seal is not None:
                return False
            _keep_tail(log)
            ending = _ending(log)
            end = max(log.torn, len(MAGIC))
        if end == len(MAGIC):
            os.pwrite(fd, MAGIC, 0)
        _pwrite_all(fd, ending, end)
        os.ftruncate(fd, end + len(ending))
        os.fsync(fd)
        return True
    finally:
        os.close(fd)


def _lock(fd: int, path: Path) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LogBusy(name=path.name) from error


def _keep_tail(log: Log) -> None:
    tail = bytes(log.data[log.torn :])
    if not tail.strip(b"\0") or tail == MAGIC:
        return
    for attempt in range(1, 1000):
        suffix = ".torn" if attempt == 1 else f".torn-{attempt}"
        side = log.path.with_suffix(suffix)
        try:
            with side.open("xb") as file:
                file.write(tail)
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            if side.read_bytes() == tail:
                return
        else:
            return


def _ending(log: Log) -> bytes:
    """What replaces the torn tail: its whole records, if any, then the seal."""
    mono_ns, wall_ns = time.monotonic_ns(), time.time_ns()
    number, chain = (log.chunks[-1].number + 1 if log.chunks else 0), log.chain
    records = sum(chunk.records for chunk in log.chunks)
    salvaged = b""
    if kept := log.torn_records():
        salvaged = build_chunk(number, mono_ns, wall_ns, kept, chain)
        number, chain, records = number + 1, salvaged[-len(FIRST_CHAIN) :], records + len(kept)
    chunks = len(log.chunks) + bool(kept)
    body = seal_body("recovered", chunks, records, chain, None)
    seal: list[Record] = [(int(Kind.SEAL), 0, mono_ns, body)]
    return salvaged + build_chunk(number, mono_ns, wall_ns, seal, chain)


def _pwrite_all(fd: int, data: bytes, at: int) -> None:
    done = 0
    while done < len(data):
        done += os.pwrite(fd, data[done:], at + done)
