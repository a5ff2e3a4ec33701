"""Tickets: reported, told as a story, closed and taken up again."""

import asyncio
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from sqlmodel import col, select

from sessions.events import Event
from tests.world import NO_PROCEDURE, TICKET, World


async def a_machine(farhand: World) -> str:
    program = await farhand.bearer()
    async with program.get("/api/v1/machines") as response:
        return (await response.json())["machines"][0]["id"]


async def report(browser: aiohttp.ClientSession, **form: str) -> tuple[int, str]:
    """Post the form of a new ticket: the status, and the reference or the page."""
    async with browser.post("/tickets", data=form, allow_redirects=False) as response:
        if response.status == 303:
            return 303, response.headers["Location"].rpartition("/")[2]
        return response.status, await response.text()


async def post(browser: aiohttp.ClientSession, path: str, **form: str) -> tuple[int, Any]:
    async with browser.post(path, data=form, allow_redirects=False) as response:
        body = await response.json() if response.content_type == "application/json" else None
        return response.status, body


async def events_of(farhand: World, ticket: str) -> list[str]:
    program = await farhand.bearer()
    async with program.get(f"/api/v1/tickets/{ticket}") as response:
        key = UUID((await response.json())["id"])
    async with farhand.database.begin() as db:
        found = await db.exec(
            select(Event.name).where(Event.ticket_id == key).order_by(col(Event.id))
        )
        return list(found.all())


async def test_a_fault_is_reported_and_told_on_its_page(farhand: World) -> None:
    lin = await farhand.signed_in()
    status, reference = await report(
        lin,
        machine=await a_machine(farhand),
        title="Door 2 does not close <again>",
        description="Only in the cold.\nSince Monday.",
    )
    assert status == 303
    page = await farhand.story(lin, reference)
    assert "Door 2 does not close &lt;again&gt;" in page
    assert "Since Monday." in page
    assert "Ticket opened" in page
    assert "Lin Wei" in page
    assert await events_of(farhand, reference) == ["ticket.reported"]
    async with lin.get("/tickets") as response:
        assert reference in await response.text()


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"title": "   "}, 400, "in a few words what is wrong"),
        ({"title": "x" * 201}, 413, "at most 200 characters"),
        ({"description": "x" * 8001}, 413, "at most 8000 characters"),
        ({"machine": "01920f5e-0000-7000-8000-000000000002"}, 404, "no such machine"),
        ({"machine": "the bus"}, 404, "no such machine"),
        ({"machine": ""}, 404, "no such machine"),
    ],
    ids=["no-title", "long-title", "long-description", "other-machine", "no-uuid", "no-machine"],
)
async def test_a_report_that_cannot_be_taken_says_why_and_keeps_what_was_written(
    farhand: World, change: dict[str, str], status: int, words: str
) -> None:
    lin = await farhand.signed_in()
    form = {"machine": await a_machine(farhand), "title": "Door", "description": "Cold"} | change
    got, page = await report(lin, **form)
    assert got == status
    assert words in page
    assert form["description"] in page
    async with lin.get("/tickets") as response:
        assert "0004" not in await response.text()


async def test_tickets_reported_at_the_same_moment_get_different_numbers(farhand: World) -> None:
    lin = await farhand.signed_in()
    machine = await a_machine(farhand)
    made = await asyncio.gather(
        *(report(lin, machine=machine, title=f"Fault {n}") for n in range(6))
    )
    assert {status for status, _ in made} == {303}
    numbers = sorted(reference.rpartition("-")[2] for _, reference in made)
    assert numbers == ["0004", "0005", "0006", "0007", "0008", "0009"]


async def test_a_closed_ticket_takes_nothing_on_until_it_is_reopened(farhand: World) -> None:
    lin = await farhand.signed_in()
    assert await post(lin, f"/tickets/{TICKET}/close") == (303, None)
    for action, form in (
        ("close", {}),
        ("sessions", {}),
        ("invitations", {"name": "Kim Minjun", "language": "ko"}),
        ("procedure", {"procedure": "ups-battery-module"}),
    ):
        status, body = await post(lin, f"/tickets/{TICKET}/{action}", **form)
        assert status == 409, action
        assert body["error"] == "ticket-closed"
        assert TICKET in body["message"]
    assert "Ticket closed" in await farhand.story(lin)
    assert await post(lin, f"/tickets/{TICKET}/reopen") == (303, None)
    assert await post(lin, f"/tickets/{TICKET}/reopen") == (303, None)
    assert await farhand.session(lin)
    assert (await events_of(farhand, TICKET))[-3:] == [
        "ticket.closed",
        "ticket.reopened",
        "session.opened",
    ]


async def test_a_procedure_is_attached_once(farhand: World) -> None:
    lin = await farhand.signed_in()
    for _ in range(2):
        form = {"procedure": "generator-oil-filter"}
        assert await post(lin, f"/tickets/{NO_PROCEDURE}/procedure", **form) == (303, None)
    status, body = await post(lin, f"/tickets/{NO_PROCEDURE}/procedure", procedure="dance")
    assert (status, body["error"]) == (404, "procedure-unknown")
    assert await events_of(farhand, NO_PROCEDURE) == [
        "ticket.reported",
        "ticket.procedure-attached",
    ]
    assert "Procedure attached: Oil and filter change" in await farhand.story(lin, NO_PROCEDURE)


async def test_a_procedure_attached_on_the_ticket_reaches_the_call_that_runs(
    farhand: World,
) -> None:
    async with farhand.call(NO_PROCEDURE) as call:
        form = {"procedure": "generator-oil-filter"}
        path = f"/tickets/{NO_PROCEDURE}/procedure"
        assert await post(call.lin_browser, path, **form) == (303, None)
        told = await call.kim.hear("procedure")
        assert told["procedure"]["key"] == "generator-oil-filter"
        await call.kim.room(lambda room: room["checklist"] is not None)


async def test_one_ticket_has_one_session_at_a_time(farhand: World) -> None:
    lin = await farhand.signed_in()
    first, second = await asyncio.gather(farhand.session(lin), farhand.session(lin))
    assert first == second
    assert (await events_of(farhand, TICKET)).count("session.opened") == 1


async def test_a_ticket_that_is_not_there_looks_like_any_other_refusal(farhand: World) -> None:
    lin = await farhand.signed_in()
    for reference in ("SR-1999-0001", "01920f5e-0000-7000-8000-000000000002", "%00", "x" * 500):
        async with lin.get(f"/tickets/{reference}") as response:
            assert response.status == 404
            assert (await response.json())["error"] == "ticket-unknown"


async def test_the_page_proposes_what_comes_next(farhand: World) -> None:
    lin = await farhand.signed_in()
    assert "Invite the customer" in await farhand.story(lin)
    await farhand.invitation()
    assert "Open the call" in await farhand.story(lin)
    async with farhand.call() as call:
        assert "Join the call" in await farhand.story(lin)
        jisoo = await farhand.signed_in("park.jisoo@farhand.example")
        assert "Watch along" in await farhand.story(jisoo)
        await call.lin.ask("end")
    await post(lin, f"/tickets/{TICKET}/close")
    assert "This ticket is closed" in await farhand.story(lin)
