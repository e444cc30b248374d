"""Taking over a shift or a part of it, and the sick call: who has which time afterwards."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from weerbaar.accounts import notices, people
from weerbaar.accounts.actors import SYSTEM, Actor, Role
from weerbaar.accounts.models import TrailRow
from weerbaar.hotline.roster import absences, rules, takeovers, verbs
from weerbaar.hotline.roster.errors import (
    CannotBeRung,
    NotForTheRoster,
    NothingToTake,
    NotOnDuty,
    NotYourShift,
    PersonAway,
    ShiftChanged,
    ShiftIsOver,
    ShiftOverlaps,
)

# A quarter past three at night, in Amsterdam.
NIGHT = datetime(2026, 11, 25, 2, 15, tzinfo=UTC)


@pytest.fixture
def session(office):
    with office.database.session() as session:
        yield session


@pytest.fixture
def add(office, session):
    def add(who, start, end, tier=1):
        shift_id = verbs.add_shift(
            session, office.planner, tier=tier, person_id=office.people[who],
            start=rules.read(start), end=rules.read(end), now=NIGHT - timedelta(days=9),
        )  # fmt: skip
        session.commit()
        return shift_id

    return add


@pytest.fixture
def as_actor(office):
    def as_actor(who):
        role = Role.COORDINATOR if who == "carla" else Role.CONFIDANT
        return Actor(office.people[who], frozenset({role}))

    return as_actor


@pytest.fixture
def rows(office, session):
    """Who has what: tier, name, from and until, as hours of the night of 24 November."""
    known = {person_id: name for name, person_id in office.people.items()}
    midnight = datetime(2026, 11, 24, 23, tzinfo=UTC)

    def rows():
        found = verbs.between(session, NIGHT - timedelta(days=9), NIGHT + timedelta(days=9))
        hour = timedelta(hours=1)
        return sorted(
            (
                one.tier, known[one.person_id],
                (one.starts - midnight) / hour, (one.ends - midnight) / hour,
            )
            for one in found
        )  # fmt: skip

    return rows


@pytest.fixture
def planners(office, session):
    """Both have signed in: whoever never did is told nothing."""
    for name in ("carla", "rosa"):
        office.activate(session, name)
    session.commit()
    return ("carla", "rosa")


# What only the rules decide is the same on both databases.
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def told(session, person_id):
    return [one.code for one in notices.unread(session, person_id)]


@pytest.fixture
def night(add):
    """Anna has the night in the first line, Bram stands behind her for a whole day."""
    add("bram", "2026-11-24T20:00", "2026-11-25T20:00", tier=2)
    return add("anna", "2026-11-24T20:00", "2026-11-25T08:00")


# --- taking over ---------------------------------------------------------------------------------


@ONE_DATABASE
def test_a_whole_shift_ahead_goes_over_and_its_owner_is_told_once(
    office, session, add, as_actor, rows
):
    shift = add("anna", "2026-11-26T20:00", "2026-11-27T08:00")
    for _ in range(2):  # the button pressed twice
        taken = takeovers.take_over(
            session, as_actor("carla"), shift, office.people["carla"], now=NIGHT, seen=1
        )
        session.commit()
    assert taken == shift
    assert rows() == [(1, "carla", 44, 56)]
    assert told(session, office.people["anna"]) == ["shift_taken_over"]
    assert told(session, office.people["carla"]) == []


def test_what_is_past_of_a_running_shift_stays_with_whoever_had_it(
    office, session, night, as_actor, rows
):
    takeovers.take_over(session, as_actor("carla"), night, office.people["carla"], now=NIGHT)
    assert rows() == [(1, "anna", -4, 3.25), (1, "carla", 3.25, 8), (2, "bram", -4, 20)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (48, 50, [(1, "anna", 44, 48), (1, "anna", 50, 56), (1, "carla", 48, 50)]),
        (None, 46, [(1, "anna", 46, 56), (1, "carla", 44, 46)]),
        (52, 99, [(1, "anna", 44, 52), (1, "carla", 52, 56)]),
    ],
)
def test_a_part_splits_the_shift(office, session, add, as_actor, rows, start, end, expected):
    shift = add("anna", "2026-11-26T20:00", "2026-11-27T08:00")
    midnight = datetime(2026, 11, 24, 23, tzinfo=UTC)
    before = verbs.version(session)
    takeovers.take_over(
        session, as_actor("carla"), shift, office.people["carla"], now=NIGHT,
        start=None if start is None else midnight + timedelta(hours=start),
        end=midnight + timedelta(hours=end),
    )  # fmt: skip
    assert rows() == expected
    assert int(verbs.version(session)) == int(before) + 1


@ONE_DATABASE
def test_what_cannot_be_taken_over_is_said(office, session, add, night, as_actor, rows):
    carla, bram = as_actor("carla"), as_actor("bram")
    ahead = add("anna", "2026-11-26T20:00", "2026-11-27T08:00")
    over = add("anna", "2026-11-23T20:00", "2026-11-24T08:00")
    before = rows()
    take = takeovers.take_over
    with pytest.raises(ShiftOverlaps):
        take(session, bram, night, bram.person_id, now=NIGHT)
    with pytest.raises(ShiftIsOver):
        take(session, carla, over, carla.person_id, now=NIGHT)
    with pytest.raises(NothingToTake):
        take(session, carla, ahead, carla.person_id, now=NIGHT, end=NIGHT)
    with pytest.raises(ShiftChanged):
        take(session, carla, ahead, carla.person_id, now=NIGHT, seen=2)
    # Giving to somebody else is for planners; to Rosa, who takes no calls, nobody gives.
    with pytest.raises(NotYourShift):
        take(session, as_actor("anna"), ahead, bram.person_id, now=NIGHT)
    with pytest.raises(NotForTheRoster):
        take(session, carla, ahead, office.people["rosa"], now=NIGHT)
    people.change(
        session, office.vault, SYSTEM, bram.person_id, phone="", now=NIGHT,
        hotline_number="+31703738314",
    )  # fmt: skip
    with pytest.raises(CannotBeRung):
        take(session, bram, ahead, bram.person_id, now=NIGHT)
    assert rows() == before


@ONE_DATABASE
def test_a_planner_gives_a_shift_and_both_are_told_but_not_to_who_is_away(
    office, session, add, as_actor
):
    shift = add("anna", "2026-11-26T20:00", "2026-11-27T08:00")
    bram = office.people["bram"]
    away = absences.add(
        session, as_actor("bram"), bram, now=NIGHT,
        start=rules.read("2026-11-27T00:00"), end=rules.read("2026-11-28T00:00"),
    )  # fmt: skip
    with pytest.raises(PersonAway):
        takeovers.take_over(session, office.planner, shift, bram, now=NIGHT)
    absences.cancel(session, office.planner, away, NIGHT)
    takeovers.take_over(session, office.planner, shift, bram, now=NIGHT)
    assert told(session, bram) == ["shift_given"]
    assert told(session, office.people["anna"]) == ["shift_taken_over"]


# --- sick call -----------------------------------------------------------------------------------


def test_a_sick_call_moves_the_next_tier_up_for_the_rest_of_the_shift(
    office, session, night, as_actor, rows, planners
):
    done = takeovers.cannot_now(session, as_actor("anna"), NIGHT)
    session.commit()
    assert done.person_id == office.people["bram"]
    assert rows() == [
        (1, "anna", -4, 3.25), (1, "bram", 3.25, 8), (2, "bram", -4, 3.25), (2, "bram", 8, 20),
    ]  # fmt: skip
    assert verbs.coverage(session, NIGHT, NIGHT + timedelta(hours=4)) == []
    assert told(session, office.people["bram"]) == ["duty_now"]
    for planner in planners:
        assert told(session, office.people[planner]) == ["sick_call"]
    with pytest.raises(NotOnDuty):
        takeovers.cannot_now(session, as_actor("anna"), NIGHT)
    session.rollback()
    assert told(session, office.people["bram"]) == ["duty_now"]


def test_a_turn_of_shifts_that_meet_goes_over_whole(office, session, night, add, as_actor, rows):
    add("anna", "2026-11-25T08:00", "2026-11-25T12:00")
    later = add("anna", "2026-11-26T08:00", "2026-11-26T12:00")
    done = takeovers.cannot_now(session, as_actor("anna"), NIGHT)
    assert done.until == datetime(2026, 11, 25, 11, tzinfo=UTC)
    assert [row for row in rows() if row[0] == 1] == [
        (1, "anna", -4, 3.25), (1, "anna", 32, 36), (1, "bram", 3.25, 8), (1, "bram", 8, 12),
    ]  # fmt: skip
    assert verbs.shift(session, later).person_id == office.people["anna"]


@ONE_DATABASE
def test_a_named_colleague_who_sleeps_can_take_it(office, session, night, as_actor, rows):
    carla = office.people["carla"]
    done = takeovers.cannot_now(session, as_actor("anna"), NIGHT, person_id=carla)
    assert done.person_id == carla
    assert rows() == [(1, "anna", -4, 3.25), (1, "carla", 3.25, 8), (2, "bram", -4, 20)]
    with pytest.raises(NotForTheRoster):
        takeovers.cannot_now(session, as_actor("carla"), NIGHT, person_id=carla)


def test_where_nobody_can_take_it_the_shift_stays_and_planners_are_told_once(
    office, session, add, as_actor, rows, planners
):
    add("anna", "2026-11-24T20:00", "2026-11-25T08:00")
    for _ in range(2):
        done = takeovers.cannot_now(session, as_actor("anna"), NIGHT)
        session.commit()
        assert done.person_id is None
    assert rows() == [(1, "anna", -4, 8)]
    for planner in planners:
        assert told(session, office.people[planner]) == ["nobody_takes_over"]
    actions = session.scalars(select(TrailRow.action).order_by(TrailRow.number)).all()
    assert actions[-2:] == ["duty.nobody", "duty.nobody"]


@ONE_DATABASE
def test_who_is_away_or_cannot_be_rung_is_passed_over(office, session, night, add, as_actor):
    add("carla", "2026-11-24T20:00", "2026-11-25T20:00", tier=3)
    away = absences.add(
        session, as_actor("bram"), office.people["bram"], now=NIGHT,
        start=rules.read("2026-11-25T03:00"), end=rules.read("2026-11-26T00:00"),
    )  # fmt: skip
    with pytest.raises(PersonAway):
        takeovers.cannot_now(session, as_actor("anna"), NIGHT, person_id=office.people["bram"])
    assert away
    done = takeovers.cannot_now(session, as_actor("anna"), NIGHT)
    assert done.person_id == office.people["carla"]


@ONE_DATABASE
def test_a_colleague_of_the_same_tier_keeps_his_own_hours(
    office, session, night, add, as_actor, rows
):
    add("carla", "2026-11-25T05:00", "2026-11-25T07:00")
    takeovers.cannot_now(session, as_actor("anna"), NIGHT, person_id=office.people["carla"])
    assert [row for row in rows() if row[0] == 1] == [
        (1, "anna", -4, 3.25), (1, "carla", 3.25, 5), (1, "carla", 5, 7), (1, "carla", 7, 8),
    ]  # fmt: skip
