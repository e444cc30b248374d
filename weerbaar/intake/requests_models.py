"""The table of requests for access to a case."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model


class CaseRequestRow(Model):
    """That somebody asks to read what a mark names, whether there is such a case or not.

    Which case it is stands nowhere: a row for a case and one for a guess are alike.
    """

    __tablename__ = "case_request"
    __table_args__ = (
        UniqueConstraint("asker_id", "reader_id", "seed", "wish"),
        CheckConstraint("wish IN ('what', 'who_what', 'hand_over')", name="wish"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    # The first ten hexadecimal digits of an id.
    seed: Mapped[str] = mapped_column(String(10))
    asker_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    # Who would read it: whoever asks, or whom a coordinator names.
    reader_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    wish: Mapped[str] = mapped_column(String(10))
    # Whether the worker has told who may answer, and whether one of them said no.
    told: Mapped[bool] = mapped_column(default=False)
    refused: Mapped[bool] = mapped_column(default=False)
    created_day: Mapped[date] = mapped_column(Date, index=True)

    def __repr__(self) -> str:
        return f"<CaseRequestRow {self.id}>"
