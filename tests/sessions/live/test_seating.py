"""Seats: everybody sees everybody else, in places that do not jump about."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.live.media import SEATS
from sessions.live.member import Member
from sessions.live.participants import Participant, ParticipantRole
from sessions.live.seating import RoomFull, seating_for, take_place

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def member(*, here: bool = True) -> Member:
    participant = Participant(
        session_id=UUID(int=1),
        person_id=uuid4(),
        name="Somebody",
        role=ParticipantRole.engineer,
        language="en",
        created_at=NOW,
        admitted_at=NOW,
    )
    return Member(participant=participant, consent=True, since=NOW, been_in=here)


def seated(count: int) -> list[Member]:
    members = [member() for _ in range(count)]
    for one in members:
        take_place(one, members)
    return members


def test_two_people_see_each_other_in_the_first_seat() -> None:
    lin, kim = seated(2)
    assert seating_for(lin, [lin, kim]).seats == {0: kim.id}
    assert seating_for(kim, [lin, kim]).seats == {0: lin.id}


@given(st.integers(2, SEATS + 1))
def test_everybody_sees_all_the_others_and_not_themselves(count: int) -> None:
    members = seated(count)
    for receiver in members:
        seats = seating_for(receiver, members).seats
        assert set(seats) == set(range(count - 1))
        assert set(seats.values()) == {other.id for other in members} - {receiver.id}


def test_the_seventh_finds_no_place() -> None:
    members = seated(SEATS + 1)
    late = member()
    with pytest.raises(RoomFull) as refusal:
        take_place(late, [*members, late])
    assert "6" in refusal.value.message()
    assert late.order is None


@given(st.data())
def test_who_leaves_moves_nobody_and_who_comes_takes_the_free_place(data: st.DataObject) -> None:
    members = seated(data.draw(st.integers(3, SEATS + 1)))
    gone = data.draw(st.sampled_from(members))
    receiver = data.draw(st.sampled_from([m for m in members if m is not gone]))
    before = dict(seating_for(receiver, members).seats)
    gone.gone = True
    after = dict(seating_for(receiver, members).seats)
    assert after == {seat: who for seat, who in before.items() if who != gone.id}
    new = member()
    members.append(new)
    take_place(new, members)
    seats = dict(seating_for(receiver, members).seats)
    assert seats == after | {seat: new.id for seat, who in before.items() if who == gone.id}
    gone.gone = False
    if len([m for m in members if m.here]) <= SEATS + 1:
        take_place(gone, members)
        assert len({m.order for m in members}) == len(members)
    else:
        with pytest.raises(RoomFull):
            take_place(gone, members)


def test_whoever_waits_in_the_lobby_has_no_view() -> None:
    lin, kim = seated(2)
    waiting = member(here=False)
    assert seating_for(waiting, [lin, kim, waiting]).seats == {}
    assert waiting.id not in seating_for(lin, [lin, kim, waiting]).seats.values()


def test_a_shared_screen_is_shown_to_the_others() -> None:
    lin, kim, seo = members = seated(3)
    kim.screen = True
    assert seating_for(lin, members).screen == kim.id
    assert seating_for(seo, members).screen == kim.id
    assert seating_for(kim, members).screen is None
