"""Call-back tasks: tried again by a rule, passed on when late, to nobody twice."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.telephony.conftest import CALLER, Desk
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.models import NoticeRow, TrailRow
from weerbaar.hotline.calls import call_backs, items, listing, outcomes
from weerbaar.hotline.calls.attempts import Next
from weerbaar.hotline.calls.models import (
    BackOutcome,
    CallBackRow,
    CallRow,
    DoneReason,
    WorkItemRow,
)
from weerbaar.hotline.telephony import call_back
from weerbaar.simulator import Call, personas

ASKS = personas.caller(personas.presses("1", text="Wilt u dat", finished=True))


def ring(desk: Desk, actor: Actor, call: Call) -> CallBackRow:
    """One call-back for the work of a call, from the button to the end of the line."""
    with desk.house.database.session() as session:
        item = items.claim(session, actor, desk.item(call).id, desk.now())
        begun = call_backs.begin(
            session, desk.house.vault, actor, number=CALLER, item_id=item.id,
            hotline=desk.house.settings.hotline_number, now=desk.now(),
        )  # fmt: skip
        session.commit()
    call_back.place(desk.house, begun)
    desk.network.run_until_idle()
    with desk.house.database.session() as session:
        return session.get_one(CallBackRow, begun.id)


def say(desk: Desk, actor: Actor, row: CallBackRow, outcome: BackOutcome) -> Next:
    with desk.house.database.session() as session:
        follows = outcomes.classify(session, actor, row.id, outcome, desk.now())
        session.commit()
    return follows


def tries(desk: Desk, item: WorkItemRow) -> list[outcomes.Attempt]:
    with desk.house.database.session() as session:
        return outcomes.of_item(session, item.id)


def told(desk: Desk, code: str, actor: Actor) -> int:
    with desk.house.database.session() as session:
        return session.scalar(
            select(func.count())
            .select_from(NoticeRow)
            .where(NoticeRow.code == code, NoticeRow.person_id == actor.person_id)
        )


@pytest.fixture
def anna(desk: Desk) -> Actor:
    return desk.confidant("Anna", 1, personas.off())


@pytest.fixture
def call(desk: Desk, anna: Actor) -> Call:
    made = desk.call(ASKS)
    desk.network.phone(desk.phones["Anna"], personas.answers("1"))
    return made


def test_an_unanswered_call_back_stays_work_and_is_due_again(
    desk: Desk, anna: Actor, call: Call
) -> None:
    row = ring(desk, anna, call)
    assert row.tried_at.minute % 15 == 0
    assert timedelta(0) <= desk.now() - row.tried_at < timedelta(minutes=20)
    assert say(desk, anna, row, BackOutcome.NOT_REACHED) is Next.AGAIN
    item = desk.item(call)
    assert (item.state, item.owner_id) == ("waiting", anna.person_id)
    assert timedelta(minutes=15) <= item.due_at - desk.now() < timedelta(minutes=30)
    assert [(one.person_id, one.label) for one in tries(desk, item)] == [
        (anna.person_id, "Niet opgenomen")
    ]


def test_a_caller_in_acute_danger_is_tried_again_sooner(
    desk: Desk, anna: Actor, call: Call
) -> None:
    with desk.house.database.session() as session:
        row = session.scalars(select(CallRow).where(CallRow.provider_sid == call.sid)).one()
        row.acute_since = desk.now()
        session.commit()
    for _ in range(2):
        row = ring(desk, anna, call)
        say(desk, anna, row, BackOutcome.NOT_REACHED)
    assert desk.item(call).due_at - desk.now() < timedelta(minutes=30)


def test_saying_it_twice_counts_once_and_a_correction_counts(
    desk: Desk, anna: Actor, call: Call
) -> None:
    row = ring(desk, anna, call)
    say(desk, anna, row, BackOutcome.NOT_REACHED)
    due = desk.item(call).due_at
    desk.network.advance(10 * 60)
    say(desk, anna, row, BackOutcome.NOT_REACHED)
    assert desk.item(call).due_at == due
    assert say(desk, anna, row, BackOutcome.REACHED) is Next.RECORD
    item = desk.item(call)
    assert (item.state, item.owner_id) == ("claimed", anna.person_id)
    with desk.house.database.session() as session:
        said = select(func.count()).where(TrailRow.action == "call_back.outcome")
        assert session.scalar(said) == 2


def test_after_five_tries_the_coordinator_decides_and_is_told_once(
    desk: Desk, anna: Actor, call: Call
) -> None:
    boss = desk.installation.coordinator
    for number in range(1, 6):
        row = ring(desk, anna, call)
        follows = say(desk, anna, row, BackOutcome.VOICEMAIL)
        assert follows is (Next.COORDINATOR if number == 5 else Next.AGAIN)
    say(desk, anna, row, BackOutcome.VOICEMAIL)
    item = desk.item(call)
    assert (item.state, item.owner_id, item.came_by) == ("waiting", boss.person_id, "attempts")
    assert told(desk, items.NOTICE_ATTEMPTS, boss) == 1
    with desk.house.database.session() as session:
        line = listing.line(session, item.id)
    assert (line.tries, line.why) == (5, "kreeg dit omdat terugbellen niet lukte")


def test_a_telephone_of_ours_that_was_not_picked_up_is_no_try(
    desk: Desk, anna: Actor, call: Call
) -> None:
    desk.network.phone(desk.phones["Anna"], personas.off())
    row = ring(desk, anna, call)
    assert row.tried_at is None
    assert tries(desk, desk.item(call)) == []


def test_when_work_is_done_only_the_day_of_its_tries_stays(
    desk: Desk, anna: Actor, call: Call
) -> None:
    row = ring(desk, anna, call)
    say(desk, anna, row, BackOutcome.NUMBER_WRONG)
    item = desk.item(call)
    with desk.house.database.session() as session:
        items.close(session, desk.house.vault, anna, item.id, DoneReason.NUMBER_WRONG, desk.now())
        session.commit()
    assert [(one.at, one.day) for one in tries(desk, item)] == [(None, row.created_day)]
    with desk.house.database.session() as session:
        about = NoticeRow.key.startswith(f"item-{item.id}")
        moments = session.scalars(select(NoticeRow.posted_at).where(about)).all()
    assert moments
    assert all((one.hour, one.minute) == (0, 0) for one in moments)


def test_what_a_colleague_took_over_is_his_to_move(desk: Desk, anna: Actor, call: Call) -> None:
    row = ring(desk, anna, call)
    bram = desk.confidant("Bram", None)
    with desk.house.database.session() as session:
        items.assign(
            session, desk.installation.coordinator, row.item_id, bram.person_id, desk.now()
        )
        items.claim(session, bram, row.item_id, desk.now())
        session.commit()
    due = desk.item(call).due_at
    say(desk, anna, row, BackOutcome.REACHED)
    item = desk.item(call)
    assert (item.owner_id, item.due_at, item.came_by) == (bram.person_id, due, "assigned")


# ---- late ----------------------------------------------------------------------------------


def late(desk: Desk) -> None:
    desk.network.advance(60 * 60)
    desk.work()


def test_late_work_goes_down_the_line_and_to_nobody_twice(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    bram = desk.confidant("Bram", 2, personas.off())
    carla = desk.confidant("Carla", None)
    desk.on_duty(carla, 1, start=desk.now() + timedelta(hours=23), hours=8)
    dirk = desk.confidant("Dirk", 3, personas.off(), admitted=False)
    boss = desk.installation.coordinator
    call = desk.call(ASKS)
    owners = [desk.item(call).owner_id]
    for _ in range(5):
        late(desk)
        owners.append(desk.item(call).owner_id)
    assert owners == [one.person_id for one in (anna, bram, carla, boss, boss, boss)]
    assert dirk.person_id not in owners
    assert desk.item(call).came_by == "late"
    # Once for each of five events: as a coordinator four times, then with it in hand.
    assert told(desk, items.NOTICE_OVERDUE, boss) == 5
    with desk.house.database.session() as session:
        moved = select(func.count()).where(TrailRow.action == "item.pass_on")
        assert session.scalar(moved) == 3


def test_a_caller_who_waits_does_not_wait_for_one_who_took_it_and_did_nothing(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    bram = desk.confidant("Bram", 2, personas.off())
    call = desk.call(ASKS)
    with desk.house.database.session() as session:
        items.claim(session, anna, desk.item(call).id, desk.now())
        session.commit()
    late(desk)
    assert desk.item(call).owner_id == anna.person_id
    late(desk)
    item = desk.item(call)
    assert (item.state, item.owner_id, item.came_by) == ("waiting", bram.person_id, "late")
    with desk.house.database.session() as session:
        items.claim(session, anna, item.id, desk.now())
        session.commit()
    assert (desk.item(call).owner_id, desk.item(call).came_by) == (anna.person_id, "taken")


def test_a_talk_that_is_being_written_down_stays_with_who_had_it(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.answers("1"))
    desk.confidant("Bram", 2, personas.off())
    call = desk.call(personas.patient(talks=30))
    with desk.house.database.session() as session:
        items.claim(session, anna, desk.item(call).id, desk.now())
        session.commit()
    for _ in range(4):
        late(desk)
    item = desk.item(call)
    assert (item.state, item.owner_id, item.came_by) == ("claimed", anna.person_id, "answered")


def test_at_the_change_of_shift_it_is_handed_over_once_and_says_so(desk: Desk) -> None:
    anna = desk.confidant("Anna", None, personas.off())
    desk.on_duty(anna, 1, hours=1.2)
    bram = desk.confidant("Bram", None)
    desk.on_duty(bram, 1, start=desk.now() + timedelta(minutes=12), hours=8)
    call = desk.call(ASKS)
    desk.network.advance(15 * 60)
    desk.work()
    desk.work()
    item = desk.item(call)
    assert (item.owner_id, item.came_by, item.passed_on) == (bram.person_id, "shift", 1)
    assert told(desk, items.NOTICE_WAITING, bram) == 1


def test_who_is_given_it_on_purpose_gets_time_for_it(desk: Desk, anna: Actor, call: Call) -> None:
    item = desk.item(call)
    desk.network.advance(60 * 60)
    with desk.house.database.session() as session:
        items.assign(session, desk.installation.coordinator, item.id, anna.person_id, desk.now())
        session.commit()
    desk.work()
    assert (desk.item(call).owner_id, desk.item(call).came_by) == (anna.person_id, "assigned")


def test_a_roster_manager_is_never_in_the_line(desk: Desk) -> None:
    petra = desk.confidant("Petra", None, roles=[Role.ROSTER_MANAGER])
    call = desk.call(personas.caller(personas.hangs_up(after=5)))
    for _ in range(3):
        late(desk)
        assert desk.item(call).owner_id != petra.person_id


def test_the_hand_over_lists_what_is_open_and_tells_of_no_caller(desk: Desk) -> None:
    anna = desk.confidant("Anna", 1, personas.off())
    desk.network.call(CALLER, personas.patient())
    desk.network.run_until_idle()
    with desk.house.database.session() as session:
        work = listing.open_work(session, anna, desk.now())
        late = listing.open_work(session, anna, desk.now() + timedelta(days=1))
    (task,) = work.tasks
    assert (work.mine, work.every, work.late, late.late) == (1, 1, 0, 1)
    assert task.owner_id == anna.person_id
    assert task.kind in listing.LABELS.values()
    assert CALLER not in repr(work)
