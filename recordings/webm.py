"""WebM: the elements of a file around its frames.

RFC 8794 (EBML), RFC 9559 (Matroska), RFC 7845 (the head of Opus).
"""

import struct
from collections.abc import Sequence

from recordings.tracks import I64, Track

CLUSTER_HEADER_BYTES = 22
OPUS_RATE = 48000
OPUS_SEEK_PRE_ROLL_NS = 80_000_000

_SIZE_8 = 0x0100_0000_0000_0000


def _element(name: int, content: bytes) -> bytes:
    identity = name.to_bytes((name.bit_length() + 7) // 8, "big")
    return identity + (_SIZE_8 | len(content)).to_bytes(8, "big") + content


def _number(name: int, value: int, width: int = 8) -> bytes:
    return _element(name, value.to_bytes(width, "big"))


def _float(name: int, value: float) -> bytes:
    return _element(name, struct.pack(">d", value))


def _text(name: int, value: str) -> bytes:
    return _element(name, value.encode())


def cluster_header(content: int, at_ms: int) -> bytes:
    size = (_SIZE_8 | content + 10).to_bytes(8, "big")
    return b"\x1f\x43\xb6\x75" + size + b"\xe7\x88" + at_ms.to_bytes(8, "big")


def front(
    tracks: Sequence[Track],
    duration_ms: float,
    cue_track: int,
    cue_ms: I64,
    cue_at: I64,
    body: int,
) -> bytes:
    """All that stands before the first cluster."""
    ebml = _element(
        0x1A45DFA3,
        _number(0x4286, 1, 1)
        + _number(0x42F7, 1, 1)
        + _number(0x42F2, 4, 1)
        + _number(0x42F3, 8, 1)
        + _text(0x4282, "webm")
        + _number(0x4287, 4, 1)
        + _number(0x4285, 2, 1),
    )
    info = _element(
        0x1549A966,
        _number(0x2AD7B1, 1_000_000, 4)
        + _float(0x4489, duration_ms)
        + _text(0x4D80, "Farhand")
        + _text(0x5741, "Farhand"),
    )
    entries = _element(0x1654AE6B, b"".join(_track(i + 1, t) for i, t in enumerate(tracks)))

    def seek(target: int, position: int) -> bytes:
        identity = _element(0x53AB, target.to_bytes(4, "big"))
        return _element(0x4DBB, identity + _number(0x53AC, position))

    def cues(shift: int) -> bytes:
        points = (
            _element(
                0xBB,
                _number(0xB3, at)
                + _element(0xB7, _number(0xF7, cue_track, 1) + _number(0xF1, where + shift)),
            )
            for at, where in zip(cue_ms.tolist(), cue_at.tolist(), strict=True)
        )
        return _element(0x1C53BB6B, b"".join(points))

    def head(length: int) -> bytes:
        return _element(
            0x114D9B74,
            seek(0x1549A966, length)
            + seek(0x1654AE6B, length + len(info))
            + seek(0x1C53BB6B, length + len(info) + len(entries)),
        )

    before = head(len(head(0))) + info + entries
    content = before + cues(len(before) + len(cues(0)))
    size = (_SIZE_8 | len(content) + body).to_bytes(8, "big")
    return ebml + b"\x18\x53\x80\x67" + size + content


def _track(number: int, track: Track) -> bytes:
    common = (
        _number(0xD7, number, 1)
        + _number(0x73C5, number)
        + _number(0x9C, 0, 1)
        + _text(0x22B59C, "und")
    )
    if track.codec == "vp8":
        picture = _number(0xB0, track.width, 2) + _number(0xBA, track.height, 2)
        return _element(
            0xAE, common + _number(0x83, 1, 1) + _text(0x86, "V_VP8") + _element(0xE0, picture)
        )
    sound = _float(0xB5, float(OPUS_RATE)) + _number(0x9F, track.channels, 1)
    return _element(
        0xAE,
        common
        + _number(0x83, 2, 1)
        + _text(0x86, "A_OPUS")
        + _element(0x63A2, opus_head(track.channels, track.pre_skip))
        + _number(0x56AA, track.pre_skip * 1_000_000_000 // OPUS_RATE)
        + _number(0x56BB, OPUS_SEEK_PRE_ROLL_NS)
        + _element(0xE1, sound),
    )


def opus_head(channels: int, pre_skip: int) -> bytes:
    """The identification header of Opus (RFC 7845 section 5.1), channel mapping family 0."""
    return b"OpusHead" + struct.pack("<BBHIhB", 1, channels, pre_skip, OPUS_RATE, 0, 0)
