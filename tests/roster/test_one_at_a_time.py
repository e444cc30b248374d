"""One person is never in two shifts at once: the database refuses what a verb let through."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from weerbaar.hotline.roster.models import ShiftRow

EIGHT = datetime(2026, 11, 24, 7, tzinfo=UTC)


def hours(after, until):
    return {"starts": EIGHT + timedelta(hours=after), "ends": EIGHT + timedelta(hours=until)}


@pytest.fixture
def session(office):
    with office.database.session() as session:
        yield session


@pytest.fixture
def put(office, session):
    def put(who, after, until, tier=1):
        shift_id = uuid4()
        session.execute(
            insert(ShiftRow).values(
                id=shift_id, tier=tier, person_id=office.people[who], version=1,
                **hours(after, until),
            )
        )  # fmt: skip
        return shift_id

    return put


@pytest.mark.parametrize(("after", "until"), [(0, 8), (2, 4), (-1, 9), (7.99, 12), (-4, 0.01)])
def test_the_database_refuses_one_person_twice_in_whatever_tier(put, after, until):
    put("anna", 0, 8)
    with pytest.raises(IntegrityError):
        put("anna", after, until, tier=2)


def test_shifts_that_meet_and_those_of_others_stand_beside_each_other(put):
    put("anna", 0, 8)
    put("anna", 8, 16, tier=2)
    put("anna", -8, 0)
    put("bram", 0, 8)


@pytest.mark.parametrize("change", [hours(2, 20), {"who": "anna"}])
def test_a_shift_cannot_be_changed_into_another_of_the_same_person(office, session, put, change):
    put("anna", 12, 16)
    other = put("anna", 0, 8) if "starts" in change else put("bram", 13, 14)
    change = {"person_id": office.people["anna"]} if "who" in change else change
    with pytest.raises(IntegrityError):
        session.execute(update(ShiftRow).where(ShiftRow.id == other).values(**change))


def test_a_shift_may_be_written_over_itself(office, session, put):
    shift = put("anna", 0, 8)
    session.execute(update(ShiftRow).where(ShiftRow.id == shift).values(**hours(1, 7)))
    session.execute(
        update(ShiftRow).where(ShiftRow.id == shift).values(person_id=office.people["bram"])
    )
