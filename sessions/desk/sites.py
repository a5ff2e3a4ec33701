"""Customers' organisations, their sites and the machines that stand there."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlmodel import Field, col, select

from sessions.db import Db, Row, moment
from sessions.errors import FarhandError
from sessions.events import record


class ZoneUnknown(FarhandError):
    code = "zone-unknown"
    text = "%(zone)s is not a time zone of the IANA database, such as Asia/Seoul."


class Organisation(Row, table=True):
    """A company: a customer's, or the one that gives the service."""

    name: str = Field(max_length=200)
    created_at: datetime = moment()

    @classmethod
    async def add(cls, db: Db, name: str, at: datetime) -> "Organisation":
        organisation = cls(name=name, created_at=at)
        db.add(organisation)
        await db.flush()
        record(db, "organisation.added", at, organisation=str(organisation.id))
        return organisation


class Site(Row, table=True):
    """A place with machines. Coordinates are WGS 84 degrees, ``zone`` an IANA zone."""

    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    name: str = Field(max_length=200)
    city: str = Field(default="", max_length=120)
    address: str = Field(default="", max_length=400)
    latitude: float | None = None
    longitude: float | None = None
    zone: str = Field(max_length=64)
    language: str = Field(default="en", max_length=8)
    created_at: datetime = moment()

    @classmethod
    async def add(
        cls,
        db: Db,
        organisation: Organisation,
        at: datetime,
        *,
        name: str,
        zone: str,
        language: str,
        city: str = "",
        address: str = "",
        latitude: float | None = None,
        longitude: float | None = None,
    ) -> "Site":
        """Add a site. Raises ZoneUnknown."""
        check_zone(zone)
        site = cls(
            organisation_id=organisation.id,
            name=name,
            zone=zone,
            language=language,
            city=city,
            address=address,
            latitude=latitude,
            longitude=longitude,
            created_at=at,
        )
        db.add(site)
        await db.flush()
        record(db, "site.added", at, site=str(site.id))
        return site


class Machine(Row, table=True):
    """One machine: its model and the serial number on its plate."""

    site_id: UUID = Field(foreign_key="site.id", index=True)
    model: str = Field(max_length=120)
    serial: str = Field(max_length=120, index=True)
    created_at: datetime = moment()

    @classmethod
    async def add(cls, db: Db, site: Site, at: datetime, *, model: str, serial: str) -> "Machine":
        machine = cls(site_id=site.id, model=model, serial=serial, created_at=at)
        db.add(machine)
        await db.flush()
        record(db, "machine.added", at, machine=str(machine.id))
        return machine

    @property
    def label(self) -> str:
        return f"{self.model} · {self.serial}"


async def machines_with_sites(db: Db) -> list[tuple[Machine, Site]]:
    """All machines with their sites, by site and model."""
    found = await db.exec(
        select(Machine, Site)
        .join(Site, col(Machine.site_id) == col(Site.id))
        .order_by(col(Site.name), col(Machine.model), col(Machine.serial))
    )
    return list(found.all())


def check_zone(zone: str) -> None:
    """Raises ZoneUnknown unless ``zone`` is in the IANA database."""
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise ZoneUnknown(zone=zone) from None
