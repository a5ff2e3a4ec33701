"""Sound that is none: packets that a decoder refuses are missing, and nothing after them moves."""

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recordings.depacketize import opus_samples
from recordings.packets import Packets
from recordings.produce import produce
from recordings.webm import opus_head
from tests.recordings.call import MINA, Call
from tests.recordings.playback import media, onsets, sound
from tests.recordings.sender import microphone

BROKEN = [b"fence", b"sound", b"\xff", b"\xfb\0", b"\xfe\xfc", bytes([0xFB, 0x43, 255, 255])]


def held(packet: bytes) -> int:
    """How many samples production takes a packet to hold."""
    none, length = np.zeros(1, np.int64), np.array([len(packet)])
    packets = Packets(none, none, none, none, none, none, none > 0, none, length)
    return int(opus_samples(packets, packet)[0])


def decodes(packet: bytes) -> bool:
    decoder = av.CodecContext.create("libopus", "r")
    decoder.extradata = opus_head(2, 0)
    try:
        return bool(decoder.decode(av.Packet(packet)))
    except av.FFmpegError:
        return False


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=600))
@example(0xF8, 0, b"")
@example(0xFB, 0xC2, b"\xff\x01\x02" + bytes(260))
@example(0xFA, 252, b"\1" + bytes(256))
@example(0xF9, 0, bytes(2549))
@example(0xF9, 0, bytes(2551))
def test_what_is_taken_for_sound_is_what_a_decoder_takes(one: int, two: int, rest: bytes) -> None:
    packet = bytes((one, two)) + rest
    assert (held(packet) > 0) == decodes(packet)


def test_broken_sound_fails_no_production(tmp_path: Path, beeps: list[bytes]) -> None:
    mic, call = microphone(), Call()
    said = [BROKEN[n % len(BROKEN)] if n % 50 > 20 else one for n, one in enumerate(beeps)]
    call.joined(MINA)
    call.leg(MINA, mic.audio(said), audio=mic)
    call.capture(tmp_path)
    produced = produce(tmp_path).folder
    for file in ("review", "participant-mina"):
        assert onsets(sound(media(produced, file))) == pytest.approx(range(12), abs=0.04)
