"""The table of the register of breaches: its clock and what was decided; the rest is sealed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model, UtcDateTime

_DECISIONS = "('undecided', 'told', 'not_told')"


class BreachRow(Model):
    """A breach of personal data."""

    __tablename__ = "breach"
    __table_args__ = (
        CheckConstraint(f"authority IN {_DECISIONS}", name="authority"),
        CheckConstraint(f"persons IN {_DECISIONS}", name="persons"),
        CheckConstraint("is_open = (closed_day IS NULL)", name="closed"),
    )

    # The id of its envelope.
    id: Mapped[UUID] = mapped_column(ForeignKey("envelope.id"), primary_key=True)
    # When it became known, to the quarter of an hour before; only the day once it is closed.
    known_at: Mapped[datetime] = mapped_column(UtcDateTime)
    authority: Mapped[str] = mapped_column(String(10))
    persons: Mapped[str] = mapped_column(String(10))
    is_open: Mapped[bool] = mapped_column(default=True, index=True)
    created_day: Mapped[date] = mapped_column(Date)
    closed_day: Mapped[date | None] = mapped_column(Date, index=True)

    def __repr__(self) -> str:
        return f"<BreachRow {self.id}>"
