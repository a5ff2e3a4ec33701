"""Demo data: a service company, three customers, their machines, the people."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import select

from sessions.db import Database, Db
from sessions.desk.sites import Machine, Organisation, Site
from sessions.desk.tickets import Ticket
from sessions.guidance.procedures import find_procedure
from sessions.people.invitations import Invitation
from sessions.people.logins import SignInLink
from sessions.people.persons import Person, Role

ENGINEER, SUPERVISOR = "lin.wei@farhand.example", "park.jisoo@farhand.example"
ADMINISTRATOR, DEMO = "admin@farhand.example", "demo@farhand.example"
DEMO_SERIAL = "4471"


@dataclass(frozen=True)
class Links:
    """Tokens of links that work at once."""

    engineer: str
    customer: str
    supervisor: str


async def seed(database: Database, now: datetime) -> bool:
    """Fill an empty database; whether it was empty."""
    async with database.begin() as db:
        if (await db.exec(select(Person).limit(1))).first() is not None:
            return False
        company = await Organisation.add(db, "Farhand Demo Service", now)
        lin = await _people(db, company, now)
        machines = await _machines(db, now)
        first = await Ticket.report(
            db,
            lin,
            machines[0],
            now,
            title="Charging stops at 80 %",
            description="Since last night charging ends at 80 %. The display shows fault 3-114.",
        )
        first.attach(db, find_procedure("bus-hv-isolation"), lin.id, now)
        second = await Ticket.report(
            db,
            lin,
            machines[1],
            now,
            title="Battery module 3 reports high resistance",
            description="The monthly test shows module 3 at 180 % of its reference.",
        )
        second.attach(db, find_procedure("ups-battery-module"), lin.id, now)
        await Ticket.report(
            db,
            lin,
            machines[2],
            now,
            title="Oil and filter change is due at 250 h",
        )
    return True


async def _people(db: Db, company: Organisation, now: datetime) -> Person:
    lin = await Person.add(
        db,
        now,
        name="Lin Wei",
        email=ENGINEER,
        role=Role.engineer,
        zone="Asia/Shanghai",
        place="Suzhou",
        organisation_id=company.id,
    )
    for name, email, role in (
        ("Park Jisoo", SUPERVISOR, Role.supervisor),
        ("Admin", ADMINISTRATOR, Role.administrator),
        ("Chen Yu", DEMO, Role.engineer),
    ):
        await Person.add(
            db,
            now,
            name=name,
            email=email,
            role=role,
            zone="Asia/Shanghai",
            place="Suzhou",
            organisation_id=company.id,
        )
    return lin


async def _machines(db: Db, now: datetime) -> list[Machine]:
    depot = await Site.add(
        db,
        await Organisation.add(db, "Hangang Bus", now),
        now,
        name="Depot Gangseo",
        city="Seoul",
        address="Yangcheon-ro 12, Gangseo-gu, Seoul",
        latitude=37.561,
        longitude=126.829,
        zone="Asia/Seoul",
        language="ko",
    )
    hall = await Site.add(
        db,
        await Organisation.add(db, "Alatau Data", now),
        now,
        name="Data hall 2",
        city="Almaty",
        address="Satpaev Street 90, Almaty",
        latitude=43.238,
        longitude=76.91,
        zone="Asia/Almaty",
        language="en",
    )
    quarry = await Site.add(
        db,
        await Organisation.add(db, "Cantera Sur", now),
        now,
        name="Quarry Sur",
        city="Antofagasta",
        address="Ruta 5 km 1370, Antofagasta",
        latitude=-23.65,
        longitude=-70.4,
        zone="America/Santiago",
        language="en",
    )
    return [
        await Machine.add(db, depot, now, model="E-bus 12 m", serial=DEMO_SERIAL),
        await Machine.add(db, hall, now, model="UPS 80 kVA", serial="U80-0932"),
        await Machine.add(db, quarry, now, model="Generating set 500 kVA", serial="G500-117"),
    ]


async def links(database: Database, now: datetime) -> Links:
    """New links for the demo's engineer, customer and supervisor."""
    async with database.begin() as db:
        engineer = await Person.by_email(db, ENGINEER)
        supervisor = await Person.by_email(db, SUPERVISOR)
        ticket = (await db.exec(select(Ticket).where(Ticket.number == 1))).first()
        if engineer is None or supervisor is None or ticket is None:
            raise LookupError("the demo data is not there")
        _, customer = await Invitation.make(
            db, ticket, engineer.id, now, name="Kim Minjun", language="ko"
        )
        return Links(
            engineer=await SignInLink.make(db, engineer, now),
            customer=customer,
            supervisor=await SignInLink.make(db, supervisor, now),
        )
