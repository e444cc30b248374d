"""Exercises: calls of our own that walk the whole way, ring nobody unasked and leave no work.

A call is an exercise when it carries a mark made with the service keys for that very call. The
provider cannot make one, nor can anybody who only signs as the provider does.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import SYSTEM
from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import items
from weerbaar.hotline.calls.conversation import RINGING_BUDGET
from weerbaar.hotline.calls.models import CallRow, DoneReason, ItemState, WorkItemRow

PURPOSE = "drill"
# The field of a request that carries the mark; the provider has none of this name.
MARK = "WeerbaarDrill"
# An exercise comes to its last question soon: everybody is rung once.
SPENT = RINGING_BUDGET - timedelta(seconds=6)
# What an exercise that broke off left is cleared away after so long.
LEFT_AFTER = timedelta(minutes=10)


def mark(vault: Vault, sid: str) -> str:
    """The mark of one exercise.

    Args:
        vault: its keyring makes it.
        sid: the id of the line it is for; it marks no other.
    """
    return vault.keyring.mac(PURPOSE, sid.encode()).hex()


def is_marked(vault: Vault, sid: str, given: str) -> bool:
    """Whether a mark was made by this house for this line."""
    try:
        return vault.keyring.check_mac(PURPOSE, sid.encode(), bytes.fromhex(given))
    except ValueError:
        return False


def call_of(session: Session, sid: str) -> CallRow | None:
    """The row of an exercise by the id of its line."""
    return session.scalar(
        select(CallRow)
        .where(CallRow.provider_sid == sid, CallRow.drill.is_(True))
        .execution_options(populate_existing=True)
    )


def item_of(session: Session, call_id: UUID) -> WorkItemRow | None:
    """The work that an exercise left."""
    return items.of_call(session, call_id)


def clear(session: Session, vault: Vault, call_ids: Sequence[UUID], now: datetime) -> int:
    """End the work that exercises left, as `proefoproep`; their numbers are destroyed.

    Args:
        session: the door commits.
        vault: whose key store holds the numbers' secrets.
        call_ids: of which calls; those that are no exercise are left alone.
        now: this instant, aware, UTC.

    Returns:
        How many pieces of work were ended.
    """
    rows = session.scalars(
        select(WorkItemRow)
        .join(CallRow, CallRow.id == WorkItemRow.call_id)
        .where(
            CallRow.id.in_(call_ids), CallRow.drill.is_(True), WorkItemRow.state != ItemState.DONE
        )
    ).all()
    for item in rows:
        item.state = ItemState.DONE
        item.done_reason = DoneReason.TEST_CALL
        items.destroy_number(session, vault, item, now)
        session.flush()
        trail.record(
            session, SYSTEM, "item.close", "work_item", item.id, now,
            outcome=DoneReason.TEST_CALL.value,
        )  # fmt: skip
    return len(rows)


def clear_left(session: Session, vault: Vault, now: datetime) -> int:
    """End the work of exercises that broke off; the worker commits."""
    left = session.scalars(
        select(CallRow.id)
        .join(WorkItemRow, WorkItemRow.call_id == CallRow.id)
        .where(
            CallRow.drill.is_(True),
            CallRow.ended_at <= now - LEFT_AFTER,
            WorkItemRow.state != ItemState.DONE,
        )
    ).all()
    return clear(session, vault, left, now)
