"""The trail: written with the change or not at all, whole under many writers, tampering shows."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select, update

from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.actors import SYSTEM, Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.models import (
    EnvelopeReaderRow,
    EnvelopeRow,
    RefusalCountRow,
    TrailHeadRow,
    TrailRow,
)
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.trail import Finding, TrailNotAttached
from weerbaar.config.database import Database


@pytest.fixture
def house(installation):
    return installation.house


def count(house):
    with house.database.session() as session:
        return session.scalar(select(func.count()).select_from(TrailRow))


def write(house, number=1, action="case.note", **more):
    with house.database.session() as session:
        for _ in range(number):
            trail.record(
                session, Actor(uuid4()), action, "case", uuid4(), house.clock.now(), **more
            )
        session.commit()


def codes(house):
    return [one.code for one in trail.verify(house.database, house.vault)]


def test_a_founded_installation_has_a_whole_trail(house):
    assert count(house) > 0
    assert trail.verify(house.database, house.vault) == []


def test_rows_go_with_the_change_and_not_without_it(house):
    before = count(house)
    with house.database.session() as session:
        trail.record(session, SYSTEM, "a", "case", None, house.clock.now())
        session.rollback()
        trail.record(session, SYSTEM, "b", "case", None, house.clock.now())
        with session.begin_nested():
            trail.record(session, SYSTEM, "c", "case", None, house.clock.now())
        with session.begin_nested() as savepoint:
            trail.record(session, SYSTEM, "d", "case", None, house.clock.now())
            with session.begin_nested():
                trail.record(session, SYSTEM, "e", "case", None, house.clock.now())
            savepoint.rollback()
        session.commit()
        session.commit()
        trail.record(session, SYSTEM, "f", "case", None, house.clock.now())
    assert count(house) == before + 2
    with house.database.session() as session:
        newest = select(TrailRow.action).order_by(TrailRow.number.desc()).limit(2)
        assert list(session.scalars(newest)) == ["c", "b"]
    assert trail.verify(house.database, house.vault) == []


def test_a_refusal_is_written_by_itself(house):
    actor, case = Actor(uuid4()), uuid4()
    trail.refused(house.database, actor, "case.open", "case", case, house.clock.now())
    with house.database.session() as session:
        row = session.scalars(select(TrailRow).order_by(TrailRow.number.desc()).limit(1)).one()
    assert (row.actor_id, row.object_id, row.outcome) == (actor.person_id, str(case), "refused")


def test_refusals_without_a_name_are_counted_by_the_minute(house):
    now = house.clock.now()
    with house.database.session() as session:
        for seconds in (0, 10, 59, 61):
            trail.count_refusal(session, "sign-in", now + timedelta(seconds=seconds))
        session.commit()
        counts = session.execute(
            select(RefusalCountRow.count).order_by(RefusalCountRow.minute)
        ).all()
    assert [row[0] for row in counts] == [3, 1]


def test_many_writers_at_once_leave_one_whole_chain(house):
    before = count(house)
    others = [Database(house.database.url, pool_size=2) for _ in range(2)]
    for other in others:
        trail.attach(other, house.vault)
    failures = []

    def work(database):
        try:
            for _ in range(10):
                with database.session() as session:
                    trail.record(session, SYSTEM, "a", "case", uuid4(), house.clock.now())
                    trail.record(session, SYSTEM, "b", "case", uuid4(), house.clock.now())
                    session.commit()
        except Exception as failure:  # noqa: BLE001 - told in the main thread
            failures.append(failure)

    threads = [
        threading.Thread(target=work, args=(database,))
        for database in (house.database, *others) * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.dispose()
    assert failures == []
    assert count(house) == before + 120
    assert trail.verify(house.database, house.vault) == []


def test_a_database_without_the_trail_key_takes_no_rows(house):
    other = Database(house.database.url, pool_size=1)
    with other.session() as session:
        trail.record(session, SYSTEM, "a", "case", None, house.clock.now())
        with pytest.raises(TrailNotAttached):
            session.commit()
    other.dispose()


@pytest.mark.parametrize(
    "change",
    [
        {"action": "case.read"},
        {"outcome": "refused"},
        {"actor_id": None},
        {"object_id": None},
        {"object_id": "-"},
        {"object_kind": "draft"},
        {"version": 7},
        {"digest": b"x" * 32},
        {"mac": b"x" * 32},
        {"at": "later"},
    ],
)
def test_a_changed_row_shows(house, change):
    write(house, 3)
    number = count(house) - 1
    if change == {"at": "later"}:
        change = {"at": house.clock.now() + timedelta(seconds=1)}
    with house.database.session() as session:
        session.execute(update(TrailRow).where(TrailRow.number == number).values(**change))
        session.commit()
    findings = trail.verify(house.database, house.vault)
    assert findings
    assert findings[0] == Finding("row-changed", number)


def test_a_missing_row_shows(house):
    write(house, 3)
    number = count(house) - 1
    with house.database.session() as session:
        session.execute(delete(TrailRow).where(TrailRow.number == number))
        session.commit()
    assert Finding("row-missing", number) in trail.verify(house.database, house.vault)


def test_a_shortened_trail_shows_against_the_key_store(house):
    write(house, 3)
    assert trail.note_head(house, house.clock.now()) == 1
    assert trail.note_head(house, house.clock.now()) == 0
    assert codes(house) == []
    with house.database.session() as session:
        last = session.execute(select(TrailRow).order_by(TrailRow.number.desc())).scalars().all()
        session.execute(delete(TrailRow).where(TrailRow.number > last[2].number))
        session.execute(update(TrailHeadRow).values(number=last[2].number, mac=last[2].mac))
        session.commit()
    assert codes(house) == ["shorter-than-noted"]
    write(house, 5)  # grown again past the noted number, but another history
    assert codes(house) == ["differs-from-noted"]


def test_a_head_that_is_not_the_newest_row_shows(house):
    write(house, 2)
    with house.database.session() as session:
        session.execute(update(TrailHeadRow).values(number=TrailHeadRow.number - 1))
        session.commit()
    assert codes(house) == ["head-differs"]


def changed(installation, session, *, told=True):
    house, anna, now = installation.house, installation.coordinator, installation.clock.now()
    record = envelopes.seal(
        session, house.vault, kind=Kind.CASE_NOTE, plaintext=b"eerst",
        recipients=[Person(anna.person_id)], now=now,
    )  # fmt: skip
    session.commit()
    first = session.execute(select(EnvelopeRow.version, EnvelopeRow.content)).one()
    stamp = envelopes.replace(
        session, house.vault, anna.keys, record, kind=Kind.CASE_NOTE, plaintext=b"later", now=now
    )
    if told:
        trail.record(
            session, anna, "case.note", "note", record, now,
            version=stamp.version, digest=stamp.digest,
        )  # fmt: skip
    session.commit()
    return record, first


def test_an_older_version_put_back_in_its_own_place_shows(installation):
    """It opens, for it is a true content of that place; only the trail knows better."""
    house = installation.house
    with house.database.session() as session:
        record, first = changed(installation, session)
        session.rollback()
        assert codes(house) == []
        session.execute(update(EnvelopeRow).values(version=first.version, content=first.content))
        session.commit()
        opened = envelopes.open_one(
            session, house.vault, installation.coordinator.keys, record, kind=Kind.CASE_NOTE
        )
        assert opened == b"eerst"
        session.commit()
    assert trail.verify(house.database, house.vault) == [
        Finding("record-differs", record_id=record)
    ]


def test_a_change_that_nobody_told_of_shows(installation):
    with installation.house.database.session() as session:
        record, _ = changed(installation, session, told=False)
    assert trail.verify(installation.house.database, installation.house.vault) == [
        Finding("record-untold", record_id=record)
    ]


def test_a_record_that_somebody_took_away_shows_and_a_destroyed_one_does_not(installation):
    house = installation.house
    with house.database.session() as session:
        record, _ = changed(installation, session)
        envelopes.destroy(session, house.vault, record, installation.clock.now())
        session.commit()
        assert codes(house) == []
        record, _ = changed(installation, session)
        session.rollback()
        session.execute(delete(EnvelopeReaderRow))
        session.execute(delete(EnvelopeRow))
        session.commit()
    assert trail.verify(house.database, house.vault) == [
        Finding("record-missing", record_id=record)
    ]
