"""What is kept of an ended call: its exact course is sealed, its columns fall back to the day."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.recipients import Group, GroupName
from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import items, traces
from weerbaar.hotline.calls.models import CallBackRow, CallEventRow, CallRow, LegRow, TraceKind

SEALED_AFTER = timedelta(hours=1)
AT_ONCE = 100


def seal_course(session: Session, vault: Vault, now: datetime) -> int:
    """Seal the course of calls that ended an hour ago, and let call-backs fall back to the day.

    Args:
        session: the worker commits.
        vault: key store and trust.
        now: this instant, aware, UTC.

    Returns:
        How many calls and call-backs were treated.

    Raises:
        KeyStoreGone: nothing can be sealed; everything stays as it is.
    """
    query = (
        select(CallRow)
        .where(CallRow.ended_at <= now - SEALED_AFTER)
        .order_by(CallRow.ended_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    calls = session.scalars(query).all()
    for call in calls:
        _seal(session, vault, call, now)
    return len(calls) + _forget_call_backs(session, now)


def _seal(session: Session, vault: Vault, call: CallRow, now: datetime) -> None:
    legs = session.scalars(
        select(LegRow).where(LegRow.call_id == call.id).order_by(LegRow.number)
    ).all()
    call.course_record = envelopes.seal(
        session,
        vault,
        kind=Kind.CALL_COURSE,
        plaintext=json.dumps({"v": 1, **_course(session, call, legs)}).encode(),
        recipients=[Group(GroupName.CONFIDANTS)],
        now=now,
    )
    traces.leave(session, TraceKind.CALL, [call.provider_sid], now)
    for leg in legs:
        _leave(session, leg, now)
    session.execute(delete(CallEventRow).where(CallEventRow.call_id == call.id))
    items.let_notices_fall_back(session, call.id)
    call.plan = call.roster_version = None
    call.started_at = call.ringing_since = call.ended_at = None
    call.last_position = call.taken_leg = call.caller_mark = None
    call.acute_since = call.joined_at = call.fetched_at = None
    call.room = call.conference_sid = None
    call.one_by_one = call.errands = call.to_fetch = False
    call.leg_number = call.step = call.tries = call.inquiries = 0
    # They steered the call; what they said of it is in its course.
    call.withheld, call.number_confirmed = False, True
    session.flush()


def _leave(session: Session, leg: LegRow, now: datetime) -> None:
    # The provider still knows this leg; its id stays until the deletion there is confirmed.
    traces.leave(session, TraceKind.CALL, [leg.provider_sid], now)
    session.delete(leg)


def _course(session: Session, call: CallRow, legs: Any) -> dict[str, Any]:
    events = session.scalars(
        select(CallEventRow).where(CallEventRow.call_id == call.id).order_by(CallEventRow.number)
    )
    return {
        "started_at": _iso(call.started_at),
        "ended_at": _iso(call.ended_at),
        "outcome": call.outcome,
        "lane": lane(call),
        "withheld": call.withheld,
        "number_confirmed": call.number_confirmed,
        "plan": json.loads(call.plan) if call.plan else None,
        "events": [[_iso(one.at), one.event, one.state] for one in events],
        "legs": [leg_facts(leg) for leg in legs],
    }


def lane(call: CallRow) -> str:
    """In which lane a call ran: ordinary, or acute since key 9 was pressed."""
    return "ordinary" if call.acute_since is None else "acute"


def leg_facts(leg: LegRow) -> dict[str, Any]:
    """One leg in plain values: who, when, and what came of it."""
    return {
        "number": leg.number,
        "person": str(leg.person_id),
        "tier": leg.tier,
        "state": leg.state,
        "outcome": leg.outcome,
        "placed_at": _iso(leg.placed_at),
        "shape": "together" if leg.together else "single",
        "accepted_at": _iso(leg.accepted_at),
        "joined_at": _iso(leg.joined_at),
        "ended_at": _iso(leg.ended_at),
    }


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")


def _forget_call_backs(session: Session, now: datetime) -> int:
    rows = session.scalars(
        select(CallBackRow)
        .where(CallBackRow.ended_at <= now - SEALED_AFTER)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        for leg in session.scalars(select(LegRow).where(LegRow.call_back_id == row.id)).all():
            _leave(session, leg, now)
        traces.leave(session, TraceKind.CALL, [row.leg_sid, row.official_sid], now)
        row.leg_sid = row.official_sid = None
        row.started_at = row.ended_at = None
        session.flush()
    return len(rows)
