"""Alarms that wake somebody until he confirms, and the test of one's own telephone."""

import threading
from datetime import timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from tests.telephony.conftest import CALLER, Desk
from weerbaar.accounts import people
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.models import TrailRow
from weerbaar.config.clock import local
from weerbaar.hotline.calls import alarms, staff_calls, waking
from weerbaar.hotline.calls.alarms import Alarm
from weerbaar.hotline.calls.errors import NoPhone, PersonBusy, TooManyTests
from weerbaar.hotline.calls.models import LegRow, ProviderLeftoverRow, StaffCallRow
from weerbaar.hotline.calls.staff_calls import Shown
from weerbaar.hotline.telephony import call_back, texts
from weerbaar.hotline.telephony import staff_calls as ringing
from weerbaar.simulator import Call, Faults, Persona, personas

CONFIRMS = personas.answers("1", press_after=20)
OFFICIAL = "+31687654399"


def manager(desk: Desk, name: str, *row: Persona, role: Role = Role.ROSTER_MANAGER) -> Actor:
    return desk.confidant(name, None, *row, roles=[role])


def raise_alarm(
    desk: Desk, alarm: Alarm = Alarm.NOBODY_ON_DUTY, subject: UUID | None = None
) -> bool:
    with desk.house.database.session() as session:
        raised = waking.raise_alarm(session, alarm, desk.now(), subject)
        session.commit()
    return raised


def pass_time(desk: Desk, seconds: float, step: float = 4) -> None:
    """Time passes, and the worker does its rounds."""
    for _ in range(int(seconds / step)):
        ringing.ring_due(desk.house, desk.now())
        ringing.tidy(desk.house, desk.now())
        desk.network.advance(step)


def rung(desk: Desk) -> list[str]:
    """Whom the house rang for itself, in order."""
    names = {number: name for name, number in desk.phones.items()}
    return [names[call.to] for call in desk.network.calls if call.direction == "outbound-api"]


def row(desk: Desk) -> StaffCallRow:
    with desk.house.database.session() as session:
        return session.scalars(select(StaffCallRow).order_by(StaffCallRow.created_day)).one()


def actions(desk: Desk) -> list[str]:
    with desk.house.database.session() as session:
        return list(
            session.scalars(select(TrailRow.action).where(TrailRow.object_kind == "staff_call"))
        )


# ---- rules -------------------------------------------------------------------------------


def test_everybody_is_rung_once_before_anybody_is_rung_again():
    anna, bram, carla = uuid4(), uuid4(), uuid4()
    counts: dict[UUID, int] = {}
    order, rounds = [], []
    for _ in range(6):
        found = alarms.turn([anna, bram, anna, carla], counts)
        order.append(found.people[0])
        rounds.append(found.round)
        counts[found.people[0]] = counts.get(found.people[0], 0) + 1
    assert order == [anna, bram, carla] * 2
    assert rounds == [0, 0, 0, 1, 1, 1]
    assert alarms.turn([], {}) is None


def test_pauses_grow_and_stay_bounded():
    waits = [alarms.pause(number) for number in range(9)]
    assert waits[0] == timedelta(0)
    assert all(one <= two for one, two in pairwise(waits))
    assert waits[-1] == timedelta(minutes=15)


def test_a_roster_manager_is_never_woken_for_work_that_a_caller_left():
    assert alarms.Source.ROSTER_MANAGERS not in alarms.ORDER[Alarm.TASK_OVERDUE]


# ---- alarms ------------------------------------------------------------------------------


def test_a_call_while_nobody_has_duty_wakes_the_roster_manager_who_confirms(desk: Desk) -> None:
    manager(desk, "Petra", CONFIRMS)
    desk.call(personas.caller(personas.hangs_up(after=20)))
    pass_time(desk, 60)
    assert rung(desk) == ["Petra"]
    woken = next(call for call in desk.network.calls if call.direction == "outbound-api")
    assert woken.from_ == desk.house.settings.hotline_number
    assert texts.ALARM in woken.heard_text()
    assert texts.ALARM_CONFIRMED in woken.heard_text()
    assert (row(desk).state, row(desk).outcome) == ("ended", "confirmed")
    assert row(desk).person_id == desk.people["Petra"].person_id
    assert actions(desk) == ["alarm.raise", "alarm.confirm"]
    pass_time(desk, 20 * 60, step=60)
    assert rung(desk) == ["Petra"]


@pytest.mark.parametrize(
    "persona",
    [
        personas.off(),
        personas.voicemail(),
        personas.refuses(),
        personas.busy(),
        personas.answers("5"),
    ],
)
def test_whoever_does_not_confirm_is_passed_over_to_the_next(desk: Desk, persona: Persona) -> None:
    manager(desk, "Petra", persona)
    manager(desk, "Quinten", CONFIRMS, role=Role.COORDINATOR)
    raise_alarm(desk)
    pass_time(desk, 150)
    assert rung(desk)[0] == "Petra"
    assert "Quinten" in rung(desk)
    assert row(desk).outcome == "confirmed"


def test_rounds_go_on_with_pauses_until_somebody_confirms(desk: Desk) -> None:
    manager(desk, "Petra", personas.off(), personas.off(), personas.off(), CONFIRMS)
    raise_alarm(desk)
    pass_time(desk, 30 * 60, step=10)
    calls = [one for one in desk.network.calls if one.direction == "outbound-api"]
    gaps = [(two.created - one.created).total_seconds() for one, two in pairwise(calls)]
    assert len(calls) == 4
    assert 120 < gaps[0] < 200
    assert 300 < gaps[1] < 380
    assert 600 < gaps[2] < 680
    assert row(desk).outcome == "confirmed"


def test_the_same_alarm_rings_once_at_a_time_and_not_at_once_again(desk: Desk) -> None:
    manager(desk, "Petra", CONFIRMS)
    assert raise_alarm(desk)
    assert not raise_alarm(desk)
    pass_time(desk, 60)
    assert not raise_alarm(desk)
    pass_time(desk, 31 * 60, step=60)
    assert raise_alarm(desk)


def test_an_alarm_ends_when_what_it_was_about_is_over(desk: Desk) -> None:
    manager(desk, "Petra", personas.off())
    raise_alarm(desk)
    pass_time(desk, 40)
    desk.confidant("Anna", 1)
    pass_time(desk, 200)
    assert rung(desk) == ["Petra"]
    assert row(desk).outcome == "over"


def test_nobody_is_rung_while_he_talks_to_an_official(desk: Desk) -> None:
    from tests.telephony.test_call_back import begin

    manager(desk, "Petra", personas.answers("1"))
    desk.network.phone(OFFICIAL, personas.answers("", talks=100))
    call_back.place(desk.house, begin(desk, desk.people["Petra"]))
    desk.network.advance(20)
    raise_alarm(desk)
    pass_time(desk, 60)
    assert rung(desk) == ["Petra"]  # the call-back alone
    pass_time(desk, 320, step=8)
    assert len(rung(desk)) > 1
    assert row(desk).outcome == "confirmed"


def test_who_is_rung_for_an_alarm_is_not_rung_for_a_caller(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.answers("1", press_after=15))
    desk.confidant("Bram", 1, personas.answers("1"))
    with desk.house.database.session() as session:
        staff_calls.begin_test(session, desk.house.vault, desk.people["Anna"], desk.now())
        session.commit()
    ringing.ring_due(desk.house, desk.now())
    desk.network.advance(3)
    call = desk.network.call(CALLER, personas.patient(talks=10))
    desk.network.run_until_idle()
    assert desk.rung(call) == ["Bram"]


def test_a_create_that_timed_out_is_found_again_and_never_sent_twice(desk: Desk) -> None:
    manager(desk, "Petra", CONFIRMS)
    desk.network.rest_failures.append((0, 0))
    raise_alarm(desk)
    pass_time(desk, 60)
    assert rung(desk) == ["Petra"]
    assert row(desk).outcome == "confirmed"


def test_a_create_that_was_lost_goes_on_to_the_next_after_a_while(desk: Desk) -> None:
    manager(desk, "Petra", CONFIRMS)
    manager(desk, "Quinten", CONFIRMS, role=Role.COORDINATOR)
    desk.network.rest_failures.append((500, 20500))
    raise_alarm(desk)
    pass_time(desk, 60)
    assert rung(desk) == []
    pass_time(desk, 60)
    assert len(rung(desk)) == 1
    assert row(desk).outcome == "confirmed"


def test_a_refused_create_goes_on_to_the_next_at_once(desk: Desk) -> None:
    manager(desk, "Petra", CONFIRMS)
    desk.network.rest_failures.append((429, 20429))
    raise_alarm(desk)
    pass_time(desk, 200)
    assert rung(desk) == ["Petra"]
    assert row(desk).outcome == "confirmed"


def test_lost_callbacks_do_not_stop_an_alarm(desk: Desk) -> None:
    manager(desk, "Petra", personas.off())
    manager(desk, "Quinten", CONFIRMS, role=Role.COORDINATOR)
    desk.network.faults = Faults(on=lambda webhook: "lost" if webhook.kind == "callback" else None)
    raise_alarm(desk)
    pass_time(desk, 240)
    assert rung(desk)[0] == "Petra"
    assert row(desk).outcome == "confirmed"
    desk.network.faults = Faults()
    pass_time(desk, 120)
    with desk.house.database.session() as session:
        assert set(session.scalars(select(LegRow.state))) == {"ended"}


def test_repeated_and_late_requests_change_nothing(desk: Desk) -> None:
    manager(desk, "Petra", CONFIRMS)
    desk.network.faults = Faults(seed=4, duplicate=0.7, late=0.5, reorder=0.5, repeat=0.5)
    raise_alarm(desk)
    pass_time(desk, 120)
    assert rung(desk) == ["Petra"]
    assert row(desk).outcome == "confirmed"
    assert actions(desk).count("alarm.confirm") == 1


def test_two_workers_at_once_ring_one_telephone(desk: Desk) -> None:
    manager(desk, "Petra", CONFIRMS)
    raise_alarm(desk)
    failures, ready = [], threading.Barrier(3)

    def work() -> None:
        ready.wait()
        try:
            ringing.ring_due(desk.house, desk.now())
        except Exception as failure:  # noqa: BLE001 - shown below
            failures.append(failure)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    desk.network.run_until_idle()
    assert failures == []
    assert rung(desk) == ["Petra"]


def test_work_that_two_let_wait_wakes_the_next_and_stops_when_done(desk: Desk) -> None:
    from tests.telephony.test_worker import ASKS

    desk.confidant("Anna", 1, personas.off())
    desk.confidant("Bram", 2, personas.off())
    desk.call(ASKS)
    desk.network.advance(46 * 60)
    desk.work()
    with desk.house.database.session() as session:
        assert session.scalars(select(StaffCallRow)).all() == []
    desk.network.advance(46 * 60)
    desk.work()
    assert row(desk).event == "task_overdue"
    pass_time(desk, 60)
    assert set(rung(desk)) <= {"Anna", "Bram"}
    assert rung(desk)


def test_a_hole_that_begins_soon_wakes_who_plans_and_an_empty_roster_nobody(desk: Desk) -> None:
    manager(desk, "Petra", CONFIRMS)
    assert ringing.watch_roster(desk.house, desk.now()) == 0
    anna = desk.confidant("Anna", None)
    desk.on_duty(anna, 1, hours=2, start=desk.now() - timedelta(hours=1))
    assert ringing.watch_roster(desk.house, desk.now()) == 0
    desk.network.advance(46 * 60)
    assert ringing.watch_roster(desk.house, desk.now()) == 1
    assert ringing.watch_roster(desk.house, desk.now()) == 0
    pass_time(desk, 60)
    assert rung(desk) == ["Petra"]
    assert (row(desk).event, row(desk).outcome) == ("hole_soon", "confirmed")


def test_a_hole_in_two_hours_wakes_who_plans_once_and_once_more_just_before(desk: Desk) -> None:
    manager(desk, "Petra", CONFIRMS)
    anna = desk.confidant("Anna", None)
    desk.on_duty(anna, 1, hours=4, start=desk.now() - timedelta(hours=1))
    assert ringing.watch_roster(desk.house, desk.now()) == 0
    desk.network.advance(60 * 60)
    assert ringing.watch_roster(desk.house, desk.now()) == 1
    pass_time(desk, 60)
    assert rung(desk) == ["Petra"]
    assert (row(desk).event, row(desk).outcome) == ("hole_ahead", "confirmed")
    for _ in range(100):
        desk.network.advance(60)
        assert ringing.watch_roster(desk.house, desk.now()) == 0
    desk.network.advance(6 * 60)
    assert ringing.watch_roster(desk.house, desk.now()) == 1
    pass_time(desk, 60)
    assert rung(desk) == ["Petra", "Petra"]


def test_an_hour_later_only_the_day_is_left_and_the_provider_is_to_forget(desk: Desk) -> None:
    manager(desk, "Petra", CONFIRMS)
    raise_alarm(desk)
    pass_time(desk, 60)
    sid = next(one.sid for one in desk.network.calls if one.direction == "outbound-api")
    desk.network.advance(61 * 60)
    ringing.tidy(desk.house, desk.now())
    kept = row(desk)
    assert (kept.started_at, kept.ended_at, kept.next_at) == (None, None, None)
    with desk.house.database.session() as session:
        assert session.scalars(select(LegRow)).all() == []
        assert sid in session.scalars(select(ProviderLeftoverRow.sid)).all()


# ---- the test call -----------------------------------------------------------------------


def begin(desk: Desk, person: Actor) -> None:
    with desk.house.database.session() as session:
        begun = staff_calls.begin_test(session, desk.house.vault, person, desk.now())
        session.commit()
    ringing.ring(desk.house, begun)


def shown(desk: Desk, person: Actor) -> Shown:
    with desk.house.database.session() as session:
        return staff_calls.latest_test(session, person.person_id)


def day_tested(desk: Desk, person: Actor) -> str | None:
    with desk.house.database.session() as session:
        day = people.card(session, desk.house.vault, person.person_id).phone_tested_day
    return None if day is None else day.isoformat()


def test_pressing_one_stamps_the_day_on_which_the_telephone_was_tested(desk: Desk) -> None:
    anna = desk.confidant("Anna", None, personas.answers("1", after=4, press_after=12))
    assert shown(desk, anna) is Shown.NONE
    begin(desk, anna)
    desk.network.advance(2)
    assert shown(desk, anna) is Shown.RINGING
    desk.network.run_until_idle()
    assert shown(desk, anna) is Shown.CONFIRMED
    assert day_tested(desk, anna) == local(desk.now()).date().isoformat()
    heard: Call = desk.network.calls[-1]
    assert texts.TEST_CALL in heard.heard_text()
    assert texts.TEST_DONE in heard.heard_text()
    assert desk.network.ledger.codes() == []
    assert actions(desk) == ["test_call.begin", "test_call.confirm"]


@pytest.mark.parametrize("persona", [personas.off(), personas.voicemail(), personas.answers("3")])
def test_whatever_else_happens_the_telephone_is_not_tested(desk: Desk, persona: Persona) -> None:
    anna = desk.confidant("Anna", None, persona)
    begin(desk, anna)
    desk.network.run_until_idle()
    pass_time(desk, 120)
    assert shown(desk, anna) is Shown.NOT_CONFIRMED
    assert day_tested(desk, anna) is None
    assert rung(desk) == ["Anna"]


def test_a_telephone_that_was_replaced_while_it_rang_is_not_tested(desk: Desk) -> None:
    anna = desk.confidant("Anna", None, personas.answers("1", after=8))
    begin(desk, anna)
    desk.network.advance(4)
    with desk.house.database.session() as session:
        people.change(
            session, desk.house.vault, desk.installation.coordinator, anna.person_id, desk.now(),
            hotline_number=desk.house.settings.hotline_number, phone="0612345688",
        )  # fmt: skip
        session.commit()
    desk.network.run_until_idle()
    assert day_tested(desk, anna) is None


def test_a_test_that_the_provider_refuses_says_so(desk: Desk) -> None:
    anna = desk.confidant("Anna", None, CONFIRMS)
    desk.network.rest_failures.append((429, 20429))
    begin(desk, anna)
    assert shown(desk, anna) is Shown.NOT_PLACED


def test_a_telephone_is_tested_a_few_times_an_hour_and_once_at_a_time(desk: Desk) -> None:
    anna = desk.confidant("Anna", None, CONFIRMS)
    begin(desk, anna)
    with pytest.raises(PersonBusy):
        begin(desk, anna)
    desk.network.run_until_idle()
    for _ in range(staff_calls.TESTS_AN_HOUR - 1):
        begin(desk, anna)
        desk.network.run_until_idle()
    with pytest.raises(TooManyTests):
        begin(desk, anna)
    desk.network.advance(3600)
    begin(desk, anna)
    desk.network.run_until_idle()


def test_without_a_telephone_there_is_nothing_to_test(desk: Desk) -> None:
    with pytest.raises(NoPhone):
        begin(desk, desk.confidant("Anna", None, phone=None))


def test_the_day_is_that_of_amsterdam(desk: Desk) -> None:
    midnight = desk.now().replace(hour=23, minute=10, second=0, microsecond=0)
    desk.network.advance((midnight - desk.now()).total_seconds() % (24 * 3600))
    anna = desk.confidant("Anna", None, CONFIRMS)
    begin(desk, anna)
    desk.network.run_until_idle()
    assert day_tested(desk, anna) == (desk.now().date() + timedelta(days=1)).isoformat()
