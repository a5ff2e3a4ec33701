"""Junk DTLS from other ports keeps nobody from being connected."""

from tests.faults.races import races

COUNT = 12


async def test_all_are_connected() -> None:
    assert await races(COUNT) == COUNT
