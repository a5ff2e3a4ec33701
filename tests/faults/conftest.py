"""A call over a line that tests of a module share: two browsers take long to be there."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.calls import Call, a_call


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def call(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Call]:
    async with a_call(tmp_path_factory.mktemp("call")) as running:
        yield running
