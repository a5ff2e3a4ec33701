"""A loop does one thing after another, and never keeps anybody waiting for nothing."""

import asyncio

import pytest

from sessions.live.conversation import NotAdmitted
from sessions.live.loop import INBOX_LIMIT, InternalError, Loop, ServerBusy


async def test_work_is_done_in_the_order_it_came() -> None:
    loop = Loop("test")
    done: list[int] = []

    async def work(number: int) -> int:
        await asyncio.sleep(0)
        done.append(number)
        return number

    asked = [asyncio.create_task(loop.ask(lambda n=n: work(n))) for n in range(10)]
    assert await asyncio.gather(*asked) == list(range(10)) == done
    await loop.stop()


async def test_who_asks_hears_a_refusal_or_that_something_broke() -> None:
    loop = Loop("test")

    async def refuse() -> None:
        raise NotAdmitted

    async def break_down() -> None:
        raise ZeroDivisionError

    with pytest.raises(NotAdmitted):
        await loop.ask(refuse)
    with pytest.raises(InternalError):
        await loop.ask(break_down)
    loop.post(break_down)

    async def well() -> str:
        return "well"

    assert await loop.ask(well) == "well", "the loop goes on"
    await loop.stop()


async def test_a_full_inbox_says_so_at_once() -> None:
    loop = Loop("test")
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    loop.post(wait)
    await asyncio.sleep(0)  # the first is being done: the inbox is empty
    for _ in range(INBOX_LIMIT):
        loop.post(wait)
    with pytest.raises(ServerBusy):
        loop.post(wait)
    with pytest.raises(ServerBusy):
        await loop.ask(wait)
    gate.set()
    await loop.stop()


async def test_a_stopping_loop_finishes_what_it_has_and_takes_no_more() -> None:
    loop = Loop("test")
    done: list[str] = []

    async def work() -> None:
        done.append("work")

    loop.post(work)
    await loop.stop()
    assert done == ["work"]
    with pytest.raises(ServerBusy):
        loop.post(work)


async def test_who_stops_waiting_does_not_undo_the_work() -> None:
    loop = Loop("test")
    gate, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await gate.wait()
        done.set()

    asking = asyncio.create_task(loop.ask(work))
    await asyncio.sleep(0)
    asking.cancel()
    gate.set()
    await loop.stop()
    assert done.is_set()
