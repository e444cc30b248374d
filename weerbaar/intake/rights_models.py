"""The table of the register of requests of persons: who handles them, and until when."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model


class RightsRequestRow(Model):
    """A request of a person about his own data; what he asks and who he is are sealed."""

    __tablename__ = "rights_request"
    __table_args__ = (CheckConstraint("is_open = (closed_day IS NULL)", name="closed"),)

    # The id of its envelope.
    id: Mapped[UUID] = mapped_column(ForeignKey("envelope.id"), primary_key=True)
    handler_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    received_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    extended: Mapped[bool] = mapped_column(default=False)
    is_open: Mapped[bool] = mapped_column(default=True, index=True)
    created_day: Mapped[date] = mapped_column(Date)
    closed_day: Mapped[date | None] = mapped_column(Date, index=True)

    def __repr__(self) -> str:
        return f"<RightsRequestRow {self.id}>"
