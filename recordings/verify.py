"""Verification: whether a log part is byte for byte as it was captured."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recordings.log import MAGIC, Log


@dataclass(frozen=True, slots=True)
class Verified:
    """What ``verify`` found.

    ``chain`` is hexadecimal; ``problems`` are English sentences; ``damaged`` are the places, in
    ``Log.records()``, of records that must not be used.
    """

    path: Path
    sealed: bool
    reason: str | None
    chunks: int
    records: int
    bytes: int
    chain: str
    problems: tuple[str, ...]
    damaged: tuple[int, ...]

    @property
    def whole(self) -> bool:
        """Sealed, and not one byte other than it was written."""
        return self.sealed and not self.problems


def verify(path: Path) -> Verified:
    """Check every hash, CRC and count of a log part. Raises LogUnreadable when there is none.

    Any single changed, missing or added byte is found, unless someone wrote the whole rest of
    the chain anew: whoever keeps ``chain`` elsewhere (the database does) finds that too.
    """
    with Log(path) as log:
        problems = [*_problems_of_layout(log), *_problems_of_order(log)]
        damaged = list(_damaged(log, problems))
        seal = log.seal
        if seal and (seal["chunks"], seal["records"]) != _totals(log):
            problems.append("the seal counts other chunks or records than there are")
        return Verified(
            path=path,
            sealed=seal is not None,
            reason=seal["reason"] if seal else None,
            chunks=len(log.chunks),
            records=sum(chunk.records for chunk in log.chunks),
            bytes=log.size,
            chain=log.chain.hex(),
            problems=tuple(problems),
            damaged=tuple(damaged),
        )


def _totals(log: Log) -> tuple[int, int]:
    return len(log.chunks) - 1, sum(chunk.records for chunk in log.chunks[:-1])


def _problems_of_layout(log: Log) -> Iterator[str]:
    if log.data[: len(MAGIC)] != MAGIC:
        yield "the file does not begin as a log does"
    for start, end in log.damage:
        yield f"bytes {start} to {end} hold no whole chunk"
    if log.torn != log.size:
        yield f"torn from byte {log.torn} on"


def _problems_of_order(log: Log) -> Iterator[str]:
    for at, chunk in enumerate(log.chunks):
        if chunk.number != at:
            yield f"chunk {chunk.number} stands in place {at}"


def _damaged(log: Log, problems: list[str]) -> Iterator[int]:
    """Check every chunk; tell ``problems`` of broken ones and yield the records to leave out."""
    before = 0
    for at, chunk in enumerate(log.chunks):
        if not log.chain_holds(at):
            problems.append(f"the chain is broken at chunk {chunk.number}")
            for position in log.damaged_records(at):
                problems.append(f"record {position} of chunk {chunk.number} is damaged")
                yield before + position
        before += chunk.records
