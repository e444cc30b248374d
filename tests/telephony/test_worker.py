"""What the worker does for the telephone: overdue lines, waiting work, finished calls."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.telephony.conftest import CALLER, Desk
from tests.telephony.test_requests import Provider, path_of
from weerbaar.accounts import envelopes
from weerbaar.accounts.actors import Role
from weerbaar.accounts.envelopes import Kind
from weerbaar.hotline.calls import items
from weerbaar.hotline.calls.errors import ItemDone, ItemTaken, NotAdmitted
from weerbaar.hotline.calls.models import (
    CallEventRow,
    CallRow,
    DoneReason,
    LegRow,
    ProviderLeftoverRow,
    WorkItemRow,
)
from weerbaar.hotline.telephony import watchdog
from weerbaar.simulator import Faults, personas

ASKS = personas.caller(personas.presses("1", text="Wilt u dat", finished=True))


def test_a_line_the_provider_no_longer_knows_becomes_work(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    desk.network.faults = Faults(on=lambda webhook: "lost" if webhook.kind == "callback" else None)
    call = desk.network.call(CALLER, personas.caller(personas.hangs_up(after=4)))
    desk.network.advance(30)
    assert desk.facts(call)["state"] == "greeting"
    desk.network.advance(60)
    desk.work()
    item = desk.item(call)
    assert item is not None
    assert (item.kind, item.owner_id) == ("missed", anna.person_id)
    assert desk.facts(call)["state"] == "ended"


def test_a_live_line_that_lost_its_way_rings_on(desk: Desk) -> None:
    desk.confidant("Anna", 1, personas.answers("1"))
    Provider(desk).ask("/telephony/voice", CallSid="CA" + 32 * "c")
    call = desk.network.call(CALLER, personas.patient(talks=20))
    desk.network.advance(2)
    with desk.house.database.session() as session:
        row = session.scalars(select(CallRow).where(CallRow.provider_sid == call.sid)).one()
        row.next_deadline = desk.now()
        session.commit()
    assert watchdog.act_on_deadlines(desk.house, desk.now()) == 1
    desk.network.run_until_idle()
    assert call.bridged_with == [desk.phones["Anna"]]


def test_a_silent_provider_is_asked_again_before_a_caller_counts_as_gone(desk: Desk) -> None:
    desk.confidant("Anna")
    Provider(desk).ask("/telephony/voice")
    for _ in range(2):
        desk.network.advance(61)
        desk.network.rest_failures.extend([(500, 20500)] * 3)
        desk.work()
        with desk.house.database.session() as session:
            assert session.scalars(select(CallRow.state)).one() == "greeting"
    desk.network.rest_failures.extend([(500, 20500)] * 3)
    desk.network.advance(61)
    desk.work()
    with desk.house.database.session() as session:
        assert session.scalars(select(CallRow.outcome)).one() == "missed"
        assert session.scalars(select(WorkItemRow.kind)).one() == "missed"


def test_an_accepted_call_without_an_account_is_a_task_for_that_confidant(desk: Desk) -> None:
    anna = desk.confidant("Anna")
    provider = Provider(desk)
    dial = provider.ask(path_of(provider.ask("/telephony/voice").text, "ring")).text
    provider.ask(
        path_of(dial, "accept")
        if "/accept/" in dial
        else path_of(provider.ask(path_of(dial, "screen")).text, "accept"),
        Digits="1",
    )
    provider.ask("/telephony/status", CallStatus="completed")
    desk.network.advance(61)
    desk.work()
    with desk.house.database.session() as session:
        row = session.scalars(select(CallRow)).one()
        item = session.scalars(select(WorkItemRow)).one()
        assert row.outcome == "accepted_not_bridged"
        assert (item.kind, item.owner_id) == ("accepted_not_bridged", anna.person_id)
        assert session.scalars(select(LegRow.state)).one() == "ended"


def test_waiting_work_passes_to_who_is_on_duty_and_escalates_when_due(desk: Desk) -> None:
    anna = desk.confidant("Anna", None, personas.off())
    desk.on_duty(anna, 1, hours=1.2)
    bram = desk.confidant("Bram", None)
    desk.on_duty(bram, 1, start=desk.now() + timedelta(minutes=12), hours=8)
    call = desk.call(ASKS)
    assert desk.item(call).owner_id == anna.person_id
    desk.network.advance(15 * 60)
    desk.work()
    item = desk.item(call)
    assert item.owner_id == bram.person_id
    first_due = item.due_at
    desk.network.advance(60 * 60)
    desk.work()
    item = desk.item(call)
    assert item.owner_id == desk.installation.coordinator.person_id
    assert item.due_at > first_due
    assert item.passed_on == 2
    desk.work()
    assert desk.item(call).owner_id == item.owner_id


def test_claimed_work_stays_and_the_coordinator_is_told(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = desk.call(ASKS)
    with desk.house.database.session() as session:
        items.claim(session, anna, desk.item(call).id, desk.now())
        session.commit()
    desk.network.advance(60 * 60)
    desk.work()
    assert desk.item(call).owner_id == anna.person_id
    from tests.telephony.test_endings import notices

    assert "coordinator@example.nl" in notices(desk, items.NOTICE_OVERDUE)


def test_of_two_who_claim_one_gets_it(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    bram = desk.confidant("Bram", None)
    carla = desk.confidant("Carla", None, admitted=False)
    call = desk.call(ASKS)
    item_id = desk.item(call).id
    with desk.house.database.session() as session:
        items.claim(session, anna, item_id, desk.now())
        items.claim(session, anna, item_id, desk.now())
        with pytest.raises(ItemTaken):
            items.claim(session, bram, item_id, desk.now())
        with pytest.raises(NotAdmitted):
            items.claim(session, carla, item_id, desk.now())
        session.commit()
    assert desk.item(call).owner_id == anna.person_id


def test_closing_with_a_reason_destroys_the_number_for_good(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    call = desk.call(ASKS)
    record = desk.item(call).number_record
    with desk.house.database.session() as session:
        items.close(
            session, desk.house.vault, anna, desk.item(call).id, DoneReason.WRONG_NUMBER, desk.now()
        )
        session.commit()
    assert desk.number_kept(call, anna) is None
    item = desk.item(call)
    assert (item.state, item.done_reason, item.number_record) == ("done", "wrong_number", None)
    with desk.house.database.session() as session:
        with pytest.raises(envelopes.NotAReader):
            envelopes.open_one(
                session, desk.house.vault, anna.keys, record, kind=Kind.CALLER_NUMBER
            )
        with pytest.raises(ItemDone):
            items.close(session, desk.house.vault, anna, item.id, DoneReason.SILENT, desk.now())


def test_an_hour_after_its_end_the_course_is_sealed_and_the_columns_fall_back_to_the_day(
    desk: Desk,
) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1"))
    call = desk.call(personas.patient(talks=30))
    desk.network.advance(59 * 60)
    desk.work()
    assert desk.facts(call)["plan"] is not None
    desk.network.advance(3 * 60)
    desk.work()
    with desk.house.database.session() as session:
        row = session.scalars(select(CallRow)).one()
        assert (row.started_at, row.ended_at, row.plan, row.next_deadline) == (None,) * 4
        assert row.outcome == "talked"
        assert session.scalar(select(func.count()).select_from(LegRow)) == 0
        assert session.scalar(select(func.count()).select_from(CallEventRow)) == 0
        assert set(session.scalars(select(ProviderLeftoverRow.sid))) == {
            call.sid, call.children[0].sid,
        }  # fmt: skip
        opened = envelopes.open_one(
            session, desk.house.vault, anna.keys, row.course_record, kind=Kind.CALL_COURSE
        )
    course = json.loads(opened)
    assert course["legs"][0]["person"] == str(anna.person_id)
    assert course["legs"][0]["accepted_at"]
    assert course["plan"]["order"]
    assert [event for _, event, _ in course["events"]][-1] == "talked"
    assert desk.facts(call)["work_item"]["owner"] == "anna@example.nl"


def test_a_roster_manager_alone_never_owns_work(desk: Desk) -> None:
    desk.confidant("Petra", None, roles=[Role.ROSTER_MANAGER])
    call = desk.call(personas.caller(personas.hangs_up(after=5)))
    assert desk.item(call).owner_id == desk.installation.coordinator.person_id
