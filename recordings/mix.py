"""The mix: all voices of a session as one, mono, encoded in segments that fit together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

from recordings.tracks import I64, Buffer, opened
from recordings.voice import PRE_SKIP, RATE, SLOT, Heard, Voice
from recordings.webm import opus_head

MIX_MS = 60  # of one packet of the mix, a *slot* here: longer packets cost less to encode
MIX_SLOT = RATE * MIX_MS // 1000
SEGMENT_SLOTS = 1000
DECODER_WARM_UP = 10  # packets
ENCODER_WARM_UP = 2  # slots
BIT_RATE = 40_000
MIX_PRE_SKIP = 120  # samples: what the encoder below looks ahead
PEAK_SAMPLES = RATE // 10
QUIET = 10 ** (-66 / 20)
QUIET_RUN = 9  # slots
QUIET_EDGE = 2  # slots that are encoded on both sides of a quiet run
SILENT_PACKET = b"\xfb\x03" + b"\xff\xfe" * 3  # three frames of CELT silence
RUN = 100  # packets decoded before what they gave is put in its place
CONCEALED = 5  # missing slots that a decoder is asked to conceal, then it is silent

JOINED = 6  # packets that are decoded as one

_SIZES = [bytes((size,)) for size in range(252)]

F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Segment:
    """What a worker mixes: slots ``first`` up to ``last`` of the voices in the files ``logs``."""

    logs: tuple[Path, ...]
    voices: tuple[Heard, ...]
    first: int
    last: int

    @property
    def is_whole(self) -> bool:
        """Whether it is as long as all but the last of a recording."""
        return self.last - self.first == SEGMENT_SLOTS

    @property
    def spoken(self) -> "Segment":
        """The same without the voices that send nothing in it."""
        return replace(self, voices=tuple(voice for voice in self.voices if len(voice)))

    @property
    def silent_peaks(self) -> list[int]:
        """The peaks of a voice that sends nothing in it."""
        return [0] * ((self.last - self.first) * MIX_SLOT // PEAK_SAMPLES)


@dataclass(frozen=True, slots=True)
class Mixed:
    """A mixed segment: its packets of 60 ms end to end, their lengths, and each voice's peaks.

    Peaks are the greatest amplitude of each tenth of a second, 0..100.
    """

    data: bytes
    lengths: list[int]
    peaks: tuple[list[int], ...]


def segments(voices: Sequence[Voice], logs: Sequence[Path], slots: int) -> list[Segment]:
    """The work in pieces whose borders depend on nothing but the recording's length."""
    return [
        Segment(
            tuple(logs),
            tuple(_cut(voice.heard, first, min(first + SEGMENT_SLOTS, slots)) for voice in voices),
            first,
            min(first + SEGMENT_SLOTS, slots),
        )
        for first in range(0, slots, SEGMENT_SLOTS)
    ]


def _cut(heard: Heard, first: int, last: int) -> Heard:
    begin = int(np.searchsorted(heard.at, (first - ENCODER_WARM_UP) * MIX_SLOT - PRE_SKIP))
    end = int(np.searchsorted(heard.at, last * MIX_SLOT + PRE_SKIP))
    which = np.arange(max(0, begin - DECODER_WARM_UP), end)
    return Heard(heard.at[which], heard.samples[which], heard.pieces.pick(which))


def mix(segment: Segment) -> Mixed:
    """Decode, add and encode one segment."""
    start = (segment.first - ENCODER_WARM_UP) * MIX_SLOT
    length = (segment.last - segment.first + ENCODER_WARM_UP) * MIX_SLOT
    total = np.zeros(length, np.float32)
    peaks = []
    logs = [opened(path) for path in segment.logs]
    for heard in segment.voices:
        one = np.zeros(length, np.float32)
        _decode_into(one, heard, start, logs)
        peaks.append(_peaks(one[ENCODER_WARM_UP * MIX_SLOT :]))
        total += one
    np.clip(total, -1, 1, out=total)
    packets = _encode(total)[ENCODER_WARM_UP:]
    return Mixed(b"".join(packets), [len(packet) for packet in packets], tuple(peaks))


def _peaks(sound: F32) -> list[int]:
    tenths = sound[: len(sound) // PEAK_SAMPLES * PEAK_SAMPLES].reshape(-1, PEAK_SAMPLES)
    return [int(peak) for peak in np.rint(np.minimum(_greatest(tenths), 1) * 100)]


def _greatest(rows: F32) -> F32:
    """The greatest amplitude of each row, without a copy of them all."""
    greatest: F32 = np.maximum(rows.max(axis=1, initial=0), -rows.min(axis=1, initial=0))
    return greatest


# Decoding


def _decode_into(sound: F32, heard: Heard, start: int, logs: Sequence[Buffer]) -> None:
    """Decode the packets to their places in ``sound``, which begins at sample ``start``.

    The native decoder is quicker but cannot conceal a loss; where there is one, libopus works.
    """
    begins, ends = heard.at, heard.at + heard.samples
    missing = begins[1:] - ends[:-1]
    concealed = (missing >= SLOT // 2) & (missing < CONCEALED * SLOT)
    decode = _Decoder("libopus" if concealed.any() else "opus")
    pieces = heard.pieces
    rows = list(zip(pieces.rows(), heard.samples.tolist(), strict=True))
    bounds = {0, len(rows), *range(0, len(rows), RUN), *(np.flatnonzero(missing) + 1).tolist()}
    for first, last in pairwise(sorted(bounds)):
        at = int(begins[first]) - start - PRE_SKIP
        packets = [
            (logs[source][offset : offset + length], samples)
            for (source, offset, length), samples in rows[first:last]
        ]
        if first and concealed[first - 1]:
            packets[:0] = _concealing(packets[0][0], int(missing[first - 1]))
            at -= int(missing[first - 1])
        _lay(sound, decode.run(packets), at)


def _concealing(following: bytes, samples: int) -> list[tuple[bytes, int]]:
    """Packets without content, 20 ms each, that make a decoder conceal ``samples``."""
    slots = max(1, round(samples / SLOT))
    toc = bytes((following[0] & 0xFC,))
    return [*[(toc, SLOT)] * (slots - 1), (toc, samples - SLOT * (slots - 1))]


def _lay(sound: F32, piece: F32, at: int) -> None:
    """Write ``piece`` over ``sound`` from sample ``at`` on, as far as it is inside."""
    begin, end = max(at, 0), min(at + len(piece), len(sound))
    if begin < end:
        sound[begin:end] = piece[begin - at : end - at]


class _Decoder:
    """An Opus decoder whose output is as long as was asked for, whatever comes in."""

    def __init__(self, name: str) -> None:
        self._decoder = av.Codec(name, "r").create("audio")
        self._decoder.sample_rate = RATE
        self._decoder.layout = "mono"
        self._decoder.extradata = opus_head(1, 0)
        self._floats = name == "opus"

    def run(self, packets: Sequence[tuple[bytes, int]]) -> F32:
        """The sound of (packet, samples) that follow each other without a gap.

        Once for every packet of every voice: flat on purpose.
        """
        decode, new, floats = self._decoder.decode, av.Packet, self._floats
        planes: list[Any] = []
        for packet, samples in _joined(packets):
            try:
                frames = decode(new(packet))
            except av.FFmpegError:
                frames = []
            if floats and len(frames) == 1:
                plane = frames[0].planes[0]
                if plane.buffer_size == 4 * samples:
                    planes.append(plane)
                    continue
            planes.append(_fitted([frame.to_ndarray()[0] for frame in frames], samples))
        return np.frombuffer(b"".join(planes), np.float32)


def _joined(packets: Sequence[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """The same packets, up to six of 20 ms and one mode as one (RFC 6716 section 3.2.5).

    It decodes to the same sound in fewer calls.
    """
    group: list[bytes] = []
    for packet, samples in packets:
        simple = samples == SLOT and len(packet) > 1 and packet[0] & 3 == 0
        if group and (not simple or packet[0] != group[0][0] or len(group) == JOINED):
            yield _one_of(group), SLOT * len(group)
            group = []
        if simple:
            group.append(packet)
        else:
            yield packet, samples
    if group:
        yield _one_of(group), SLOT * len(group)


def _one_of(group: Sequence[bytes]) -> bytes:
    if len(group) == 1:
        return group[0]
    parts = [bytes((group[0][0] | 3, 0x80 | len(group)))]
    for packet in group[:-1]:
        size = len(packet) - 1
        parts.append(_SIZES[size] if size < 252 else bytes((252 | size & 3, (size - 252) >> 2)))
    parts += [packet[1:] for packet in group]
    return b"".join(parts)


def _fitted(pieces: Sequence[NDArray[Any]], samples: int) -> bytes:
    """The pieces as float32, cut or filled with silence to ``samples``."""
    fitted = np.zeros(samples, np.float32)
    sound = np.concatenate([fitted[:0], *(_as_float(piece) for piece in pieces)])[:samples]
    fitted[: len(sound)] = sound
    return fitted.tobytes()


def _as_float(piece: NDArray[Any]) -> F32:
    if piece.dtype == np.int16:
        return piece * np.float32(1 / 32768)
    return piece.astype(np.float32)


# Encoding


def _encode(sound: F32) -> list[bytes]:
    """Packets of 60 ms; what is quiet for long is not encoded but replaced by silence."""
    slots = sound.reshape(-1, MIX_SLOT)
    spoken = _spoken(slots)
    if not spoken.any():
        return [SILENT_PACKET] * len(slots)
    encoder = _encoder()
    frame = av.AudioFrame.from_ndarray(slots[spoken].reshape(1, -1), format="flt", layout="mono")
    frame.sample_rate = RATE
    encoded = iter([*encoder.encode(frame), *encoder.encode(None)])
    return [bytes(next(encoded)) if speaks else SILENT_PACKET for speaks in spoken.tolist()]


def _spoken(slots: F32) -> NDArray[np.bool_]:
    """Which slots lie outside of runs of quiet ones, edges of these runs included."""
    loud = np.flatnonzero(_greatest(slots) > QUIET)
    spoken = np.zeros(len(slots), np.bool_)
    for begin, end in _runs(loud):
        spoken[max(0, begin - QUIET_EDGE) : end + QUIET_EDGE] = True
    return spoken


def _runs(loud: I64) -> Iterator[tuple[int, int]]:
    """(first, after last) of stretches whose pauses are shorter than ``QUIET_RUN``."""
    if len(loud):
        breaks = np.flatnonzero(np.diff(loud) > QUIET_RUN)
        firsts = loud[np.append(0, breaks + 1)]
        lasts = loud[np.append(breaks, len(loud) - 1)] + 1
        yield from zip(firsts.tolist(), lasts.tolist(), strict=True)


def _encoder() -> AudioCodecContext:
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, AudioCodecContext)
    encoder.sample_rate = RATE
    encoder.layout = "mono"
    encoder.format = "flt"
    encoder.bit_rate = BIT_RATE
    encoder.time_base = Fraction(1, RATE)
    # Lowest delay and complexity: a third of the time, at a bit rate that speech does not miss.
    encoder.options = {
        "application": "lowdelay",
        "compression_level": "0",
        "frame_duration": str(MIX_MS),
    }
    encoder.open()
    return encoder
