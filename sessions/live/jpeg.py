"""How large the picture in a JPEG file is, read from its markers (ITU-T T.81)."""

START, END = b"\xff\xd8", b"\xff\xd9"
MARKER = 0xFF
START_OF_SCAN = 0xDA
NOT_FRAMES = {0xC4, 0xC8, 0xCC}  # tables and extensions amid the frame headers C0 to CF
WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}
FRAME_HEADER_BYTES = 9  # marker, length, precision, height, width


def begins_like_jpeg(head: bytes) -> bool:
    """Whether a file that begins so may be a JPEG; ``head`` may be as short as a byte."""
    return (START + b"\xff").startswith(head[:3])


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, or None for what is no whole JPEG file."""
    if not data.startswith(START) or not data.endswith(END):
        return None
    at = len(START)
    while at + FRAME_HEADER_BYTES <= len(data) and data[at] == MARKER:
        kind = data[at + 1]
        if kind == MARKER:  # a fill byte
            at += 1
        elif kind in WITHOUT_LENGTH:
            at += 2
        elif kind == START_OF_SCAN:
            return None
        elif 0xC0 <= kind <= 0xCF and kind not in NOT_FRAMES:
            height, width = (int.from_bytes(data[at + n : at + n + 2]) for n in (5, 7))
            return (width, height) if width and height else None
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None
