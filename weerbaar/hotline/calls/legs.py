"""The telephones that are rung for a call: what their owners press, and what the provider says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import conversation, items, line, rally
from weerbaar.hotline.calls.conversation import TAKEN, Event, LegEvent, LegState, State
from weerbaar.hotline.calls.models import CallRow, ItemKind, LegRow


class Verdict(StrEnum):
    """What a person who was rung hears next."""

    SCREEN = "screen"  # "toets 1 om aan te nemen"
    BRIDGE = "bridge"
    ROOM = "room"  # the taker waits in the room for the caller
    TAKEN = "taken"  # somebody else was first
    NOT_TAKEN = "not_taken"
    TOO_LATE = "too_late"


# What the provider says of a leg that is under way.
_PROGRESS: dict[str, LegEvent] = {
    "ringing": LegEvent.RINGS,
    "in-progress": LegEvent.PICKED_UP,
}


# Without a last word, the provider is asked how a leg fares: later than it can ring and be
# asked its question, and now and then while it talks.
ASK_AFTER = timedelta(seconds=60)
ASK_AGAIN = timedelta(seconds=120)
AT_ONCE = 50


def _is_current(call: CallRow, leg: LegRow) -> bool:
    if leg.state == LegState.ENDED:
        return False
    return leg.together or leg.number == call.leg_number


def _too_late(leg: LegRow | None) -> Verdict:
    taken = leg is not None and leg.outcome == LegEvent.TAKEN
    return Verdict.TAKEN if taken else Verdict.TOO_LATE


def picked_up(session: Session, call: CallRow, number: int, sid: str, now: datetime) -> Verdict:
    """Somebody, or a voicemail, picked up and asks what to hear.

    Args:
        session: the door commits.
        call: the locked call.
        number: of the leg.
        sid: the provider's id of the leg.
        now: this instant, aware, UTC.
    """
    leg = line.leg(session, call, number)
    if leg is None or not _is_current(call, leg):
        return _too_late(leg)
    if call.state not in {State.RINGING, State.RALLYING, *TAKEN}:
        return Verdict.TOO_LATE
    leg.provider_sid = leg.provider_sid or sid or None
    line.move_leg(leg, LegEvent.PICKED_UP, now)
    return Verdict.SCREEN


def pressed(
    session: Session, vault: Vault, call: CallRow, number: int, key: str, now: datetime
) -> Verdict:
    """The person rung pressed a key; 1 takes the call, and that row is what "accepted" means.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call.
        number: of the leg.
        key: what was pressed; empty for silence.
        now: this instant, aware, UTC.
    """
    leg = line.leg(session, call, number)
    if leg is None:
        return Verdict.TOO_LATE
    if key != "1":
        event = {"2": LegEvent.PRESS_2, "": LegEvent.SILENCE}.get(key, LegEvent.WRONG_KEY)
        if line.move_leg(leg, event, now) and leg.together:
            rally.lost(session, vault, call, leg, now)
        return Verdict.NOT_TAKEN
    if not _is_current(call, leg):
        return _too_late(leg)
    if leg.together:
        return _taken(session, call, leg, now)
    return _accepted(session, call, leg, now)


def _accepted(session: Session, call: CallRow, leg: LegRow, now: datetime) -> Verdict:
    if leg.state == LegState.ACCEPTED:
        return Verdict.BRIDGE if call.state == State.ACCEPTED else Verdict.TOO_LATE
    if call.state != State.RINGING or not line.move_leg(leg, LegEvent.PRESS_1, now):
        return Verdict.TOO_LATE
    line.move(session, call, Event.PRESS_1, now)
    items.open_for(session, call, ItemKind.CONVERSATION, now, answered_by=leg.person_id)
    return Verdict.BRIDGE


def _taken(session: Session, call: CallRow, leg: LegRow, now: datetime) -> Verdict:
    if leg.state == LegState.ACCEPTED:
        return Verdict.ROOM if call.room is not None else Verdict.TOO_LATE
    if not rally.take(session, call, leg, now):
        return Verdict.TAKEN if call.taken_leg is not None else Verdict.TOO_LATE
    items.open_for(session, call, ItemKind.CONVERSATION, now, answered_by=leg.person_id)
    return Verdict.ROOM


def progress(
    session: Session,
    vault: Vault,
    call: CallRow,
    number: int,
    *,
    status: str,
    sid: str,
    now: datetime,
) -> None:
    """The provider tells how a leg fares, in any order and any number of times.

    A last word frees the person at once. The caller's line moves by the account of `<Dial>`, or,
    where several rang at once, when the last of them is over.

    Args:
        session: the door commits.
        vault: opens telephones.
        call: the locked call.
        number: of the leg.
        status: the provider's word.
        sid: the provider's id of the leg.
        now: this instant, aware, UTC.
    """
    leg = line.leg(session, call, number)
    if leg is None:
        return
    leg.provider_sid = leg.provider_sid or sid or None
    if status in _PROGRESS:
        line.move_leg(leg, _PROGRESS[status], now)
        return
    final = conversation.FINAL_WORDS.get(status)
    if final is None:
        return
    leg.to_cancel = False
    accepted = leg.state == LegState.ACCEPTED
    if not line.move_leg(leg, LegEvent.OVER if accepted else final, now):
        return
    if leg.together:
        rally.lost(session, vault, call, leg, now)
    elif accepted:
        line.move(session, call, Event.LEG_OVER, now)


# ---- the provider's last word did not come -----------------------------------------------


@dataclass(frozen=True)
class Unheard:
    """A leg that has been open for long, to ask the provider about."""

    leg_id: UUID
    call_id: UUID | None
    call_back_id: UUID | None
    number: int
    sid: str


def unheard(session: Session, now: datetime) -> list[Unheard]:
    """The open legs of which the provider has not told the end for a while; asks again later.

    Args:
        session: the worker commits, so that no other worker asks about the same legs.
        now: this instant, aware, UTC.
    """
    rows = session.scalars(
        select(LegRow)
        .where(
            LegRow.state != LegState.ENDED,
            LegRow.provider_sid.is_not(None),
            or_(
                LegRow.ask_at <= now,
                LegRow.ask_at.is_(None) & (LegRow.placed_at <= now - ASK_AFTER),
            ),
        )
        .order_by(LegRow.placed_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    found = []
    for leg in rows:
        leg.ask_at = now + ASK_AGAIN
        sid = leg.provider_sid or ""
        found.append(Unheard(leg.id, leg.call_id, leg.call_back_id, leg.number, sid))
    session.flush()
    return found
