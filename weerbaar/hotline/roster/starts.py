"""Telling people that their shift begins."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from weerbaar.accounts import notices
from weerbaar.hotline.roster.models import ShiftRow

NOTICE = "shift_starts"
# A worker that was down tells of no shift that began longer ago.
LATE = timedelta(minutes=15)


def announce(session: Session, now: datetime) -> int:
    """Post a notice for every shift that has just begun, once.

    Whoever goes on in a shift that meets his last one is not told again.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.

    Returns:
        How many people were told.
    """
    before = aliased(ShiftRow)
    goes_on = (
        select(before.id)
        .where(
            before.person_id == ShiftRow.person_id,
            before.tier == ShiftRow.tier,
            before.starts < ShiftRow.starts,
            before.ends >= ShiftRow.starts,
        )
        .exists()
    )
    begun = session.execute(
        select(ShiftRow.id, ShiftRow.person_id)
        .where(ShiftRow.starts <= now, ShiftRow.starts > now - LATE, ShiftRow.ends > now, ~goes_on)
        .order_by(ShiftRow.starts, ShiftRow.id)
    ).all()
    return sum(
        notices.post(session, person_id, NOTICE, now, key=f"shift-{shift_id}")
        for shift_id, person_id in begun
    )
