"""What came of call-backs, and what that means for the work they belong to. Doors commit."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import Actor
from weerbaar.hotline.calls import attempts, items, passing_on
from weerbaar.hotline.calls.attempts import NOT_SPOKEN, Next
from weerbaar.hotline.calls.call_backs import mine
from weerbaar.hotline.calls.models import (
    BackOutcome,
    CallBackRow,
    CallRow,
    ItemState,
    WorkItemRow,
)

# What people read of each outcome; pages translate it.
LABELS: dict[BackOutcome, str] = {
    BackOutcome.REACHED: "Gesproken",
    BackOutcome.NOT_REACHED: "Niet opgenomen",
    BackOutcome.VOICEMAIL: "Voicemail",
    BackOutcome.OTHER_PERSON: "Iemand anders nam op",
    BackOutcome.NUMBER_WRONG: "Het nummer klopt niet",
    BackOutcome.NOT_SAFE: "Bellen is niet veilig",
}


@dataclass(frozen=True)
class Attempt:
    """One call-back for a piece of work in which the official was rung.

    `at` is the beginning of its quarter of an hour while the work is open; then only `day` stays.
    """

    id: UUID
    person_id: UUID
    at: datetime | None
    day: date
    outcome: BackOutcome | None
    reason_record: UUID | None = None

    @property
    def label(self) -> str:
        """What people read of what came of it; empty while nobody said."""
        return LABELS[self.outcome] if self.outcome else ""


def of_item(session: Session, item_id: UUID) -> list[Attempt]:
    """The attempts of a piece of work, oldest first."""
    rows = session.scalars(
        select(CallBackRow)
        .where(CallBackRow.item_id == item_id)
        .where(CallBackRow.tried_at.is_not(None) | CallBackRow.outcome.is_not(None))
        .order_by(CallBackRow.tried_at, CallBackRow.created_day, CallBackRow.id)
    )
    return [
        Attempt(
            row.id,
            row.person_id,
            row.tried_at,
            row.created_day,
            BackOutcome(row.outcome) if row.outcome else None,
            row.reason_record,
        )
        for row in rows
    ]


def classify(
    session: Session, actor: Actor, call_back_id: UUID, outcome: BackOutcome, now: datetime
) -> Next:
    """Keep what came of a call-back, as the confidant judges it, and move its work on.

    Said again it changes nothing; said otherwise it counts as corrected.

    Args:
        session: the door commits.
        actor: the confidant who called.
        call_back_id: which call-back.
        outcome: as he judges it.
        now: this instant, aware, UTC.

    Returns:
        What the work needs next; for a call-back without work, what it would need.

    Raises:
        NoSuchCallBack: there is none, or it is somebody else's.
    """
    item_id = mine(session, actor, call_back_id).item_id
    item = None if item_id is None else items.get(session, item_id, lock=True)
    row = mine(session, actor, call_back_id)
    session.refresh(row)
    said_before = row.outcome == outcome
    row.outcome = outcome.value
    session.flush()
    tries = _tries(session, item)
    step = attempts.after(outcome, tries, now, acute=_is_acute(session, item))
    if said_before:
        return step.next
    trail.record(
        session, actor, "call_back.outcome", "call_back", call_back_id, now, outcome=outcome.value
    )
    if item is not None and _is_for(item, actor):
        _move_on(session, item, actor, step, now)
    return step.next


def _tries(session: Session, item: WorkItemRow | None) -> int:
    if item is None:
        return 1
    query = select(func.count()).where(
        CallBackRow.item_id == item.id, CallBackRow.outcome.in_([one.value for one in NOT_SPOKEN])
    )
    return session.scalar(query) or 0


def _is_acute(session: Session, item: WorkItemRow | None) -> bool:
    # Known while the call's course is open, which outlasts the short pauses.
    if item is None:
        return False
    query = select(CallRow.acute_since).where(CallRow.id == item.call_id)
    return session.scalar(query) is not None


def _is_for(item: WorkItemRow, actor: Actor) -> bool:
    # A colleague who took it over meanwhile decides himself.
    others = item.state == ItemState.CLAIMED and item.owner_id != actor.person_id
    return item.state != ItemState.DONE and not others


def _move_on(
    session: Session, item: WorkItemRow, actor: Actor, step: attempts.Step, now: datetime
) -> None:
    if step.due_at is None:
        return
    if step.next is Next.RECORD:
        items.spoken(session, item, actor, step.due_at)
    elif step.next is Next.AGAIN:
        items.put_off(session, item, step.due_at)
    else:
        passing_on.to_coordinator(session, item, step.due_at, now)
