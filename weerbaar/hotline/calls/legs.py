"""The telephones that are rung for a call: what their owners press, and what the provider says."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from weerbaar.hotline.calls import conversation, items, line
from weerbaar.hotline.calls.conversation import Event, LegEvent, LegState, State
from weerbaar.hotline.calls.models import CallRow, ItemKind, LegRow


class Verdict(StrEnum):
    """What a person who was rung hears next."""

    SCREEN = "screen"  # "toets 1 om aan te nemen"
    BRIDGE = "bridge"
    NOT_TAKEN = "not_taken"
    TOO_LATE = "too_late"


# What the provider says of a leg that is under way.
_PROGRESS: dict[str, LegEvent] = {
    "ringing": LegEvent.RINGS,
    "in-progress": LegEvent.PICKED_UP,
}


def _is_current(call: CallRow, leg: LegRow) -> bool:
    return leg.number == call.leg_number and leg.state != LegState.ENDED


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
        return Verdict.TOO_LATE
    if call.state not in {State.RINGING, State.ACCEPTED}:
        return Verdict.TOO_LATE
    leg.provider_sid = leg.provider_sid or sid or None
    line.move_leg(leg, LegEvent.PICKED_UP, now)
    return Verdict.SCREEN


def pressed(session: Session, call: CallRow, number: int, key: str, now: datetime) -> Verdict:
    """The person rung pressed a key; 1 takes the call, and that row is what "accepted" means.

    Args:
        session: the door commits.
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
        line.move_leg(leg, event, now)
        return Verdict.NOT_TAKEN
    if not _is_current(call, leg):
        return Verdict.TOO_LATE
    if leg.state == LegState.ACCEPTED:
        return Verdict.BRIDGE if call.state == State.ACCEPTED else Verdict.TOO_LATE
    if call.state != State.RINGING or not line.move_leg(leg, LegEvent.PRESS_1, now):
        return Verdict.TOO_LATE
    line.move(session, call, Event.PRESS_1, now)
    items.open_for(session, call, ItemKind.CONVERSATION, now, answered_by=leg.person_id)
    return Verdict.BRIDGE


def progress(
    session: Session, call: CallRow, number: int, *, status: str, sid: str, now: datetime
) -> None:
    """The provider tells how a leg fares, in any order and any number of times.

    A last word frees the person at once; the caller's line moves by the account of `<Dial>`.

    Args:
        session: the door commits.
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
    accepted = leg.state == LegState.ACCEPTED
    if line.move_leg(leg, LegEvent.OVER if accepted else final, now) and accepted:
        line.move(session, call, Event.LEG_OVER, now)
