"""The tables of cases: ids, days and whether a case is open. Everything else is in envelopes.

Who may open what is not here either: the readers of the envelopes are the whole answer.
"""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model


def _day_it_was_made(context: Any) -> Any:
    return context.get_current_parameters()["created_day"]


class CaseRow(Model):
    """A case. Its row is locked while one of its parts is changed."""

    __tablename__ = "case_record"
    __table_args__ = (
        Index(None, "is_open", "worked_day", "id"),
        Index(None, "retention_on"),
        CheckConstraint("(hold_until IS NULL) = (hold_record IS NULL)", name="hold"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    created_day: Mapped[date] = mapped_column(Date)
    # The day on which an entry was last added: the caseload is in its order. Without entries, the
    # day on which it was made.
    worked_day: Mapped[date] = mapped_column(Date, default=_day_it_was_made)
    is_open: Mapped[bool] = mapped_column(default=True)
    # The day on which the *what* part is destroyed; set at closing, moved when its period changes.
    # The other parts have no day of their own: theirs lies as far before it as their period does.
    retention_on: Mapped[date | None] = mapped_column(Date)
    # Nothing of the case is destroyed through this day; why is in an envelope.
    hold_until: Mapped[date | None] = mapped_column(Date)
    hold_record: Mapped[UUID | None] = mapped_column(ForeignKey("envelope.id"), unique=True)
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
    """What a person was writing in a form: one sealed draft for each person and form.

    Texts that came late stand beside it, named `1~` to `9~` and the form.
    """

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


class RetentionPeriodRow(Model):
    """How many days one kind of data is kept, where that is not the proposed number."""

    __tablename__ = "retention_period"
    __table_args__ = (CheckConstraint("days >= 0", name="days"),)

    category: Mapped[str] = mapped_column(String(20), primary_key=True)
    days: Mapped[int] = mapped_column(Integer)


class PurgeRunRow(Model):
    """One round of destroying what is due: listed first, confirmed where it is large, then done."""

    __tablename__ = "purge_run"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'confirmed', 'destroyed', 'done', 'replaced')", name="state"
        ),
        CheckConstraint("(slot IS NOT NULL) = (state IN ('waiting', 'confirmed'))", name="slot"),
        CheckConstraint("slot = 1", name="one_slot"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    state: Mapped[str] = mapped_column(String(10))
    # One run at a time is open: the only value there is can stand in one row.
    slot: Mapped[int | None] = mapped_column(Integer, unique=True)
    created_day: Mapped[date] = mapped_column(Date, index=True)
    # How many records were listed, and of how many in the whole house.
    listed: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer)
    confirmed_by: Mapped[UUID | None] = mapped_column(Uuid)

    def __repr__(self) -> str:
        return f"<PurgeRunRow {self.id} {self.state}>"


class PurgeItemRow(Model):
    """One record that a run is to destroy; the row goes with it."""

    __tablename__ = "purge_item"

    run_id: Mapped[UUID] = mapped_column(
        ForeignKey("purge_run.id", ondelete="CASCADE"), primary_key=True
    )
    category: Mapped[str] = mapped_column(String(20), primary_key=True)
    object_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)

    def __repr__(self) -> str:
        return f"<PurgeItemRow {self.category} {self.object_id}>"
