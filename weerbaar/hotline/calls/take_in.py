"""Taking the journal in: what happened without a database becomes calls, courses and work.

Each line is one transaction, under the unique id of the line: whatever dies in between, a line
counts once. A call may have begun in the database, in the journal, or in both; its row is found
by the provider's id or by its token, and made where there is none. Lines of a call that goes on
in the house leave its course to the house.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from weerbaar.accounts import apart, envelopes
from weerbaar.accounts.keystore import KeyStoreGone, SecretGone
from weerbaar.accounts.vault import Stores, Vault
from weerbaar.config import faultpoint
from weerbaar.config.log import logger
from weerbaar.hotline.calls import conversation, items, owners
from weerbaar.hotline.calls.conversation import (
    FINAL_WORDS,
    Event,
    LegEvent,
    LegState,
    Outcome,
    State,
)
from weerbaar.hotline.calls.journal import Batch, Journal, Line, What
from weerbaar.hotline.calls.line import close, insert_into
from weerbaar.hotline.calls.models import (
    CallEventRow,
    CallRow,
    ItemKind,
    ItemState,
    JournalLineRow,
    LegRow,
)

# A number may be written a moment before the call that it belongs to.
NUMBER_WAITS = timedelta(seconds=60)
REMEMBERED = timedelta(days=60)
# Legs and events of the journal are counted from here: they never meet those of the house.
APART = 1000
# Endings that the house makes when it has lost sight of a call.
_WEAK = frozenset({Outcome.MISSED, Outcome.ACCEPTED_NOT_BRIDGED})

_log = logger("hotline.calls")


def take_in(stores: Stores, journal: Journal, now: datetime) -> int:
    """Take in every line of the journal once, and let go of files that are done with.

    Args:
        stores: database and vault; this verb commits, line by line.
        journal: of this machine.
        now: this instant, aware, UTC.

    Returns:
        How many lines were taken in.

    Raises:
        KeyStoreGone, OperationalError: the stores are not back; everything stays.
    """
    batches = list(journal.batches())
    waiting: set[UUID] = set()
    taken = 0
    lines = [line for batch in batches for line in batch.lines]
    for line in sorted(lines, key=lambda line: line.at):
        if line.what is What.NUMBER and now - line.at < NUMBER_WAITS:
            waiting.add(line.entry)
            continue
        try:
            taken += _take(stores, line, now)
        except (KeyStoreGone, OperationalError):
            raise
        except Exception:  # noqa: BLE001 - one bad line must not keep the others out
            _log.exception("journal line not taken in", kind=line.what.value)
            waiting.add(line.entry)
    faultpoint.reach("take-in before the file goes")
    for batch in batches:
        _finish(batch, waiting)
    return taken


def _finish(batch: Batch, waiting: set[UUID]) -> None:
    if not any(line.entry in waiting for line in batch.lines):
        batch.finish()


def _take(stores: Stores, line: Line, now: datetime) -> bool:
    with stores.database.session() as session:
        new = session.execute(
            insert_into(session, JournalLineRow)
            .values(entry=line.entry, taken_day=now.date())
            .on_conflict_do_nothing()
            .returning(JournalLineRow.entry)
        ).first()
        if new is None:
            return False
        if line.what is What.NUMBER:
            _number_of_house(session, stores.vault, line)
        else:
            _apply(_Taking(session, stores.vault, line, now))
        faultpoint.reach("take-in before commit")
        session.commit()
    faultpoint.reach("take-in after commit")
    return True


def forget_old(session: Session, now: datetime) -> int:
    """Forget which lines were taken in long ago; their files are gone.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.
    """
    gone = session.execute(
        delete(JournalLineRow)
        .where(JournalLineRow.taken_day < (now - REMEMBERED).date())
        .returning(JournalLineRow.entry)
    ).all()
    return len(gone)


def _number_of_house(session: Session, vault: Vault, line: Line) -> None:
    sealed = apart.from_facts(line.facts["number"])
    wanted = select(CallRow.id).where(CallRow.number_record == sealed.record_id)
    # Nobody asks for it any more: its secret is given to nobody, so it stays closed for ever.
    if session.execute(wanted).first() is not None:
        apart.take_in(session, vault, sealed, line.at)


# ---- one line of one call ----------------------------------------------------------------


@dataclass(frozen=True)
class _Taking:
    session: Session
    vault: Vault
    line: Line
    now: datetime


def _apply(taking: _Taking) -> None:
    call = _call_of(taking)
    if call is None and taking.line.what is not What.GONE:
        call = _begin(taking)
    if call is not None:
        _EFFECTS[taking.line.what](taking, call)
        taking.session.flush()


def _call_of(taking: _Taking) -> CallRow | None:
    line, found = taking.line, None
    for column, value in ((CallRow.provider_sid, line.sid), (CallRow.token, line.token)):
        if found is None and value:
            found = taking.session.scalar(
                select(CallRow)
                .where(column == value)
                .with_for_update()
                .execution_options(populate_existing=True)
            )
    return found


def _begin(taking: _Taking) -> CallRow | None:
    line, facts = taking.line, taking.line.facts
    taking.session.execute(
        insert_into(taking.session, CallRow)
        .values(
            id=uuid4(),
            token=line.token,
            provider_sid=line.sid,
            state=State.RINGING.value,
            # The watchdog sees to it when no line of the journal says how it ended.
            next_deadline=conversation.next_deadline(State.RINGING, line.at),
            withheld=bool(facts.get("withheld", True)),
            plan=facts.get("plan") or '{"roster_version":"","order":[],"skipped":[]}',
            roster_version=facts.get("roster_version"),
            started_at=line.at,
            ringing_since=line.at,
            created_day=line.at.date(),
            step=0, tries=0, inquiries=0, leg_number=0, number_confirmed=True,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    return _call_of(taking)


def _began(taking: _Taking, call: CallRow) -> None:
    _keep_number(taking, call)
    _note(taking, call, Event.GREETED)


def _rung(taking: _Taking, call: CallRow) -> None:
    if call.course_record is not None:
        return
    facts = taking.line.facts
    number = APART + facts["leg"]
    known = select(LegRow.id).where(LegRow.call_id == call.id, LegRow.number == number)
    if taking.session.execute(known).first() is None:
        # Never an open leg: it would keep the person from being rung.
        taking.session.add(
            LegRow(
                id=uuid4(), call_id=call.id, number=number, person_id=UUID(facts["person"]),
                tier=facts["tier"], state=LegState.ENDED.value,
                outcome=LegEvent.NO_ANSWER.value, placed_at=taking.line.at,
                ended_at=taking.line.at,
            )
        )  # fmt: skip
    if call.state != State.ENDED:
        deadline = conversation.next_deadline(State.RINGING, taking.line.at)
        call.next_deadline = max(filter(None, (call.next_deadline, deadline)))
    _note(taking, call, Event.LEG_PLACED)


def _leg(taking: _Taking, call: CallRow) -> LegRow | None:
    # Of a leg that the house itself placed, the line names the house's own number.
    facts = taking.line.facts
    number = facts["leg"] + (0 if facts.get("of_house") else APART)
    return taking.session.scalar(
        select(LegRow).where(LegRow.call_id == call.id, LegRow.number == number)
    )


def _lost(taking: _Taking, call: CallRow) -> None:
    leg = _leg(taking, call)
    if leg is not None and leg.accepted_at is None:
        status = FINAL_WORDS.get(taking.line.facts["status"], LegEvent.PROVIDER_ERROR)
        leg.state, leg.outcome = LegState.ENDED.value, status.value
        leg.ended_at = taking.line.at
    if call.state == State.ACCEPTED:
        # Taken, never connected, and the caller rang on.
        call.state = State.RINGING.value
        call.next_deadline = conversation.next_deadline(State.RINGING, taking.line.at)
    _note(taking, call, Event.LEG_LOST)


def _taken(taking: _Taking, call: CallRow) -> None:
    line, leg = taking.line, _leg(taking, call)
    person_id = None
    if leg is not None:
        person_id = leg.person_id
        leg.accepted_at = line.at
        if leg.state == LegState.ENDED:
            leg.outcome = LegEvent.OVER.value
        else:
            leg.state = LegState.ACCEPTED.value
    if call.state != State.ENDED:
        call.state = State.ACCEPTED.value
        call.next_deadline = conversation.next_deadline(State.ACCEPTED, line.at)
        taking.session.flush()
        items.open_for(taking.session, call, ItemKind.CONVERSATION, line.at, answered_by=person_id)
    _note(taking, call, Event.PRESS_1)


def _talked(taking: _Taking, call: CallRow) -> None:
    _end(taking, call, Outcome.TALKED, Event.TALKED)


def _asked(taking: _Taking, call: CallRow) -> None:
    _keep_number(taking, call)
    call.number_confirmed = bool(taking.line.facts.get("confirmed", True))
    # What was promised: nothing weaker that the house has made of it meanwhile stands.
    _end(taking, call, Outcome.CALLBACK_ASKED, Event.ASKED)


def _keyed(taking: _Taking, call: CallRow) -> None:
    if call.state == State.ENDED and Outcome(call.outcome or "") not in _WEAK:
        return
    if call.number_record is not None:
        # What he keys in last is what he wants to be called on.
        envelopes.destroy(taking.session, taking.vault, call.number_record, taking.now)
        call.number_record = None
    _keep_number(taking, call)
    call.number_confirmed = False
    _note(taking, call, Event.DIGITS)


def _missed(taking: _Taking, call: CallRow) -> None:
    _keep_number(taking, call)
    _end(taking, call, Outcome.MISSED, Event.GAVE_UP)


def _gone(taking: _Taking, call: CallRow) -> None:
    if call.state == State.ACCEPTED:
        # The account of it follows, or the deadline comes.
        deadline = conversation.next_deadline(
            State.ACCEPTED, taking.line.at, conversation.Effect.AWAIT_ACTION
        )
        call.next_deadline = min(filter(None, (call.next_deadline, deadline)))
        return
    keyed = call.number_record is not None and not call.number_confirmed
    outcome = Outcome.CALLBACK_ASKED if keyed else Outcome.MISSED
    _end(taking, call, outcome, Event.CALLER_GONE)


_EFFECTS: dict[What, Callable[[_Taking, CallRow], None]] = {
    What.BEGAN: _began,
    What.RUNG: _rung,
    What.LOST: _lost,
    What.TAKEN: _taken,
    What.TALKED: _talked,
    What.ASKED: _asked,
    What.KEYED: _keyed,
    What.MISSED: _missed,
    What.GONE: _gone,
}


def _keep_number(taking: _Taking, call: CallRow) -> None:
    facts = taking.line.facts.get("number")
    if facts is None or call.number_record is not None:
        return
    sealed = apart.from_facts(facts)
    try:
        call.number_record = apart.take_in(taking.session, taking.vault, sealed, taking.line.at)
    except SecretGone:
        _log.error("number destroyed before it was taken in", call=str(call.id))


def _end(taking: _Taking, call: CallRow, outcome: Outcome, event: Event) -> None:
    if call.state == State.ENDED:
        weaker = Outcome(call.outcome or "") in _WEAK and outcome not in _WEAK
        if not weaker:
            return
    call.state, call.outcome, call.next_deadline = State.ENDED.value, outcome.value, None
    if call.course_record is None:
        call.ended_at = taking.line.at
    taking.session.flush()
    close(taking.session, call, taking.line.at)
    _give_owner(taking, call)
    _note(taking, call, event)


def _give_owner(taking: _Taking, call: CallRow) -> None:
    # The owner and the time that the caller was promised, where that person can still read it.
    facts: dict[str, Any] = taking.line.facts
    item = items.of_call(taking.session, call.id)
    if item is None or item.state != ItemState.WAITING:
        return
    if facts.get("due"):
        item.due_at = datetime.fromisoformat(facts["due"])
    owner = facts.get("owner")
    if owner and UUID(owner) in owners.admitted(taking.session):
        item.owner_id = UUID(owner)


def _note(taking: _Taking, call: CallRow, event: Event) -> None:
    if call.course_record is not None:
        return
    highest = taking.session.scalar(
        select(func.max(CallEventRow.number)).where(CallEventRow.call_id == call.id)
    )
    taking.session.execute(
        insert(CallEventRow).values(
            call_id=call.id, number=max(highest or 0, APART) + 1, at=taking.line.at,
            event=event.value, state=call.state,
        )
    )  # fmt: skip
