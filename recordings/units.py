"""Frames of H.264 from RTP packets (RFC 6184, packetization mode 1), as a file's samples hold them.

A sample is the units of one picture, each behind its length (ISO/IEC 14496-15 section 5.3). Every
key frame has the parameter sets that it is decoded with, whether or not they came with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recordings.frames import LOG, MADE, Frames, decodable
from recordings.h264 import (
    IDR,
    LAST_SLICE,
    LENGTH_BYTES,
    PPS,
    SLICE,
    SPS,
    UNTOLD,
    Unreadable,
    picture_set,
    sequence_of,
    slice_set,
)
from recordings.packets import Packets
from recordings.tracks import I64, Pieces

LAST_SINGLE, STAP_A, FU_A = 23, 24, 28
HEAD_BYTES = LENGTH_BYTES + 1  # a unit's length, and its header where that is made anew
ENOUGH_BYTES = 16  # of a slice to know what it is coded with

Flags = NDArray[np.bool_]


def h264_frames(packets: Packets, data: Any) -> Frames:
    """The decodable frames of one stream's ``packets``, which are in sending order.

    ``data`` is the log's bytes.
    """
    gaps = np.cumsum(np.diff(packets.sequence, prepend=packets.sequence[:1]) > 1)
    filled = np.flatnonzero(packets.length > 0)  # others only pad, but count in the sequence
    if not len(filled):
        return Frames.none()
    packets, gaps = packets.pick(filled), gaps[filled]
    octets = np.frombuffer(data, np.uint8)
    first = np.flatnonzero(np.diff(packets.timestamp, prepend=packets.timestamp[0] - 1))
    last = np.append(first[1:], len(packets)) - 1
    frame_of = np.repeat(np.arange(len(first)), last - first + 1)
    units, odd = _units(packets, octets)
    pictures = _Pictures(units, frame_of[units.packet], len(first))

    complete = packets.marker[last] & (gaps[first] == gaps[last]) & pictures.whole(octets)
    complete[frame_of[odd]] = False
    linked = np.append(False, gaps[first[1:]] == gaps[last[:-1]])
    added = _add_sets(pictures, complete, linked, data)
    good = decodable(complete, linked, pictures.key)
    shown = good & pictures.shown
    dropped = int((~good & (pictures.shown | ~complete)).sum())  # sets alone are no frame
    if not shown.any():
        return Frames.none(dropped)
    return _samples(pictures, shown, added, filled[first], dropped)


@dataclass(frozen=True, slots=True)
class _Units:
    """Units and fragments of units as columns: of which packet, which bytes, of which type.

    A fragment's ``header`` is the unit's, which is not among its bytes; that of a whole unit
    is -1.
    """

    packet: I64
    offset: I64
    length: I64
    kind: I64
    header: I64
    begins: Flags
    ends: Flags

    def pick(self, which: I64 | Flags) -> "_Units":
        return replace(self, **{name: getattr(self, name)[which] for name in self.__slots__})

    @classmethod
    def join(cls, *several: "_Units") -> "_Units":
        return cls(*(np.concatenate([getattr(u, c) for u in several]) for c in cls.__slots__))

    @property
    def body(self) -> I64:
        """Where what follows the header lies, of a unit that begins."""
        return self.offset + (self.header < 0)


def _units(packets: Packets, octets: NDArray[np.uint8]) -> tuple[_Units, Flags]:
    """The units in these packets, in order; and which packets hold something else."""

    def byte(at: I64) -> I64:
        return octets[np.minimum(at, len(octets) - 1)].astype(np.int64)

    one, two = byte(packets.offset), byte(packets.offset + 1)
    kind = one & 0x1F
    single = np.flatnonzero(_is_unit(kind))
    part = np.flatnonzero((kind == FU_A) & (packets.length > 2) & _is_unit(two & 0x1F))
    odd = np.ones(len(packets), np.bool_)
    odd[single] = odd[part] = False
    rows: list[tuple[int, int, int]] = []
    for packet in np.flatnonzero(kind == STAP_A).tolist():
        start = int(packets.offset[packet])
        found = list(_aggregated(octets, start + 1, start + int(packets.length[packet])))
        odd[packet] = not found
        rows += [(packet, at, length) for at, length in found]
    within, at, length = np.array(rows, np.int64).reshape(-1, 3).T
    at = np.append(packets.offset[single], at)
    true = np.ones(len(at), np.bool_)
    whole = _Units(
        packet=np.append(single, within),
        offset=at,
        length=np.append(packets.length[single], length),
        kind=byte(at) & 0x1F,
        header=np.full(len(at), -1),
        begins=true,
        ends=true,
    )
    cut = _Units(
        packet=part,
        offset=packets.offset[part] + 2,
        length=packets.length[part] - 2,
        kind=two[part] & 0x1F,
        header=one[part] & 0xE0 | two[part] & 0x1F,
        begins=two[part] & 0x80 != 0,
        ends=two[part] & 0x40 != 0,
    )
    units = _Units.join(whole, cut)
    return units.pick(np.argsort(units.packet, kind="stable")), odd


def _is_unit(kind: Any) -> Any:
    """Whether a type is that of a unit, not of a packet of several or of a part of one."""
    return (kind >= SLICE) & (kind <= LAST_SINGLE)


def _aggregated(octets: NDArray[np.uint8], at: int, end: int) -> Iterator[tuple[int, int]]:
    """(offset, length) of each unit of a STAP-A (section 5.7.1); none if it is malformed."""
    found = []
    while at < end:
        length = int(octets[at]) << 8 | int(octets[at + 1]) if at + 2 < end else 0
        if not 0 < length <= end - at - 2 or not _is_unit(octets[at + 2] & 0x1F):
            return
        found.append((at + 2, length))
        at += 2 + length
    yield from found


class _Pictures:
    """Units by the picture that they belong to, ``of``; there are ``count`` pictures.

    ``key`` and ``shown`` are whether a picture has a slice that begins anew, and any slice.
    """

    def __init__(self, units: _Units, of: I64, count: int) -> None:
        self.units, self.of, self.count = units, of, count
        self.slices = (units.kind >= SLICE) & (units.kind <= LAST_SLICE)
        self.shown = self.having(self.slices)
        self.key = self.having(units.kind == IDR)

    def having(self, which: Flags) -> Flags:
        """Which pictures have such a unit."""
        having: Flags = np.bincount(self.of[which], minlength=self.count) > 0
        return having

    def whole(self, octets: NDArray[np.uint8]) -> Flags:
        """Which pictures have every fragment of their units, and their first slice."""
        units = self.units
        opens = np.diff(self.of, prepend=-1) > 0
        closes = np.append(opens[1:], True)
        wrong = units.begins != (opens | np.append(True, units.ends[:-1]))
        wrong |= ~units.begins & (np.diff(units.kind, prepend=-1) != 0)
        wrong |= closes & ~units.ends
        first = np.flatnonzero(self.slices & units.begins)
        first = first[np.diff(self.of[first], prepend=-1) > 0]
        # The first number of a slice is that of its first macroblock: a single bit says 0.
        body = np.minimum(units.body[first], len(octets) - 1)
        wrong[first] |= octets[body] & 0x80 == 0
        return ~self.having(wrong)


class _Sets:
    """The parameter sets that have come so far, by type and number."""

    def __init__(self) -> None:
        self.at: dict[tuple[int, int], int] = {}
        self._sequence: dict[int, int] = {}

    def take(self, kind: int, text: bytes, unit: int) -> tuple[int, int]:
        """Know one more; gives its type and number. Raises Unreadable."""
        if kind == SPS:
            number = sequence_of(text).number
        else:
            number, sequence = picture_set(text)
            self._sequence[number] = sequence
        self.at[kind, number] = unit
        return kind, number

    def cover(self, number: int) -> bool:
        """Whether a slice can be decoded that is coded with this set of a picture."""
        return (PPS, number) in self.at and (SPS, self._sequence[number]) in self.at


def _add_sets(
    pictures: _Pictures, complete: Flags, linked: Flags, data: Any
) -> list[tuple[int, int]]:
    """What key frames must be given of what came before them, as (picture, unit).

    A key frame whose sets are not known is not ``complete`` any more.
    """
    units, key = pictures.units, pictures.key
    is_set = ((units.kind == SPS) | (units.kind == PPS)) & units.begins & units.ends
    brings = pictures.having(is_set)
    if (key & brings).any():  # one without has lost them, if anything was lost before it
        complete[key & ~brings & ~linked] = False
    sets, added = _Sets(), []
    telling = np.flatnonzero(is_set | (units.kind == IDR) & units.begins).tolist()
    for picture, group in groupby(telling, lambda unit: int(pictures.of[unit])):
        brought, needed = set(), set()
        try:
            for unit in group:
                kind, at, body = (
                    int(units.kind[unit]),
                    int(units.offset[unit]),
                    int(units.body[unit]),
                )
                end = at + int(units.length[unit])
                if kind == IDR:
                    needed.add(slice_set(data[body : min(end, body + ENOUGH_BYTES)]))
                else:
                    brought.add(sets.take(kind, data[at:end], unit))
        except Unreadable:
            complete[picture] = False
            continue
        if needed and not all(sets.cover(number) for number in needed):
            complete[picture] = False
        elif needed:
            added += [(picture, sets.at[name]) for name in sorted(sets.at.keys() - brought)]
    return added


def _samples(
    pictures: _Pictures,
    shown: Flags,
    added: list[tuple[int, int]],
    places: I64,
    dropped: int,
) -> Frames:
    """The pictures that are ``shown``, with the parameter sets that are to be ``added``."""
    own = np.flatnonzero(shown[pictures.of] & ~np.isin(pictures.units.kind, UNTOLD))
    of, rows = np.array([pair for pair in added if shown[pair[0]]], np.int64).reshape(-1, 2).T
    order = np.argsort(np.append(of, pictures.of[own]), kind="stable")
    of, rows = np.append(of, pictures.of[own])[order], np.append(rows, own)[order]
    units = pictures.units.pick(rows)

    begins = np.flatnonzero(units.begins)
    number = np.cumsum(units.begins) - 1  # of the unit, and so of the heads before it
    anew = units.header[begins] >= 0
    heads = np.zeros((len(begins), HEAD_BYTES), np.uint8)
    size = np.add.reduceat(units.length, begins) + anew
    heads[:, :LENGTH_BYTES] = size.astype(">u4").view(np.uint8).reshape(-1, LENGTH_BYTES)
    heads[:, LENGTH_BYTES] = np.where(anew, units.header[begins], 0)

    total = len(rows) + len(begins)
    source, offset, length = (np.full(total, fill, np.int64) for fill in (LOG, 0, 0))
    at = np.arange(len(rows)) + number + 1
    offset[at], length[at] = units.offset, units.length
    at = begins + np.arange(len(begins))
    source[at], offset[at] = MADE, np.arange(len(begins)) * HEAD_BYTES
    length[at] = LENGTH_BYTES + anew

    frames = np.flatnonzero(shown)
    opening = np.searchsorted(of, frames)
    first = opening + number[opening]
    return Frames(
        place=places[frames],
        first=first,
        count=np.diff(np.append(first, total)),
        key=pictures.key[frames],
        pieces=Pieces(source, offset, length),
        made=heads.tobytes(),
        dropped=dropped,
    )
