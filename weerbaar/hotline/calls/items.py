"""What calls leave to be done: made, claimed, passed on, closed. Doors commit."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, notices, people, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import messages, misuse, owners, waking
from weerbaar.hotline.calls.alarms import Alarm
from weerbaar.hotline.calls.conversation import Outcome, State
from weerbaar.hotline.calls.errors import ItemDone, ItemTaken, NoSuchItem, NotAdmitted
from weerbaar.hotline.calls.listing import ItemLine, mine, open_count
from weerbaar.hotline.calls.models import (
    CallBackRow,
    CallRow,
    CameBy,
    DoneReason,
    ItemKind,
    ItemState,
    WorkItemRow,
    WorkItemTurnRow,
)

__all__ = [
    "ItemLine", "assign", "begun_quarter", "claim", "close", "destroy_number", "get",
    "let_notices_fall_back", "let_period_end", "mine", "of_call", "open_count", "open_for",
    "put_off", "spoken", "tell", "to_quarter", "warn_managers",
]  # fmt: skip

QUARTER = timedelta(minutes=15)
# How long each kind may wait before somebody else gets it.
DUE: dict[ItemKind, timedelta] = {
    ItemKind.CALLBACK_ASKED: timedelta(minutes=30),
    ItemKind.ACCEPTED_NOT_BRIDGED: timedelta(minutes=30),
    ItemKind.MESSAGE_LEFT: timedelta(minutes=30),
    ItemKind.MISSED: timedelta(minutes=60),
    ItemKind.CONVERSATION: timedelta(minutes=120),
}
# How long whoever is given late work has for it.
AGAIN = timedelta(minutes=30)
NOTICE_WAITING = "task_waiting"
NOTICE_MISSED = "missed_call"
NOTICE_OVERDUE = "task_overdue"
NOTICE_ATTEMPTS = "task_attempts"
NOTICE_NOBODY = "nobody_on_duty"
NOTICE_LOOP = "phone_forwards_to_hotline"

# Reasons somebody may give by hand; *recorded* comes from recording, and a period ends by itself.
_NOT_BY_HAND = {DoneReason.RECORDED, DoneReason.PERIOD_OVER}
REASONS = tuple(reason for reason in DoneReason if reason not in _NOT_BY_HAND)


def to_quarter(instant: datetime) -> datetime:
    """The next quarter of an hour at or after an instant; due times are kept no finer."""
    whole = instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    steps = -(-(instant - whole) // QUARTER)
    return whole + steps * QUARTER


def begun_quarter(instant: datetime) -> datetime:
    """The quarter of an hour in which an instant lies; attempts are kept no finer."""
    return to_quarter(instant - QUARTER + timedelta.resolution)


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
        answered = preferred is not None and item.owner_id == preferred
        item.came_by = CameBy.ANSWERED if answered else CameBy.DUTY
    session.flush()
    # An exercise calls nobody to work.
    if not call.drill:
        tell(session, item, NOTICE_WAITING, now)
    return item


def open_again(session: Session, call: CallRow, kind: ItemKind, now: datetime) -> WorkItemRow:
    """The work of a call of which something came to light later; what was done is begun anew.

    Args:
        session: the caller commits.
        call: the call, locked.
        kind: why there is work now.
        now: this instant, aware, UTC.
    """
    item = of_call(session, call.id)
    if item is not None and item.state == ItemState.DONE:
        item.state, item.done_reason, item.owner_id = ItemState.WAITING, None, None
        item.passed_on += 1
        session.execute(delete(WorkItemTurnRow).where(WorkItemTurnRow.item_id == item.id))
    return open_for(session, call, kind, now)


def message_came(session: Session, call_id: UUID, now: datetime) -> None:
    """A spoken message is here: see that somebody has the work of hearing it.

    Args:
        session: the caller commits.
        call_id: on whose line it was spoken.
        now: this instant, aware, UTC.
    """
    call = session.get(CallRow, call_id, with_for_update=True, populate_existing=True)
    if call is None or call.state != State.ENDED:
        # The line still lives: its end sees to the work.
        return
    item = of_call(session, call_id)
    if item is None or item.state == ItemState.DONE:
        open_again(session, call, ItemKind.MESSAGE_LEFT, now)
    elif item.kind == ItemKind.MISSED:
        promised = item.due_at
        open_for(session, call, ItemKind.MESSAGE_LEFT, now)
        item.due_at = min(promised, item.due_at)


def nothing_was_recorded(session: Session, call_id: UUID) -> None:
    """The caller left before he spoke: it was a missed call, and its work says so.

    Args:
        session: the caller commits.
        call_id: on whose line nothing was recorded.
    """
    call = session.get(CallRow, call_id, with_for_update=True, populate_existing=True)
    item = of_call(session, call_id)
    if call is None or item is None or item.kind != ItemKind.MESSAGE_LEFT:
        return
    item.kind = ItemKind.MISSED
    if call.outcome == Outcome.MESSAGE_LEFT:
        call.outcome = Outcome.MISSED


def of_call(session: Session, call_id: UUID) -> WorkItemRow | None:
    """The piece of work of a call, when there is one."""
    return session.scalar(select(WorkItemRow).where(WorkItemRow.call_id == call_id))


def tell(session: Session, item: WorkItemRow, code: str, now: datetime) -> None:
    """Tell its owner, once for as often as it changed hands.

    Args:
        session: the door commits.
        item: the piece of work.
        code: what kind of notice.
        now: this instant, aware, UTC.
    """
    if code == NOTICE_WAITING and item.kind == ItemKind.MISSED:
        code = NOTICE_MISSED
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
    before = session.scalar(select(WorkItemRow.owner_id).where(WorkItemRow.id == item_id))
    taken = {} if before == actor.person_id else {"came_by": CameBy.TAKEN.value}
    won = session.execute(
        update(WorkItemRow)
        .where(WorkItemRow.id == item_id, WorkItemRow.state == ItemState.WAITING)
        .values(state=ItemState.CLAIMED.value, owner_id=actor.person_id, **taken)
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
    item.came_by = CameBy.ASSIGNED
    # Whoever is given it on purpose gets his time, whether he had it before or not.
    item.due_at = max(item.due_at, to_quarter(now + AGAIN))
    session.flush()
    trail.record(session, actor, "item.assign", "work_item", item_id, now)
    tell(session, item, NOTICE_WAITING, now)


def close(
    session: Session,
    vault: Vault,
    actor: Actor,
    item_id: UUID,
    reason: DoneReason,
    now: datetime,
) -> None:
    """End a piece of work; the caller's number and messages are destroyed in the same act.

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
    if reason is DoneReason.MISUSE:
        misuse.mark(session, vault, actor, item, now)
    _end(session, vault, actor, item, reason, now)


def let_period_end(
    session: Session, vault: Vault, actor: Actor, item_id: UUID, now: datetime, why: str
) -> None:
    """End work that nobody took up in all the time that its number may be kept.

    Args:
        session: the caller commits.
        vault: whose key store holds the number's secret.
        actor: who ends it; the system.
        item_id: which; one that is done changes nothing.
        now: this instant, aware, UTC.
        why: a fixed code, for the destruction log.
    """
    item = get(session, item_id, lock=True)
    if item.state != ItemState.DONE:
        _end(session, vault, actor, item, DoneReason.PERIOD_OVER, now, why)


def _end(
    session: Session,
    vault: Vault,
    actor: Actor,
    item: WorkItemRow,
    reason: DoneReason,
    now: datetime,
    why: str | None = None,
) -> None:
    item.state = ItemState.DONE
    item.done_reason = reason
    destroy_number(session, vault, item, now, why)
    _forget_attempts(session, vault, item, now)
    unheard_too = reason is not DoneReason.RECORDED
    messages.settle(session, vault, item.call_id, now, unheard_too=unheard_too)
    session.flush()
    trail.record(session, actor, "item.close", "work_item", item.id, now, outcome=reason.value)


def destroy_number(
    session: Session, vault: Vault, item: WorkItemRow, now: datetime, why: str | None = None
) -> None:
    """Destroy the group's copy of the caller's number; the call forgets its id."""
    if item.number_record is None:
        return
    envelopes.destroy(session, vault, item.number_record, now, why=why)
    item.number_record = None
    session.execute(
        update(CallRow)
        .where(CallRow.id == item.call_id)
        .values(number_record=None)
        .execution_options(synchronize_session=False)
    )


def _forget_attempts(session: Session, vault: Vault, item: WorkItemRow, now: datetime) -> None:
    # Of work that is done, no time stays but the day, and no reason.
    tried = session.scalars(select(CallBackRow).where(CallBackRow.item_id == item.id)).all()
    for one in tried:
        one.tried_at = None
        if one.reason_record is not None:
            envelopes.destroy(session, vault, one.reason_record, now)
            one.reason_record = None
    notices.fall_back_to_day(session, [f"item-{item.id}-", f"overdue-{item.id}-"])


# ---- after a call-back -------------------------------------------------------------------


def spoken(session: Session, item: WorkItemRow, actor: Actor, due_at: datetime) -> None:
    """The caller was reached: whoever spoke writes it down, by a time (aware, UTC)."""
    item.owner_id = actor.person_id
    item.state = ItemState.CLAIMED
    item.due_at = to_quarter(due_at)
    session.flush()


def put_off(session: Session, item: WorkItemRow, due_at: datetime) -> None:
    """Nobody was reached: it waits to be tried again by a time (aware, UTC), by whoever can."""
    item.state = ItemState.WAITING
    item.due_at = to_quarter(due_at)
    session.flush()


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
    if code == NOTICE_NOBODY:
        waking.raise_alarm(session, Alarm.NOBODY_ON_DUTY, now)
