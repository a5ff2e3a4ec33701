"""Migrations: from nothing to exactly the tables the code knows."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError

from server import tables
from sessions.db import Database
from sessions.desk.sites import Machine, Organisation


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A database brought up from an empty file."""
    made = Database(f"sqlite+aiosqlite:///{tmp_path / 'farhand.sqlite'}")
    await tables.upgrade(made)
    yield made
    await made.close()


async def test_an_upgrade_from_empty_equals_the_metadata(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, tables.METADATA))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_every_table_of_the_code_is_there(database: Database) -> None:
    async with database.engine.connect() as connection:
        there = set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
    assert there - {"alembic_version"} == set(tables.METADATA.tables)
    assert len(there) > 15


async def test_an_upgrade_may_be_run_again(database: Database) -> None:
    async with database.begin() as db:
        await Organisation.add(db, "Hangang Bus", datetime.now(UTC))
    await tables.upgrade(database)
    async with database.engine.connect() as connection:
        found = await connection.execute(text("SELECT name FROM organisation"))
        assert [row[0] for row in found] == ["Hangang Bus"]


async def test_there_is_one_line_of_migrations(database: Database) -> None:
    async with database.engine.connect() as connection:
        script = ScriptDirectory.from_config(await connection.run_sync(tables.config))
        version = await connection.execute(text("SELECT version_num FROM alembic_version"))
        assert [version.scalar_one()] == script.get_heads()


async def test_a_row_cannot_point_to_nothing(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.begin() as db:
            db.add(Machine(site_id=uuid4(), model="Bus", serial="1", created_at=datetime.now(UTC)))


@pytest.mark.parametrize(
    ("pragma", "value"), [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 2)]
)
async def test_every_connection_is_safe(database: Database, pragma: str, value: object) -> None:
    async with database.engine.connect() as one, database.engine.connect() as two:
        for connection in (one, two):
            raw = (await connection.get_raw_connection()).driver_connection
            found = await raw.execute_fetchall(f"PRAGMA {pragma}")
            assert list(found) == [(value,)]
