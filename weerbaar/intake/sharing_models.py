"""The tables of sharing: until when somebody reads a case, what is to be re-keyed, and since whom.

Who reads what is not here: the readers of the envelopes are the whole answer.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model


class CaseGrantRow(Model):
    """That a case was shared with somebody: by whom, and until when; goes when the right ends."""

    __tablename__ = "case_grant"

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("case_record.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    given_by: Mapped[UUID] = mapped_column(Uuid)
    # The last local day on which he reads it; null for as long as it is not revoked.
    ends_on: Mapped[date | None] = mapped_column(Date, index=True)

    def __repr__(self) -> str:
        return f"<CaseGrantRow {self.case_id} {self.person_id}>"


class CaseFormerReaderRow(Model):
    """Whose right to a case ended, for as long as the case is not re-keyed after it."""

    __tablename__ = "case_former_reader"

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("case_record.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)

    def __repr__(self) -> str:
        return f"<CaseFormerReaderRow {self.case_id} {self.person_id}>"


class CaseRekeyRow(Model):
    """A record of a case that somebody could open who no longer may; the row goes with its key."""

    __tablename__ = "case_rekey"

    record_id: Mapped[UUID] = mapped_column(
        ForeignKey("envelope.id", ondelete="CASCADE"), primary_key=True
    )
    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("case_record.id", ondelete="CASCADE"), index=True
    )

    def __repr__(self) -> str:
        return f"<CaseRekeyRow {self.record_id}>"
