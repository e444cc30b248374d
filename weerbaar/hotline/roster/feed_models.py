"""The table of calendar feeds."""

from datetime import date
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Date, ForeignKey, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from weerbaar.config.database import Model


class Scope(StrEnum):
    """Whose shifts a feed shows."""

    OWN = "own"
    TEAM = "team"


class FeedRow(Model):
    """A secret address at which somebody's calendar fetches shifts; revoked, the row is gone."""

    __tablename__ = "roster_feed"
    __table_args__ = (CheckConstraint("scope IN ('own', 'team')", name="scope"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    scope: Mapped[str] = mapped_column(String(4))
    created_day: Mapped[date] = mapped_column(Date)
    # The last day on which something fetched it, so that its owner knows which one is in use.
    used_day: Mapped[date | None] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<FeedRow {self.id}>"
