"""What the trail tells of some objects, for those whom it concerns."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts.models import TrailRow


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of the trail: who did what, and when; nobody where the house did it itself."""

    at: datetime
    actor_id: UUID | None
    action: str
    outcome: str


def of_objects(
    session: Session, object_ids: Collection[UUID], *, without: Collection[str] = (), newest: int
) -> list[Fact]:
    """The newest facts about some objects, the newest first.

    Args:
        session: where the trail is.
        object_ids: which objects.
        without: actions that are left out.
        newest: how many at most.
    """
    rows = session.execute(
        select(TrailRow.at, TrailRow.actor_id, TrailRow.action, TrailRow.outcome)
        .where(
            TrailRow.object_id.in_([str(one) for one in object_ids]),
            TrailRow.action.not_in(list(without)),
        )
        .order_by(TrailRow.number.desc())
        .limit(newest)
    )
    return [Fact(*row) for row in rows]
