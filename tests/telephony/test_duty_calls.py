"""Whoever said nothing at the start of his shift is rung, once, and pressing 1 says it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.telephony.conftest import Desk
from weerbaar.accounts import notices
from weerbaar.accounts.actors import Role
from weerbaar.hotline.calls.models import StaffCallRow
from weerbaar.hotline.roster import readiness
from weerbaar.hotline.roster.models import ShiftRow
from weerbaar.hotline.roster.readiness import Preference
from weerbaar.hotline.roster.readiness_models import DutyConfirmationRow
from weerbaar.hotline.telephony import staff_calls as ringing
from weerbaar.hotline.telephony import texts
from weerbaar.simulator import Persona, personas

CONFIRMS = personas.answers("1", press_after=20)


def begins(desk: Desk, *row: Persona) -> None:
    """Anna's shift begins now."""
    anna = desk.confidant("Anna", None, *row)
    desk.on_duty(anna, 1, start=desk.now())


def pass_time(desk: Desk, minutes: float) -> None:
    """Time passes, and the worker does its rounds."""
    for _ in range(int(minutes * 6)):
        ringing.watch_shifts(desk.house, desk.now())
        ringing.ring_due(desk.house, desk.now())
        desk.network.advance(10)


def said(desk: Desk) -> list[str]:
    names = {actor.person_id: name for name, actor in desk.people.items()}
    with desk.house.database.session() as session:
        return [names[one] for one in session.scalars(select(DutyConfirmationRow.person_id))]


def codes(desk: Desk, name: str) -> list[str]:
    with desk.house.database.session() as session:
        return [one.code for one in notices.unread(session, desk.people[name].person_id)]


def rung(desk: Desk) -> int:
    return len([one for one in desk.network.calls if one.direction == "outbound-api"])


def test_pressing_one_in_a_short_call_says_that_one_is_there(desk: Desk) -> None:
    desk.confidant("Rosa", None, roles=[Role.ROSTER_MANAGER])
    begins(desk, CONFIRMS)
    pass_time(desk, 4.5)
    assert rung(desk) == 0
    pass_time(desk, 16)
    assert (rung(desk), said(desk)) == (1, ["Anna"])
    call = next(one for one in desk.network.calls if one.direction == "outbound-api")
    assert texts.DUTY_CALL in call.heard_text()
    assert texts.DUTY_DONE in call.heard_text()
    assert codes(desk, "Rosa") == []
    assert codes(desk, "Anna") == ["shift_starts"]


@pytest.mark.parametrize("persona", [personas.off(), personas.voicemail(), personas.answers("5")])
def test_who_does_not_press_one_is_rung_once_and_told_of(desk: Desk, persona: Persona) -> None:
    desk.confidant("Rosa", None, roles=[Role.ROSTER_MANAGER])
    bram = desk.confidant("Bram", None)
    desk.on_duty(bram, 2, start=desk.now() - timedelta(hours=5))
    begins(desk, persona)
    pass_time(desk, 14.5)
    assert (rung(desk), said(desk), codes(desk, "Rosa")) == (1, [], [])
    pass_time(desk, 3)
    assert rung(desk) == 1
    assert codes(desk, "Rosa") == ["shift_unconfirmed"]
    assert codes(desk, "Bram") == ["shift_unconfirmed"]


def test_who_said_so_in_the_application_or_wants_no_call_is_not_rung(desk: Desk) -> None:
    begins(desk, CONFIRMS)
    bram = desk.confidant("Bram", None, CONFIRMS)
    desk.on_duty(bram, 2, start=desk.now())
    with desk.house.database.session() as session:
        anna = desk.people["Anna"]
        shift = session.scalars(
            select(ShiftRow.id).where(ShiftRow.person_id == anna.person_id)
        ).one()
        readiness.confirm(session, anna, shift, desk.now())
        readiness.prefer(session, bram.person_id, Preference(0, by_call=False))
        session.commit()
    pass_time(desk, 10)
    assert (rung(desk), said(desk)) == (0, ["Anna"])


def test_who_talks_with_a_caller_is_there_and_nobody_is_rung_meanwhile(desk: Desk) -> None:
    begins(desk, personas.answers("1", after=4, talks=1200))
    desk.confidant("Rosa", None, roles=[Role.ROSTER_MANAGER])
    desk.network.advance(timedelta(minutes=4, seconds=50).total_seconds())
    desk.network.call("+31687654321", personas.caller(personas.hangs_up("bridged", after=1100)))
    pass_time(desk, 14)
    assert said(desk) == ["Anna"]
    with desk.house.database.session() as session:
        assert session.scalars(select(StaffCallRow)).all() == []
    assert codes(desk, "Rosa") == []
