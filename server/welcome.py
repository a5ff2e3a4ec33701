"""What the server says when it is up, and the demo it shows on empty data."""

from datetime import UTC, datetime

import click
from aiohttp import web

from server import seed
from server.background import run_module
from server.web.keys import DATABASE, SETTINGS
from sessions.people.logins import ApiToken
from sessions.people.persons import Person


async def plain_welcome(app: web.Application, address: str) -> None:
    """Say where the server is."""
    click.echo(f"Farhand is at {address}")


async def demo_welcome(app: web.Application, address: str) -> None:
    """Fill an empty database and show a call on it; print three links that work at once."""
    database = app[DATABASE]
    now = datetime.now(UTC)
    fresh = await seed.seed(database, now)
    links = await seed.links(database, now)
    click.echo(
        f"\nFarhand is at {address}\n\n"
        f"  engineer    {address}/in/{links.engineer}\n"
        f"  customer    {address}/j/{links.customer}\n"
        f"  supervisor  {address}/in/{links.supervisor}\n\n"
        "Each link works once for staff, and for a day for the customer. Ctrl-C stops."
    )
    if fresh:
        click.echo("A demo call of one minute runs in the background; it will be a recording.")
        await _show_call(app, address)


async def _show_call(app: web.Application, address: str) -> None:
    async with app[DATABASE].begin() as db:
        person = await Person.by_email(db, seed.DEMO)
        if person is None:
            raise LookupError("the demo's engineer is not there")
        token = await ApiToken.add(db, person, "demo", datetime.now(UTC))
    certificate = app[SETTINGS].tls_certificate
    trust = [] if certificate is None else ["--certificate", str(certificate)]
    code = await run_module(
        "server.cli",
        "demo",
        "--url",
        address,
        *trust,
        environment={"FARHAND_TOKEN": token, "FARHAND_LOG_LEVEL": "warning"},
    )
    if code != 0:
        click.echo("The demo call failed; see above.", err=True)
