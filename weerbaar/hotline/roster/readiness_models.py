"""Tables of readiness: who said that he is there, and how somebody wants to be asked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model, UtcDateTime


class DutyConfirmationRow(Model):
    """Somebody is there for his shift; another person in the same shift confirms for himself.

    How he showed it is not kept: of whoever talked with a caller it would tell when that was.
    """

    __tablename__ = "duty_confirmation"

    shift_id: Mapped[UUID] = mapped_column(
        ForeignKey("shift.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def __repr__(self) -> str:
        return f"<DutyConfirmationRow {self.shift_id}>"


class DutyPreferenceRow(Model):
    """When somebody is told of his shift ahead, and whether he is rung; without a row, as usual."""

    __tablename__ = "duty_preference"
    __table_args__ = (CheckConstraint("ahead_minutes BETWEEN 0 AND 1440", name="ahead_minutes"),)

    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    # 0: not ahead, only at the start.
    ahead_minutes: Mapped[int] = mapped_column(Integer)
    by_call: Mapped[bool] = mapped_column(Boolean)
