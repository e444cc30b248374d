"""Lines whose deadline has passed: found, and moved by what the provider says of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import rally, ringing
from weerbaar.hotline.calls.conversation import Effect, Event, LegEvent, LegState, State
from weerbaar.hotline.calls.line import close, current_leg, move
from weerbaar.hotline.calls.models import CallRow, LegRow

# How often a silent provider is asked, and how long in between, before a caller counts as gone.
INQUIRIES = 3
PAUSE = timedelta(seconds=20)
AT_ONCE = 50


@dataclass(frozen=True)
class Overdue:
    """A line to ask the provider about."""

    call_id: UUID
    sid: str | None
    # The line of whoever took it, where he and the caller are on their way to a room.
    taker_sid: str | None = None


_MEETING = (State.JOINING, State.ENTERING)


def overdue(session: Session, now: datetime) -> list[Overdue]:
    """The lines whose deadline has passed; `now` is aware, UTC."""
    rows = session.execute(
        select(CallRow.id, CallRow.provider_sid, LegRow.provider_sid)
        .outerjoin(
            LegRow,
            and_(
                LegRow.call_id == CallRow.id,
                LegRow.number == CallRow.taken_leg,
                LegRow.state != LegState.ENDED,
                CallRow.state.in_(_MEETING),
            ),
        )
        .where(CallRow.next_deadline <= now)
        .order_by(CallRow.next_deadline)
        .limit(AT_ONCE)
    )
    return [Overdue(*row) for row in rows]


@dataclass(frozen=True)
class Acted:
    """What became of an overdue line."""

    state: State
    # Whether a caller who is there must be made to ask for his document.
    fetch: bool


def act(
    session: Session,
    vault: Vault,
    call_id: UUID,
    now: datetime,
    *,
    lives: bool | None,
    taker_lives: bool | None = None,
    talked: bool = False,
) -> Acted | None:
    """Move one overdue line.

    Args:
        session: the worker commits.
        vault: opens telephones.
        call_id: which.
        now: this instant, aware, UTC.
        lives: what the provider says of the line; None: it does not say.
        taker_lives: what it says of the line of whoever took it.
        talked: whether its records of both lines show that the two were connected.

    Returns:
        What became of it; None when somebody else has it or it is overdue no longer.
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
            return Acted(State(call.state), fetch=False)
    fetch = False
    if lives:
        fetch = _go_on(session, vault, call, now, taker_lives=taker_lives)
    else:
        _let_go(session, call, now, talked=talked)
    session.flush()
    return Acted(State(call.state), fetch)


def _go_on(
    session: Session, vault: Vault, call: CallRow, now: datetime, *, taker_lives: bool | None
) -> bool:
    if call.state in _MEETING:
        return _meet(session, vault, call, now, taker_lives=taker_lives)
    if call.state == State.RALLYING:
        rally.give_up_rally(session, vault, call, Event.OVERDUE, now)
        return True
    leg = current_leg(session, call)
    talking = call.state == State.ACCEPTED and leg is not None and leg.state != LegState.ENDED
    if leg is not None and not talking and call.state in {State.RINGING, State.ACCEPTED}:
        # Whoever was rung or accepted is gone, and the caller is still there.
        ringing.lose_leg(session, vault, call, LegEvent.OVERDUE, now)
        return True
    in_room = call.state == State.CONFERRING
    made = move(session, call, Event.OVERDUE, now)
    if made is not None and made.effect is Effect.LOOK:
        ringing.look(session, vault, call, now)
    elif made is not None and made.effect is Effect.CLOSE:
        close(session, call, now)
    # Whoever is alone in a room hears that it is over; two who talk are left in peace.
    return call.state != State.ENDED or (in_room and _is_over(leg))


def _is_over(leg: LegRow | None) -> bool:
    return leg is None or leg.state == LegState.ENDED


def _meet(
    session: Session, vault: Vault, call: CallRow, now: datetime, *, taker_lives: bool | None
) -> bool:
    """The caller is there; whether the two met was not told."""
    taker = current_leg(session, call)
    if _is_over(taker) or taker_lives is False or call.inquiries >= INQUIRIES:
        rally.not_bridged(session, vault, call, now)
        return True
    if call.state == State.JOINING or taker_lives is None:
        # Once more: the caller has not come yet, or nobody knows of the taker.
        call.inquiries += 1
        move(session, call, Event.OVERDUE, now)
        return call.state == State.JOINING
    # Both fetched the way to the room, neither came out of it, and both lines live.
    rally.both_in(session, call, now)
    return False


def _let_go(session: Session, call: CallRow, now: datetime, *, talked: bool) -> None:
    # Nobody is there. An accepted call without an account of it counts as not connected.
    if talked and call.state == State.SETTLING:
        rally.both_in(session, call, now)
    elif talked and call.state == State.ACCEPTED:
        rally.over(session, call, now)
    elif call.state in {State.ACCEPTED, State.SETTLING}:
        if move(session, call, Event.OVERDUE, now) is not None:
            close(session, call, now)
    else:
        ringing.caller_gone(session, call, now)
