"""The roster of an earlier moment, and the proof that its past was not rewritten."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update

from weerbaar.accounts import trail
from weerbaar.hotline.roster import changes, history, rules, verbs
from weerbaar.hotline.roster.errors import RosterRefused
from weerbaar.hotline.roster.models import ShiftChangeRow, ShiftRow
from weerbaar.hotline.roster.rules import Placed

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
SPAN = (MONDAY, MONDAY + 7 * DAY)


def at(hours):
    return MONDAY + timedelta(hours=hours)


@pytest.fixture
def session(office):
    with office.database.session() as session:
        yield session


@pytest.fixture
def add(office, session):
    def add(who, start, end, *, now, tier=1):
        shift_id = verbs.add_shift(
            session, office.planner, tier=tier, person_id=office.people[who],
            start=rules.Reading(at(start), at(start)), end=rules.Reading(at(end), at(end)), now=now,
        )  # fmt: skip
        session.commit()
        return shift_id

    return add


def standing(session):
    return {each.shift_id: each for each in verbs.between(session, *SPAN)}


def test_what_one_would_have_seen_at_every_earlier_moment(office, session):
    """Random acts; after each the roster is noted, and later every note is read back."""
    dice = random.Random(26)
    takers = [office.people[name] for name in ("anna", "bram", "carla")]
    notes = []
    for act in range(160):
        now = MONDAY + timedelta(minutes=act)
        change = changes.begin(session, office.planner, now)
        for _one in range(dice.randint(1, 3)):
            rows = session.scalars(select(ShiftRow).order_by(ShiftRow.starts, ShiftRow.id)).all()
            start = at(dice.randrange(-30, 190))
            end = start + timedelta(hours=dice.randint(1, 12))
            what, person_id = dice.random(), dice.choice(takers)
            row = dice.choice(rows) if rows and what >= 0.4 else None
            if row is not None and what >= 0.8:
                change.remove(row)
                continue
            # One person is never in two shifts at once.
            if any(
                each.person_id == person_id and each.starts < end and each.ends > start
                for each in rows if each is not row
            ):  # fmt: skip
                continue
            if row is None:
                change.add([Placed(dice.randint(1, 2), person_id, start, end)])
            else:
                change.alter(row, "shift.replace", starts=start, ends=end, person_id=person_id)
        session.commit()
        notes.append((now, verbs.version(session), standing(session)))
    for now, version, seen in notes:
        for look in (now, now + timedelta(seconds=59)):
            past = history.roster_of(session, look, *SPAN)
            assert past.version == version
            assert {each.shift_id: each for each in past.shifts} == seen
            assert past.remembered
    before = history.roster_of(session, MONDAY - DAY, *SPAN)
    assert (before.version, before.shifts, before.remembered) == ("0", (), True)
    assert history.roster_of(session, MONDAY + 400 * DAY, *SPAN).since == ()


def test_what_was_changed_since_is_said(office, session, add):
    shift_id = add("anna", 8, 16, now=MONDAY)
    verbs.replace_person(
        session, office.planner, shift_id, office.people["bram"], now=MONDAY + DAY
    )  # fmt: skip
    session.commit()
    past = history.roster_of(session, MONDAY + timedelta(hours=9), at(9), at(10))
    assert [each.person_id for each in past.shifts] == [office.people["anna"]]
    (change,) = past.since
    assert (change.act, change.actor_id) == ("shift.replace", office.planner.person_id)
    assert change.before is not None
    assert change.after is not None
    assert change.after.person_id == office.people["bram"]
    # Of another day nothing is told.
    assert history.roster_of(session, MONDAY, at(30), at(40)).since == ()


def test_a_shift_remembers_all_that_was_done_to_it_also_when_it_is_gone(office, session, add):
    shift_id = add("anna", 8, 16, now=MONDAY)
    verbs.replace_person(session, office.planner, shift_id, office.people["bram"], now=MONDAY)
    session.commit()
    verbs.remove_shift(session, office.planner, shift_id, now=MONDAY, confirmed=True)
    session.commit()
    found = history.of_shift(session, shift_id)
    assert [each.act for each in found] == ["shift.add", "shift.replace", "shift.remove"]
    assert [each.before is None for each in found] == [True, False, False]
    assert [each.after is None for each in found] == [False, False, True]
    assert set(history.by_digest(session, [shift_id]).values()) == set(found)


# --- proof ---------------------------------------------------------------------------------------


def findings(office):
    return [(one.code, one.record_id) for one in trail.verify(office.database, office.vault)]


@pytest.fixture
def two(office, session, add):
    """A shift that changed twice, and one that was added."""
    first = add("anna", 8, 16, now=MONDAY)
    verbs.replace_person(session, office.planner, first, office.people["bram"], now=MONDAY)
    session.commit()
    second = add("carla", 16, 24, now=MONDAY)
    assert findings(office) == []
    return first, second


@pytest.mark.parametrize(
    "column", [c.name for c in ShiftChangeRow.__table__.columns if c.name not in {"id", "shift_id"}]
)
def test_an_altered_change_is_found(office, session, two, column):
    first, _second = two
    other = {
        "revision": 7, "version": 7, "act": "shift.give", "tier_before": 3, "tier_after": 3,
        "actor_id": uuid4(), "person_before": office.people["carla"],
        "person_after": office.people["carla"],
    }  # fmt: skip
    value = other.get(
        column, MONDAY - 40 * DAY if "start" in column or column == "at" else MONDAY + 40 * DAY
    )
    row = select(ShiftChangeRow.id).where(
        ShiftChangeRow.shift_id == first, ShiftChangeRow.act == "shift.replace"
    )
    session.execute(
        update(ShiftChangeRow)
        .where(ShiftChangeRow.id == session.scalar(row))
        .values({column: value})
    )
    session.commit()
    assert ("history-differs", first) in findings(office)


def test_a_removed_and_an_invented_change_are_found(office, session, two):
    first, second = two
    session.execute(delete(ShiftChangeRow).where(ShiftChangeRow.shift_id == second))
    session.commit()
    assert findings(office) == [("history-missing", second)]
    known = session.scalars(select(ShiftChangeRow).where(ShiftChangeRow.shift_id == first)).first()
    values = {c.name: getattr(known, c.name) for c in ShiftChangeRow.__table__.columns}
    session.add(
        ShiftChangeRow(**values | {"id": uuid4(), "shift_id": UUID(int=5), "act": "shift.x"})
    )
    session.commit()
    assert ("history-untold", UUID(int=5)) in findings(office)


def test_a_shift_that_was_changed_behind_the_roster_is_found(office, session, two):
    first, second = two
    session.execute(
        update(ShiftRow).where(ShiftRow.id == first).values(person_id=office.people["anna"])
    )
    session.execute(delete(ShiftRow).where(ShiftRow.id == second))
    session.commit()
    assert sorted(findings(office)) == sorted([("shift-differs", first), ("shift-differs", second)])


def test_what_was_refused_leaves_no_past(office, session, two):
    first, _second = two
    before = history.of_shift(session, first)
    with pytest.raises(RosterRefused):
        verbs.replace_person(session, office.planner, first, office.people["otto"], now=MONDAY)
    session.rollback()
    assert history.of_shift(session, first) == before
