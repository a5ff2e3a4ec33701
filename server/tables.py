"""All tables, and bringing a database up to them."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlmodel import SQLModel

import recordings.recording
import sessions.desk.sites
import sessions.desk.tickets
import sessions.events
import sessions.guidance.checklists
import sessions.live.participants
import sessions.live.photos
import sessions.live.session
import sessions.people.handovers
import sessions.people.invitations
import sessions.people.logins
import sessions.people.persons
from sessions.db import Database

METADATA = SQLModel.metadata
FOLDER = Path(__file__).with_name("migrations")
MODULES = (
    recordings.recording,
    sessions.desk.sites,
    sessions.desk.tickets,
    sessions.events,
    sessions.guidance.checklists,
    sessions.live.participants,
    sessions.live.photos,
    sessions.live.session,
    sessions.people.handovers,
    sessions.people.invitations,
    sessions.people.logins,
    sessions.people.persons,
)


def config(connection: Connection) -> Config:
    """Alembic's configuration for one connection."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["connection"] = connection
    return made


async def upgrade(database: Database) -> None:
    """Bring the database to the newest tables, from empty or from any earlier version."""
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(config(sync), "head"))
