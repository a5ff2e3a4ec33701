"""The world for stories about pages, the API and signalling."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import World, world


@pytest.fixture
async def farhand(tmp_path: Path) -> AsyncIterator[World]:
    """A running server, its media plane in the same process."""
    async with world(tmp_path / "data", media_process=False) as running:
        yield running
