"""A sick call in the middle of calls: what runs goes on, what comes next rings the successor."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.telephony.conftest import Desk
from tests.telephony.test_staff_calls import CONFIRMS, manager, pass_time, rung
from weerbaar.accounts.actors import Role
from weerbaar.hotline.calls import waking
from weerbaar.hotline.calls.models import CallRow, StaffCallRow
from weerbaar.hotline.roster import takeovers
from weerbaar.hotline.roster.takeovers import HandedOver
from weerbaar.simulator import personas


def cannot_now(desk: Desk, name: str) -> HandedOver:
    with desk.house.database.session() as session:
        done = takeovers.cannot_now(session, desk.people[name], desk.now())
        waking.tell_of_sick_call(session, done, desk.now())
        session.commit()
    return done


def test_a_running_call_is_not_cut_and_the_next_one_rings_the_successor(desk):
    desk.confidant("Anna", 1, personas.answers("1", talks=120))
    desk.confidant("Bram", 2, personas.answers("1", talks=30))
    first = desk.network.call("+31687654321", personas.caller())
    desk.network.advance(60)
    assert desk.facts(first)["state"] == "accepted"
    with desk.house.database.session() as session:
        plan = session.scalar(select(CallRow.plan))
    cannot_now(desk, "Anna")
    with desk.house.database.session() as session:
        assert session.scalar(select(CallRow.plan)) == plan
    second = desk.network.call("+31687654322", personas.caller())
    desk.network.run_until_idle()
    assert desk.rung(first) == ["Anna"]
    assert desk.facts(first)["outcome"] == "talked"
    assert desk.rung(second) == ["Bram"]
    assert desk.facts(second)["outcome"] == "talked"


def test_whoever_takes_over_is_woken_until_he_presses_1(desk):
    desk.confidant("Anna")
    desk.confidant("Bram", 2, personas.silent(), CONFIRMS)
    manager(desk, "Carla", personas.off(), role=Role.COORDINATOR)
    done = cannot_now(desk, "Anna")
    assert done.person_id == desk.people["Bram"].person_id
    pass_time(desk, 420)
    assert rung(desk) == ["Bram", "Carla", "Bram"]
    with desk.house.database.session() as session:
        row = session.scalars(select(StaffCallRow)).one()
    assert (row.event, row.outcome) == ("handed_over", "confirmed")
    assert row.person_id == desk.people["Bram"].person_id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_where_nobody_stands_behind_coordinator_and_manager_are_woken(desk):
    desk.confidant("Anna")
    manager(desk, "Rob", CONFIRMS)
    manager(desk, "Carla", personas.off(), role=Role.COORDINATOR)
    assert cannot_now(desk, "Anna").person_id is None
    pass_time(desk, 120)
    assert rung(desk) == ["Carla", "Rob"]


def test_two_sick_calls_wake_two_successors(desk):
    desk.confidant("Anna")
    desk.confidant("Bram", 2, CONFIRMS)
    desk.confidant("Dora", 3, CONFIRMS)
    cannot_now(desk, "Anna")
    pass_time(desk, 60)
    assert rung(desk) == ["Bram"]
    # Bram cannot either: the alarm that he confirmed says nothing to Dora.
    assert cannot_now(desk, "Bram").person_id == desk.people["Dora"].person_id
    pass_time(desk, 60)
    assert rung(desk) == ["Bram", "Dora"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_alarm_ends_with_the_shift(desk):
    desk.confidant("Anna")
    desk.confidant("Bram", 2, personas.off())
    cannot_now(desk, "Anna")
    pass_time(desk, 60)
    assert rung(desk) == ["Bram"]
    desk.network.advance(timedelta(hours=24).total_seconds())
    pass_time(desk, 60)
    with desk.house.database.session() as session:
        assert session.scalar(select(StaffCallRow.outcome)) == "over"
