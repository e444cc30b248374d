"""Tables of rotations: how they go round, who is in them, and which shifts they made."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from weerbaar.config.database import Model, UtcDateTime


class RotationRow(Model):
    """One rotation. It has no name that somebody typed: its tier and its blocks say which it is."""

    __tablename__ = "rotation"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    # The last local day on which a block begins.
    end_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer, default=1)

    phases: Mapped[list["RotationPhaseRow"]] = relationship(
        order_by="RotationPhaseRow.from_on", cascade="all, delete-orphan"
    )

    def __repr__(self) -> str:
        return f"<RotationRow {self.id}>"


class RotationPhaseRow(Model):
    """How a rotation goes round from a local day on, until its next phase."""

    __tablename__ = "rotation_phase"
    __table_args__ = (
        CheckConstraint("tier >= 1", name="tier"),
        CheckConstraint("turns IN ('block', 'week')", name="turns"),
        Index(None, "rotation_id", "from_on", unique=True),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    rotation_id: Mapped[UUID] = mapped_column(ForeignKey("rotation.id", ondelete="CASCADE"))
    from_on: Mapped[date] = mapped_column(Date)
    tier: Mapped[int] = mapped_column(Integer)
    turns: Mapped[str] = mapped_column(String(8))

    blocks: Mapped[list["RotationBlockRow"]] = relationship(
        order_by="RotationBlockRow.position", cascade="all, delete-orphan"
    )
    seats: Mapped[list["RotationSeatRow"]] = relationship(
        order_by="RotationSeatRow.position", cascade="all, delete-orphan"
    )
    events: Mapped[list["RotationEventRow"]] = relationship(
        order_by="RotationEventRow.position", cascade="all, delete-orphan"
    )

    def __repr__(self) -> str:
        return f"<RotationPhaseRow {self.id}>"


class RotationBlockRow(Model):
    """A stretch that returns every week, in minutes after Monday 00:00, local."""

    __tablename__ = "rotation_block"
    __table_args__ = (
        CheckConstraint("start_minute BETWEEN 0 AND 10079", name="start"),
        CheckConstraint("end_minute BETWEEN 0 AND 10079", name="end"),
    )

    phase_id: Mapped[UUID] = mapped_column(
        ForeignKey("rotation_phase.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    start_minute: Mapped[int] = mapped_column(Integer)
    end_minute: Mapped[int] = mapped_column(Integer)


class RotationSeatRow(Model):
    """One place in the order of people that a phase begins with."""

    __tablename__ = "rotation_seat"
    __table_args__ = (Index(None, "phase_id", "person_id", unique=True),)

    phase_id: Mapped[UUID] = mapped_column(
        ForeignKey("rotation_phase.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))


class RotationEventRow(Model):
    """Somebody joins or leaves, from a local day on."""

    __tablename__ = "rotation_event"
    __table_args__ = (CheckConstraint("kind IN ('join', 'leave')", name="kind"),)

    phase_id: Mapped[UUID] = mapped_column(
        ForeignKey("rotation_phase.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(8))
    from_on: Mapped[date] = mapped_column(Date)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))


class RotationTurnRow(Model):
    """A shift that a rotation made, for the block that begins at `slot`.

    Without a shift somebody took it off by hand, and the rotation does not put it back.
    """

    __tablename__ = "rotation_turn"
    __table_args__ = (Index(None, "rotation_id", "slot"), Index(None, "shift_id"))

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    rotation_id: Mapped[UUID] = mapped_column(ForeignKey("rotation.id"))
    slot: Mapped[datetime] = mapped_column(UtcDateTime)
    shift_id: Mapped[UUID | None] = mapped_column(ForeignKey("shift.id", ondelete="SET NULL"))

    def __repr__(self) -> str:
        return f"<RotationTurnRow {self.id}>"
