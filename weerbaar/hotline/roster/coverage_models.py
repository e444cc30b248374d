"""Tables of coverage: other numbers in stated hours of the week, and what was told already."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model, UtcDateTime


class TierHoursRow(Model):
    """How many people a tier needs in hours that come every week, local; it overrules the tier."""

    __tablename__ = "tier_hours"
    __table_args__ = (
        CheckConstraint("tier >= 1", name="tier"),
        CheckConstraint("depth >= 0 AND (tier > 1 OR depth >= 1)", name="depth"),
        CheckConstraint(
            "starts_minute BETWEEN 0 AND 1439 AND ends_minute BETWEEN 0 AND 1439", name="minutes"
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    tier: Mapped[int] = mapped_column(Integer)
    # The days on which it begins, as digits: Monday is 1.
    weekdays: Mapped[str] = mapped_column(String(7))
    # Minutes since local midnight; an end that is not later than the start is on the next day.
    starts_minute: Mapped[int] = mapped_column(Integer)
    ends_minute: Mapped[int] = mapped_column(Integer)
    depth: Mapped[int] = mapped_column(Integer)

    def __repr__(self) -> str:
        return f"<TierHoursRow {self.id}>"


class RosterAlarmRow(Model):
    """A hole or thin spot ahead as it stands now, and the last stage at which it was told."""

    __tablename__ = "roster_alarm"
    __table_args__ = (
        CheckConstraint("kind IN ('hole', 'thin')", name="kind"),
        CheckConstraint("stage IN ('14_days', '72_hours', '2_hours')", name="stage"),
        CheckConstraint("starts < ends", name="order"),
    )

    kind: Mapped[str] = mapped_column(String(4), primary_key=True)
    tier: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    starts: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    ends: Mapped[datetime] = mapped_column(UtcDateTime)
    stage: Mapped[str] = mapped_column(String(8))

    def __repr__(self) -> str:
        return f"<RosterAlarmRow {self.kind} {self.tier}>"
