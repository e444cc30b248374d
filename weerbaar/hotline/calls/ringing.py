"""Ringing: who is rung next for a call, and what comes of it. Doors commit.

Every verb takes the row of the call, locked, and leaves to the telephony room what is said. A
request that answers an earlier document names an earlier step or leg, and changes nothing.
"""

from collections.abc import Container, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.orm import Session

from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import conversation
from weerbaar.hotline.calls import plan as plans
from weerbaar.hotline.calls.conversation import (
    RINGING_BUDGET,
    Effect,
    Event,
    LegEvent,
    LegState,
    State,
)
from weerbaar.hotline.calls.line import (
    close,
    current_leg,
    give_up,
    insert_into,
    move,
    move_leg,
    open_legs,
)
from weerbaar.hotline.calls.models import CallRow, LegRow, RingTurnRow
from weerbaar.hotline.calls.phones import telephones
from weerbaar.hotline.calls.plan import Plan, Reason, Turn


def ring_on(session: Session, vault: Vault, call: CallRow, step: int, now: datetime) -> None:
    """The greeting was heard, or the pause after "everybody is busy" is over.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call.
        step: the step the request answers.
        now: this instant, aware, UTC.
    """
    if step != call.step:
        return
    event = Event.GREETED if call.state == State.GREETING else Event.WAITED
    if move(session, call, event, now) is not None:
        look(session, vault, call, now)


def count(call: CallRow, spent: timedelta, now: datetime) -> None:
    """Count what a line rang elsewhere: whoever waited in an outage does not wait all over again.

    Args:
        call: the locked call.
        spent: how long it rang already, by whoever rang it.
        now: this instant, aware, UTC.
    """
    call.ringing_since = min(call.ringing_since or now, now - spent)


def look(session: Session, vault: Vault, call: CallRow, now: datetime) -> None:
    """Find the next person to ring: claims him, or tells that nobody is free or time is spent.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call, in the state *ringing*.
        now: this instant, aware, UTC.
    """
    call.ringing_since = call.ringing_since or now
    call.taken_leg = call.room = call.joined_at = call.conference_sid = None
    plan = plans.from_json(call.plan or "")
    placed = _placed(session, call)
    if not plan.order or _is_spent(call, placed, now):
        call.tries = 0
        move(session, call, _spent(call), now)
        return
    phones = telephones(session, vault, {turn.person_id for turn in plan.order})
    groups = plans.groups(
        plan, call.last_position, placed, now,
        acute=call.acute_since is not None, one_by_one=call.one_by_one,
    )  # fmt: skip
    for group in groups:
        claimed, plan = claim(session, call, plan, group.turns, phones, now)
        if not claimed:
            continue
        if group.position is not None:
            call.last_position = group.position
        call.plan = plan.to_json()
        if len(claimed) == 1:
            # One telephone needs no room: the provider's own dialling is quicker.
            claimed[0].together, claimed[0].state = False, LegState.PLACED.value
            move(session, call, Event.LEG_PLACED, now)
        else:
            call.errands = True
            move(session, call, Event.RALLIED, now)
        return
    call.plan = plan.to_json()
    move(session, call, Event.NOBODY_FREE, now)


def _placed(session: Session, call: CallRow) -> dict[UUID, datetime]:
    """When each telephone was last rung for a call, as far as that keeps it from ringing again."""
    never = and_(
        LegRow.together, LegRow.outcome.in_([LegEvent.NEVER_PLACED, LegEvent.PROVIDER_ERROR])
    )
    # What has no outcome yet is rung: the comparison must not be lost in a NULL.
    query = select(LegRow.person_id, func.max(LegRow.placed_at)).where(
        LegRow.call_id == call.id, or_(LegRow.outcome.is_(None), not_(never))
    )
    if call.acute_since is not None:
        query = query.where(LegRow.placed_at >= call.acute_since)
    return {row[0]: row[1] for row in session.execute(query.group_by(LegRow.person_id))}


def _is_spent(call: CallRow, placed: Mapping[UUID, datetime], now: datetime) -> bool:
    # Whoever pressed 9 has everybody rung at least once, however late it is.
    if call.acute_since is not None and not placed:
        return False
    return call.ringing_since is not None and now - call.ringing_since >= RINGING_BUDGET


def _spent(call: CallRow) -> Event:
    if not call.number_confirmed:
        return Event.RINGING_SPENT_KEYED
    return Event.RINGING_SPENT_WITHHELD if call.withheld else Event.RINGING_SPENT


def claim(
    session: Session,
    call: CallRow,
    plan: Plan,
    turns: Iterable[Turn],
    phones: Container[object],
    now: datetime,
) -> tuple[list[LegRow], Plan]:
    """Claim people to be rung at once, each in a leg that the provider is asked for later.

    Args:
        session: the door commits.
        call: the locked call.
        plan: its plan.
        turns: whose turn it is.
        phones: who has a telephone.
        now: this instant, aware, UTC.

    Returns:
        The legs of those who are free, and the plan with those who are not.
    """
    claimed = []
    # In one order for everybody: two calls that claim the same people never wait crosswise.
    for turn in sorted(turns, key=lambda turn: turn.person_id):
        reason = Reason.NO_PHONE
        if turn.person_id in phones:
            leg_id = _claim(session, call, turn, now)
            if leg_id is not None:
                call.leg_number += 1
                claimed.append(session.get_one(LegRow, leg_id))
                if not call.drill:
                    _note_turn(session, turn.person_id)
                continue
            reason = Reason.IN_CALL
        plan = plan.passing_over(turn, reason)
    return claimed, plan


def _claim(session: Session, call: CallRow, turn: Turn, now: datetime) -> UUID | None:
    # The partial unique index decides: whoever is in an open leg is not rung again.
    session.flush()
    return session.scalar(
        insert_into(session, LegRow)
        .values(
            id=uuid4(),
            call_id=call.id,
            number=call.leg_number + 1,
            person_id=turn.person_id,
            tier=turn.tier,
            state=LegState.WAITING.value,
            together=True,
            to_cancel=False,
            placed_at=now,
            rehearsed=call.drill,
        )
        .on_conflict_do_nothing()
        .returning(LegRow.id)
    )


def _note_turn(session: Session, person_id: UUID) -> None:
    newest = select(func.coalesce(func.max(RingTurnRow.number), 0) + 1).scalar_subquery()
    written = insert_into(session, RingTurnRow).values(person_id=person_id, number=newest)
    session.execute(
        written.on_conflict_do_update(
            index_elements=["person_id"], set_={"number": written.excluded.number}
        )
    )


def dialed(
    session: Session,
    vault: Vault,
    call: CallRow,
    number: int,
    *,
    status: str,
    bridged: bool,
    caller_there: bool,
    now: datetime,
) -> None:
    """The provider's account of one `<Dial>`.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call.
        number: of the leg.
        status: the provider's word, such as `no-answer`.
        bridged: whether the two were connected.
        caller_there: whether the caller is still on the line.
        now: this instant, aware, UTC.
    """
    leg = current_leg(session, call)
    if leg is None or number != call.leg_number:
        if not caller_there:
            caller_gone(session, call, now)
        return
    if call.state == State.ACCEPTED:
        move_leg(leg, LegEvent.OVER, now)
        if bridged:
            event = Event.TALKED
        else:
            event = Event.NOT_BRIDGED if caller_there else Event.NOT_BRIDGED_GONE
        made = move(session, call, event, now)
    elif call.state == State.RINGING:
        move_leg(leg, conversation.FINAL_WORDS.get(status, LegEvent.PROVIDER_ERROR), now)
        made = move(session, call, Event.LEG_LOST if caller_there else Event.CALLER_GONE, now)
    else:
        if not caller_there:
            caller_gone(session, call, now)
        return
    if made is not None and made.effect is Effect.LOOK:
        look(session, vault, call, now)
    elif made is not None and made.effect is Effect.CLOSE:
        close(session, call, now)


def lose_leg(session: Session, vault: Vault, call: CallRow, event: LegEvent, now: datetime) -> None:
    """Give up the telephone that is rung or was accepted; the caller is there: ring on.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call, *ringing* or *accepted*.
        event: what became of the leg.
        now: this instant, aware, UTC.
    """
    leg = current_leg(session, call)
    if leg is not None and not move_leg(leg, event, now):
        move_leg(leg, LegEvent.OVER, now)
    lost = Event.NOT_BRIDGED if call.state == State.ACCEPTED else Event.LEG_LOST
    if move(session, call, lost, now) is not None:
        look(session, vault, call, now)


def caller_gone(session: Session, call: CallRow, now: datetime) -> None:
    """The caller hung up; repeating it changes nothing."""
    keyed = not call.number_confirmed
    made = move(session, call, Event.CALLER_GONE_KEYED, now) if keyed else None
    made = made or move(session, call, Event.CALLER_GONE, now)
    if call.state == State.SETTLING:
        for leg in open_legs(session, call):
            give_up(call, leg, LegEvent.OVER, now)
    if made is not None and made.effect is Effect.CLOSE:
        close(session, call, now)
