"""Asking whoever has duty by telephone whether he is there, and what counts as being there."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from weerbaar.hotline.calls import live
from weerbaar.hotline.calls.line import insert_into
from weerbaar.hotline.calls.models import StaffCallPurpose, StaffCallRow
from weerbaar.hotline.calls.waking import new_row
from weerbaar.hotline.roster import readiness

DUTY = "duty"


def watch(session: Session, now: datetime, patience: timedelta) -> int:
    """See who is there for the shift that began, ring who said nothing, tell of who stays silent.

    Whoever talks with a caller is there. Nobody is rung while a caller is on the line: that
    telephone may be needed for him. Each person is rung once for a shift.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.
        patience: how long after the start one may say that one is there.

    Returns:
        How many were noted, are to be rung, or were told of.
    """
    going_on = live.live(session)
    waiting = readiness.waiting(session, now)
    noted = sum(
        readiness.note(session, one.shift_id, one.person_id, now)
        for one in waiting
        if one.person_id in going_on.talking
    )
    begun = 0
    if not going_on.calls:
        silent = [one for one in waiting if one.person_id not in going_on.talking]
        wishes = readiness.preferences(session, {one.person_id for one in silent})
        begun = sum(
            _begin(session, one, now)
            for one in silent
            if wishes[one.person_id].by_call and readiness.RUNG_AFTER <= now - one.starts < patience
        )
    return noted + begun + readiness.tell_of_missed(session, now, patience)


def _begin(session: Session, waited: readiness.Waited, now: datetime) -> bool:
    begun = session.execute(
        insert_into(session, StaffCallRow)
        .values(
            **new_row(uuid4(), StaffCallPurpose.DUTY, DUTY, now),
            subject_id=waited.shift_id,
            person_id=waited.person_id,
        )
        .on_conflict_do_nothing()
        .returning(StaffCallRow.id)
    ).first()
    return begun is not None
