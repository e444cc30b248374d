import threading
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError

from weerbaar.accounts import people
from weerbaar.accounts.models import TrailRow
from weerbaar.hotline.roster import errors, rules, verbs
from weerbaar.hotline.roster.models import ShiftRow

NOW = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.fixture
def session(office):
    with office.database.session() as session:
        yield session


@pytest.fixture
def add(office, session):
    def add(who, start, end, tier=1):
        return verbs.add_shift(
            session, office.planner, tier=tier, person_id=office.people[who],
            start=rules.read(start), end=rules.read(end), now=NOW,
        )  # fmt: skip

    return add


def names(office, duties):
    known = {person_id: name for name, person_id in office.people.items()}
    return [(duty.tier, known[duty.person_id]) for duty in duties]


# --- who is on duty ------------------------------------------------------------------------------


def test_the_start_of_a_shift_belongs_to_it_and_the_end_to_the_next(office, session, add):
    add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    add("bram", "2026-11-24T16:00", "2026-11-25T00:00")
    add("carla", "2026-11-24T08:00", "2026-11-25T00:00", tier=2)
    tick = timedelta(microseconds=1)
    eight, four = utc(2026, 11, 24, 7), utc(2026, 11, 24, 15)
    assert verbs.on_duty(session, eight - tick) == []
    assert names(office, verbs.on_duty(session, eight)) == [(1, "anna"), (2, "carla")]
    assert names(office, verbs.on_duty(session, four - tick)) == [(1, "anna"), (2, "carla")]
    assert names(office, verbs.on_duty(session, four)) == [(1, "bram"), (2, "carla")]


def test_both_nights_of_the_change_of_clocks_have_somebody_all_the_time(office, session, add):
    for day in ("2026-10-24", "2027-03-27"):
        following = (datetime.fromisoformat(day) + timedelta(days=1)).date()
        add("anna", f"{day}T18:00", f"{following}T02:30")
        add("bram", f"{following}T02:30", f"{following}T10:00")
    # 02:30 twice: Anna until the second, Bram from the first.
    assert names(office, verbs.on_duty(session, utc(2026, 10, 25, 0, 29))) == [(1, "anna")]
    assert names(office, verbs.on_duty(session, utc(2026, 10, 25, 0, 30))) == [
        (1, "anna"),
        (1, "bram"),
    ]
    assert names(office, verbs.on_duty(session, utc(2026, 10, 25, 1, 30))) == [(1, "bram")]
    # 02:30 absent: the same, read as winter time and as summer time.
    assert names(office, verbs.on_duty(session, utc(2027, 3, 28, 0, 29))) == [(1, "anna")]
    assert names(office, verbs.on_duty(session, utc(2027, 3, 28, 0, 30))) == [
        (1, "anna"),
        (1, "bram"),
    ]
    assert names(office, verbs.on_duty(session, utc(2027, 3, 28, 1, 30))) == [(1, "bram")]
    for start, end in (
        (utc(2026, 10, 24, 16), utc(2026, 10, 25, 9)),
        (utc(2027, 3, 27, 17), utc(2027, 3, 28, 8)),
    ):
        assert verbs.coverage(session, start, end) == []


def test_who_is_on_duty_is_one_query_on_an_index(office, session, add):
    add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    session.commit()
    asked = []
    listen = lambda _c, _cursor, statement, *_rest: asked.append(statement)  # noqa: E731
    event.listen(office.database.engine, "before_cursor_execute", listen)
    verbs.on_duty(session, NOW)
    event.remove(office.database.engine, "before_cursor_execute", listen)
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1
    if office.database.engine.dialect.name == "sqlite":
        plan = session.execute(
            text("EXPLAIN QUERY PLAN SELECT id FROM shift WHERE ends > '2026' AND starts <= '2027'")
        )
        assert "USING INDEX ix_shift" in " ".join(row[3] for row in plan)


def test_next_on_duty_is_who_can_read_now_or_else_who_can_first(office, session, add):
    add("anna", "2026-11-24T00:00", "2026-11-24T08:00")
    add("carla", "2026-11-24T00:00", "2026-11-24T08:00", tier=2)
    add("bram", "2026-11-24T08:00", "2026-11-24T16:00")
    anna, bram, carla = (office.people[name] for name in ("anna", "bram", "carla"))
    assert verbs.next_on_duty(session, NOW, frozenset({anna, bram, carla})) == anna
    assert verbs.next_on_duty(session, NOW, frozenset({bram, carla})) == carla
    assert verbs.next_on_duty(session, NOW, frozenset({bram})) == bram
    assert verbs.next_on_duty(session, NOW, frozenset()) is None
    assert verbs.next_on_duty(session, utc(2026, 11, 24, 15), frozenset({anna})) is None


def test_the_duty_card_tells_from_until_backup_and_who_follows(office, session, add):
    add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    add("anna", "2026-11-24T16:00", "2026-11-24T20:00")
    add("bram", "2026-11-24T20:00", "2026-11-25T08:00")
    add("carla", "2026-11-24T08:00", "2026-11-25T08:00", tier=2)
    anna, bram, carla = (office.people[name] for name in ("anna", "bram", "carla"))
    card = verbs.duty_card(session, anna, NOW)
    assert (card.tier, card.starts, card.ends, card.current) == (
        1, utc(2026, 11, 24, 7), utc(2026, 11, 24, 19), False,
    )  # fmt: skip
    assert (card.backup, card.follows) == ((carla,), (bram,))
    assert verbs.duty_card(session, anna, utc(2026, 11, 24, 12)).current
    assert verbs.duty_card(session, anna, utc(2026, 11, 24, 19)) is None
    assert verbs.duty_card(session, carla, NOW).backup == ()
    assert verbs.duty_card(session, bram, NOW).follows == ()


# --- changing it ---------------------------------------------------------------------------------


def test_one_person_is_never_in_two_shifts_at_once(office, session, add):
    first = add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    with pytest.raises(errors.ShiftOverlaps) as refused:
        add("anna", "2026-11-24T15:00", "2026-11-24T20:00", tier=2)
    assert (refused.value.tier, refused.value.starts, refused.value.ends) == (
        1, utc(2026, 11, 24, 7), utc(2026, 11, 24, 15),
    )  # fmt: skip
    assert verbs.shift(session, first).version == 1
    add("anna", "2026-11-24T16:00", "2026-11-24T20:00", tier=2)


def test_the_same_shift_twice_is_one_shift(session, add):
    first = add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    before = verbs.version(session)
    assert add("anna", "2026-11-24T08:00", "2026-11-24T16:00") == first
    assert verbs.version(session) == before


@pytest.mark.parametrize(
    ("who", "start", "end", "tier", "error"),
    [
        ("anna", "2026-11-24T08:00", "2026-11-24T08:00", 1, errors.EndsBeforeStart),
        ("anna", "2026-11-24T08:00", "2026-11-24T07:00", 1, errors.EndsBeforeStart),
        ("anna", "2026-11-24T08:00", "2026-11-24T16:00", 0, errors.NoSuchTier),
        ("otto", "2026-11-24T08:00", "2026-11-24T16:00", 1, errors.NotForTheRoster),
        ("nobody", "2026-11-24T08:00", "2026-11-24T16:00", 1, errors.NotForTheRoster),
    ],
)
def test_what_is_no_shift_is_refused(office, session, add, who, start, end, tier, error):
    office.people["nobody"] = uuid4()
    with pytest.raises(error):
        add(who, start, end, tier)
    assert session.scalars(select(ShiftRow)).all() == []


def test_the_version_changes_when_and_only_when_a_shift_changes(office, session, add):
    seen = [verbs.version(session)]
    shift_id = add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    seen.append(verbs.version(session))
    verbs.replace_person(session, office.planner, shift_id, office.people["bram"], now=NOW)
    seen.append(verbs.version(session))
    verbs.replace_person(session, office.planner, shift_id, office.people["bram"], now=NOW)
    assert verbs.version(session) == seen[-1]
    with pytest.raises(errors.LeavesHole):
        verbs.remove_shift(session, office.planner, shift_id, now=NOW)
    assert verbs.version(session) == seen[-1]
    verbs.remove_shift(session, office.planner, shift_id, now=NOW, confirmed=True)
    seen.append(verbs.version(session))
    assert len(set(seen)) == 4
    session.commit()
    add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    session.rollback()
    assert verbs.version(session) == seen[-1]


def test_a_removal_that_leaves_a_hole_asks_first_and_shows_it(office, session, add):
    shift_id = add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    add("bram", "2026-11-24T12:00", "2026-11-24T20:00")
    with pytest.raises(errors.LeavesHole) as leaves:
        verbs.remove_shift(session, office.planner, shift_id, now=NOW)
    assert leaves.value.holes == (rules.Hole(1, utc(2026, 11, 24, 7), utc(2026, 11, 24, 11)),)
    assert verbs.shift(session, shift_id)
    # Confirmed for a roster that has changed since: the question is asked again.
    shown = verbs.version(session)
    add("carla", "2026-11-24T08:00", "2026-11-24T10:00", tier=2)
    with pytest.raises(errors.LeavesHole):
        verbs.remove_shift(
            session, office.planner, shift_id, now=NOW, confirmed=True, roster_version=shown
        )
    verbs.remove_shift(
        session,
        office.planner,
        shift_id,
        now=NOW,
        confirmed=True,
        roster_version=verbs.version(session),
    )
    with pytest.raises(errors.NoSuchShift):
        verbs.shift(session, shift_id)


def test_no_question_where_no_hole_comes(office, session, add):
    shift_id = add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    add("bram", "2026-11-24T08:00", "2026-11-24T16:00")
    backup = add("carla", "2026-11-24T08:00", "2026-11-24T16:00", tier=2)
    verbs.remove_shift(session, office.planner, shift_id, now=NOW)
    verbs.remove_shift(session, office.planner, backup, now=NOW)


def test_a_shift_that_changed_meanwhile_is_not_changed_unseen(office, session, add):
    shift_id = add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    seen = verbs.shift(session, shift_id).version
    verbs.replace_person(
        session, office.planner, shift_id, office.people["bram"], now=NOW, seen=seen
    )
    with pytest.raises(errors.ShiftChanged):
        verbs.remove_shift(session, office.planner, shift_id, now=NOW, seen=seen, confirmed=True)
    with pytest.raises(errors.ShiftChanged):
        verbs.replace_person(
            session,
            office.planner,
            shift_id,
            office.people["carla"],
            now=NOW,
            seen=seen,
        )
    # The same form sent twice is no conflict.
    verbs.replace_person(
        session, office.planner, shift_id, office.people["bram"], now=NOW, seen=seen
    )


def test_who_is_on_duty_already_cannot_take_over(office, session, add):
    shift_id = add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    add("bram", "2026-11-24T12:00", "2026-11-24T14:00", tier=2)
    with pytest.raises(errors.ShiftOverlaps):
        verbs.replace_person(session, office.planner, shift_id, office.people["bram"], now=NOW)
    with pytest.raises(errors.NotForTheRoster):
        verbs.replace_person(session, office.planner, shift_id, office.people["otto"], now=NOW)
    assert verbs.shift(session, shift_id).person_id == office.people["anna"]


def test_every_change_leaves_a_trail(office, session, add):
    shift_id = add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    verbs.replace_person(session, office.planner, shift_id, office.people["bram"], now=NOW)
    verbs.remove_shift(session, office.planner, shift_id, now=NOW, confirmed=True)
    session.commit()
    rows = session.scalars(
        select(TrailRow).where(TrailRow.object_id == str(shift_id)).order_by(TrailRow.number)
    ).all()
    assert [(row.action, row.version) for row in rows] == [
        ("shift.add", 1), ("shift.replace", 2), ("shift.remove", 2),
    ]  # fmt: skip
    assert {row.actor_id for row in rows} == {office.planner.person_id}


def test_the_database_itself_refuses_a_shift_that_ends_before_it_starts(office, session):
    session.add(ShiftRow(tier=1, person_id=office.people["anna"], starts=NOW, ends=NOW, version=1))
    with pytest.raises(IntegrityError):
        session.flush()


# Two planners at the same moment, from the very first shift on: one person, one shift.
def test_two_planners_at_once_never_put_one_person_in_two_shifts(office):
    gate = threading.Barrier(4)
    outcomes = []

    def plan(number):
        gate.wait()
        with office.database.session() as session:
            try:
                verbs.add_shift(
                    session, office.planner, tier=1, person_id=office.people["anna"],
                    start=rules.read(f"2026-11-24T0{number}:00"), end=rules.read("2026-11-24T16:00"), now=NOW,
                )  # fmt: skip
                session.commit()
                outcomes.append("added")
            except errors.ShiftOverlaps:
                outcomes.append("overlaps")

    planners = [threading.Thread(target=plan, args=(number,)) for number in range(4)]
    for planner in planners:
        planner.start()
    for planner in planners:
        planner.join()
    assert sorted(outcomes) == ["added", "overlaps", "overlaps", "overlaps"]
    with office.database.session() as session:
        assert len(session.scalars(select(ShiftRow)).all()) == 1
        assert verbs.version(session) == "1"


# The second planner waits for the first, looks again, and is refused.
def test_a_change_waits_for_the_one_under_way(office, session, add):
    add("bram", "2026-11-24T08:00", "2026-11-24T16:00")
    session.commit()
    add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    outcomes, under_way = [], threading.Event()

    def plan():
        with office.database.session() as other:
            under_way.set()
            try:
                verbs.add_shift(
                    other, office.planner, tier=2, person_id=office.people["anna"],
                    start=rules.read("2026-11-24T12:00"), end=rules.read("2026-11-24T20:00"), now=NOW,
                )  # fmt: skip
                other.commit()
                outcomes.append("added")
            except errors.ShiftOverlaps:
                outcomes.append("overlaps")

    planner = threading.Thread(target=plan)
    planner.start()
    under_way.wait()
    # Room to reach the database: without a lock it would have looked by now, and seen nothing.
    planner.join(0.3)
    session.commit()
    planner.join()
    assert outcomes == ["overlaps"]


# Somebody who leaves the staff while on the roster leaves a hole that is seen at once.
def test_a_shift_of_somebody_who_left_covers_nothing(office, session, add):
    shift_id = add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    start, end = utc(2026, 11, 24, 7), utc(2026, 11, 24, 15)
    assert verbs.coverage(session, start, end) == []
    people.leave(session, office.vault, office.planner, office.people["anna"], NOW)
    assert verbs.coverage(session, start, end) == [rules.Hole(1, start, end)]
    tuesday = verbs.week(session, date(2026, 11, 23)).rows[0].days[1]
    # The whole day is a hole, and the shift is still shown, to be taken over.
    assert [stretch.is_hole for stretch in tuesday] == [True, False]
    verbs.replace_person(session, office.planner, shift_id, office.people["bram"], now=NOW)
    assert verbs.coverage(session, start, end) == []


def test_a_shift_of_somebody_without_a_telephone_covers_nothing(office, session, add):
    add("anna", "2026-11-24T08:00", "2026-11-24T16:00")
    day = utc(2026, 11, 24, 7), utc(2026, 11, 24, 15)
    assert verbs.coverage(session, *day) == []
    people.change(
        session, office.vault, office.planner, office.people["anna"], NOW,
        hotline_number="+31703738314", phone="",
    )  # fmt: skip
    assert verbs.coverage(session, *day) == [rules.Hole(1, *day)]


def test_short_and_long_shifts_are_found_at_every_instant_around_their_ends(office, session):
    """The query looks at ends nearby, and at long shifts apart: none falls between the two."""
    start, tick, day = utc(2026, 11, 24, 8), timedelta(microseconds=1), timedelta(days=1)
    lengths = [
        timedelta(hours=1), 7 * day - tick, 7 * day, 7 * day + tick, 8 * day - tick, 8 * day,
        8 * day + tick, 9 * day, 400 * day,
    ]  # fmt: skip
    for tier, length in enumerate(lengths, 1):
        row = ShiftRow(
            tier=tier, person_id=office.people["anna"], starts=start, ends=start + length
        )
        session.add(row)
        session.flush()
        found = {}
        for at in (start - tick, start, start + length - tick, start + length):
            found[at] = [duty.tier for duty in verbs.on_duty(session, at)]
        assert list(found.values()) == [[], [tier], [tier], []]
        for since, until, there in (
            (start - day, start, False), (start - day, start + tick, True),
            (start + length - tick, start + length, True),
            (start + length, start + length + day, False),
        ):  # fmt: skip
            assert bool(verbs.between(session, since, until)) is there
        session.delete(row)
        session.flush()
