"""The tables of cases: ids, days and whether a case is open. Everything else is in envelopes.

Who may open what is not here either: the readers of the envelopes are the whole answer.
"""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model


class CaseRow(Model):
    """A case. Its row is locked while one of its parts is changed."""

    __tablename__ = "case_record"
    __table_args__ = (Index(None, "is_open"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    created_day: Mapped[date] = mapped_column(Date)
    is_open: Mapped[bool] = mapped_column(default=True)
    # The day on which it is decided whether the content may be destroyed; set at closing.
    retention_on: Mapped[date | None] = mapped_column(Date)
    # Envelopes; null once that part was destroyed.
    who_record: Mapped[UUID | None] = mapped_column(ForeignKey("envelope.id"), unique=True)
    what_record: Mapped[UUID | None] = mapped_column(ForeignKey("envelope.id"), unique=True)

    def __repr__(self) -> str:
        return f"<CaseRow {self.id}>"


class CaseEntryRow(Model):
    """A note, a contact moment, a closing or a reopening: which of them is inside the envelope.

    The order of the timeline comes from the sealed instants; the day only narrows the search
    for the cases that were worked on last.
    """

    __tablename__ = "case_entry"

    # The id of its envelope.
    id: Mapped[UUID] = mapped_column(ForeignKey("envelope.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_record.id"), index=True)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<CaseEntryRow {self.id}>"


class CaseRecordingRow(Model):
    """A spoken message of a case: a long content with keys of its own."""

    __tablename__ = "case_recording"

    # The id of its envelope.
    id: Mapped[UUID] = mapped_column(ForeignKey("envelope.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_record.id"), index=True)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<CaseRecordingRow {self.id}>"


class CaseAttachmentRow(Model):
    """A file of a case: a long content with keys of its own; its name and kind are inside."""

    __tablename__ = "case_attachment"

    # The id of its envelope.
    id: Mapped[UUID] = mapped_column(ForeignKey("envelope.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_record.id"), index=True)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<CaseAttachmentRow {self.id}>"


class DraftRow(Model):
    """What a person was writing in a form: one sealed draft for each person and form."""

    __tablename__ = "case_draft"
    __table_args__ = (UniqueConstraint("person_id", "form"),)

    # The id of its envelope.
    id: Mapped[UUID] = mapped_column(ForeignKey("envelope.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    # `new`, or `record-`, `finish-`, `edit-`, `note-` and others with the id of the call or case.
    form: Mapped[str] = mapped_column(String(50))
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<DraftRow {self.id}>"
