"""The caller's line: how it begins, is found, is moved by the table, and ends. Doors commit."""

import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, insert, literal, null, or_, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.recipients import Group, GroupName
from weerbaar.accounts.vault import KeyNotTrusted, Vault
from weerbaar.config.log import logger
from weerbaar.hotline.calls import conversation, duty, items, messages, numbers
from weerbaar.hotline.calls import plan as plans
from weerbaar.hotline.calls.conversation import (
    SAME_PERSON,
    Effect,
    Event,
    LegEvent,
    LegState,
    Move,
    Outcome,
    State,
)
from weerbaar.hotline.calls.models import (
    CallEventRow,
    CallRow,
    ItemKind,
    LegRow,
    RingTurnRow,
)
from weerbaar.hotline.calls.plan import Plan
from weerbaar.intake.numbers import not_called

TOKEN_BYTES = 18
# A caller's mark has one of so many values.
MARKS = 64
MARK_PURPOSE = "caller"
# What ringing the stand-by telephone took from the time for ringing.
SPENT_ON_STANDBY = timedelta(seconds=45)

_log = logger("hotline.calls")

# Made once: the first request of a call is the one that must be quick.
_TURNS_OF: Any = union_all(
    # Who took a call of this caller, or of one of a few, that is on or ended a moment ago.
    select(LegRow.person_id, LegRow.accepted_at.label("accepted_at"), literal(0).label("number"))
    .join(CallRow, CallRow.id == LegRow.call_id)
    .where(
        CallRow.caller_mark == bindparam("mark"),
        LegRow.accepted_at.is_not(None),
        or_(CallRow.ended_at.is_(None), CallRow.ended_at > bindparam("since")),
    ),
    select(RingTurnRow.person_id, null(), RingTurnRow.number).where(
        RingTurnRow.person_id.in_(bindparam("people", expanding=True))
    ),
)
_NEW_CALL: dict[str, Any] = {
    name: dialect.insert(CallRow.__table__)
    .on_conflict_do_nothing(index_elements=["provider_sid"])
    .returning(CallRow.__table__.c.id)
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}


# ---- beginning ---------------------------------------------------------------------------


def start(
    session: Session,
    vault: Vault,
    *,
    sid: str,
    caller: str,
    hotline: str,
    now: datetime,
    spent: timedelta = timedelta(0),
    rings: bool = True,
    drill: bool = False,
) -> CallRow | None:
    """Begin a call: its plan is stamped on it and its number is sealed.

    Args:
        session: the door commits.
        vault: opens telephones, seals the number.
        sid: the provider's id of the line.
        caller: the provider's `From`, as it came.
        hotline: the number of the house, E.164.
        now: this instant, aware, UTC.
        spent: how much of the time for ringing has gone by already.
        rings: False where the number calls too often: it is offered a call-back at once.
        drill: an exercise of our own.

    Returns:
        The call; None when the line is known already, and nothing was written.
    """
    withheld = numbers.is_withheld(caller)
    mark = None if drill or withheld else _mark(vault, caller)
    plan = _plan(session, vault, mark, now)
    nobody_on_duty = not plan.order
    if not rings:
        plan = plan.ringing_nobody()
    call_id = uuid4()
    values = {
        "id": call_id,
        "token": secrets.token_urlsafe(TOKEN_BYTES),
        "provider_sid": sid,
        "state": State.GREETING.value,
        "next_deadline": conversation.next_deadline(State.GREETING, now),
        "step": 0,
        "tries": 0,
        "inquiries": 0,
        "leg_number": 0,
        # An exercise asks nothing of the provider.
        "one_by_one": drill,
        "errands": False,
        "to_fetch": False,
        "caller_mark": mark,
        "withheld": withheld or not _is_called(caller, hotline),
        "number_record": None,
        "number_confirmed": True,
        "plan": plan.to_json(),
        "roster_version": plan.roster_version,
        "started_at": now - spent,
        "ringing_since": now - spent if spent else None,
        "created_day": now.date(),
        "drill": drill,
    }
    if not withheld:
        values["number_record"] = seal_number(session, vault, caller, now)
    connection = session.connection()
    written = connection.execute(_NEW_CALL[connection.dialect.name], values).first()
    if written is None:
        return None
    if nobody_on_duty and not drill:
        items.warn_managers(session, items.NOTICE_NOBODY, now, f"nobody-{call_id}")
    return CallRow(**values)


def refuse_loop(session: Session, *, sid: str, now: datetime) -> None:
    """Note a call from the house to itself: some telephone of ours forwards to the hotline.

    Args:
        session: the door commits.
        sid: the provider's id of the line.
        now: this instant, aware, UTC.
    """
    if _ended_at_once(session, sid, Outcome.LOOPED, now):
        items.warn_managers(session, items.NOTICE_LOOP, now, f"loop-{now:%Y-%m-%dT%H}")


def refuse_blocked(session: Session, *, sid: str, now: datetime) -> None:
    """Note a call of a number that was marked as misuse: it hears 112 and a goodbye.

    Args:
        session: the door commits.
        sid: the provider's id of the line.
        now: this instant, aware, UTC.
    """
    made = conversation.LINE[State.GREETING, Event.BLOCKED]
    _ended_at_once(session, sid, made.outcome or Outcome.BLOCKED, now)


def _ended_at_once(session: Session, sid: str, outcome: Outcome, now: datetime) -> bool:
    written = session.execute(
        insert_into(session, CallRow)
        .values(
            id=uuid4(),
            token=secrets.token_urlsafe(TOKEN_BYTES),
            provider_sid=sid,
            state=State.ENDED.value,
            outcome=outcome.value,
            withheld=True,
            started_at=now,
            ended_at=now,
            created_day=now.date(),
        )
        .on_conflict_do_nothing(index_elements=["provider_sid"])
        .returning(CallRow.id)
    ).first()
    return written is not None


def _plan(session: Session, vault: Vault, mark: int | None, now: datetime) -> Plan:
    present = duty.on_duty(session, vault, now)
    rows = session.connection().execute(
        _TURNS_OF,
        {
            "people": [turn.person_id for turn in present.turns],
            "mark": mark,
            "since": now - SAME_PERSON,
        },
    )
    rung: dict[UUID, int] = {}
    spoken: list[tuple[datetime, UUID]] = []
    for row in rows:
        if row.accepted_at is None:
            rung[row.person_id] = row.number
        else:
            spoken.append((row.accepted_at, row.person_id))
    return plans.make(
        present.turns,
        last_rung=rung,
        with_phone=present.with_phone,
        roster_version=present.version,
        all_at_once=present.all_at_once,
        spoke_before=max(spoken)[1] if spoken else None,
    )


def _mark(vault: Vault, caller: str) -> int:
    # Six bits: enough to reach the same person, and one number in 64 of all for a thief.
    return vault.keyring.index(MARK_PURPOSE, caller)[0] % MARKS


def forget_marks(session: Session, now: datetime) -> int:
    """Clear the marks of callers half an hour after their calls ended.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.
    """
    gone = session.scalars(
        update(CallRow)
        .where(CallRow.caller_mark.is_not(None), CallRow.ended_at <= now - SAME_PERSON)
        .values(caller_mark=None)
        .returning(CallRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def may_be_called_back(caller: str, hotline: str) -> bool:
    """Whether the house can call back on the number that somebody calls with.

    Args:
        caller: the provider's `From`, as it came.
        hotline: the number of the house, E.164.
    """
    return not numbers.is_withheld(caller) and _is_called(caller, hotline)


def _is_called(caller: str, hotline: str) -> bool:
    return not_called(caller, hotline=hotline) is None


def seal_number(
    session: Session, vault: Vault, number: str, now: datetime, *, keyed: bool = False
) -> UUID | None:
    """Seal a caller's number to the confidants; None where it cannot be kept.

    Args:
        session: the door commits.
        vault: key store and trust.
        number: E.164, or as the provider gave it.
        now: this instant, aware, UTC.
        keyed: the caller keyed it in; it need not be his own.
    """
    plaintext = number_text(number, keyed=keyed)
    # A telephone rings whether or not a number can be kept; in the clear it is never kept.
    try:
        return envelopes.seal(
            session,
            vault,
            kind=Kind.CALLER_NUMBER,
            plaintext=plaintext,
            recipients=[Group(GroupName.CONFIDANTS)],
            now=now,
        )
    except SQLAlchemyError:
        raise
    except (KeyStoreGone, KeyNotTrusted):
        # The snapshot holds the key that was trusted last.
        return None if vault.spare is None else vault.spare.keep(plaintext, now)
    except Exception:  # noqa: BLE001 - ringing goes on whatever sealing says
        _log.exception("number not kept")
        return None


def number_text(number: str, *, keyed: bool = False) -> bytes:
    """What an envelope with a caller's number holds; `keyed` where he keyed it in himself."""
    return json.dumps({"v": 1, "number": number, **({"keyed": True} if keyed else {})}).encode()


def insert_into(session: Session, table: type) -> "postgresql.Insert | sqlite.Insert":
    """An insert that can say what happens on a conflict, for the engine of the session."""
    on_postgres = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if on_postgres else sqlite.insert(table)


# ---- finding -----------------------------------------------------------------------------


def by_token(session: Session, token: str) -> CallRow | None:
    """The call of a token, locked until the door commits: two requests at once wait in line."""
    return session.scalar(
        select(CallRow)
        .where(CallRow.token == token)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def by_id(session: Session, call_id: UUID) -> CallRow | None:
    """A call by its id, locked until the door commits."""
    return session.scalar(
        select(CallRow)
        .where(CallRow.id == call_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def by_sid(session: Session, sid: str) -> CallRow | None:
    """The call of a provider's id, locked until the door commits."""
    return session.scalar(
        select(CallRow)
        .where(CallRow.provider_sid == sid)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def current_leg(session: Session, call: CallRow) -> LegRow | None:
    """The leg that took a call, else the one rung last; None before the first."""
    return leg(session, call, call.taken_leg or call.leg_number)


def leg(session: Session, call: CallRow, number: int) -> LegRow | None:
    """One leg of a call by its number."""
    return session.scalar(select(LegRow).where(LegRow.call_id == call.id, LegRow.number == number))


def open_legs(session: Session, call: CallRow, *, together: bool | None = None) -> list[LegRow]:
    """The legs of a call that are not over, in order.

    Args:
        session: any session.
        call: the call.
        together: only those that ring beside others, or only those that do not.
    """
    query = select(LegRow).where(LegRow.call_id == call.id, LegRow.state != LegState.ENDED)
    if together is not None:
        query = query.where(LegRow.together == together)
    return list(session.scalars(query.order_by(LegRow.number)))


# ---- moving ------------------------------------------------------------------------------


def move(session: Session, call: CallRow, event: Event, now: datetime) -> Move | None:
    """Move a line by the table; None where the event is illegal and nothing changed."""
    made = conversation.move(State(call.state), event)
    if made is None:
        return None
    call.state = made.state.value
    call.step += 1
    deadline = conversation.next_deadline(made.state, now, made.effect)
    if made.effect is Effect.AWAIT_ACTION and call.next_deadline and deadline:
        deadline = min(deadline, call.next_deadline)
    call.next_deadline = deadline
    if made.outcome is not None:
        call.outcome = made.outcome.value
        call.ended_at = now
    session.flush()
    session.execute(
        insert(CallEventRow).values(
            call_id=call.id, number=call.step, at=now, event=event.value, state=call.state
        )
    )
    return made


def move_leg(leg: LegRow, event: LegEvent, now: datetime) -> bool:
    """Move a leg by the table; False where the event is illegal and nothing changed."""
    state = conversation.move_leg(LegState(leg.state), event)
    if state is None:
        return False
    leg.state = state.value
    if state is LegState.ACCEPTED:
        leg.accepted_at = leg.accepted_at or now
    elif state is LegState.ENDED:
        leg.outcome = event.value
        leg.ended_at = now
    return True


# ---- ending ------------------------------------------------------------------------------

_ITEM_OF: dict[Outcome, ItemKind] = {
    Outcome.TALKED: ItemKind.CONVERSATION,
    Outcome.ACCEPTED_NOT_BRIDGED: ItemKind.ACCEPTED_NOT_BRIDGED,
    Outcome.CALLBACK_ASKED: ItemKind.CALLBACK_ASKED,
    Outcome.MISSED: ItemKind.MISSED,
    Outcome.MESSAGE_LEFT: ItemKind.MESSAGE_LEFT,
}


def close(session: Session, call: CallRow, now: datetime) -> None:
    """See to what an ended call leaves: no open leg, and a piece of work with an owner."""
    taker = current_leg(session, call)
    talked = call.outcome == Outcome.TALKED
    for leg in open_legs(session, call):
        if leg.state == LegState.ACCEPTED:
            give_up(call, leg, LegEvent.OVER, now, ring_off=not talked)
        else:
            give_up(call, leg, LegEvent.CALLER_GONE, now)
    call.room = None
    kind = _ITEM_OF[Outcome(call.outcome or "")]
    item = items.of_call(session, call.id)
    if kind is ItemKind.CONVERSATION and item is not None:
        return
    if kind in {ItemKind.MISSED, ItemKind.CALLBACK_ASKED, ItemKind.MESSAGE_LEFT}:
        call.caller_mark = None
    accepted = taker if kind is ItemKind.ACCEPTED_NOT_BRIDGED else None
    answered_by = None if accepted is None else accepted.person_id
    items.open_for(session, call, kind, now, answered_by=answered_by)
    if kind is ItemKind.MESSAGE_LEFT:
        # Whatever else is told of the recording, or lost: the worker asks for it.
        messages.heard_of(session, call, None, now)


def give_up(
    call: CallRow, leg: LegRow, event: LegEvent, now: datetime, *, ring_off: bool = True
) -> None:
    """End a leg here; one with a call of its own is cancelled at the provider too.

    Args:
        call: the locked call.
        leg: one of its legs.
        event: why.
        now: this instant, aware, UTC.
        ring_off: whether its telephone may still ring, or its owner wait in a room.
    """
    if move_leg(leg, event, now) and leg.together and ring_off:
        leg.to_cancel = call.errands = True
