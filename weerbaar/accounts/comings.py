"""Who came and who went: joining, admission, changed roles and leaving, as the trail tells them.

It says nothing of anybody's cases, save how many of them somebody handed over before he left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.accounts.models import TrailRow
from weerbaar.config.clock import AMSTERDAM, local

# What is told of, in the order of a working life.
ACTS = (
    "person.add", "person.activate", "group.admit", "person.roles", "person.start-over",
    "group.remove", "person.leave", "quorum.succeed",
)  # fmt: skip
HANDED_OVER = "case.hand-over"
# Handing over begins before the last day.
BEFORE_LEAVING = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to somebody's account; nobody acts where the house did it itself."""

    on: date
    action: str
    person_id: UUID
    actor_id: UUID | None
    # Of admission and removal: the group.
    group: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """What happened in a period, and how many cases each person who left had handed over."""

    events: tuple[Event, ...]
    handed_over: dict[UUID, int]

    def count(self, action: str) -> int:
        """Of how many people an act is told."""
        return len({one.person_id for one in self.events if one.action == action})


def report(session: Session, first: date, last: date) -> Report:
    """What happened between two local days, both included.

    Args:
        session: where the trail is.
        first: from when.
        last: until when.
    """
    rows = session.execute(
        select(
            TrailRow.at, TrailRow.action, TrailRow.object_kind, TrailRow.object_id,
            TrailRow.actor_id,
        )
        .where(
            TrailRow.at >= _midnight(first),
            TrailRow.at < _midnight(last + timedelta(days=1)),
            TrailRow.action.in_(ACTS),
            TrailRow.object_id.is_not(None),
        )
        .order_by(TrailRow.number)
    ).all()  # fmt: skip
    events = tuple(
        Event(
            local(row.at).date(), row.action, UUID(row.object_id), row.actor_id,
            None if row.object_kind == "person" else row.object_kind,
        )
        for row in rows
    )  # fmt: skip
    return Report(events, _handed_over(session, events))


def _handed_over(session: Session, events: Sequence[Event]) -> dict[UUID, int]:
    found = {}
    for one in events:
        if one.action == "person.leave":
            since = _midnight(one.on - BEFORE_LEAVING)
            found[one.person_id] = session.scalar(
                select(func.count(func.distinct(TrailRow.object_id))).where(
                    TrailRow.at >= since,
                    TrailRow.at < _midnight(one.on + timedelta(days=1)),
                    TrailRow.action == HANDED_OVER,
                    TrailRow.actor_id == one.person_id,
                )
            )
    return {person: number or 0 for person, number in found.items()}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), AMSTERDAM)
