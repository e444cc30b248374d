"""Tables of trainers: who they are is sealed under service keys; when they work is not."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, LargeBinary, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model


class TrainerRow(Model):
    """Somebody who moderates sessions and gives trainings; no colleague with an account."""

    __tablename__ = "tour_trainer"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # Since when nobody is assigned to him any more.
    ended_day: Mapped[date | None] = mapped_column(Date)
    created_day: Mapped[date] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<TrainerRow {self.id}>"


class TrainerAwayRow(Model):
    """Days on which a trainer cannot come, both included; never why."""

    __tablename__ = "tour_trainer_away"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="order"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    trainer_id: Mapped[UUID] = mapped_column(
        ForeignKey("tour_trainer.id", ondelete="CASCADE"), index=True
    )
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)


class AssignmentRow(Model):
    """A trainer does a session or a training, for a fee in whole euros."""

    __tablename__ = "tour_assignment"
    __table_args__ = (CheckConstraint("fee_euros >= 0", name="fee"),)

    activity_id: Mapped[UUID] = mapped_column(
        ForeignKey("tour_activity.id", ondelete="CASCADE"), primary_key=True
    )
    trainer_id: Mapped[UUID] = mapped_column(
        ForeignKey("tour_trainer.id"), primary_key=True, index=True
    )
    fee_euros: Mapped[int | None] = mapped_column(Integer)
    created_day: Mapped[date] = mapped_column(Date)
