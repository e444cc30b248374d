"""The tables of giving a key back by quorum: who holds shares, the shares, and who asks."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model, UtcDateTime


class QuorumSetRow(Model):
    """One choice of holders, with a MAC under the service keyring; the newest counts."""

    __tablename__ = "quorum_set"
    __table_args__ = (CheckConstraint("needed >= 2", name="needed"),)

    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    needed: Mapped[int] = mapped_column(Integer)
    mac: Mapped[bytes] = mapped_column(LargeBinary)
    created_day: Mapped[date] = mapped_column(Date)


class QuorumHolderRow(Model):
    """Somebody who holds a share of everybody else's key."""

    __tablename__ = "quorum_holder"

    version: Mapped[int] = mapped_column(
        ForeignKey("quorum_set.version", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)


class QuorumShareRow(Model):
    """One share of what a key is wrapped under, sealed to one holder."""

    __tablename__ = "quorum_share"
    __table_args__ = (Index(None, "holder_id", "holder_epoch"),)

    wrapping_id: Mapped[UUID] = mapped_column(
        ForeignKey("key_wrapping.id", ondelete="CASCADE"), primary_key=True
    )
    holder_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    holder_epoch: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    needed: Mapped[int] = mapped_column(Integer)
    sealed_share: Mapped[bytes] = mapped_column(LargeBinary)
    created_day: Mapped[date] = mapped_column(Date)


class QuorumRequestRow(Model):
    """Somebody asks the holders for a key: his own, that of who is gone, or in a drill."""

    __tablename__ = "quorum_request"
    __table_args__ = (
        CheckConstraint("kind IN ('own', 'successor', 'drill')", name="kind"),
        CheckConstraint(
            "state IN ('open', 'done', 'refused', 'expired', 'withdrawn')", name="state"
        ),
        CheckConstraint("(state = 'open') = (expires_at IS NOT NULL)", name="open"),
        # One at a time for one key.
        Index(
            "uq_quorum_request_owner_id",
            "owner_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "for_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    # Whose key; of a drill, the test account, which goes when the drill is over.
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    wrapping_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("key_wrapping.id", ondelete="SET NULL")
    )
    # Who receives it, with which key pair.
    for_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    for_epoch: Mapped[int] = mapped_column(Integer)
    # The coordinator who agreed, where it is not one's own key.
    agreed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    created_day: Mapped[date] = mapped_column(Date)
    ended_day: Mapped[date | None] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<QuorumRequestRow {self.kind} {self.state}>"


class QuorumApprovalRow(Model):
    """A holder's share, sealed to the key of who asks; gone with the end of the request."""

    __tablename__ = "quorum_approval"

    request_id: Mapped[UUID] = mapped_column(
        ForeignKey("quorum_request.id", ondelete="CASCADE"), primary_key=True
    )
    holder_id: Mapped[UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    sealed_share: Mapped[bytes] = mapped_column(LargeBinary)
