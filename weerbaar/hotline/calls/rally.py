"""Several telephones at once: who is first, and how taker and caller come to one room.

Doors commit, and ask the provider only after that: what is to be asked stands on the rows
(`errands`), so that whoever comes next, a request or the worker, can do it, and does it once.
Every verb takes the row of the call, locked.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import plan as plans
from weerbaar.hotline.calls.conversation import (
    ASKED,
    LAST_ACUTE,
    LAST_ACUTE_ASKED,
    MOVE_SECONDS,
    RALLY_LIMIT,
    Effect,
    Event,
    LegEvent,
    LegState,
    State,
)
from weerbaar.hotline.calls.line import (
    TOKEN_BYTES,
    by_id,
    close,
    current_leg,
    give_up,
    leg,
    move,
    move_leg,
    open_legs,
)
from weerbaar.hotline.calls.models import CallRow, LegRow
from weerbaar.hotline.calls.phones import telephones
from weerbaar.hotline.calls.ringing import claim, look

# ---- the caller, while several telephones ring -------------------------------------------


def urgent(
    session: Session,
    vault: Vault,
    call: CallRow,
    step: int,
    now: datetime,
    *,
    spoken: timedelta = timedelta(0),
) -> bool:
    """Key 9: everybody on duty is rung at once, as long as there is time for it.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call.
        step: the step the request answers.
        now: this instant, aware, UTC.
        spoken: how long the caller has just spoken a message; who speaks does not wait.

    Returns:
        Whether the line moved; if not, the key counts as any other.
    """
    last = LAST_ACUTE_ASKED if call.state in ASKED else LAST_ACUTE
    if step != call.step or call.started_at is None or now - spoken - call.started_at > last:
        return False
    ringing = call.state == State.RALLYING
    if ringing and call.acute_since is not None:
        return False
    made = move(session, call, Event.ACUTE, now)
    if made is None:
        return False
    call.acute_since = now
    if made.effect is Effect.LOOK:
        look(session, vault, call, now)
    else:
        _ring_the_others(session, vault, call, now)
    return True


def _ring_the_others(session: Session, vault: Vault, call: CallRow, now: datetime) -> None:
    plan = plans.from_json(call.plan or "")
    rung = {one.person_id for one in open_legs(session, call)}
    others = [turn for turn in plan.order if turn.person_id not in rung]
    phones = telephones(session, vault, {turn.person_id for turn in others})
    claimed, plan = claim(session, call, plan, others, phones, now)
    call.plan = plan.to_json()
    call.errands = call.errands or bool(claimed)


def waited(session: Session, vault: Vault, call: CallRow, now: datetime) -> None:
    """The caller's loop came round: a rally that has had its time is given up.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call.
        now: this instant, aware, UTC.
    """
    if call.state != State.RALLYING:
        return
    legs = open_legs(session, call)
    if legs and now - max(one.placed_at for one in legs) < RALLY_LIMIT:
        return
    give_up_rally(session, vault, call, Event.LEG_LOST, now)


def give_up_rally(
    session: Session, vault: Vault, call: CallRow, event: Event, now: datetime
) -> None:
    """Nobody took it: the telephones stop, and the next ones ring.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call, *rallying*.
        event: why the line moves.
        now: this instant, aware, UTC.
    """
    for one in open_legs(session, call):
        give_up(call, one, LegEvent.OVERDUE, now)
    if move(session, call, event, now) is not None:
        look(session, vault, call, now)


# ---- the telephones ----------------------------------------------------------------------


def take(session: Session, call: CallRow, taker: LegRow, now: datetime) -> bool:
    """Somebody pressed 1 first: the line is his, the other telephones stop.

    One conditional update decides, whatever was read before.

    Args:
        session: the door commits.
        call: the locked call.
        taker: the leg on which 1 was pressed.
        now: this instant, aware, UTC.

    Returns:
        Whether this leg has the line; False: somebody else was first, or it is over.
    """
    session.flush()
    won = session.scalar(
        update(CallRow)
        .where(
            CallRow.id == call.id,
            CallRow.taken_leg.is_(None),
            CallRow.state == State.RALLYING.value,
        )
        .values(taken_leg=taker.number)
        .returning(CallRow.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        return False
    session.refresh(call)
    if not move_leg(taker, LegEvent.PRESS_1, now):
        call.taken_leg = None
        return False
    for other in open_legs(session, call):
        if other is not taker:
            give_up(call, other, LegEvent.TAKEN, now)
    call.room = secrets.token_urlsafe(TOKEN_BYTES)
    call.joined_at = call.fetched_at = call.conference_sid = None
    call.errands = call.to_fetch = True
    move(session, call, Event.PRESS_1, now)
    return True


def lost(session: Session, vault: Vault, call: CallRow, leg: LegRow, now: datetime) -> None:
    """A telephone that rang beside others is over; the line moves when that was the last one.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call.
        leg: the leg, which has ended.
        now: this instant, aware, UTC.
    """
    session.flush()
    if call.state == State.RALLYING:
        if not open_legs(session, call) and move(session, call, Event.LEG_LOST, now) is not None:
            look(session, vault, call, now)
    elif leg.number == call.taken_leg:
        _taker_gone(session, vault, call, leg, now)


def _taker_gone(
    session: Session, vault: Vault, call: CallRow, taker: LegRow, now: datetime
) -> None:
    if call.state == State.JOINING:
        # The caller is still in our loop: he is told there what comes next.
        call.to_fetch = False
        if move(session, call, Event.NOT_BRIDGED, now) is not None:
            look(session, vault, call, now)
    elif call.state in {State.ENTERING, State.CONFERRING}:
        move(session, call, Event.LEG_OVER, now)
        if taker.joined_at is None:
            # The room does not end for whoever was never in it.
            fetch(call)


def fetch(call: CallRow) -> None:
    """Have the provider make the caller ask for his document."""
    call.to_fetch = call.errands = True
    call.fetched_at = None


# ---- the room ----------------------------------------------------------------------------


def may_enter(call: CallRow, now: datetime) -> bool:
    """Whether the loop may send the caller to the room itself.

    While the provider is fetching him, it would fetch him out of the room again.
    """
    return call.fetched_at is None or now - call.fetched_at >= MOVE_SECONDS


def enter(session: Session, call: CallRow, now: datetime) -> None:
    """The caller asks for the document that leads to the room."""
    if move(session, call, Event.CALLER_COMES, now) is not None:
        call.to_fetch = False


def seen_in_room(
    session: Session, call: CallRow, number: int, *, sid: str, conference: str, now: datetime
) -> None:
    """The provider saw somebody come into the room.

    Args:
        session: the door commits.
        call: the locked call.
        number: the leg that took the line when the room was made.
        sid: whose line came in.
        conference: the provider's id of what he came into.
        now: this instant, aware, UTC.
    """
    taker = leg(session, call, number)
    if taker is None or number != call.taken_leg:
        return
    if sid == call.provider_sid:
        call.joined_at, call.conference_sid = call.joined_at or now, conference
    elif sid == (taker.provider_sid or sid):
        taker.provider_sid, taker.conference_sid = sid, conference
        taker.joined_at = taker.joined_at or now
    if call.conference_sid is not None and call.conference_sid == taker.conference_sid:
        both_in(session, call, now)


def both_in(session: Session, call: CallRow, now: datetime) -> None:
    """Taker and caller are in the room."""
    made = move(session, call, Event.JOINED, now)
    if made is not None and made.effect is Effect.CLOSE:
        close(session, call, now)


def left_room(
    session: Session, vault: Vault, call: CallRow, number: int, *, sid: str, now: datetime
) -> None:
    """The provider saw somebody leave the room.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call.
        number: the leg that took the line when the room was made.
        sid: whose line left.
        now: this instant, aware, UTC.
    """
    if number != call.taken_leg:
        return
    if call.state == State.CONFERRING:
        over(session, call, now)
    elif sid != call.provider_sid:
        taker_left(session, vault, call, number, now)


def over(session: Session, call: CallRow, now: datetime) -> None:
    """The two have talked."""
    if move(session, call, Event.TALKED, now) is not None:
        close(session, call, now)


def taker_left(session: Session, vault: Vault, call: CallRow, number: int, now: datetime) -> None:
    """Whoever took the line is out of the room, or never came in.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call.
        number: of his leg.
        now: this instant, aware, UTC.
    """
    taker = leg(session, call, number)
    if taker is None or number != call.taken_leg:
        return
    if call.state == State.CONFERRING:
        over(session, call, now)
    elif move_leg(taker, LegEvent.OVER, now):
        lost(session, vault, call, taker, now)


def caller_left(session: Session, vault: Vault, call: CallRow, number: int, now: datetime) -> bool:
    """The caller is out of the room and on the line.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call.
        number: the leg that took the line when the room was made.
        now: this instant, aware, UTC.

    Returns:
        Whether it is unsure that he talked: he is told how to go on.
    """
    if number != call.taken_leg:
        return False
    if call.state == State.CONFERRING:
        over(session, call, now)
        return False
    if call.state != State.ENTERING:
        return False
    not_bridged(session, vault, call, now)
    return True


def not_bridged(session: Session, vault: Vault, call: CallRow, now: datetime) -> None:
    """The two did not meet, and the caller is there: the taker is let go, the next ones ring.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call.
        now: this instant, aware, UTC.
    """
    taker = current_leg(session, call)
    if taker is not None and taker.state != LegState.ENDED:
        give_up(call, taker, LegEvent.OVER, now)
    if move(session, call, Event.NOT_BRIDGED, now) is not None:
        look(session, vault, call, now)


_MEETING = frozenset({State.JOINING, State.ENTERING, State.CONFERRING})


def is_awaited(session: Session, call: CallRow, sid: str) -> bool:
    """Whether somebody may still come to whoever waits alone in the room of a call.

    Args:
        session: any session.
        call: the call.
        sid: the provider's id of the line that waits.
    """
    if call.state not in _MEETING:
        return False
    waits = current_leg(session, call) if sid == call.provider_sid else _by_sid(session, call, sid)
    return waits is not None and waits.state != LegState.ENDED


def let_out(session: Session, call: CallRow, sid: str) -> bool:
    """Have the provider end a telephone that waits for nobody, or fetch the caller who does.

    Args:
        session: the door commits.
        call: the locked call.
        sid: the provider's id of the line that waits.

    Returns:
        Whether this is a line of the call; of another one nothing is known.
    """
    if sid == call.provider_sid:
        fetch(call)
        return True
    leg = _by_sid(session, call, sid)
    if leg is None:
        return False
    leg.to_cancel = call.errands = True
    return True


def _by_sid(session: Session, call: CallRow, sid: str) -> LegRow | None:
    query = select(LegRow).where(LegRow.call_id == call.id, LegRow.provider_sid == sid)
    return session.scalar(query)


# ---- what the provider is asked ----------------------------------------------------------


@dataclass(frozen=True)
class Placing:
    """A telephone to ring, by a call of its own."""

    leg_id: UUID
    number: int
    phone: str = field(repr=False)


@dataclass(frozen=True)
class Ending:
    """A telephone that rings on, or whose owner waits alone."""

    number: int
    sid: str


@dataclass(frozen=True)
class Errands:
    """What is to be asked of the provider for one call, and by whoever holds this, once."""

    token: str = field(repr=False)
    place: tuple[Placing, ...]
    end: tuple[Ending, ...]
    # The caller's line, to be moved.
    fetch: str | None
    taken_leg: int | None


def waiting_errands(session: Session) -> list[UUID]:
    """The calls for which something is to be asked of the provider, the newest first."""
    newest = CallRow.started_at.desc()
    left = select(LegRow.call_id).where(
        LegRow.to_cancel, LegRow.together, LegRow.provider_sid.is_not(None)
    )
    wanted = CallRow.errands | CallRow.id.in_(left)
    return list(session.scalars(select(CallRow.id).where(wanted).order_by(newest)))


def take_errands(session: Session, vault: Vault, call_id: UUID, now: datetime) -> Errands | None:
    """Claim what is to be asked of the provider; the door commits before asking.

    Args:
        session: the door commits.
        vault: opens telephones.
        call_id: for which call.
        now: this instant, aware, UTC.

    Returns:
        The errands; None when somebody else has them.
    """
    call = by_id(session, call_id)
    if call is None:
        return None
    rows = list(session.scalars(select(LegRow).where(LegRow.call_id == call.id, LegRow.together)))
    if not call.errands and not any(one.to_cancel for one in rows):
        return None
    call.errands = False
    waiting = [one for one in rows if one.state == LegState.WAITING]
    phones = telephones(session, vault, {one.person_id for one in waiting}) if waiting else {}
    turns = [turn.person_id for turn in plans.from_json(call.plan or "").order] if waiting else []
    place = []
    for one in sorted(waiting, key=lambda one: turns.index(one.person_id)):
        if one.person_id in phones:
            move_leg(one, LegEvent.SENT, now)
            place.append(Placing(one.id, one.number, phones[one.person_id]))
        else:
            move_leg(one, LegEvent.NEVER_PLACED, now)
    end = []
    for one in rows:
        if one.to_cancel and one.provider_sid is not None:
            one.to_cancel = False
            end.append(Ending(one.number, one.provider_sid))
    fetched = call.provider_sid if call.to_fetch else None
    if call.to_fetch:
        call.to_fetch, call.fetched_at = False, now
    session.flush()
    return Errands(call.token, tuple(place), tuple(end), fetched, call.taken_leg)


def not_fetched(session: Session, call_id: UUID) -> None:
    """The provider would not move the caller: our loop does it."""
    call = by_id(session, call_id)
    if call is not None:
        call.fetched_at = None


def not_ended(session: Session, call_id: UUID, numbers: Collection[int]) -> None:
    """The provider would not end some telephones: it is asked again at the worker's next look.

    Args:
        session: the door commits.
        call_id: of which call.
        numbers: of its legs.
    """
    call = by_id(session, call_id)
    if call is None:
        return
    for one in session.scalars(
        select(LegRow).where(LegRow.call_id == call.id, LegRow.number.in_(numbers))
    ):
        one.to_cancel = True
    session.flush()


def asked(
    session: Session,
    vault: Vault,
    call_id: UUID,
    *,
    placed: dict[UUID, str],
    refused: frozenset[UUID],
    silent: frozenset[UUID],
    now: datetime,
) -> bool:
    """What the provider answered to the telephones it was to ring.

    When it rings none of them, the line goes on one telephone at a time, at once.

    Args:
        session: the door commits.
        vault: opens telephones.
        call_id: for which call.
        placed: the provider's ids of the legs it rings.
        refused: the legs it would not ring.
        silent: the legs it was asked for without an answer.
        now: this instant, aware, UTC.

    Returns:
        Whether the line moved.
    """
    call = by_id(session, call_id)
    if call is None:
        return False
    for one in session.scalars(
        select(LegRow)
        .where(LegRow.call_id == call.id, LegRow.together)
        .execution_options(populate_existing=True)
    ):
        if one.id in placed:
            one.provider_sid = one.provider_sid or placed[one.id]
            move_leg(one, LegEvent.CREATED, now)
            if one.state == LegState.ENDED:
                # It was given up while the provider was asked.
                one.to_cancel = call.errands = True
        elif one.id in refused or (
            one.id in silent and not placed and one.state == LegState.UNKNOWN
        ):
            refusal = one.id in refused
            move_leg(one, LegEvent.NEVER_PLACED if refusal else LegEvent.PROVIDER_ERROR, now)
    session.flush()
    if call.state != State.RALLYING or open_legs(session, call):
        return False
    _go_one_by_one(session, vault, call, {*refused, *silent}, now)
    return True


def _go_one_by_one(
    session: Session, vault: Vault, call: CallRow, tried: set[UUID], now: datetime
) -> None:
    call.one_by_one = True
    plan = plans.from_json(call.plan or "")
    people = set(session.scalars(select(LegRow.person_id).where(LegRow.id.in_(tried))))
    places = [place for place, turn in enumerate(plan.order) if turn.person_id in people]
    if places:
        # Their turn begins again, one after the other.
        call.last_position = min(places) - 1 if min(places) > 0 else None
    if move(session, call, Event.LEG_LOST, now) is not None:
        look(session, vault, call, now)
