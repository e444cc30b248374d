"""Tables of what people arrange among themselves: absences, requests, hand-over notes."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model, UtcDateTime


class AbsenceRow(Model):
    """Somebody cannot have duty, half-open, in UTC. Why is nobody's business and stands nowhere."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("starts < ends", name="order"),
        Index(None, "ends", "starts", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    starts: Mapped[datetime] = mapped_column(UtcDateTime)
    ends: Mapped[datetime] = mapped_column(UtcDateTime)

    def __repr__(self) -> str:
        return f"<AbsenceRow {self.id}>"


class SwapState(StrEnum):
    """How a request stands."""

    ASKED = "asked"
    DONE = "done"  # somebody took the shift, or a planner settled it
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"  # the shift began, or the one given in return
    STALE = "stale"  # the shift changed, or who asked has left
    UNDONE = "undone"


_STATES = ", ".join(f"'{state}'" for state in SwapState)


class SwapRow(Model):
    """A request to take over a shift, with or without one in return.

    The shifts are named without a foreign key: a request outlives a shift that is taken off.
    """

    __tablename__ = "swap"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint(
            "(return_id IS NULL) = (return_version IS NULL)", name="return_and_version"
        ),
        # A shift is asked for once at a time.
        Index(
            "uq_swap_open_shift_id",
            "shift_id",
            unique=True,
            sqlite_where=text("state = 'asked'"),
            postgresql_where=text("state = 'asked'"),
        ),
        Index(None, "state", "starts"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    state: Mapped[str] = mapped_column(String(9))
    shift_id: Mapped[UUID] = mapped_column(Uuid)
    # The shift as it was asked for: a later version is another shift.
    shift_version: Mapped[int] = mapped_column(Integer)
    tier: Mapped[int] = mapped_column(Integer)
    # Until when it can be answered and undone: the first start of the shifts it is about.
    starts: Mapped[datetime] = mapped_column(UtcDateTime)
    asker_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    # One colleague; without, everybody of the tier.
    asked_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    # Whether a shift is wanted in return: this one, or one that whoever accepts chooses.
    in_return: Mapped[bool] = mapped_column(Boolean)
    return_id: Mapped[UUID | None] = mapped_column(Uuid)
    return_version: Mapped[int | None] = mapped_column(Integer)
    # Who has the shift through it, and by which change of the roster.
    taken_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    revision: Mapped[int | None] = mapped_column(Integer)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<SwapRow {self.id} {self.state}>"


class SwapRefusalRow(Model):
    """One of many who were asked answered no: he is not asked again."""

    __tablename__ = "swap_refusal"

    swap_id: Mapped[UUID] = mapped_column(
        ForeignKey("swap.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )


class HandoverNoteRow(Model):
    """A note from one shift to the next; what it says is in the envelope of the same id."""

    __tablename__ = "handover_note"
    __table_args__ = (
        CheckConstraint("(read_by IS NULL) = (read_day IS NULL)", name="read"),
        Index(None, "created_day"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    tier: Mapped[int | None] = mapped_column(Integer)
    read_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    read_day: Mapped[date | None] = mapped_column(Date)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<HandoverNoteRow {self.id}>"
