"""Tables of the tour. None of them refers to a call or a case, and nothing of those refers here.

A code names a municipality or a province of the list (`governments`); an old code keeps its rows.
"""

from datetime import date, time
from uuid import UUID, uuid4

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Time,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model
from weerbaar.tour.stages import Slip, Stage, State

_STAGES = ", ".join(f"'{stage}'" for stage in Stage)
_STATES = ", ".join(f"'{state}'" for state in State)
_SLIPS = ", ".join(f"'{slip}'" for slip in Slip)


class ContactRow(Model):
    """Whom we speak in a government; name, mail and telephone are sealed under service keys."""

    __tablename__ = "tour_contact"
    __table_args__ = (
        UniqueConstraint("code", "role"),
        CheckConstraint("role IN ('mayor', 'kings_commissioner', 'clerk')", name="role"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(String(6))
    role: Mapped[str] = mapped_column(String(20))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    changed_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<ContactRow {self.id}>"


class NoteRow(Model):
    """A note about a government; what it says is in the envelope of the same id."""

    __tablename__ = "tour_note"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(String(6), index=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<NoteRow {self.id}>"


class ActivityRow(Model):
    """A conversation, a session or a training; what is said in it is in the envelope of its id."""

    __tablename__ = "tour_activity"
    __table_args__ = (
        CheckConstraint(f"stage IN ({_STAGES})", name="stage"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("state NOT IN ('planned', 'held') OR on_day IS NOT NULL", name="day"),
        CheckConstraint("(answers IS NULL) = (average_tenths IS NULL)", name="evaluation"),
        Index(None, "code", "stage"),
        Index(None, "on_day"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(String(6))
    stage: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(14))
    # On the Dutch clock.
    on_day: Mapped[date | None] = mapped_column(Date)
    at: Mapped[time | None] = mapped_column(Time)
    # A training for one person, whose name is in the envelope alone.
    personal: Mapped[bool] = mapped_column(Boolean)
    # Roles of contact persons, with a space between.
    participants: Mapped[str | None] = mapped_column(String(60))
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    present: Mapped[int | None] = mapped_column(Integer)
    answers: Mapped[int | None] = mapped_column(Integer)
    average_tenths: Mapped[int | None] = mapped_column(Integer)
    has_details: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(Integer)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<ActivityRow {self.id} {self.stage} {self.state}>"


class MoveRow(Model):
    """One step of an activity: what it became, and on which day somebody said so."""

    __tablename__ = "tour_move"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint(f"slip IN ({_SLIPS})", name="slip"),
    )

    activity_id: Mapped[UUID] = mapped_column(
        ForeignKey("tour_activity.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(14))
    on_day: Mapped[date | None] = mapped_column(Date)
    day: Mapped[date] = mapped_column(Date)
    # Why it was put right; a fixed code, so that it can say nothing else.
    slip: Mapped[str | None] = mapped_column(String(16))
