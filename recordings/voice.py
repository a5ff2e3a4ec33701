"""Voice: all that one participant's microphone sent, as one unbroken row of Opus packets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recordings.depacketize import opus_samples
from recordings.streams import Part, Stream, shares
from recordings.tracks import I64, Blocks, Pieces

RATE = 48000
SLOT = 960  # samples: the 20 ms of one filled-in packet
PRE_SKIP = 312  # samples by which the encoders of browsers delay
SLACK = 720  # samples a packet may be beside its place before a slot is filled in or left out
EXACT_SLACK = 240  # the same for the mix, which need not keep whole slots

SILENCE_TOC = 0xF8  # CELT, full band, 20 ms, mono (RFC 6716 section 3.1)
FILLERS = bytes(range(256))  # a source: the byte at each offset is that offset


@dataclass(frozen=True, slots=True)
class Heard:
    """The packets that are there, for the mix.

    ``at`` is where each begins in samples of the recording, ``source``, ``offset`` and
    ``length`` where its bytes are, ``samples`` how much it holds.
    """

    at: I64
    samples: I64
    pieces: Pieces

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, slots=True)
class Voice:
    """An audio track: ``blocks`` follow each other without a hole, from the recording's start.

    ``filled`` counts the 20 ms slots that had to be filled in after the first packet, ``begins``
    and ``ends`` are the samples at which real packets begin and end.
    """

    blocks: Blocks
    heard: Heard
    channels: int
    filled: int
    begins: int
    ends: int


def voice(
    streams: Sequence[Stream],
    parts: Sequence[Part],
    origin_ns: int,
    end_ms: int,
) -> Voice:
    """The row of packets of ``streams``, which are one participant's, up to ``end_ms``.

    Every missing 20 ms is a packet of its TOC byte alone, which decoders conceal (RFC 6716
    section 4): a hole in the row would shift all that follows in players that count samples.
    ``source`` of the pieces is the place of the log in ``parts``; ``len(parts)`` is ``FILLERS``.
    """
    packets = _packets(streams, parts, origin_ns)
    row = _Row(len(parts))
    row.extend(packets)
    row.fill_to(end_ms * RATE // 1000)
    return row.voice(packets)


@dataclass(frozen=True, slots=True)
class _Packets:
    at: I64
    samples: I64
    toc: I64
    pieces: Pieces


def _packets(streams: Sequence[Stream], parts: Sequence[Part], origin_ns: int) -> _Packets:
    at, samples, tocs, pieces = [], [], [], []
    for stream, mine in shares([s for s in streams if s.codec == "opus"]):
        data = parts[stream.part].log.data
        held = opus_samples(stream.packets, data)
        mine &= held > 0
        packets = stream.packets.pick(mine)
        at.append((stream.at_ns[mine] - origin_ns) * RATE // 1_000_000_000)
        samples.append(held[mine])
        tocs.append(np.frombuffer(data, np.uint8)[packets.offset].astype(np.int64))
        source = np.full(len(packets), stream.part, np.int64)
        pieces.append(Pieces(source, packets.offset, packets.length))
    empty = np.empty(0, np.int64)
    place = np.concatenate([empty, *at])
    order = np.argsort(place, kind="stable")
    return _Packets(
        place[order],
        np.concatenate([empty, *samples])[order],
        np.concatenate([empty, *tocs])[order],
        Pieces.join(pieces).pick(order),
    )


class _Row:
    """Lays packets one after the other, filling in and leaving out whole slots."""

    def __init__(self, fillers: int) -> None:
        self.fillers = fillers
        self.began = 0
        self.end = 0
        self.toc = SILENCE_TOC
        self.filled = 0
        self.at: list[int] = []
        self.which: list[int] = []  # a packet's place, or -1 - TOC of a filler
        self.exact: list[int] = []
        self.kept: list[int] = []

    def extend(self, packets: _Packets) -> None:
        exact = 0
        rows = zip(packets.at.tolist(), packets.samples.tolist(), packets.toc.tolist(), strict=True)
        for place, (target, samples, toc) in enumerate(rows):
            if not self.kept:
                self.end = self.began = max(target, 0) % SLOT
            beside = target - self.end
            if beside >= SLACK:
                self._fill(round(beside / SLOT), count=bool(self.kept))
            elif beside <= -SLACK and beside <= -samples // 2:
                continue
            if not self.kept or abs(target - exact) >= EXACT_SLACK:
                exact = target
            self.at.append(self.end)
            self.which.append(place)
            self.exact.append(exact)
            self.kept.append(place)
            self.toc = toc & 0xFC
            self.end += samples
            exact += samples

    def fill_to(self, end: int) -> None:
        if end - self.end >= SLOT:
            self._fill((end - self.end) // SLOT, count=False)

    def _fill(self, slots: int, count: bool) -> None:
        toc = _of_twenty_milliseconds(self.toc)
        self.at += range(self.end, self.end + slots * SLOT, SLOT)
        self.which += [-1 - toc] * slots
        self.end += slots * SLOT
        self.filled += slots if count else 0

    def voice(self, packets: _Packets) -> Voice:
        which, kept = np.array(self.which, np.int64), np.array(self.kept, np.int64)
        real = which >= 0
        source = np.full(len(which), self.fillers, np.int64)
        offset, length = -1 - which, np.ones(len(which), np.int64)
        source[real] = packets.pieces.source[kept]
        offset[real] = packets.pieces.offset[kept]
        length[real] = packets.pieces.length[kept]
        at_ms = (np.array(self.at, np.int64) * 1000 + RATE // 2) // RATE
        heard = Heard(
            np.array(self.exact, np.int64), packets.samples[kept], packets.pieces.pick(kept)
        )
        return Voice(
            blocks=Blocks(
                at_ms,
                np.ones(len(which), np.bool_),
                np.ones(len(which), np.int64),
                Pieces(source, offset, length),
            ),
            heard=heard,
            channels=2 if (packets.toc[kept] & 4).any() else 1,
            filled=self.filled,
            begins=int(heard.at[0]) if len(kept) else 0,
            ends=int(heard.at[-1] + heard.samples[-1]) if len(kept) else 0,
        )


def _of_twenty_milliseconds(toc: int) -> int:
    """The TOC of the same mode and bandwidth with one frame of 20 ms (RFC 6716, table 2)."""
    configuration = toc >> 3
    if configuration < 12:
        configuration = configuration // 4 * 4 + 1
    elif configuration < 16:
        configuration |= 1
    else:
        configuration |= 3
    return configuration << 3 | toc & 4
