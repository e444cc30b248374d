"""Raising an alarm: from here on somebody is rung until he confirms. See `staff_calls`."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import SYSTEM
from weerbaar.accounts.notices import insert_once
from weerbaar.hotline.calls import alarms
from weerbaar.hotline.calls.alarms import Alarm
from weerbaar.hotline.calls.models import (
    StaffCallOutcome,
    StaffCallPurpose,
    StaffCallRow,
    StaffCallState,
)

TOKEN_BYTES = 18


def raise_alarm(
    session: Session, alarm: Alarm, now: datetime, subject_id: UUID | None = None
) -> bool:
    """Begin to wake somebody, unless the same alarm rings already or was just confirmed.

    Args:
        session: the caller commits.
        alarm: what it is about.
        now: this instant, aware, UTC.
        subject_id: the piece of work it is about; when that is done the alarm is over.

    Returns:
        Whether a new alarm began.
    """
    heard = select(StaffCallRow.id).where(
        StaffCallRow.event == alarm.value,
        StaffCallRow.outcome == StaffCallOutcome.CONFIRMED,
        StaffCallRow.ended_at > now - alarms.QUIET,
    )
    if session.scalar(heard.limit(1)) is not None:
        return False
    staff_call_id = uuid4()
    begun = session.execute(
        insert_once(session, StaffCallRow)
        .values(
            **new_row(staff_call_id, StaffCallPurpose.ALARM, alarm.value, now),
            subject_id=subject_id,
        )
        .on_conflict_do_nothing()
        .returning(StaffCallRow.id)
    ).first()
    if begun is None:
        return False
    trail.record(session, SYSTEM, "alarm.raise", "staff_call", staff_call_id, now)
    return True


def new_row(
    staff_call_id: UUID, purpose: StaffCallPurpose, event: str, now: datetime
) -> dict[str, Any]:
    """The values of an alarm or test that begins now (aware, UTC)."""
    return {
        "id": staff_call_id,
        "token": secrets.token_urlsafe(TOKEN_BYTES),
        "purpose": purpose.value,
        "event": event,
        "state": StaffCallState.WAITING.value,
        "attempts": 0,
        "round": 0,
        "next_at": now,
        "started_at": now,
        "created_day": now.date(),
    }
