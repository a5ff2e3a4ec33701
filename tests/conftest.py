"""Fixtures for all tests: the world with a running server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import World, world


@pytest.fixture
async def farhand(tmp_path: Path) -> AsyncIterator[World]:
    """A running server with the demo's people, tickets and machines."""
    async with world(tmp_path / "data") as running:
        yield running
