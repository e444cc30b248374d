"""Tables of the work of the tour: next steps, enquiries, the mailbox, calendar feeds."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import (
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

from weerbaar.accounts.feeds import AddressRow, Scope
from weerbaar.config.database import Model, UtcDateTime


class StepKind(StrEnum):
    """What is to be done next."""

    INVITE = "invite"
    PHONE = "phone"
    PLAN = "plan"
    PREPARE = "prepare"
    OFFER_SESSION = "offer_session"
    PROGRAMME = "programme"
    OFFER_TRAINING = "offer_training"
    EVALUATE = "evaluate"
    OTHER = "other"


class EnquiryState(StrEnum):
    """How far an enquiry is."""

    NEW = "new"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    TURNED = "turned"  # into a conversation


def _words(values: type[StrEnum]) -> str:
    return ", ".join(f"'{each}'" for each in values)


class StepRow(Model):
    """The next step with a government; one at a time is open."""

    __tablename__ = "tour_step"
    __table_args__ = (
        CheckConstraint(f"what IN ({_words(StepKind)})", name="what"),
        Index(
            "uq_tour_step_open_code",
            "code",
            unique=True,
            sqlite_where=text("done_day IS NULL"),
            postgresql_where=text("done_day IS NULL"),
        ),
        Index(None, "due_on"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(String(6))
    what: Mapped[str] = mapped_column(String(16))
    due_on: Mapped[date] = mapped_column(Date)
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    done_day: Mapped[date | None] = mapped_column(Date)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<StepRow {self.id}>"


class EnquiryRow(Model):
    """Somebody wants to know more about the tour; who and what is in the envelope of its id.

    Where it came from and who wrote it down stands nowhere.
    """

    __tablename__ = "tour_enquiry"
    __table_args__ = (
        CheckConstraint(f"state IN ({_words(EnquiryState)})", name="state"),
        CheckConstraint(
            "(state IN ('answered', 'turned')) = (closed_day IS NOT NULL)", name="closed"
        ),
        Index(None, "state"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str | None] = mapped_column(String(6))
    state: Mapped[str] = mapped_column(String(10))
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    activity_id: Mapped[UUID | None] = mapped_column(ForeignKey("tour_activity.id"), index=True)
    closed_day: Mapped[date | None] = mapped_column(Date)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<EnquiryRow {self.id}>"


class MailboxClaimRow(Model):
    """Which worker reads the mailbox of the tour at this moment; no row while nobody does."""

    __tablename__ = "tour_mailbox_claim"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    holder: Mapped[UUID] = mapped_column(Uuid)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class MailboxReadingRow(Model):
    """When the mailbox of the tour was last read to its end; no row before the first time."""

    __tablename__ = "tour_mailbox_reading"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    good_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TourFeedRow(AddressRow):
    """A secret address at which somebody's calendar fetches appointments of the tour."""

    __tablename__ = "tour_feed"
    __table_args__ = (CheckConstraint(f"scope IN ({_words(Scope)})", name="scope"),)
