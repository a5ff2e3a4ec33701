"""The API for programs: what its description says is what it does."""

import json
import re
from collections.abc import Iterator
from typing import Any

import aiohttp
from pydantic import TypeAdapter

from server.web.api import models
from sessions.people.logins import ApiToken
from tests.world import LIN, NO_PROCEDURE, TICKET, World

API = "/api/v1"
PROMISED = [
    ("GET", "/machines"),
    ("GET", "/tickets"),
    ("POST", "/tickets"),
    ("GET", "/tickets/{ticket}"),
    ("GET", "/tickets/{ticket}/invitations"),
    ("POST", "/tickets/{ticket}/invitations"),
    ("DELETE", "/invitations/{invitation}"),
    ("GET", "/tickets/{ticket}/sessions"),
    ("POST", "/tickets/{ticket}/sessions"),
    ("GET", "/sessions/{session}"),
    ("GET", "/sessions/{session}/timeline"),
    ("GET", "/recordings/{session}"),
    ("GET", "/recordings/{session}/files/{name}"),
]


async def call(
    program: aiohttp.ClientSession, method: str, path: str, **more: Any
) -> tuple[int, Any]:
    async with program.request(method, API + path, **more) as response:
        body = await response.read()
        return response.status, json.loads(body) if body else None


async def description(farhand: World) -> dict[str, Any]:
    async with farhand.browser().get(f"{API}/openapi.json") as response:
        assert response.status == 200
        return await response.json()


def schema_of(operation: dict[str, Any], status: int) -> str | None:
    """The name of the model an operation answers with, by the description."""
    content = operation["responses"][str(status)].get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    return reference.rpartition("/")[2] or None


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


async def test_the_description_is_whole(farhand: World) -> None:
    told = await description(farhand)
    assert told["openapi"].startswith("3.1")
    for reference in references(told):
        node: Any = told
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
    names = [
        operation["operationId"] for path in told["paths"].values() for operation in path.values()
    ]
    assert len(set(names)) == len(names)
    for path, operations in told["paths"].items():
        for operation in operations.values():
            named = {parameter["name"] for parameter in operation["parameters"]}
            assert named == set(re.findall(r"{(\w+)}", path))
            assert schema_of({"responses": {"4": operation["responses"]["4XX"]}}, 4) == "ErrorModel"


async def test_every_address_of_the_api_is_described(farhand: World) -> None:
    told = await description(farhand)
    described = {
        (method.upper(), path) for path, methods in told["paths"].items() for method in methods
    }
    there = {
        (route.method, route.resource.canonical)
        for route in farhand.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith(API)
    }
    there = {(m, re.sub(r":[^}]+}", "}", p)) for m, p in there if m != "HEAD"}
    assert there - {("GET", f"{API}/openapi.json")} == described
    assert described >= {(method, API + path) for method, path in PROMISED}


async def test_a_token_is_needed_and_may_be_withdrawn(farhand: World) -> None:
    told = await description(farhand)
    program = await farhand.bearer()
    for browser in (farhand.browser(), farhand.browser(Authorization="Bearer " + "x" * 43)):
        for path, methods in told["paths"].items():
            for method in methods:
                filled = re.sub(r"{\w+}", "x", path.removeprefix(API))
                status, refusal = await call(browser, method, filled, data=b"{}")
                assert (status, refusal["error"]) == (401, "sign-in-needed"), (method, path)
    assert (await call(program, "GET", "/tickets"))[0] == 200
    async with farhand.database.begin() as db:
        for row in (await db.exec(ApiToken.__table__.select())).all():
            token = await db.get_one(ApiToken, row.id)
            token.revoked_at = farhand.now()
            db.add(token)
    assert (await call(program, "GET", "/tickets"))[0] == 401


async def test_every_operation_answers_with_its_model(farhand: World) -> None:
    told = await description(farhand)
    program = await farhand.bearer()
    _, machines = await call(program, "GET", "/machines")
    async with farhand.call() as running:
        session = running.session
    _, invitation = await call(
        program, "POST", f"/tickets/{TICKET}/invitations", json={"name": "Kim"}
    )
    filled = {
        "ticket": TICKET,
        "session": session,
        "invitation": invitation["id"],
        "name": "review.webm",
    }
    bodies = {
        f"{API}/tickets": {"machine": machines["machines"][0]["id"], "title": "Door"},
        f"{API}/tickets/{{ticket}}/invitations": {"name": "Kim", "language": "ko"},
    }
    answered = 0
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            address = re.sub(r"{(\w+)}", lambda m: filled[m[1]], path.removeprefix(API))
            takes = "requestBody" in operation
            status, said = await call(
                program, method, address, json=bodies[path] if takes else None
            )
            expected = next(int(code) for code in operation["responses"] if code.isdigit())
            if address.startswith("/recordings/"):
                assert (status, said["error"]) == (404, "recording-unknown")
                continue
            assert status == expected, (method, path, said)
            if name := schema_of(operation, status):
                TypeAdapter(getattr(models, name)).validate_python(said, extra="forbid")
                required = set(told["components"]["schemas"][name].get("required", ()))
                assert required <= said.keys()
                answered += 1
    assert answered >= 9


MACHINE = "01920f5e-0000-7000-8000-000000000002"
WRONG_BODIES = [
    ({"title": "Door"}, "machine"),
    ({"machine": "bus", "title": "Door"}, "machine"),
    ({"machine": MACHINE, "title": ""}, "title"),
    ({"machine": MACHINE, "title": "x" * 201}, "title"),
    ({"machine": MACHINE, "title": "x", "hue": 1}, "hue"),
    ([], "body"),
    ("x", "body"),
    (None, "body"),
]


async def test_a_wrong_body_is_refused_and_the_field_named(farhand: World) -> None:
    program = await farhand.bearer()
    for body, field in WRONG_BODIES:
        status, refusal = await call(program, "POST", "/tickets", data=json.dumps(body))
        assert (status, refusal["error"]) == (422, "body-refused")
        assert refusal.keys() == {"error", "message"}
        assert f" {field}:" in refusal["message"]


async def test_a_body_that_is_no_json_is_refused(farhand: World) -> None:
    program = await farhand.bearer()
    for data in (b"", b"{", b"\xff\xfe", b"[" * 5000):
        status, refusal = await call(program, "POST", "/tickets", data=data)
        assert (status, refusal["error"]) == (422, "body-refused")


async def test_a_body_over_the_limit_is_refused(farhand: World) -> None:
    program = await farhand.bearer()
    for path in ("/tickets", f"/tickets/{TICKET}/invitations"):
        status, refusal = await call(program, "POST", path, data=b"x" * (257 * 1024))
        assert (status, refusal["error"]) == (413, "body-too-large")


async def test_refusals_are_in_the_language_of_who_the_token_acts_for(farhand: World) -> None:
    program = await farhand.bearer()
    headers = {"Accept-Language": "ko"}
    _, refusal = await call(program, "GET", "/tickets/SR-1999-0001", headers=headers)
    assert refusal["message"].startswith("There is no such ticket"), "Lin reads English"
    stranger = farhand.browser(**headers)
    _, refusal = await call(stranger, "GET", "/tickets")
    assert refusal["message"] == "먼저 로그인해 주세요."


async def test_a_ticket_goes_from_report_to_call_by_api_alone(farhand: World) -> None:
    program = await farhand.bearer()
    _, machines = await call(program, "GET", "/machines")
    bus = next(m for m in machines["machines"] if m["serial"] == "4471")
    status, ticket = await call(
        program,
        "POST",
        "/tickets",
        json={"machine": bus["id"], "title": " Door ", "procedure": "bus-hv-isolation"},
    )
    assert (status, ticket["title"], ticket["engineer"]) == (201, "Door", "Lin Wei")
    for name in (ticket["reference"], ticket["reference"].lower(), ticket["id"]):
        assert await call(program, "GET", f"/tickets/{name}") == (200, ticket)
    status, session = await call(program, "POST", f"/tickets/{ticket['id']}/sessions")
    assert (status, session["state"], session["ticket"]) == (201, "open", ticket["reference"])
    again = await call(program, "POST", f"/tickets/{ticket['id']}/sessions")
    assert again == (201, session)
    _, invitation = await call(
        program, "POST", f"/tickets/{ticket['id']}/invitations", json={"name": "Kim Minjun"}
    )
    assert invitation["language"] == "ko", "the site's"
    token = invitation["url"].rpartition("/")[2]
    kim = await farhand.guest(token)
    async with farhand.socket(kim, hello={"side": "guest"}) as waiting:
        await waiting.hear("lobby")
    _, seen = await call(program, "GET", f"/sessions/{session['id']}")
    assert [(p["name"], p["admitted_at"]) for p in seen["participants"]] == [("Kim Minjun", None)]
    _, listed = await call(program, "GET", f"/tickets/{ticket['id']}/invitations")
    assert listed["invitations"][0]["first_used_at"] is not None
    assert listed["invitations"][0]["url"] is None, "the link is shown once"
    for _ in range(2):
        path = f"/invitations/{invitation['id']}"
        assert await call(program, "DELETE", path) == (204, None)
    async with farhand.browser().get(f"/j/{token}") as response:
        assert response.status == 410


async def test_a_refused_report_leaves_nothing_behind(farhand: World) -> None:
    program = await farhand.bearer()
    _, machines = await call(program, "GET", "/machines")
    before = await call(program, "GET", "/tickets")
    body = {"machine": machines["machines"][0]["id"], "title": "Door", "procedure": "dance"}
    status, refusal = await call(program, "POST", "/tickets", json=body)
    assert (status, refusal["error"]) == (404, "procedure-unknown")
    assert await call(program, "GET", "/tickets") == before


async def test_the_timeline_tells_who_did_what_and_when(farhand: World) -> None:
    async with farhand.call() as running:
        await running.kim.ask("mark", step="park", mark="problem", note="No chock")
        await running.lin.ask("end")
        await running.kim.hear("ended")
        entries = await farhand.events(running.session)
    names = [entry["event"] for entry in entries]
    for name in (
        "session.opened",
        "participant.arrived",
        "consent.given",
        "participant.joined",
        "checklist.started",
        "participant.admitted",
        "session.started",
        "step.problem",
        "session.ended",
    ):
        assert name in names
    assert names[-1] == "session.ended"
    problem = entries[names.index("step.problem")]
    assert problem["participant"] == running.kim_id
    assert problem["data"]["note"] == "No chock"
    times = [entry["at"] for entry in entries]
    assert times == sorted(times)


async def test_closed_tickets_come_last(farhand: World) -> None:
    program = await farhand.bearer(LIN)
    lin = await farhand.signed_in()
    async with lin.post(f"/tickets/{NO_PROCEDURE}/close") as response:
        assert response.status == 200
    _, listed = await call(program, "GET", "/tickets")
    states = [ticket["state"] for ticket in listed["tickets"]]
    assert states == ["open", "open", "closed"]
