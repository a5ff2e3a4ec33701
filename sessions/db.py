"""The database: one engine, transactions, and what every table has in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession as Db
from sqlmodel.sql.sqltypes import UTCDateTime

from sessions.ids import new_id

__all__ = ["Database", "Db", "Row", "moment", "optional_moment"]

SQLITE_BUSY_MILLISECONDS = 5_000

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """What every table's rows have: a time-ordered id."""

    id: UUID = Field(default_factory=new_id, primary_key=True)


def moment(**options: Any) -> Any:
    """A required instant: aware, kept and loaded as UTC."""
    return Field(sa_type=UTCDateTime, nullable=False, **options)


def optional_moment(**options: Any) -> Any:
    """An instant that may not have come yet."""
    return Field(default=None, sa_type=UTCDateTime, nullable=True, **options)


class Database:
    """An engine and its transactions. ``url`` is an SQLAlchemy URL with an async driver."""

    def __init__(self, url: str) -> None:
        self.engine: AsyncEngine = create_async_engine(url)
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Db]:
        """One transaction: committed at the end, rolled back when anything is raised."""
        async with Db(self.engine, expire_on_commit=False) as db, db.begin():
            yield db

    async def close(self) -> None:
        await self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: ``_begin_sqlite`` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_MILLISECONDS}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # IMMEDIATE takes the write lock at once, so that two transactions that both read and
    # then write wait for each other instead of failing half-way.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
