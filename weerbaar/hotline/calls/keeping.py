"""What this room keeps for a while: work nobody took up, spoken messages, courses of calls."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from weerbaar.accounts import envelopes
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import items, traces
from weerbaar.hotline.calls.models import (
    CallBackRow,
    CallRow,
    ItemState,
    MessageState,
    TraceKind,
    VoiceMessageRow,
    WorkItemRow,
)
from weerbaar.intake.purging import Due, Keeper
from weerbaar.intake.retention_periods import counting, periods
from weerbaar.intake.retention_rules import Category

_OPEN = WorkItemRow.state != ItemState.DONE
_SEALED = VoiceMessageRow.state == MessageState.SEALED
_OF_DONE_WORK = (
    CallRow.course_record.is_not(None),
    ~select(WorkItemRow.id).where(WorkItemRow.call_id == CallRow.id, _OPEN).exists(),
)


def keepers() -> tuple[Keeper, ...]:
    """Of every category of this room, in the order in which they are destroyed."""
    return (
        Keeper(
            Category.VOICEMAIL,
            _older(Category.VOICEMAIL, VoiceMessageRow.id, VoiceMessageRow.created_day, _SEALED),
            counting(VoiceMessageRow, _SEALED),
            _destroy_message,
        ),
        Keeper(
            Category.WAITING_CALL,
            _older(Category.WAITING_CALL, WorkItemRow.id, WorkItemRow.created_day, _OPEN),
            counting(WorkItemRow, _OPEN),
            items.let_period_end,
        ),
        Keeper(
            Category.CALL_COURSE,
            _older(Category.CALL_COURSE, CallRow.id, CallRow.created_day, *_OF_DONE_WORK),
            counting(CallRow, *_OF_DONE_WORK),
            _destroy_course,
        ),
    )


def _older(
    category: Category,
    identity: InstrumentedAttribute[UUID],
    day: InstrumentedAttribute[date],
    *conditions: Any,
) -> Due:
    def due(session: Session, on: date, *, only: UUID | None = None) -> list[UUID]:
        oldest = on - timedelta(days=periods(session)[category])
        wanted = select(identity).where(day <= oldest, *conditions)
        if only is not None:
            wanted = wanted.where(identity == only)
        return list(session.scalars(wanted.order_by(day, identity)))

    return due


def _destroy_message(
    session: Session, vault: Vault, actor: Actor, message_id: UUID, now: datetime, why: str
) -> None:
    row = session.get(VoiceMessageRow, message_id, with_for_update=True)
    if row is None or row.record_id is None:
        return
    envelopes.destroy(session, vault, row.record_id, now, actor=actor, why=why)
    row.record_id, row.state, row.next_try_at = None, MessageState.DONE, None
    session.flush()
    traces.leave(session, TraceKind.RECORDING, [row.recording_sid], now)


def _destroy_course(
    session: Session, vault: Vault, actor: Actor, call_id: UUID, now: datetime, why: str
) -> None:
    row = session.get(CallRow, call_id, with_for_update=True)
    if row is None or row.course_record is None:
        return
    record, row.course_record = row.course_record, None
    session.flush()
    envelopes.destroy(session, vault, record, now, actor=actor, why=why)


def forget_lost(session: Session, lost: frozenset[UUID]) -> None:
    """Let go of envelopes that are about to go, because their secrets no longer exist.

    For whoever restores an older database: what was destroyed since is destroyed in it too. Work
    stays: whoever has it sees that there is no number.

    Args:
        session: the caller commits.
        lost: envelopes that open nothing any more.
    """
    for call in session.scalars(select(CallRow)).all():
        if call.number_record in lost:
            call.number_record = None
        if call.course_record in lost:
            call.course_record = None
    for item in session.scalars(select(WorkItemRow)).all():
        if item.number_record in lost:
            item.number_record = None
    for back in session.scalars(select(CallBackRow)).all():
        if back.reason_record in lost:
            back.reason_record = None
    for message in session.scalars(select(VoiceMessageRow)).all():
        if message.record_id in lost:
            message.record_id, message.state = None, MessageState.DONE
    session.flush()
