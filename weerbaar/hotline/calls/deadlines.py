"""Lines whose deadline has passed: found, and moved by what the provider says of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import ringing
from weerbaar.hotline.calls.conversation import Effect, Event, LegEvent, LegState, State
from weerbaar.hotline.calls.line import close, current_leg, move
from weerbaar.hotline.calls.models import CallRow

# How often a silent provider is asked, and how long in between, before a caller counts as gone.
INQUIRIES = 3
PAUSE = timedelta(seconds=20)
AT_ONCE = 50


@dataclass(frozen=True)
class Overdue:
    """A line to ask the provider about."""

    call_id: UUID
    sid: str | None


def overdue(session: Session, now: datetime) -> list[Overdue]:
    """The lines whose deadline has passed; `now` is aware, UTC."""
    rows = session.execute(
        select(CallRow.id, CallRow.provider_sid)
        .where(CallRow.next_deadline <= now)
        .order_by(CallRow.next_deadline)
        .limit(AT_ONCE)
    )
    return [Overdue(*row) for row in rows]


def act(
    session: Session, vault: Vault, call_id: UUID, now: datetime, *, lives: bool | None
) -> State | None:
    """Move one overdue line.

    Args:
        session: the worker commits.
        vault: opens telephones.
        call_id: which.
        now: this instant, aware, UTC.
        lives: what the provider says of the line; None: it does not say.

    Returns:
        The state it came to; None when somebody else has it or it is overdue no longer.
    """
    call = session.scalar(
        select(CallRow)
        .where(CallRow.id == call_id, CallRow.next_deadline <= now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if call is None:
        return None
    if lives is None:
        call.inquiries += 1
        if call.inquiries < INQUIRIES:
            call.next_deadline = now + PAUSE
            return State(call.state)
    if lives:
        _go_on(session, vault, call, now)
    else:
        _let_go(session, call, now)
    session.flush()
    return State(call.state)


def _go_on(session: Session, vault: Vault, call: CallRow, now: datetime) -> None:
    leg = current_leg(session, call)
    talking = call.state == State.ACCEPTED and leg is not None and leg.state != LegState.ENDED
    if leg is not None and not talking and call.state in {State.RINGING, State.ACCEPTED}:
        # Whoever was rung or accepted is gone, and the caller is still there.
        ringing.lose_leg(session, vault, call, LegEvent.OVERDUE, now)
        return
    made = move(session, call, Event.OVERDUE, now)
    if made is not None and made.effect is Effect.LOOK:
        ringing.look(session, vault, call, now)
    elif made is not None and made.effect is Effect.CLOSE:
        close(session, call, now)


def _let_go(session: Session, call: CallRow, now: datetime) -> None:
    # Nobody is there. An accepted call without an account of it counts as not connected.
    gone = Event.OVERDUE if call.state == State.ACCEPTED else Event.CALLER_GONE
    if move(session, call, gone, now) is not None:
        close(session, call, now)
