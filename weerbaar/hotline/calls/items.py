"""What calls leave to be done: made, claimed, passed on, closed. Doors commit."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, notices, people, trail
from weerbaar.accounts.actors import SYSTEM, Actor, Role
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import owners
from weerbaar.hotline.calls.errors import ItemDone, ItemTaken, NoSuchItem, NotAdmitted
from weerbaar.hotline.calls.listing import ItemLine, mine, open_count
from weerbaar.hotline.calls.models import CallRow, DoneReason, ItemKind, ItemState, WorkItemRow
from weerbaar.hotline.roster import verbs as roster

__all__ = [
    "ItemLine", "assign", "claim", "close", "destroy_number", "escalate", "get",
    "let_notices_fall_back", "mine", "of_call", "open_count", "open_for", "to_quarter",
    "warn_managers",
]  # fmt: skip

QUARTER = timedelta(minutes=15)
# How long each kind may wait before somebody else gets it.
DUE: dict[ItemKind, timedelta] = {
    ItemKind.CALLBACK_ASKED: timedelta(minutes=30),
    ItemKind.ACCEPTED_NOT_BRIDGED: timedelta(minutes=30),
    ItemKind.MISSED: timedelta(minutes=60),
    ItemKind.CONVERSATION: timedelta(minutes=120),
}
AGAIN = timedelta(minutes=30)
NOTICE_WAITING = "task_waiting"
NOTICE_OVERDUE = "task_overdue"
NOTICE_NOBODY = "nobody_on_duty"
NOTICE_LOOP = "phone_forwards_to_hotline"

# Reasons somebody may give by hand; *recorded* comes from recording.
REASONS = tuple(reason for reason in DoneReason if reason is not DoneReason.RECORDED)


def to_quarter(instant: datetime) -> datetime:
    """The next quarter of an hour at or after an instant; due times are kept no finer."""
    whole = instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    steps = -(-(instant - whole) // QUARTER)
    return whole + steps * QUARTER


def open_for(
    session: Session,
    call: CallRow,
    kind: ItemKind,
    now: datetime,
    *,
    answered_by: UUID | None = None,
) -> WorkItemRow:
    """The piece of work of a call: made, or brought up to what the call has become.

    Args:
        session: the caller commits.
        call: the call.
        kind: why there is work.
        now: this instant, aware, UTC.
        answered_by: who took the call, when somebody did.
    """
    candidates = owners.candidates(session, now)
    readers = owners.admitted(session)
    preferred = answered_by if answered_by in readers else None
    item = of_call(session, call.id)
    if item is None:
        item = WorkItemRow(
            call_id=call.id,
            state=ItemState.WAITING,
            passed_on=0,
            created_day=now.date(),
        )
        session.add(item)
    elif item.state == ItemState.DONE:
        return item
    item.kind = kind
    item.asked = kind is ItemKind.CALLBACK_ASKED
    item.answered_by = answered_by or item.answered_by
    item.number_record = call.number_record
    item.number_confirmed = call.number_confirmed
    item.due_at = to_quarter(now + DUE[kind])
    if item.state == ItemState.WAITING or item.owner_id is None:
        item.owner_id = candidates.choose(preferred=preferred)
    session.flush()
    _tell(session, item, NOTICE_WAITING, now)
    return item


def of_call(session: Session, call_id: UUID) -> WorkItemRow | None:
    """The piece of work of a call, when there is one."""
    return session.scalar(select(WorkItemRow).where(WorkItemRow.call_id == call_id))


def _tell(session: Session, item: WorkItemRow, code: str, now: datetime) -> None:
    if item.owner_id is not None:
        key = f"item-{item.id}-{item.kind}-{item.passed_on}"
        notices.post(session, item.owner_id, code, now, key=key)


def let_notices_fall_back(session: Session, call_id: UUID) -> None:
    """Let the notices that a call made keep no more of its time than the day.

    Args:
        session: the caller commits.
        call_id: a call whose course is sealed.
    """
    prefixes = [f"nobody-{call_id}"]
    item = of_call(session, call_id)
    if item is not None:
        prefixes += [f"item-{item.id}-", f"overdue-{item.id}-"]
    notices.fall_back_to_day(session, prefixes)


# ---- people ------------------------------------------------------------------------------


def get(session: Session, item_id: UUID, *, lock: bool = False) -> WorkItemRow:
    """One piece of work.

    Raises:
        NoSuchItem: there is none.
    """
    query = select(WorkItemRow).where(WorkItemRow.id == item_id)
    if lock:
        _lock_call(session, item_id)
        query = query.with_for_update().execution_options(populate_existing=True)
    item = session.scalar(query)
    if item is None:
        raise NoSuchItem
    return item


def _lock_call(session: Session, item_id: UUID) -> None:
    # The telephone locks a call before its work: so does everybody, and nobody waits crosswise.
    session.execute(
        select(CallRow.id)
        .join(WorkItemRow, WorkItemRow.call_id == CallRow.id)
        .where(WorkItemRow.id == item_id)
        .with_for_update(of=CallRow)
    )


def number_of(
    session: Session, vault: Vault, actor: Actor, item_id: UUID, now: datetime
) -> str | None:
    """The caller's number, opened with the reader's keys; the reading leaves a trail.

    Args:
        session: the door commits, a first opening writes.
        vault: key store and trust.
        actor: the reader.
        item_id: of which piece of work.
        now: this instant, aware, UTC.

    Returns:
        E.164, or as the provider gave it; None where there is none.

    Raises:
        NoSuchItem: there is no such work.
        NotAdmitted: the reader cannot open it.
        KeysLocked: the session is locked.
        CannotOpen: it was damaged or destroyed.
    """
    item = get(session, item_id)
    if item.number_record is None:
        return None
    try:
        opened = envelopes.open_one(
            session, vault, actor.keys, item.number_record, kind=Kind.CALLER_NUMBER
        )
    except envelopes.NotAReader:
        raise NotAdmitted from None
    trail.record(session, actor, "item.number", "work_item", item_id, now)
    number: str = json.loads(opened)["number"]
    return number


def claim(session: Session, actor: Actor, item_id: UUID, now: datetime) -> WorkItemRow:
    """Take a waiting piece of work; of two who try at once, one gets it.

    Args:
        session: the door commits.
        actor: the confidant.
        item_id: which.
        now: this instant, aware, UTC.

    Raises:
        NoSuchItem: there is none.
        NotAdmitted: the person cannot read it.
        ItemTaken: somebody else has it.
        ItemDone: it has been dealt with.
    """
    if actor.person_id is None or actor.person_id not in owners.admitted(session):
        raise NotAdmitted
    _lock_call(session, item_id)
    won = session.execute(
        update(WorkItemRow)
        .where(WorkItemRow.id == item_id, WorkItemRow.state == ItemState.WAITING)
        .values(state=ItemState.CLAIMED.value, owner_id=actor.person_id)
        .returning(WorkItemRow.id)
        .execution_options(synchronize_session=False)
    ).first()
    item = get(session, item_id, lock=True)
    if item.state == ItemState.DONE:
        raise ItemDone
    if item.owner_id != actor.person_id:
        raise ItemTaken
    if won is not None:
        trail.record(session, actor, "item.claim", "work_item", item_id, now)
    return item


def assign(session: Session, actor: Actor, item_id: UUID, person_id: UUID, now: datetime) -> None:
    """Give a piece of work to a confidant, whoever has it; the coordinator's verb.

    Args:
        session: the door commits.
        actor: the coordinator.
        item_id: which.
        person_id: to whom.
        now: this instant, aware, UTC.

    Raises:
        NoSuchItem: there is none.
        NotAdmitted: the person cannot read it.
        ItemDone: it has been dealt with.
    """
    if person_id not in owners.admitted(session):
        raise NotAdmitted
    item = get(session, item_id, lock=True)
    if item.state == ItemState.DONE:
        raise ItemDone
    item.owner_id = person_id
    item.state = ItemState.WAITING
    item.passed_on += 1
    session.flush()
    trail.record(session, actor, "item.assign", "work_item", item_id, now)
    _tell(session, item, NOTICE_WAITING, now)


def close(
    session: Session,
    vault: Vault,
    actor: Actor,
    item_id: UUID,
    reason: DoneReason,
    now: datetime,
) -> None:
    """End a piece of work; the caller's number is destroyed in the same act.

    Args:
        session: the door commits.
        vault: whose key store holds the number's secret.
        actor: who ends it: its owner, or whoever may assign.
        item_id: which.
        reason: how it ended.
        now: this instant, aware, UTC.

    Raises:
        NoSuchItem: there is none.
        ItemTaken: somebody else claimed it.
        ItemDone: it has been dealt with already.
    """
    item = get(session, item_id, lock=True)
    if item.state == ItemState.DONE:
        raise ItemDone
    others = item.state == ItemState.CLAIMED and item.owner_id != actor.person_id
    if others and Role.COORDINATOR not in actor.roles:
        raise ItemTaken
    if item.owner_id is None or item.state == ItemState.WAITING:
        item.owner_id = actor.person_id
    item.state = ItemState.DONE
    item.done_reason = reason
    destroy_number(session, vault, item, now)
    session.flush()
    trail.record(session, actor, "item.close", "work_item", item_id, now, outcome=reason.value)


def destroy_number(session: Session, vault: Vault, item: WorkItemRow, now: datetime) -> None:
    """Destroy the group's copy of the caller's number; the call forgets its id."""
    if item.number_record is None:
        return
    envelopes.destroy(session, vault, item.number_record, now)
    item.number_record = None
    session.execute(
        update(CallRow)
        .where(CallRow.id == item.call_id)
        .values(number_record=None)
        .execution_options(synchronize_session=False)
    )


# ---- the worker --------------------------------------------------------------------------


def escalate(session: Session, now: datetime) -> int:
    """Pass on waiting work whose time has come or whose owner went off duty.

    Work that was claimed and is overdue stays with who claimed it; the coordinators are told.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.

    Returns:
        How many pieces of work changed hands or were told of.
    """
    query = (
        select(WorkItemRow)
        .where(WorkItemRow.state != ItemState.DONE)
        .order_by(WorkItemRow.due_at)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    waiting = session.scalars(query).all()
    if not waiting:
        return 0
    candidates = owners.candidates(session, now)
    duty = {one.person_id for one in roster.on_duty(session, now)}
    return sum(_pass_on(session, item, candidates, duty, now) for item in waiting)


def _pass_on(
    session: Session,
    item: WorkItemRow,
    candidates: owners.Candidates,
    duty: set[UUID],
    now: datetime,
) -> bool:
    overdue = item.due_at <= now
    if item.state == ItemState.CLAIMED:
        if overdue:
            item.due_at = to_quarter(now + AGAIN)
            item.passed_on += 1
            _warn(session, item, candidates.coordinators, now)
        return overdue
    # Once, and never what somebody was given because it was late: it would go to and fro.
    first_owner = item.passed_on == 0 and item.kind != ItemKind.CONVERSATION
    handed_over = first_owner and bool(duty) and item.owner_id not in duty
    if not overdue and not handed_over:
        return False
    chosen = candidates.choose(other_than=item.owner_id if overdue else None)
    if not overdue and chosen in {item.owner_id, None}:
        return False
    item.owner_id = chosen or item.owner_id
    item.passed_on += 1
    if overdue:
        item.due_at = to_quarter(now + AGAIN)
        _warn(session, item, candidates.coordinators, now)
    session.flush()
    trail.record(session, SYSTEM, "item.pass_on", "work_item", item.id, now)
    _tell(session, item, NOTICE_OVERDUE if overdue else NOTICE_WAITING, now)
    return True


def _warn(session: Session, item: WorkItemRow, coordinators: Iterable[UUID], now: datetime) -> None:
    for person_id in coordinators:
        key = f"overdue-{item.id}-{item.passed_on}"
        notices.post(session, person_id, NOTICE_OVERDUE, now, key=key)


def warn_managers(session: Session, code: str, now: datetime, key: str) -> None:
    """Tell roster managers and coordinators that the telephone needs them.

    Args:
        session: the caller commits.
        code: a fixed code.
        now: this instant, aware, UTC.
        key: what makes it the same notice.
    """
    told = people.with_role(session, Role.ROSTER_MANAGER) | people.with_role(
        session, Role.COORDINATOR
    )
    for person_id in sorted(told):
        notices.post(session, person_id, code, now, key=key)
