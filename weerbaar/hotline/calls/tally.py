"""How many calls each person took, by month: for the hours page, and nothing finer."""

from collections import Counter
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.hotline.calls.models import CallRow, WorkItemRow


def taken(session: Session, first: date, last: date) -> dict[tuple[UUID, date], int]:
    """Calls taken, by person and the first day of the month.

    Args:
        session: any session.
        first: from which day, as calls carry it (UTC).
        last: until which day, included.
    """
    query = (
        select(WorkItemRow.answered_by, CallRow.created_day, func.count())
        .join(CallRow, CallRow.id == WorkItemRow.call_id)
        .where(
            WorkItemRow.answered_by.is_not(None),
            ~CallRow.drill,
            CallRow.created_day.between(first, last),
        )
        .group_by(WorkItemRow.answered_by, CallRow.created_day)
    )
    found: Counter[tuple[UUID, date]] = Counter()
    for person_id, day, count in session.execute(query):
        if person_id is not None:
            found[person_id, day.replace(day=1)] += count
    return dict(found)
