"""Every change of a single row of the trail is found, in each column, on both databases."""

import dataclasses
import itertools
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, update

from weerbaar.accounts import envelopes, trail, witness
from weerbaar.accounts.actors import SYSTEM, Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.models import TrailHeadRow, TrailRow, TrailStartRow, TrailToldRow
from weerbaar.accounts.recipients import Person

TABLES = (TrailRow, TrailHeadRow, TrailStartRow, TrailToldRow)


def flipped(content):
    return bytes([content[0] ^ 1]) + content[1:]


def others(column, value):
    """Other values that a column could hold in the place of this one."""
    return {
        "number": lambda: [value + 1_000, -value],
        "at": lambda: [value + timedelta(microseconds=1), value - timedelta(days=400)],
        "actor_id": lambda: [uuid4()] if value is None else [None, uuid4()],
        "action": lambda: [value + "x", "", "case.note"[: len(value)] + "-"],
        "object_kind": lambda: [value + "x", ""],
        "object_id": lambda: ["", "-", str(uuid4())] if value is None else [None, "", value[1:]],
        "outcome": lambda: ["refused" if value == "done" else "done", ""],
        "version": lambda: [0, 1] if value is None else [None, value + 1],
        "digest": lambda: [b"", bytes(32)] if value is None else [None, b"", flipped(value)],
        "mac": lambda: [flipped(value), b""],
    }[column]()


class Tampering:
    """A trail of rows of every kind, and whoever has the database in hand."""

    def __init__(self, installation, file):
        self.house = installation.house
        self.coordinator = installation.coordinator
        self.file = file
        self._write()
        self.kept = {table: self._all(table) for table in TABLES}

    def _write(self):
        house, now = self.house, self.house.clock.now()
        with house.database.session() as session:
            for actor in (SYSTEM, Actor(uuid4()), self.coordinator):
                trail.record(session, actor, "case.read", "case", uuid4(), now)
                trail.record(session, actor, "page.open", "page", "trail", now)
                trail.record(session, actor, "sign-out", "person", None, now, outcome="idle")
                trail.record(session, actor, "key.renew", "group", "tour", now, version=2)
            record = envelopes.seal(
                session, house.vault, kind=Kind.CASE_NOTE, plaintext=b"eerst",
                recipients=[Person(self.coordinator.person_id)], now=now,
            )  # fmt: skip
            session.flush()
            stamp = envelopes.replace(
                session, house.vault, self.coordinator.keys, record, kind=Kind.CASE_NOTE,
                plaintext=b"later", now=now,
            )  # fmt: skip
            trail.record(
                session, self.coordinator, "case.note", "note", record, now,
                version=stamp.version, digest=stamp.digest,
            )  # fmt: skip
            session.commit()
        trail.refused(house.database, SYSTEM, "case.open", "case", uuid4(), now)

    def _all(self, table):
        with self.house.database.session() as session:
            wanted = select(*table.__table__.columns)
            return [dict(row) for row in session.execute(wanted).mappings()]

    def rows(self):
        return sorted(self.kept[TrailRow], key=lambda row: row["number"])

    def findings(self):
        said = witness.of_file(self.house.vault, self.file) if self.file.exists() else None
        given = (said.heads, said.told_at) if said else ()
        return trail.verify(self.house.database, self.house.vault, *given)

    @property
    def on_sqlite(self):
        return self.house.database.engine.dialect.name == "sqlite"

    def found(self, *statements, back=None):
        """What is found after some statements; then everything stands as it stood."""
        with self.house.database.session() as session:
            for statement in statements:
                session.execute(statement)
            session.connection().commit()
        try:
            return [one.code for one in self.findings()]
        finally:
            with self.house.database.session() as session:
                if back is not None:
                    session.execute(back)
                for table, rows in self.kept.items() if back is None else ():
                    session.execute(delete(table))
                    if rows:
                        session.execute(insert(table), rows)
                session.connection().commit()


def changed(at, /, **values):
    return update(TrailRow).where(TrailRow.number == at).values(**values)


@pytest.fixture
def tampering(installation, tmp_path):
    made = Tampering(installation, tmp_path / "witness.txt")
    assert made.findings() == []
    return made


def test_a_change_of_any_column_of_any_row_is_found(tampering):
    rows, missed = tampering.rows(), []
    assert len(rows) >= 20
    for row in rows:
        for column, value in row.items():
            wanted = [one for one in others(column, value) if one != value]
            # The engines differ in how they keep a value: one change of each column tells.
            for other in wanted if tampering.on_sqlite else wanted[:1]:
                moved = other if column == "number" else row["number"]
                back = changed(moved, **{column: value})
                if not tampering.found(changed(row["number"], **{column: other}), back=back):
                    missed.append((row["number"], column, other))
    assert missed == []
    assert tampering.findings() == []


def test_a_row_taken_away_is_found_wherever_it_stood(tampering):
    for row in tampering.rows():
        gone = delete(TrailRow).where(TrailRow.number == row["number"])
        assert tampering.found(gone), row["number"]
        # Also where those behind it move up.
        later = [
            changed(one["number"], number=one["number"] - 1)
            for one in tampering.rows()
            if one["number"] > row["number"]
        ]
        head = update(TrailHeadRow).values(number=TrailHeadRow.number - 1)
        assert tampering.found(gone, *later, head), row["number"]


def test_two_neighbours_that_changed_places_are_found(tampering):
    rows = tampering.rows()
    for one, other in itertools.pairwise(rows):
        first, second = one["number"], other["number"]
        places = [
            changed(first, number=0),
            changed(second, number=first),
            changed(0, number=second),
        ]
        assert tampering.found(*places), first
        # Also where each keeps the MAC of its place.
        macs = [changed(first, mac=one["mac"]), changed(second, mac=other["mac"])]
        assert tampering.found(*places, *macs), first


def test_a_row_put_in_is_found_before_between_and_behind(tampering):
    rows = tampering.rows()
    last = rows[-1]
    for number in (-7, 0, last["number"] + 1):
        head = update(TrailHeadRow).values(number=number, mac=last["mac"])
        for more in ((), (head,) if number > 0 else ()):
            assert tampering.found(insert(TrailRow).values({**last, "number": number}), *more)
    for at in (len(rows) // 2, len(rows) - 1):
        # Those from there on move back.
        later = [changed(one["number"], number=one["number"] + 1) for one in reversed(rows[at:])]
        copy = insert(TrailRow).values(rows[at])
        head = update(TrailHeadRow).values(number=TrailHeadRow.number + 1)
        assert tampering.found(*later, copy, head), at


def test_a_tail_cut_off_is_found_with_its_head_put_right(tampering):
    """The chain alone cannot tell; the key store or the witness can, wherever it was cut."""
    house, now = tampering.house, tampering.house.clock.now()
    rows = tampering.rows()

    def cuts():
        for last in rows[:-1]:
            cut = delete(TrailRow).where(TrailRow.number > last["number"])
            head = update(TrailHeadRow).values(number=last["number"], mac=last["mac"])
            yield tampering.found(cut, head)

    settings = house.settings.model_copy(update={"trail_witness": str(tampering.file)})
    told = dataclasses.replace(house, settings=settings)
    witness.tell(told, now)
    assert all("shorter-than-witnessed" in codes for codes in cuts())
    tampering.file.unlink()
    trail.note_head(house, now)
    assert all("shorter-than-noted" in codes for codes in cuts())


def test_the_head_and_the_starting_point_are_found_too(tampering):
    for table in (TrailHeadRow, TrailStartRow):
        assert tampering.found(delete(table))
    for value in ({"number": 1}, {"mac": b"x" * 32}):
        assert tampering.found(update(TrailHeadRow).values(**value))
    at = tampering.house.clock.now()
    for value in (
        {"number": 1}, {"mac": b"x" * 32}, {"before": at}, {"days": 2555}, {"at": at},
        {"told": b"x" * 32}, {"seal": b"x" * 40}, {"seal": b""},
    ):  # fmt: skip
        assert tampering.found(update(TrailStartRow).values(**value)), value
    row = {"number": 1, "object_kind": "note", "object_id": str(uuid4()), "digest": b"x" * 32}
    assert tampering.found(insert(TrailToldRow).values(**row))
