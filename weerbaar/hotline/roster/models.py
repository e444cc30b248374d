"""Tables of the roster: shifts and their changes, how tiers ring, and the version of the whole."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    DDL,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Uuid,
    event,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model, UtcDateTime

# Lasts for more than a week, in the words of each engine.
LONG = {
    "sqlite": "julianday(ends) - julianday(starts) > 7",
    "postgresql": "ends - starts > interval '7 days'",
}


class ShiftRow(Model):
    """One person's turn in one tier, half-open, in UTC. Who is on duty is read straight from here.

    That one person is never in two shifts at once is checked under the lock on the revision row,
    which every change takes first. The database checks it too, see `NO_OVERLAP`.
    """

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("starts < ends", name="order"),
        CheckConstraint("tier >= 1", name="tier"),
        # Few shifts end in the future, so the end leads: the past costs nothing.
        Index(None, "ends", "starts", "tier", "person_id"),
        Index(None, "person_id", "ends", "starts"),
        # The few that last for more than a week: who has duty now is found without them by a
        # short stretch of ends, however far ahead the roster goes.
        Index(
            "ix_shift_long",
            "ends",
            sqlite_where=text(LONG["sqlite"]),
            postgresql_where=text(LONG["postgresql"]),
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    tier: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    starts: Mapped[datetime] = mapped_column(UtcDateTime)
    ends: Mapped[datetime] = mapped_column(UtcDateTime)
    # Counts the changes of this row, so that a form knows whether it was made for this state.
    version: Mapped[int] = mapped_column(Integer, default=1)

    def __repr__(self) -> str:
        return f"<ShiftRow {self.id}>"


_BUSY_THEN = (
    "EXISTS (SELECT 1 FROM shift WHERE person_id = NEW.person_id AND id <> NEW.id"
    " AND ends > NEW.starts AND starts < NEW.ends)"
)
_REFUSE = f"WHEN {_BUSY_THEN} BEGIN SELECT RAISE(ABORT, 'ex_shift_one_at_a_time'); END"
_ONE_AT_A_TIME = (
    "ALTER TABLE shift ADD CONSTRAINT ex_shift_one_at_a_time"
    " EXCLUDE USING gist (person_id WITH =, tstzrange(starts, ends) WITH &&)"
)
_ON_ADD = f"CREATE TRIGGER tr_shift_add BEFORE INSERT ON shift {_REFUSE}"
_ON_ALTER = (
    f"CREATE TRIGGER tr_shift_alter BEFORE UPDATE OF person_id, starts, ends ON shift {_REFUSE}"
)
# What refuses one person in two shifts at once, whatever the code that writes; by engine. The
# index of PostgreSQL needs the operators for `=` that its extension btree_gist brings.
NO_OVERLAP = {
    "postgresql": ("CREATE EXTENSION IF NOT EXISTS btree_gist", _ONE_AT_A_TIME),
    "sqlite": (_ON_ADD, _ON_ALTER),
}
for _engine, _statements in NO_OVERLAP.items():
    for _statement in _statements:
        event.listen(
            ShiftRow.__table__, "after_create", DDL(_statement).execute_if(dialect=_engine)
        )


class ShiftChangeRow(Model):
    """What one change of the roster did to one shift: as it was, and as it became.

    A new shift has nothing before it, a removed one nothing after it. Written by `changes` alone.
    """

    __tablename__ = "shift_change"
    __table_args__ = (
        CheckConstraint(
            "starts_before IS NOT NULL OR starts_after IS NOT NULL", name="says_something"
        ),
        Index(None, "at"),
        Index(None, "shift_id", "revision"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    revision: Mapped[int] = mapped_column(Integer)
    # Of the shift: one act may change it more than once.
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    act: Mapped[str] = mapped_column(String(24))
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)
    shift_id: Mapped[UUID] = mapped_column(Uuid)
    tier_before: Mapped[int | None] = mapped_column(Integer)
    person_before: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    starts_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tier_after: Mapped[int | None] = mapped_column(Integer)
    person_after: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    starts_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_after: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def __repr__(self) -> str:
        return f"<ShiftChangeRow {self.shift_id} {self.revision}>"


class RosterRevisionRow(Model):
    """The one row that every change of a shift locks and counts up; absent before the first."""

    __tablename__ = "roster_revision"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer)


class TierRow(Model):
    """How a tier rings, and how many people it needs.

    A tier without a row rings one telephone after the other.
    """

    __tablename__ = "tier"
    __table_args__ = (
        CheckConstraint("tier >= 1", name="tier"),
        CheckConstraint(
            "required_depth >= 0 AND (tier > 1 OR required_depth >= 1)", name="required_depth"
        ),
    )

    tier: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    all_at_once: Mapped[bool] = mapped_column(Boolean)
    # Null: as usual, one in the first line and nobody elsewhere.
    required_depth: Mapped[int | None] = mapped_column(Integer)

    def __repr__(self) -> str:
        return f"<TierRow {self.tier}>"
