"""Who sits where: each participant keeps an order, from which every receiver's seats follow."""

from collections.abc import Iterable

from sessions.errors import FarhandError
from sessions.live.media import SEATS, Seating
from sessions.live.member import Member


class RoomFull(FarhandError):
    code = "room-full"
    text = "The call is full: at most %(limit)s people can take part."
    status = 409


def take_place(member: Member, members: Iterable[Member]) -> None:
    """Give a member the lowest free order; one who is gone gives up theirs.

    Raises RoomFull when ``SEATS`` + 1 participants are here."""
    if member.order is not None:
        return
    others = [other for other in members if other is not member]
    taken = {other.order for other in others if other.order is not None and other.here}
    free = next((order for order in range(SEATS + 1) if order not in taken), None)
    if free is None:
        raise RoomFull(limit=SEATS + 1)
    for other in others:
        if other.order == free:
            other.order = None
    member.order = free


def seating_for(receiver: Member, members: Iterable[Member]) -> Seating:
    """The receiver's own view: everybody else in order, and whose screen is shown."""
    if receiver.order is None:
        return Seating()
    seats = {}
    screen = None
    for other in members:
        if other is receiver or other.order is None or not other.here:
            continue
        seats[other.order - (other.order > receiver.order)] = other.id
        if other.screen:
            screen = other.id
    return Seating(seats=seats, screen=screen, pictures=receiver.pictures)
