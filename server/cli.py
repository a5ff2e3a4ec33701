"""The ``farhand`` command."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click
from pydantic import ValidationError

from server import logs, tables
from server.settings import FileUnreadable, Settings, listing
from sessions.db import Database, Db
from sessions.errors import FarhandError
from sessions.people.logins import ApiToken, SignInLink
from sessions.people.persons import Person, Role

EXIT_REFUSED = 2

Work = Callable[[Database], Awaitable[None]]


@click.group()
@click.pass_context
def main(context: click.Context) -> None:
    """Farhand guides a repair from anywhere."""
    try:
        context.obj = Settings()
    except FileUnreadable as problem:
        click.echo(f"farhand: settings: {problem}", err=True)
        sys.exit(EXIT_REFUSED)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "settings"
        click.echo(f"farhand: setting {field}: {first['msg']}", err=True)
        sys.exit(EXIT_REFUSED)
    logs.set_up(context.obj.log_level)


def now() -> datetime:
    return datetime.now(UTC)


@main.command()
@click.option("--demo", is_flag=True, help="Fill an empty database, print links, show a call.")
@click.pass_obj
def serve(settings: Settings, demo: bool) -> None:
    """Run the server."""
    from server.serve import serve as run
    from server.welcome import demo_welcome, plain_welcome

    if demo and "rated_calls" not in settings.model_fields_set:
        settings = settings.model_copy(update={"rated_calls": 1})
    run(settings, demo_welcome if demo else plain_welcome)


@main.command("settings")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def show_settings(settings: Settings, as_json: bool) -> None:
    """List every setting with its value and default."""
    rows = listing(settings)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(f"{row['variable']} = {row['value']!r} (default {row['default']!r})")
        click.echo(f"    {row['help']}")


@main.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database to the newest tables."""
    asyncio.run(_with_database(settings, _nothing))


@main.command()
@click.argument("session", type=click.UUID)
@click.pass_obj
def produce(settings: Settings, session: UUID) -> None:
    """Make SESSION's recording playable, from its log; again gives the same files."""
    from server.producing import produce_session

    async def work(database: Database) -> None:
        click.echo(await produce_session(settings, database, session))

    asyncio.run(_with_database(settings, work))


@main.group()
def token() -> None:
    """Bearer tokens for programs."""


@token.command("add")
@click.argument("email")
@click.option("--name", default="token", help="What it is for.")
@click.pass_obj
def token_add(settings: Settings, email: str, name: str) -> None:
    """Print a new token that acts for the person with EMAIL."""

    async def work(database: Database) -> None:
        async with database.begin() as db:
            person = await _person(db, email)
            click.echo(await ApiToken.add(db, person, name, now()))

    asyncio.run(_with_database(settings, work))


@main.group()
def person() -> None:
    """Members of staff."""


@person.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--zone", default="UTC", help="IANA time zone.")
@click.option("--place", default="", help="City, shown beside the clock.")
@click.option("--language", default="en")
@click.password_option()
@click.pass_obj
def person_add(
    settings: Settings,
    email: str,
    name: str,
    role: str,
    zone: str,
    place: str,
    language: str,
    password: str,
) -> None:
    """Add a member of staff; asks for the password."""
    from server.web.language import SPOKEN

    if language not in SPOKEN:
        raise click.BadParameter(f"{language} is not one of {', '.join(SPOKEN)}")

    async def work(database: Database) -> None:
        async with database.begin() as db:
            await Person.add(
                db,
                now(),
                name=name,
                email=email,
                role=Role(role),
                password=password,
                zone=zone,
                place=place,
                language=language,
            )

    asyncio.run(_with_database(settings, work))


@person.command("link")
@click.argument("email")
@click.pass_obj
def person_link(settings: Settings, email: str) -> None:
    """Print a one-time sign-in link for the person with EMAIL."""

    async def work(database: Database) -> None:
        async with database.begin() as db:
            made = await SignInLink.make(db, await _person(db, email), now())
        base = settings.public_url or f"http://localhost:{settings.port}"
        click.echo(f"{base}/in/{made}")

    asyncio.run(_with_database(settings, work))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def certificate(folder: Path) -> None:
    """Make a self-signed certificate for this machine's addresses in FOLDER."""
    from server.integrations.certificate import self_signed

    chain, key = self_signed(folder, now())
    click.echo(f"{chain}\n{key}")


@main.command()
@click.option("--url", default="http://localhost:8080", help="The running server.")
@click.option("--token", "bearer", envvar="FARHAND_TOKEN", required=True, help="Bearer token.")
@click.option("--seconds", default=60.0, help="How long the call lasts.")
@click.option(
    "--certificate",
    type=click.Path(exists=True, path_type=Path),
    help="The server's own certificate, where it is self-signed.",
)
def demo(url: str, bearer: str, seconds: float, certificate: Path | None) -> None:
    """Drive a call between two scripted participants through the server's public interfaces."""
    from server.demo import drive

    try:
        played = asyncio.run(drive.drive(url, bearer, seconds=seconds, certificate=certificate))
    except drive.FAILURES as failure:
        raise click.ClickException(f"{type(failure).__name__}: {failure}") from None
    click.echo(f"The demo call on {played.ticket} is over: {url}/recordings/{played.session}")


async def _person(db: Db, email: str) -> Person:
    found = await Person.by_email(db, email)
    if found is None:
        raise click.ClickException(f"there is nobody with the e-mail address {email}")
    return found


async def _nothing(database: Database) -> None:
    return None


async def _with_database(settings: Settings, work: Work) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    try:
        await tables.upgrade(database)
        await work(database)
    except FarhandError as refusal:
        click.echo(f"farhand: {refusal.code}: {refusal.message()}", err=True)
        sys.exit(EXIT_REFUSED)
    finally:
        await database.close()


if __name__ == "__main__":
    main()
