"""A caller who was cut off and rings again reaches the same person first, for half an hour."""

import pytest
from sqlalchemy import select

from tests.telephony.conftest import CALLER, Desk
from tests.telephony.test_rally import at_once
from weerbaar.hotline.calls.models import CallRow
from weerbaar.hotline.telephony import watchdog
from weerbaar.simulator import personas

ANSWERS = personas.answers("1", talks=20)
TALK = personas.patient(talks=600)


def team(desk: Desk) -> None:
    for name in ("Anna", "Bram", "Cato"):
        desk.confidant(name, 1, ANSWERS)


def first_rung(desk: Desk, number: str = CALLER) -> str:
    """Who is rung first for a call of this number."""
    return desk.rung(desk.call(TALK, number))[0]


def marks(desk: Desk) -> list[int | None]:
    with desk.house.database.session() as session:
        return list(session.scalars(select(CallRow.caller_mark)))


def test_whoever_rings_again_reaches_the_same_person_and_the_plan_says_why(desk: Desk) -> None:
    team(desk)
    person = first_rung(desk)
    # Without knowing the caller, it would be somebody else's turn.
    desk.network.advance(60)
    again = desk.call(TALK)
    assert desk.rung(again) == [person]
    assert desk.facts(again)["plan"]["order"][0] == {
        "person": f"{person.lower()}@example.nl", "tier": 1, "because": "spoke_before",
    }  # fmt: skip


def test_the_back_up_who_talked_with_him_comes_before_the_first_line(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off(), ANSWERS)
    desk.confidant("Bram", 2, ANSWERS)
    assert desk.rung(desk.call(TALK)) == ["Anna", "Bram"]
    desk.network.advance(60)
    assert first_rung(desk) == "Bram"


def test_after_half_an_hour_he_is_nobody_any_more_also_without_a_worker(desk: Desk) -> None:
    team(desk)
    person = first_rung(desk)
    desk.network.advance(31 * 60)
    assert marks(desk) != [None]
    assert first_rung(desk) != person


def test_the_worker_clears_what_was_kept(desk: Desk) -> None:
    team(desk)
    first_rung(desk)
    desk.network.advance(29 * 60)
    assert watchdog.forget_callers(desk.house, desk.now()) == 0
    desk.network.advance(2 * 60)
    assert watchdog.forget_callers(desk.house, desk.now()) == 1
    assert marks(desk) == [None]


def test_what_is_kept_is_one_of_sixty_four_values(desk: Desk) -> None:
    team(desk)
    desk.call(TALK)
    (mark,) = marks(desk)
    assert mark in range(64)


@pytest.mark.parametrize("withheld", ["anonymous", "+266696687", ""])
def test_of_a_withheld_number_nothing_is_kept(desk: Desk, withheld: str) -> None:
    team(desk)
    person = first_rung(desk, withheld)
    assert marks(desk) == [None]
    assert first_rung(desk, withheld) != person


def test_of_a_caller_nobody_talked_with_nothing_stays(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.off())
    desk.call(personas.caller(personas.hangs_up("ringing", after=3)))
    assert marks(desk) == [None]


def test_who_is_off_duty_by_now_is_not_rung(desk: Desk) -> None:
    anna = desk.confidant("Anna", None, ANSWERS)
    desk.on_duty(anna, 1, hours=1.02)
    desk.confidant("Bram", 2, ANSWERS)
    assert first_rung(desk) == "Anna"
    desk.network.advance(5 * 60)
    assert first_rung(desk) == "Bram"


def test_in_a_tier_that_rings_all_at_once_he_is_rung_alone_first(desk: Desk) -> None:
    team(desk)
    at_once(desk, 1)
    first = desk.call(TALK)
    (number,) = first.bridged_with
    person = next(name for name, phone in desk.phones.items() if phone == number)
    desk.network.advance(60)
    again = desk.call(TALK)
    assert desk.rung(again) == [person]
    assert again.bridged_with == [number]
