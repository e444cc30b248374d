"""The tables of figures: sealed facts that name no case, and numbers that were published.

Which facts belong to which case is sealed under the service keys: whoever destroys a case must
find them with nobody signed in, and whoever has the database alone must not.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model


class FigureFactRow(Model):
    """Facts of one case, sealed to the group `figures`; it goes when its quarter is published."""

    __tablename__ = "figure_fact"
    __table_args__ = (CheckConstraint("part IN ('incident', 'region')", name="part"),)

    # The id of its envelope.
    id: Mapped[UUID] = mapped_column(ForeignKey("envelope.id"), primary_key=True)
    quarter: Mapped[str] = mapped_column(String(7), index=True)
    part: Mapped[str] = mapped_column(String(10))

    def __repr__(self) -> str:
        return f"<FigureFactRow {self.quarter} {self.part}>"


class CaseFiguresRow(Model):
    """Where the facts of a case are, and of which revisions of it, for the service keys alone."""

    __tablename__ = "case_figures"

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("case_record.id", ondelete="CASCADE"), primary_key=True
    )
    link: Mapped[bytes] = mapped_column(LargeBinary)

    def __repr__(self) -> str:
        return f"<CaseFiguresRow {self.case_id}>"


class FigureQuarterRow(Model):
    """A quarter of which facts were sealed; frozen from the day on which it was published."""

    __tablename__ = "figure_quarter"

    quarter: Mapped[str] = mapped_column(String(7), primary_key=True)
    published_on: Mapped[date | None] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<FigureQuarterRow {self.quarter}>"


class FigureCellRow(Model):
    """One number of a published table; null where it is withheld."""

    __tablename__ = "figure_cell"

    quarter: Mapped[str] = mapped_column(ForeignKey("figure_quarter.quarter"), primary_key=True)
    table_code: Mapped[str] = mapped_column(String(30), primary_key=True)
    row_code: Mapped[str] = mapped_column(String(30), primary_key=True)
    column_code: Mapped[str] = mapped_column(String(30), primary_key=True)
    count: Mapped[int | None] = mapped_column(Integer)

    def __repr__(self) -> str:
        return f"<FigureCellRow {self.quarter} {self.table_code}>"
