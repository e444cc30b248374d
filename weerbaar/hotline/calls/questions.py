"""What a caller is asked when nobody took the call: to be called back, where, or a message.

Doors commit. A request that answers an earlier question names an earlier step and changes
nothing.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes
from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import messages, numbers
from weerbaar.hotline.calls.conversation import (
    LAST_QUESTION,
    SHORTEST_MESSAGE,
    TRIES,
    Event,
    State,
)
from weerbaar.hotline.calls.line import close, move, seal_number
from weerbaar.hotline.calls.models import CallRow

# Reserved in every prompt for acute danger.
ACUTE_KEY = "9"


def offered(
    session: Session,
    vault: Vault,
    call: CallRow,
    step: int,
    *,
    key: str,
    caller: str,
    now: datetime,
) -> None:
    """What the caller answered to "toets 1: wij bellen u terug op dit nummer".

    Args:
        session: the door commits.
        vault: seals the number, where that could not be done at the start.
        call: the locked call.
        step: the step the request answers.
        key: what was pressed; empty for silence.
        caller: the provider's `From`.
        now: this instant, aware, UTC.
    """
    if step != call.step or call.state != State.OFFERING:
        return
    if key != "1":
        _unclear(session, call, now)
        return
    if call.number_record is None:
        call.number_record = seal_number(session, vault, caller, now)
    # What cannot be kept is not promised: the caller is told to call again instead.
    _end(session, call, Event.ASKED if call.number_record else Event.GAVE_UP, now)


def keyed_in(
    session: Session,
    vault: Vault,
    call: CallRow,
    step: int,
    *,
    digits: str,
    hotline: str,
    now: datetime,
) -> None:
    """The digits a caller with a withheld number keyed in; they are sealed at once.

    Args:
        session: the door commits.
        vault: seals the number.
        call: the locked call.
        step: the step the request answers.
        digits: the keys, as they came; empty for silence.
        hotline: the number of the house, E.164.
        now: this instant, aware, UTC.
    """
    if step != call.step or call.state != State.ENTERING_NUMBER:
        return
    try:
        number = numbers.keyed(digits, hotline=hotline)
    except numbers.NotCallable:
        _unclear(session, call, now)
        return
    record = seal_number(session, vault, number, now, keyed=True)
    if record is None:
        _end(session, call, Event.GAVE_UP, now)
        return
    _drop_number(session, vault, call, now)
    call.number_record = record
    call.number_confirmed = False
    call.tries = 0
    move(session, call, Event.DIGITS, now)


def confirmed(
    session: Session, vault: Vault, call: CallRow, step: int, *, key: str, now: datetime
) -> None:
    """What the caller answered to "toets 1 als het klopt, 2 voor opnieuw".

    Args:
        session: the door commits.
        vault: destroys the number that was wrong.
        call: the locked call.
        step: the step the request answers.
        key: what was pressed; empty for silence.
        now: this instant, aware, UTC.
    """
    if step != call.step or call.state != State.CONFIRMING_NUMBER:
        return
    if key == "1":
        call.number_confirmed = True
        _end(session, call, Event.CONFIRMED, now)
    elif key == "2":
        _drop_number(session, vault, call, now)
        call.tries = 1
        move(session, call, Event.AGAIN, now)
    else:
        _unclear(session, call, now)


def wants_to_record(session: Session, call: CallRow, step: int, now: datetime) -> bool:
    """The caller would rather leave a message than be called back.

    Args:
        session: the door commits.
        call: the locked call.
        step: the step the request answers.
        now: this instant, aware, UTC.

    Returns:
        Whether that was offered there, and a message is asked now.
    """
    if step != call.step or call.state not in {State.OFFERING, State.ENTERING_NUMBER}:
        return False
    call.tries = 0
    return move(session, call, Event.RECORD, now) is not None


def recorded(
    session: Session,
    call: CallRow,
    step: int,
    *,
    sid: str | None,
    seconds: int,
    key: str,
    caller_there: bool,
    now: datetime,
) -> None:
    """A recording has ended: a message, or a silence and the question again.

    Args:
        session: the door commits.
        call: the locked call.
        step: the step the request answers.
        sid: the provider's id of the recording, where it gave one.
        seconds: its length without silence at its ends.
        key: what ended it; `hangup` for the caller's going.
        caller_there: whether the caller is still on the line.
        now: this instant, aware, UTC.
    """
    is_message = seconds >= SHORTEST_MESSAGE
    if is_message:
        messages.heard_of(session, call, sid, now)
    if step != call.step or call.state != State.RECORDING:
        return
    if not caller_there:
        messages.heard_of(session, call, sid, now)
        _end(session, call, Event.CALLER_GONE, now)
    elif is_message and key != ACUTE_KEY:
        _end(session, call, Event.RECORDED, now)
    else:
        if not is_message:
            messages.throw_away(session, sid, now)
        # Or acute danger was keyed in: 112 is said, and what was spoken so far is kept already.
        _unclear(session, call, now)


def _unclear(session: Session, call: CallRow, now: datetime) -> None:
    call.tries += 1
    late = call.started_at is not None and now - call.started_at >= LAST_QUESTION
    if late or call.tries >= TRIES:
        _end(session, call, Event.GAVE_UP, now)
    else:
        move(session, call, Event.UNCLEAR, now)


def _end(session: Session, call: CallRow, event: Event, now: datetime) -> None:
    if move(session, call, event, now) is not None:
        close(session, call, now)


def _drop_number(session: Session, vault: Vault, call: CallRow, now: datetime) -> None:
    if call.number_record is None:
        return
    envelopes.destroy(session, vault, call.number_record, now)
    call.number_record = None
    call.number_confirmed = True
