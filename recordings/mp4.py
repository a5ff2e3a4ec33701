"""MP4: a file of H.264 and Opus, laid out from its first byte to its last.

ISO/IEC 14496-12 (the boxes), 14496-15 section 5 (H.264), and "Encapsulation of Opus in ISO Base
Media File Format". All numbers of 64 bits are written as such, however long the file is.
"""

import struct
from collections.abc import Sequence

import numpy as np

from recordings.layout import Layout, in_order
from recordings.tracks import I64, Track

MOVIE_SCALE = 1000  # of a second: times of the whole file, and of pictures
SOUND_SCALE = 48000
CHUNK_MS = 1000  # picture and sound lie side by side, a second of each
LAST_FRAME_MS = 20

_IDENTITY = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_UNDETERMINED = 0x55C4  # the language "und" in three times five bits
_LARGE_HEADER_BYTES = 16


def mp4_layout(tracks: Sequence[Track], duration_ms: float) -> Layout:
    """An MP4 file of these tracks, with its index in front."""
    number = np.repeat(np.arange(len(tracks)), [len(track.blocks) for track in tracks])
    at_ms = np.concatenate([track.blocks.at_ms for track in tracks])
    size = np.concatenate([track.blocks.size for track in tracks])
    second = at_ms // CHUNK_MS
    order = np.lexsort((at_ms, number, second))
    number, second, size = number[order], second[order], size[order]
    chunks = np.flatnonzero(np.diff(number, prepend=-1) | np.diff(second, prepend=-1))
    lies = np.cumsum(size) - size
    per_chunk = np.diff(np.append(chunks, len(order)))
    until_ms = round(duration_ms)

    def movie(shift: int) -> bytes:
        entries = [
            _track(
                place,
                track,
                until_ms,
                lies[chunks][number[chunks] == place] + shift,
                per_chunk[number[chunks] == place],
            )
            for place, track in enumerate(tracks)
        ]
        return _box("moov", _movie_header(until_ms, len(tracks) + 1), *entries)

    kind = _box("ftyp", b"iso6", _u32(0), b"iso6", b"iso2", b"mp41")
    before = len(kind) + len(movie(0)) + _LARGE_HEADER_BYTES
    total = int(size.sum()) + _LARGE_HEADER_BYTES
    front = kind + movie(before) + _u32(1) + b"mdat" + total.to_bytes(8, "big")
    return Layout(front, (), in_order(tracks, order)[0])


def _track(place: int, track: Track, until_ms: int, chunk_at: I64, per_chunk: I64) -> bytes:
    seen = track.kind == "video"
    scale = MOVIE_SCALE if seen else SOUND_SCALE
    at = track.blocks.at_ms
    last_ms = LAST_FRAME_MS if seen or len(at) == 1 else int(at[-1] - at[-2])
    lasts = np.diff(at, append=at[-1:] + last_ms) * (scale // MOVIE_SCALE)
    length = int(lasts.sum())
    length_ms = -(-(length - track.pre_skip) * MOVIE_SCALE // scale)
    length_ms = min(length_ms, max(1, until_ms - int(at[0])))
    edits = _edits(int(at[0]), length_ms, track.pre_skip)
    width, height = track.width << 16, track.height << 16
    header = _full(
        "tkhd",
        1,
        3,  # enabled, and to be played
        struct.pack(">QQIIQ", 0, 0, place + 1, 0, int(at[0]) + length_ms),
        struct.pack(">8xHHHH", 0, 0, 0 if seen else 0x100, 0),
        _IDENTITY,
        struct.pack(">II", width, height),
    )
    media = _box(
        "mdia",
        _full("mdhd", 1, 0, struct.pack(">QQIQHH", 0, 0, scale, length, _UNDETERMINED, 0)),
        _full("hdlr", 0, 0, _u32(0), b"vide" if seen else b"soun", bytes(12), b"Farhand\0"),
        _box(
            "minf",
            _full("vmhd", 0, 1, bytes(8)) if seen else _full("smhd", 0, 0, bytes(4)),
            _box("dinf", _full("dref", 0, 0, _u32(1), _full("url ", 0, 1))),
            _box(
                "stbl",
                _full("stsd", 0, 0, _u32(1), _picture(track) if seen else _sound(track)),
                _full("stts", 0, 0, _counted(_runs(lasts))),
                b"" if track.blocks.key.all() else _full("stss", 0, 0, _keys(track)),
                _full("stsc", 0, 0, _counted(_chunk_runs(per_chunk))),
                _full("stsz", 0, 0, _u32(0), _counted(track.blocks.size)),
                _full("co64", 0, 0, _u32(len(chunk_at)), chunk_at.astype(">u8").tobytes()),
            ),
        ),
    )
    return _box("trak", header, edits, media)


def _edits(begins_ms: int, length_ms: int, pre_skip: int) -> bytes:
    """When a track begins to be played, and from which of its own times on."""
    edits = [(length_ms, pre_skip)]
    if begins_ms:
        edits.insert(0, (begins_ms, -1))
    rows = b"".join(struct.pack(">QqI", lasts, begins, 0x10000) for lasts, begins in edits)
    return _box("edts", _full("elst", 1, 0, _u32(len(edits)), rows))


def _movie_header(duration_ms: int, next_track: int) -> bytes:
    return _full(
        "mvhd",
        1,
        0,
        struct.pack(">QQIQIH10x", 0, 0, MOVIE_SCALE, duration_ms, 0x10000, 0x100),
        _IDENTITY,
        bytes(24),
        _u32(next_track),
    )


def _picture(track: Track) -> bytes:
    """How the pictures are coded. Where the parameter sets change, key frames bring their own."""
    return _box(
        "avc3" if track.changes else "avc1",
        struct.pack(">6xH16xHH", 1, track.width, track.height),
        struct.pack(">III", 0x480000, 0x480000, 0),  # 72 dots an inch
        struct.pack(">H32xHh", 1, 24, -1),
        _box("avcC", track.configuration),
    )


def _sound(track: Track) -> bytes:
    opus = struct.pack(">BBHIhB", 0, track.channels, track.pre_skip, SOUND_SCALE, 0, 0)
    return _box(
        "Opus",
        struct.pack(">6xH8xHHHHI", 1, track.channels, 16, 0, 0, SOUND_SCALE << 16),
        _box("dOps", opus),
    )


# Tables


def _runs(values: I64) -> I64:
    """(how often, value) of each run of equal values."""
    begins = np.flatnonzero(np.diff(values, prepend=values[:1] - 1))
    return np.stack([np.diff(np.append(begins, len(values))), values[begins]], 1)


def _chunk_runs(per_chunk: I64) -> I64:
    """(first chunk, samples in each, description) of each run of chunks of one length."""
    often, samples = _runs(per_chunk).T
    return np.stack([np.cumsum(often) - often + 1, samples, np.ones_like(often)], 1)


def _keys(track: Track) -> bytes:
    return _counted(np.flatnonzero(track.blocks.key) + 1)


def _counted(rows: I64) -> bytes:
    return _u32(len(rows)) + rows.astype(">u4").tobytes()


# Boxes


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


def _box(name: str, *content: bytes) -> bytes:
    body = b"".join(content)
    return _u32(8 + len(body)) + name.encode() + body


def _full(name: str, version: int, flags: int, *content: bytes) -> bytes:
    return _box(name, bytes((version,)), flags.to_bytes(3, "big"), *content)
