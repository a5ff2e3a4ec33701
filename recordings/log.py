"""The packet log: the append-only, hash-chained file that every recording is produced from.

Byte layout, version 1, all numbers little-endian::

    file    = magic (16 bytes, "FARHAND LOG 1" CR LF SUB), chunk, chunk, ...
    chunk   = header (36 bytes), index (20 bytes a record), bodies, chain (32 bytes)
    header  = "FHCK", number u32, mono_ns u64, wall_ns u64, records u32, length u32, crc u32
    entry   = kind u8, zero u8, leg u16, length u32, mono_ns u64, crc u32
    bodies  = the records' bytes one after the other, in the order of the index
    chain   = SHA-256 of (chain of the chunk before, header, index, bodies)

``number`` counts from 0; ``mono_ns`` (CLOCK_MONOTONIC) and ``wall_ns`` (since 1970 UTC) are the
time at which the chunk was made; ``length`` is that of index and bodies together; the header's
``crc`` (CRC-32 of zlib) covers the 32 bytes before it and the index; an entry's ``crc`` covers
its body and its ``mono_ns`` is the time of arrival. Before the first chunk the chain is the
SHA-256 of the magic.

The first record is the ``HEAD``; a whole log ends with a ``SEAL``. A log that lost its end (power,
``kill -9``) is readable up to its last whole record; ``recordings.salvage`` puts it in order.
"""

import hashlib
import json
import mmap
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recordings.tracks import opened
from sessions.errors import FarhandError

MAGIC = b"FARHAND LOG 1\r\n\x1a"
CHUNK_MAGIC = b"FHCK"
HEADER = struct.Struct("<4sIQQIII")
HEADER_CRC = struct.Struct("<I")
ENTRY = struct.Struct("<BxHIQI")
CHAIN_BYTES = 32
FIRST_CHAIN = hashlib.sha256(MAGIC).digest()
PART_PATTERN = "part-*.log"

_CRC_AT = HEADER.size - HEADER_CRC.size
_ENTRY_DTYPE = np.dtype(
    [
        ("kind", "u1"),
        ("zero", "u1"),
        ("leg", "<u2"),
        ("length", "<u4"),
        ("mono_ns", "<u8"),
        ("crc", "<u4"),
    ]
)


class LogUnreadable(FarhandError):
    code = "log-unreadable"
    text = "The log %(name)s of this recording cannot be read: %(reason)s."
    status = 500


class Kind(IntEnum):
    """What a record is: JSON, except ``RTP`` (RFC 3550 section 5.1) and ``RTCP`` (section 6.1)."""

    HEAD = 1
    LEG = 2
    LEG_GONE = 3
    RTP = 4
    RTCP = 5
    NOTE = 6
    LOST = 7
    SEAL = 8


_KINDS = frozenset(map(int, Kind))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where a whole chunk lies in the file. ``start`` and ``end`` are byte offsets."""

    number: int
    mono_ns: int
    wall_ns: int
    records: int
    start: int
    end: int

    @property
    def index(self) -> int:
        return self.start + HEADER.size

    @property
    def bodies(self) -> int:
        return self.index + self.records * ENTRY.size

    @property
    def chain(self) -> int:
        return self.end - CHAIN_BYTES


@dataclass(frozen=True, slots=True)
class Records:
    """Every record of a log as columns; ``offset`` and ``length`` are bytes in the file."""

    kind: NDArray[np.uint8]
    leg: NDArray[np.uint16]
    mono_ns: NDArray[np.int64]
    offset: NDArray[np.int64]
    length: NDArray[np.int64]
    crc: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class JsonRecord:
    """A record that holds JSON."""

    kind: Kind
    leg: int
    mono_ns: int
    value: dict[str, Any]


def build_chunk(
    number: int,
    mono_ns: int,
    wall_ns: int,
    records: list[tuple[int, int, int, bytes]],
    chain: bytes,
) -> bytes:
    """A whole chunk of ``records`` (kind, leg, mono_ns, body) that follows ``chain``."""
    pack, crc32 = ENTRY.pack, zlib.crc32
    index = b"".join(
        [pack(kind, leg, len(body), mono, crc32(body)) for kind, leg, mono, body in records]
    )
    bodies = b"".join([record[3] for record in records])
    length = len(index) + len(bodies)
    header = HEADER.pack(CHUNK_MAGIC, number, mono_ns, wall_ns, len(records), length, 0)[:_CRC_AT]
    content = b"".join((header, HEADER_CRC.pack(crc32(index, crc32(header))), index, bodies))
    return content + hashlib.sha256(chain + content).digest()


def encode_json(value: Any) -> bytes:
    """The JSON of a record: UTF-8, compact; what JSON does not know becomes its text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode(
        errors="replace"
    )


class Log:
    """One log part, open for reading; a context manager. Whole chunks only, damaged ones left out.

    ``damage`` lists (start, end) byte ranges that are no whole chunk; ``torn`` is the offset from
    which on the file holds no whole chunk any more (its size when nothing is torn).
    """

    def __init__(self, path: Path) -> None:
        """Raises LogUnreadable when there is no log at ``path``."""
        self.path = path
        try:
            self.data = opened(path)
        except OSError as error:
            raise LogUnreadable(name=path.name, reason=str(error.strerror)) from error
        self.chunks: list[Chunk] = []
        self.damage: list[tuple[int, int]] = []
        self.torn = self._scan()

    def __enter__(self) -> "Log":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back. Views of ``data`` that are still in use keep it open."""
        if isinstance(self.data, mmap.mmap):
            try:
                self.data.close()
            except BufferError:
                self.data = b""

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.data)

    @property
    def head(self) -> dict[str, Any]:
        """The head of the log; empty when it was lost."""
        first = next(self.json_records(Kind.HEAD), None)
        return first.value if first else {}

    @property
    def seal(self) -> dict[str, Any] | None:
        """The seal, when the log is whole."""
        if not self.chunks or self.torn != self.size:
            return None
        last = [record for record in self._json_of(self.chunks[-1]) if record.kind is Kind.SEAL]
        return last[-1].value if last else None

    @property
    def chain(self) -> bytes:
        """The chain after the last whole chunk: 32 bytes."""
        if not self.chunks:
            return FIRST_CHAIN
        return bytes(self.data[self.chunks[-1].chain : self.chunks[-1].end])

    def json_records(self, *kinds: Kind) -> Iterator[JsonRecord]:
        """The JSON records of these kinds, or of every JSON kind, in order."""
        for chunk in self.chunks:
            for record in self._json_of(chunk):
                if not kinds or record.kind in kinds:
                    yield record

    def records(self) -> Records:
        """Every record as columns, in order of arrival in the log."""
        empty = np.empty(0, _ENTRY_DTYPE)
        entries = np.concatenate([empty, *(self._entries(chunk) for chunk in self.chunks)])
        lengths = entries["length"].astype(np.int64)
        before = np.cumsum(lengths) - lengths
        counts = np.array([chunk.records for chunk in self.chunks], np.int64)
        firsts = np.cumsum(counts) - counts
        bodies = np.array([chunk.bodies for chunk in self.chunks], np.int64)
        shift = bodies - (np.append(before, 0)[firsts] if len(firsts) else 0)
        return Records(
            kind=entries["kind"].copy(),
            leg=entries["leg"].copy(),
            mono_ns=entries["mono_ns"].astype(np.int64),
            offset=before + np.repeat(shift, counts),
            length=lengths,
            crc=entries["crc"].copy(),
        )

    def chain_holds(self, at: int) -> bool:
        """Whether the chunk at this place in ``chunks`` has the hash that its bytes demand."""
        chunk = self.chunks[at]
        before = FIRST_CHAIN
        if at:
            before = self.data[self.chunks[at - 1].chain : self.chunks[at - 1].end]
        digest = hashlib.sha256(before)
        with memoryview(self.data) as view:
            digest.update(view[chunk.start : chunk.chain])
        return digest.digest() == self.data[chunk.chain : chunk.end]

    def damaged_records(self, at: int) -> list[int]:
        """Which records of the chunk at this place in ``chunks`` fail their CRC, by position."""
        chunk = self.chunks[at]
        offset, damaged = chunk.bodies, []
        for position, entry in enumerate(self._entries(chunk)):
            end = offset + int(entry["length"])
            if zlib.crc32(self.data[offset:end]) != entry["crc"]:
                damaged.append(position)
            offset = end
        return damaged

    def torn_records(self) -> list[tuple[int, int, int, bytes]]:
        """The whole records of the chunk after ``torn`` that has lost its end."""
        start = self.data.find(CHUNK_MAGIC, self.torn)
        while start >= 0 and (count := self._entries_at(start)) is None:
            start = self.data.find(CHUNK_MAGIC, start + 1)
        if start < 0 or count is None:
            return []
        whole = []
        offset = start + HEADER.size + count * ENTRY.size
        for at in range(count):
            kind, leg, length, mono_ns, crc = ENTRY.unpack_from(
                self.data, start + HEADER.size + at * ENTRY.size
            )
            body = self.data[offset : offset + length]
            if len(body) == length and zlib.crc32(body) == crc:
                whole.append((kind, leg, mono_ns, body))
            offset += length
        return whole

    def _entries(self, chunk: Chunk) -> NDArray[np.void]:
        return np.frombuffer(self.data, _ENTRY_DTYPE, chunk.records, chunk.index)

    def _json_of(self, chunk: Chunk) -> Iterator[JsonRecord]:
        entries = self._entries(chunk)
        binary = (entries["kind"] == Kind.RTP) | (entries["kind"] == Kind.RTCP)
        if binary.all():
            return
        ends = chunk.bodies + np.cumsum(entries["length"], dtype=np.int64)
        for at in np.flatnonzero(~binary):
            entry, end = entries[at], int(ends[at])
            body = self.data[end - int(entry["length"]) : end]
            if zlib.crc32(body) == entry["crc"] and entry["kind"] in _KINDS:
                yield JsonRecord(
                    Kind(int(entry["kind"])),
                    int(entry["leg"]),
                    int(entry["mono_ns"]),
                    json.loads(body),
                )

    def _scan(self) -> int:
        """Find the whole chunks; return the offset after the last one."""
        at = whole = len(MAGIC)
        if self.data[:at] != MAGIC:
            at = whole = 0
        while (found := self.data.find(CHUNK_MAGIC, at)) >= 0:
            chunk = self._chunk_at(found)
            if chunk is None:
                at = found + 1
                continue
            if found > whole:
                self.damage.append((whole, found))
            self.chunks.append(chunk)
            at = whole = chunk.end
        return whole

    def _entries_at(self, start: int) -> int | None:
        """How many records the chunk at ``start`` has, if its header and index are whole."""
        if start + HEADER.size > self.size:
            return None
        magic, _, _, _, records, length, crc = HEADER.unpack_from(self.data, start)
        end = start + HEADER.size + records * ENTRY.size
        if magic != CHUNK_MAGIC or records * ENTRY.size > length or end > self.size:
            return None
        header, index = self.data[start : start + _CRC_AT], self.data[start + HEADER.size : end]
        return records if zlib.crc32(index, zlib.crc32(header)) == crc else None

    def _chunk_at(self, start: int) -> Chunk | None:
        if self._entries_at(start) is None:
            return None
        _, number, mono_ns, wall_ns, records, length, _ = HEADER.unpack_from(self.data, start)
        end = start + HEADER.size + length + CHAIN_BYTES
        if end > self.size:
            return None
        return Chunk(number, mono_ns, wall_ns, records, start, end)
