"""RTP packets (RFC 3550) as bytes: header extensions, and where keyframes begin."""

from collections.abc import Callable, Mapping

from sessions.live.media import Codec

ONE_BYTE_EXTENSIONS = b"\xbe\xde"  # RFC 8285 section 4.2


def find_extension(packet: bytes, wanted: int) -> bytes | None:
    """The value of one-byte header extension ``wanted`` of a whole packet, if it is there."""
    if not packet[0] & 0x10:
        return None
    at = 12 + 4 * (packet[0] & 0x0F)
    if packet[at : at + 2] != ONE_BYTE_EXTENSIONS:
        return None
    end = at + 4 + 4 * int.from_bytes(packet[at + 2 : at + 4], "big")
    at += 4
    end = min(end, len(packet))
    while at < end:
        number, length = packet[at] >> 4, (packet[at] & 0x0F) + 1
        if number == 0:
            at += 1
        elif number == 15:
            return None
        elif number == wanted:
            value = packet[at + 1 : at + 1 + length]
            return value if at + 1 + length <= end else None
        else:
            at += 1 + length
    return None


def _starts_vp8_keyframe(payload: bytes) -> bool:
    """Whether a VP8 payload (RFC 7741 section 4) is the first of a keyframe."""
    if len(payload) < 2 or payload[0] & 0x17 != 0x10:
        return False  # not the start (S) of partition 0
    at = 1
    if payload[0] & 0x80:
        flags = payload[1]
        at = 2
        if flags & 0x80:
            at += 2 if len(payload) > 2 and payload[2] & 0x80 else 1
        at += (flags & 0x40 != 0) + (flags & 0x30 != 0)
    return len(payload) > at and not payload[at] & 0x01


_SLICE_IDR, _PARAMETERS, _STAP_A, _FU_A = 5, 7, 24, 28


def _starts_h264_keyframe(payload: bytes) -> bool:
    """Whether an H.264 payload (RFC 6184 section 5) is the first of a keyframe: its sequence
    parameter set, or its first slice where that was not sent again."""
    kind = payload[0] & 0x1F
    if kind == _STAP_A:
        at = 3
        while at < len(payload):
            if payload[at] & 0x1F in (_PARAMETERS, _SLICE_IDR):
                return True
            at += 2 + (payload[at - 2] << 8 | payload[at - 1])
        return False
    if kind == _FU_A:
        begins = len(payload) > 1 and payload[1] & 0x80
        return bool(begins) and payload[1] & 0x1F in (_PARAMETERS, _SLICE_IDR)
    return kind in (_PARAMETERS, _SLICE_IDR)


def _starts_sound(payload: bytes) -> bool:
    return True


KEYFRAME_STARTS: Mapping[Codec, Callable[[bytes], bool]] = {
    "opus": _starts_sound,
    "vp8": _starts_vp8_keyframe,
    "h264": _starts_h264_keyframe,
}
