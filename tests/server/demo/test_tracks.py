"""The demo's tracks: frames come when they are due, and their timestamps tell when that was."""

from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from server.demo.tracks import CameraTrack, MicrophoneTrack, Pace
from server.demo.voice import RATE


class Time:
    """A clock that goes on only when somebody waits, or when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    async def wait(self, seconds: float) -> None:
        self.now += seconds


class Card:
    """A picture that remembers for which moments it was drawn."""

    def __init__(self) -> None:
        self.drawn: list[tuple[float, int]] = []

    def draw(self, elapsed: float, ms: int) -> av.VideoFrame:
        self.drawn.append((elapsed, ms))
        return av.VideoFrame(16, 16, "yuv420p")


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pace(time: Time) -> Pace:
    return Pace(now=lambda: time.now, wait=time.wait)


async def test_frames_come_at_their_rate(time: Time, pace: Pace) -> None:
    card = Card()
    track = CameraTrack(card, 24, pace)
    frames = [await track.recv() for _ in range(49)]
    assert time.now == pytest.approx(1002.0)
    assert [frame.pts for frame in frames] == [n * 3750 for n in range(49)]
    assert {frame.time_base for frame in frames} == {Fraction(1, 90_000)}
    assert [at for at, _ in card.drawn] == [n / 24 for n in range(49)]
    assert (card.drawn[48][1] - card.drawn[0][1]) % 86_400_000 == 2000


async def test_late_frames_are_left_out_and_time_stays_true(time: Time, pace: Pace) -> None:
    track = CameraTrack(Card(), 25, pace)
    await track.recv()
    time.now += 1.02
    late = await track.recv()
    following = await track.recv()
    assert late.pts == 25 * 3600
    assert following.pts == 26 * 3600
    assert time.now == pytest.approx(1001.04)


async def test_sound_comes_twenty_milliseconds_at_a_time_over_and_over(
    time: Time, pace: Pace
) -> None:
    sound = np.arange(3 * 960, dtype=np.int16)
    track = MicrophoneTrack(sound, pace)
    frames = [await track.recv() for _ in range(7)]
    assert time.now == pytest.approx(1000.12)
    assert [frame.pts for frame in frames] == [n * 960 for n in range(7)]
    assert {(frame.sample_rate, frame.layout.name, frame.samples) for frame in frames} == {
        (RATE, "mono", 960)
    }
    heard = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    assert np.array_equal(heard, np.resize(sound, heard.size))


async def test_sound_a_little_late_is_whole_and_much_too_late_is_left_out(
    time: Time, pace: Pace
) -> None:
    track = MicrophoneTrack(np.zeros(9600, np.int16), pace)
    await track.recv()
    time.now += 0.1
    assert (await track.recv()).pts == 960
    time.now += 2.0
    assert (await track.recv()).pts == 2.1 * RATE - 10 * 960


async def test_camera_and_microphone_share_one_start(time: Time, pace: Pace) -> None:
    camera = CameraTrack(Card(), 24, pace)
    microphone = MicrophoneTrack(np.zeros(9600, np.int16), pace)
    await camera.recv()
    time.now += 0.5
    assert (await camera.recv()).pts == 0.5 * 90_000
    assert (await microphone.recv()).pts == (0.5 - 0.2) * RATE


async def test_a_stopped_track_gives_nothing_more(pace: Pace) -> None:
    for track in (CameraTrack(Card(), 24, pace), MicrophoneTrack(np.zeros(9600, np.int16), pace)):
        track.stop()
        with pytest.raises(MediaStreamError):
            await track.recv()
