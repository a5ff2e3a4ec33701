"""Media for all tests of the recordings, encoded once."""

import pytest

from tests.recordings.sender import Shot, bursts, film, speech

SECONDS = 12


@pytest.fixture(scope="session")
def frames() -> list[bytes]:
    """15 frames a second, each showing its number; a key frame every two seconds."""
    return film(SECONDS)


@pytest.fixture(scope="session", params=["vp8", "h264"])
def shot(request: pytest.FixtureRequest, frames: list[bytes]) -> Shot:
    """The same, in each codec that a camera may send."""
    return Shot("vp8", frames) if request.param == "vp8" else Shot.of(request.param, SECONDS)


@pytest.fixture(scope="session")
def beeps() -> list[bytes]:
    """A burst of 1 kHz at each whole second."""
    return speech(bursts(SECONDS))


@pytest.fixture(scope="session")
def low_beeps() -> list[bytes]:
    """A burst of 600 Hz at each whole second."""
    return speech(bursts(SECONDS, 600))
