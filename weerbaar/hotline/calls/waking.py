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
from weerbaar.hotline.roster.takeovers import HandedOver

TOKEN_BYTES = 18


def raise_alarm(
    session: Session, alarm: Alarm, now: datetime, subject_id: UUID | None = None
) -> bool:
    """Begin to wake somebody, unless the same alarm rings already or was just confirmed.

    Args:
        session: the caller commits.
        alarm: what it is about.
        now: this instant, aware, UTC.
        subject_id: the piece of work, or the shift, it is about; when that is over, so is it.

    Returns:
        Whether a new alarm began.
    """
    heard = select(StaffCallRow.id).where(
        StaffCallRow.event == alarm.value,
        StaffCallRow.outcome == StaffCallOutcome.CONFIRMED,
        StaffCallRow.ended_at > now - alarms.QUIET,
    )
    if alarm in alarms.OF_ONE_SUBJECT:
        heard = heard.where(StaffCallRow.subject_id == subject_id)
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


def tell_of_sick_call(session: Session, done: HandedOver, now: datetime) -> None:
    """Wake whoever has the duty now, or, where nobody has, who can find somebody.

    Args:
        session: the caller commits.
        done: what became of the sick call.
        now: this instant, aware, UTC.
    """
    alarm = Alarm.NOBODY_TAKES_OVER if done.person_id is None else Alarm.HANDED_OVER
    raise_alarm(session, alarm, now, done.shift_id)


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
