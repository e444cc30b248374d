"""Work that waited too long, or whose owner went off duty, gets somebody else. Doors commit."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import notices, trail
from weerbaar.accounts.actors import SYSTEM
from weerbaar.hotline.calls import items, owners, waking
from weerbaar.hotline.calls.alarms import Alarm
from weerbaar.hotline.calls.models import (
    CallRow,
    CameBy,
    ItemKind,
    ItemState,
    WorkItemRow,
    WorkItemTurnRow,
)
from weerbaar.hotline.roster import verbs as roster

_OF_AN_EXERCISE = (
    select(CallRow.id).where(CallRow.id == WorkItemRow.call_id, CallRow.drill.is_(True)).exists()
)


def to_coordinator(session: Session, item: WorkItemRow, due_at: datetime, now: datetime) -> None:
    """It was tried often enough: a coordinator decides, and all of them are told once.

    Args:
        session: the door commits.
        item: the locked piece of work.
        due_at: by when, aware, UTC.
        now: this instant, aware, UTC.
    """
    coordinators = owners.candidates(session, now).coordinators
    _remember(session, item)
    item.owner_id = coordinators[0] if coordinators else item.owner_id
    item.came_by = CameBy.ATTEMPTS
    item.passed_on += 1
    items.put_off(session, item, due_at)
    trail.record(session, SYSTEM, "item.pass_on", "work_item", item.id, now)
    for person_id in coordinators:
        key = f"item-{item.id}-attempts-{item.passed_on}"
        notices.post(session, person_id, items.NOTICE_ATTEMPTS, now, key=key)


def _remember(session: Session, item: WorkItemRow) -> None:
    # The row of the work is locked: nobody else adds a turn meanwhile.
    if item.owner_id is None or item.owner_id in _had(session, item):
        return
    session.add(WorkItemTurnRow(item_id=item.id, person_id=item.owner_id))
    session.flush()


def _had(session: Session, item: WorkItemRow) -> set[UUID]:
    query = select(WorkItemTurnRow.person_id).where(WorkItemTurnRow.item_id == item.id)
    return set(session.scalars(query))


def escalate(session: Session, now: datetime) -> int:
    """Pass on work whose time has come or whose owner went off duty.

    Late work goes to the next who has duty, then to who has it next, then to the coordinators; to
    nobody twice. Work that was claimed stays with who claimed it the first time it is late, and
    the coordinators are told; a caller who still waits goes to somebody else the second time.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.

    Returns:
        How many pieces of work changed hands or were told of.
    """
    query = (
        select(WorkItemRow)
        .where(WorkItemRow.state != ItemState.DONE, ~_OF_AN_EXERCISE)
        .order_by(WorkItemRow.due_at)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    waiting = session.scalars(query).all()
    if not waiting:
        return 0
    candidates = owners.candidates(session, now)
    duty = {one.person_id for one in roster.on_duty(session, now)}
    moved = 0
    for item in waiting:
        if item.due_at <= now:
            _late(session, item, candidates, now)
            moved += 1
        else:
            moved += _hand_over(session, item, candidates, duty, now)
    return moved


def _hand_over(
    session: Session,
    item: WorkItemRow,
    candidates: owners.Candidates,
    duty: set[UUID],
    now: datetime,
) -> bool:
    # Once, and never what somebody was given because it was late: it would go to and fro.
    first_owner = item.passed_on == 0 and item.kind != ItemKind.CONVERSATION
    if item.state != ItemState.WAITING or not first_owner:
        return False
    if not duty or item.owner_id in duty:
        return False
    chosen = candidates.choose()
    if chosen in {item.owner_id, None}:
        return False
    item.owner_id = chosen
    item.came_by = CameBy.SHIFT
    item.passed_on += 1
    session.flush()
    trail.record(session, SYSTEM, "item.pass_on", "work_item", item.id, now)
    items.tell(session, item, items.NOTICE_WAITING, now)
    return True


def _late(
    session: Session, item: WorkItemRow, candidates: owners.Candidates, now: datetime
) -> None:
    had = _had(session, item)
    _remember(session, item)
    item.due_at = items.to_quarter(now + items.AGAIN)
    item.passed_on += 1
    chosen = _next_owner(session, item, had, now)
    if chosen is not None:
        item.owner_id = chosen
        item.state = ItemState.WAITING
        item.came_by = CameBy.LATE
        session.flush()
        trail.record(session, SYSTEM, "item.pass_on", "work_item", item.id, now)
        items.tell(session, item, items.NOTICE_OVERDUE, now)
    _warn(session, item, (one for one in candidates.coordinators if one != chosen), now)
    if had and item.kind != ItemKind.CONVERSATION:
        # Somebody was told in time, somebody after him, and a caller still waits.
        waking.raise_alarm(session, Alarm.TASK_OVERDUE, now, item.id)


def _next_owner(session: Session, item: WorkItemRow, had: set[UUID], now: datetime) -> UUID | None:
    # None: it stays where it is, and the coordinators hear of it each time.
    somebody_waits = item.kind != ItemKind.CONVERSATION and item.owner_id in had
    if item.state == ItemState.CLAIMED and not somebody_waits:
        return None
    chain = owners.chain(session, now)
    return next((one for one in chain if one != item.owner_id and one not in had), None)


def _warn(session: Session, item: WorkItemRow, coordinators: Iterable[UUID], now: datetime) -> None:
    for person_id in coordinators:
        key = f"overdue-{item.id}-{item.passed_on}"
        notices.post(session, person_id, items.NOTICE_OVERDUE, now, key=key)
