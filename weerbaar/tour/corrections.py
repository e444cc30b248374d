"""What was recorded as held by a slip, put right: no move of the table, and always with why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import Actor
from weerbaar.config.clock import local
from weerbaar.tour.errors import ChangedMeanwhile, MoveNotAllowed, NoSuchActivity
from weerbaar.tour.models import ActivityRow, MoveRow
from weerbaar.tour.stages import Slip, State


def put_right(
    session: Session, actor: Actor, activity_id: UUID, slip: Slip, now: datetime, *, seen: int
) -> None:
    """Make what was held planned again, on the same day; from there it goes on by a move.

    Nothing that was written about it is lost, and it counts as held no longer. Why stands in the
    trail, and with the step for whoever works on the tour.

    Args:
        session: the caller commits.
        actor: who puts it right.
        activity_id: which.
        slip: what was wrong.
        now: the instant, aware.
        seen: the version that was shown.

    Raises:
        NoSuchActivity: there is none.
        ChangedMeanwhile: it has another version by now.
        MoveNotAllowed: it was not held.
    """
    row = session.get(ActivityRow, activity_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NoSuchActivity
    if row.version != seen:
        raise ChangedMeanwhile
    if row.state != State.HELD.value:
        raise MoveNotAllowed
    row.state = State.PLANNED.value
    row.version += 1
    session.flush()
    # A step like any other: the map and the curve count anew.
    session.add(
        MoveRow(
            activity_id=row.id, number=row.version, state=row.state, on_day=row.on_day,
            day=local(now).date(), slip=slip.value,
        )
    )  # fmt: skip
    session.flush()
    trail.record(session, actor, "tour.correct", "tour_activity", row.id, now, outcome=slip.value)
