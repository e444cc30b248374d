"""The tables of reviewing rights: each review, and what was judged of whom while it is open."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model


class ReviewRow(Model):
    """A review of rights. While it is open `sealed` holds its first signature, then the record.

    The digest is that of the record, as the row of the trail carries it; the record itself goes
    when its period is over.
    """

    __tablename__ = "rights_review"
    __table_args__ = (
        CheckConstraint("scope IN ('everybody', 'privileged')", name="scope"),
        CheckConstraint("state IN ('open', 'half', 'signed')", name="state"),
        CheckConstraint("(state = 'signed') = (digest IS NOT NULL)", name="digest"),
        CheckConstraint("(state = 'signed') = (signed_day IS NOT NULL)", name="signed_day"),
        Index(
            "uq_rights_review_scope",
            "scope",
            unique=True,
            sqlite_where=text("state <> 'signed'"),
            postgresql_where=text("state <> 'signed'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    scope: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    begun_by: Mapped[UUID] = mapped_column(Uuid)
    begun_day: Mapped[date] = mapped_column(Date)
    signed_day: Mapped[date | None] = mapped_column(Date)
    # Of a signed one: how many people it was about, and of how many something did not fit.
    people: Mapped[int] = mapped_column(Integer, default=0)
    findings: Mapped[int] = mapped_column(Integer, default=0)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)

    def __repr__(self) -> str:
        return f"<ReviewRow {self.id}>"


class JudgementRow(Model):
    """What was judged of one person in an open review; it goes into the record at signing."""

    __tablename__ = "rights_judgement"
    __table_args__ = (UniqueConstraint("review_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    review_id: Mapped[UUID] = mapped_column(ForeignKey("rights_review.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)

    def __repr__(self) -> str:
        return f"<JudgementRow {self.id}>"
