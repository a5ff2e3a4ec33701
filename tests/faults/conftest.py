"""A call over a line that tests of a module share: two browsers take long to be there."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.calls import Call, a_call


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def call(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Call]:
    """Over a line that is as the module's ``LINE`` says."""
    conditions = getattr(request.module, "LINE", {})
    async with a_call(tmp_path_factory.mktemp("call"), **conditions) as running:
        yield running
