"""Tickets and machines by API."""

from aiohttp import web

from server.web.access import signed_in
from server.web.api.models import (
    MachineList,
    MachineModel,
    NewTicket,
    TicketList,
    TicketModel,
)
from server.web.api.operation import Operation, answer, body
from server.web.keys import DATABASE, TIME
from sessions.desk.sites import Machine, Site, machines_with_sites
from sessions.desk.tickets import Ticket, TicketFile, ticket_files
from sessions.guidance.procedures import find_procedure
from sessions.people.access import find_machine, find_ticket, find_tickets


def machine_model(machine: Machine, site: Site) -> MachineModel:
    return MachineModel(
        id=machine.id,
        model=machine.model,
        serial=machine.serial,
        site=site.name,
        zone=site.zone,
    )


def ticket_model(file: TicketFile) -> TicketModel:
    ticket = file.ticket
    return TicketModel(
        id=ticket.id,
        reference=ticket.reference,
        title=ticket.title,
        description=ticket.description,
        state=ticket.state.value,
        machine=machine_model(file.machine, file.site),
        organisation=file.organisation.name,
        engineer=file.engineer.name if file.engineer else None,
        procedure=ticket.procedure_key,
        reported_at=ticket.reported_at,
        closed_at=ticket.closed_at,
    )


async def machines(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].begin() as db:
        await signed_in(request, db)
        rows = await machines_with_sites(db)
    return answer(MachineList(machines=[machine_model(*row) for row in rows]))


async def index(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        files = await find_tickets(db, person)
    return answer(TicketList(tickets=[ticket_model(file) for file in files]))


async def create(request: web.Request) -> web.StreamResponse:
    text = await request.read()
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        new = body(text, NewTicket)
        machine = await find_machine(db, person, str(new.machine))
        now = request.app[TIME].now()
        ticket = await Ticket.report(
            db, person, machine, now, title=new.title, description=new.description
        )
        if new.procedure is not None:
            ticket.attach(db, find_procedure(new.procedure), person.id, now)
            await db.flush()
        file = (await ticket_files(db, ticket=ticket.id))[0]
    return answer(ticket_model(file), 201)


async def show(request: web.Request) -> web.StreamResponse:
    async with request.app[DATABASE].begin() as db:
        person = await signed_in(request, db)
        file = await find_ticket(db, person, request.match_info["ticket"])
    return answer(ticket_model(file))


OPERATIONS = [
    Operation("GET", "/machines", machines, "All machines", MachineList),
    Operation("GET", "/tickets", index, "Tickets, open ones first", TicketList),
    Operation("POST", "/tickets", create, "Report a fault", TicketModel, NewTicket, status=201),
    Operation("GET", "/tickets/{ticket}", show, "One ticket, by reference or id", TicketModel),
]
