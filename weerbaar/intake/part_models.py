"""The tables of what belongs to a case beside its parts and entries; all content is in envelopes.

Which sort a part is stands inside its envelope. In the clear stands only with whom it is shared and
how long it is kept.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model


class CasePartRow(Model):
    """A private note, consent, report, referral, appointment or link of a case, sealed by itself.

    `bond` says what it goes with: `own` (its author alone opens it), `both` (who reads both parts
    of the case), `what` (who reads the *what* part), `consent` (as `both`, kept by itself).
    """

    __tablename__ = "case_part"
    __table_args__ = (CheckConstraint("bond IN ('own', 'both', 'what', 'consent')", name="bond"),)

    # The id of its envelope.
    id: Mapped[UUID] = mapped_column(ForeignKey("envelope.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_record.id"), index=True)
    bond: Mapped[str] = mapped_column(String(10))
    # The day it was made or, of a consent, last changed: from then its period counts.
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<CasePartRow {self.id}>"


class CaseWaitingRow(Model):
    """A part of a case that waits for somebody, until a day; the row goes when it is done."""

    __tablename__ = "case_waiting"

    part_id: Mapped[UUID] = mapped_column(
        ForeignKey("case_part.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    due_on: Mapped[date] = mapped_column(Date, index=True)

    def __repr__(self) -> str:
        return f"<CaseWaitingRow {self.part_id}>"
