"""How long the trail is kept: old rows go, the rest is proved as before, and a pretence is found."""

import dataclasses
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, insert, select, update

from weerbaar.accounts import destruction, envelopes, trail, trail_keeping, trail_start, witness
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.models import (
    EnvelopeRow,
    RefusalCountRow,
    TrailHeadRow,
    TrailRow,
    TrailStartRow,
    TrailToldRow,
)
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.trail_keeping import KeptTooShort, TrailNotWhole, shorten
from weerbaar.crypto import chain

DAYS = 2555


class Kept:
    """A house with a trail of years, and its witness."""

    def __init__(self, installation, file):
        settings = installation.house.settings.model_copy(update={"trail_witness": str(file)})
        self.house = dataclasses.replace(installation.house, settings=settings)
        self.installation, self.file, self.clock = installation, file, installation.clock

    def write(self, number=1):
        with self.house.database.session() as session:
            for _ in range(number):
                trail.record(
                    session, Actor(uuid4()), "case.read", "case", uuid4(), self.clock.now()
                )
            session.commit()

    def changed_record(self):
        """A sealed record with a second content, and its first one."""
        house, anna, now = self.house, self.installation.coordinator, self.clock.now()
        with house.database.session() as session:
            record = envelopes.seal(
                session, house.vault, kind=Kind.CASE_NOTE, plaintext=b"eerst",
                recipients=[Person(anna.person_id)], now=now,
            )  # fmt: skip
            session.flush()
            wanted = select(EnvelopeRow.version, EnvelopeRow.content)
            first = session.execute(wanted.where(EnvelopeRow.id == record)).one()
            stamp = envelopes.replace(
                session, house.vault, anna.keys, record, kind=Kind.CASE_NOTE, plaintext=b"later",
                now=now,
            )  # fmt: skip
            trail.record(
                session, anna, "case.note", "note", record, now,
                version=stamp.version, digest=stamp.digest,
            )  # fmt: skip
            session.commit()
        return record, first

    def shorten(self, days=DAYS, **more):
        return shorten(self.house, self.clock.now(), days, **more)

    def tell(self):
        witness.tell(self.house, self.clock.now())

    def codes(self):
        said = witness.of_file(self.house.vault, self.file) if self.file.exists() else None
        given = (said.heads, said.told_at) if said else ()
        return [one.code for one in trail.verify(self.house.database, self.house.vault, *given)]

    def do(self, *statements):
        with self.house.database.session() as session:
            for statement in statements:
                session.execute(statement)
            session.commit()

    def numbers(self):
        with self.house.database.session() as session:
            return list(session.scalars(select(TrailRow.number).order_by(TrailRow.number)))


@pytest.fixture
def kept(installation, tmp_path):
    return Kept(installation, tmp_path / "witness.txt")


@pytest.fixture
def aged(kept):
    """Rows of eight years ago, of now, and a record that was changed then; the witness knows."""
    kept.old_record = kept.changed_record()
    kept.write(3)
    kept.tell()
    kept.old = kept.numbers()
    kept.clock.forward(days=8 * 365)
    kept.write(4)
    kept.tell()
    kept.fresh = [one for one in kept.numbers() if one not in kept.old]
    return kept


def test_rows_whose_period_is_over_go_and_the_rest_is_whole(aged):
    with aged.house.database.session() as session:
        trail.count_refusal(session, "sign-in", aged.clock.now() - timedelta(days=DAYS + 1))
        trail.count_refusal(session, "sign-in", aged.clock.now())
        session.commit()
        assert trail_keeping.due(session, aged.clock.now(), DAYS) == len(aged.old)
    assert aged.shorten() == len(aged.old)
    assert aged.numbers() == [*aged.fresh, aged.fresh[-1] + 1]
    assert aged.codes() == []
    with aged.house.database.session() as session:
        row = session.scalars(select(TrailRow).order_by(TrailRow.number.desc()).limit(1)).one()
        assert (row.action, row.object_id) == ("trail.shorten", f"1-{aged.old[-1]}")
        assert [one.fate.kind for one in destruction.account(session)] == ["trail"]
        assert session.scalar(select(func.count()).select_from(RefusalCountRow)) == 1
    assert aged.shorten() == 0
    # Years later what stood goes too, and what was told of it.
    aged.clock.forward(days=DAYS + 2)
    aged.write()
    aged.tell()
    assert aged.shorten() == len(aged.fresh) + 1
    assert aged.codes() == []


def test_a_row_of_the_very_day_stays(kept):
    kept.clock.forward(days=DAYS)
    kept.write()
    assert kept.shorten() == 0
    kept.clock.forward(days=1)
    assert kept.shorten() > 0
    assert kept.codes() == []


def test_it_goes_in_steps_and_on_where_it_stopped(aged, monkeypatch):
    monkeypatch.setattr(trail_keeping, "STEP", 4)
    assert aged.shorten(most=1) == 4
    assert aged.codes() == []
    assert aged.shorten() == len(aged.old) - 4
    assert aged.codes() == []


def test_an_older_content_is_found_when_the_row_that_tells_has_gone(aged):
    record, first = aged.old_record
    aged.shorten()
    aged.do(
        update(EnvelopeRow)
        .where(EnvelopeRow.id == record)
        .values(version=first.version, content=first.content)
    )
    assert aged.codes() == ["record-differs"]


def test_what_was_destroyed_since_is_not_missed_and_what_was_taken_away_is(aged):
    record, _first = aged.old_record
    house = aged.house
    with house.database.session() as session:
        envelopes.destroy(session, house.vault, record, aged.clock.now())
        session.commit()
    aged.shorten()
    assert aged.codes() == []
    aged.clock.forward(days=DAYS + 2)
    aged.write()
    aged.shorten()
    assert aged.codes() == []
    with house.database.session() as session:
        left = set(session.scalars(select(TrailToldRow.object_id)))
    assert str(record) not in left


def test_less_than_three_years_is_refused(aged):
    with pytest.raises(KeptTooShort):
        aged.shorten(days=1094)
    assert aged.numbers()[0] == 1


@pytest.mark.parametrize("where", ["row", "start", "told"])
def test_a_trail_that_does_not_hold_keeps_everything(aged, where):
    if where == "row":
        aged.do(update(TrailRow).where(TrailRow.number == aged.old[2]).values(action="case.open"))
    elif where == "start":
        aged.do(update(TrailStartRow).values(days=9))
    else:
        row = {"number": 1, "object_kind": "note", "object_id": str(uuid4()), "digest": b"x" * 32}
        aged.do(insert(TrailToldRow).values(**row))
    before = aged.numbers()
    with pytest.raises(TrailNotWhole):
        aged.shorten()
    assert aged.numbers() == before


def test_a_removal_that_only_pretends_to_be_one_is_found(aged):
    """Whoever writes the database: rows go, and the starting point says they were due."""
    house, last = aged.house, aged.fresh[1]
    with house.database.session() as session:
        mac = session.scalar(select(TrailRow.mac).where(TrailRow.number == last))
    now = aged.clock.now()
    start = trail_start.Start(
        last, bytes(mac), now - timedelta(days=DAYS), DAYS, now, trail_start.NOTHING_TOLD
    )
    gone = delete(TrailRow).where(TrailRow.number <= last)
    aged.do(gone, update(TrailStartRow).values(**trail_start.columns(start)))
    assert {"start-not-sealed", "start-untold"} <= set(aged.codes())


def test_a_changed_starting_point_is_found(aged):
    aged.shorten()
    assert aged.codes() == []
    with aged.house.database.session() as session:
        whole = trail_start.columns(trail_start.read(session))
    for value in (
        {"number": 2}, {"mac": b"x" * 32}, {"days": 1095}, {"told": b"x" * 32},
        {"seal": b"x" * 40}, {"before": None}, {"at": None},
    ):  # fmt: skip
        aged.do(update(TrailStartRow).values(**{**whole, **value}))
        assert "start-not-sealed" in aged.codes()


def test_more_rows_taken_after_a_true_removal_are_found(aged):
    aged.shorten()
    aged.do(delete(TrailRow).where(TrailRow.number == aged.fresh[0]))
    assert "row-missing" in aged.codes()


def test_a_true_starting_point_of_earlier_put_back_is_found(aged, monkeypatch):
    monkeypatch.setattr(trail_keeping, "STEP", 4)
    aged.shorten(most=1)
    with aged.house.database.session() as session:
        earlier = trail_start.columns(trail_start.read(session))
    aged.shorten()
    aged.do(update(TrailStartRow).values(**earlier))
    assert {"row-missing", "start-untold"} <= set(aged.codes())


def test_what_is_carried_over_cannot_be_changed_or_taken_away(aged):
    aged.shorten()
    with aged.house.database.session() as session:
        rows = session.scalars(select(TrailToldRow.number)).all()
    assert rows
    for statement in (
        update(TrailToldRow).where(TrailToldRow.number == rows[0]).values(digest=b"x" * 32),
        delete(TrailToldRow).where(TrailToldRow.number == rows[0]),
    ):
        aged.do(statement)
        assert "told-differs" in aged.codes()


def test_a_clock_set_ahead_shows_against_the_witness(aged):
    """Whoever has every key lets rows of today go by the true rule, years too soon."""
    now = aged.clock.now()
    assert shorten(aged.house, now + timedelta(days=DAYS + 3), DAYS) > len(aged.old)
    assert trail.verify(aged.house.database, aged.house.vault) == []
    aged.clock.forward(days=1)
    aged.tell()
    assert aged.codes() == ["start-against-witness"]


def test_rows_made_old_show_against_the_witness(aged):
    """Whoever has every key writes the whole chain anew, so that the rows of today are old."""
    house, back = aged.house, aged.clock.now() - timedelta(days=DAYS + 100)
    aged.write()
    with house.database.session() as session:
        session.execute(update(TrailRow).where(TrailRow.at > back).values(at=back))
        key, mac = house.vault.keyring.subkey(trail.PURPOSE), chain.START
        for row in list(trail.rows(session)):
            mac = chain.link(key, mac, trail.row_bytes(row["number"], row))
            session.execute(
                update(TrailRow).where(TrailRow.number == row["number"]).values(mac=mac)
            )
        session.execute(update(TrailHeadRow).values(mac=mac))
        session.connection().commit()
    aged.write()
    assert aged.shorten() == len(aged.old) + len(aged.fresh) + 1
    assert trail.verify(house.database, house.vault) == []
    # The first line is of eight years ago and fits; that of today cannot.
    assert aged.codes() == ["start-against-witness"]
