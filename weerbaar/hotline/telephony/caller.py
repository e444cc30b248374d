"""The steps of the caller's line: each moves the call and answers with its present document.

What is answered when a step fails stands in `degraded`: nobody is ever left in silence.
"""

import re
from collections.abc import Callable
from datetime import timedelta

from weerbaar.hotline.calls import (
    drills,
    items,
    legs,
    line,
    messages,
    misuse,
    questions,
    rally,
    ringing,
)
from weerbaar.hotline.calls.conversation import (
    SHORTEST_MESSAGE,
    LegEvent,
    LegState,
    Outcome,
    State,
)
from weerbaar.hotline.calls.models import CallRow
from weerbaar.hotline.calls.phones import telephones
from weerbaar.hotline.telephony import house_phone, texts, twiml
from weerbaar.hotline.telephony.ask import Ask
from weerbaar.hotline.telephony.client import is_recording
from weerbaar.hotline.telephony.twiml import Documents

OWN_STEP = re.compile(
    r"/telephony/(?P<token>[A-Za-z0-9_-]+)/(?P<step>[a-z]+)/(?P<number>[0-9]{1,6})"
)

MESSAGE_KEY = "2"
# What the provider puts in place of a key where a recording ended by hanging up.
HUNG_UP = "hangup"


# ---- steps -------------------------------------------------------------------------------


def voice(ask: Ask) -> str:
    """Somebody calls the hotline, or the provider asks again; or we do, as an exercise."""
    mark = ask.form.get(drills.MARK)
    if mark is not None:
        # The provider sends no such field: what is not ours is nobody's call.
        marked = drills.is_marked(ask.vault, ask.sid, mark)
        return _begin(ask, drill=True) if marked else twiml.reject_as_busy()
    if is_loop(ask):
        line.refuse_loop(ask.session, sid=ask.sid, now=ask.now)
        return twiml.reject_as_busy()
    return _begin(ask)


def is_loop(ask: Ask) -> bool:
    """Whether the house calls itself: some telephone of ours forwards to the hotline."""
    return ask.caller in {ask.form.get("To", ""), ask.hotline} and bool(ask.caller)


def _begin(ask: Ask, *, drill: bool = False) -> str:
    if not drill and misuse.is_marked(ask.session, ask.vault, ask.caller, ask.now):
        return _blocked(ask)
    call = line.start(
        ask.session,
        ask.vault,
        sid=ask.sid,
        caller=ask.caller,
        hotline=ask.hotline,
        now=ask.now,
        rings=drill or not ask.too_often,
        spent=drills.SPENT if drill else timedelta(0),
        drill=drill,
    )
    if call is not None:
        return ask.documents.greeting(call.token, call.step)
    # The line is known: what was prepared for a new one is dropped with the transaction.
    ask.session.rollback()
    known = line.by_sid(ask.session, ask.sid)
    if known is None:
        return ask.documents.standby(ask.settings.standby_number)
    return present(ask, known)


def _blocked(ask: Ask) -> str:
    known = line.by_sid(ask.session, ask.sid)
    if known is not None:
        # The mark is younger than this call: it goes on as it began.
        return present(ask, known)
    line.refuse_blocked(ask.session, sid=ask.sid, now=ask.now)
    return _goodbye_to_blocked()


def _goodbye_to_blocked() -> str:
    return twiml.hang_up(texts.GREETING, texts.EMERGENCY, texts.BLOCKED)


def ring(ask: Ask) -> str:
    """The greeting was heard, or the pause is over: ring the next telephone."""
    call = line.by_token(ask.session, ask.token)
    if call is None:
        return _begin(ask)
    if not _is_acute(ask, call):
        ringing.ring_on(ask.session, ask.vault, call, ask.number, ask.now)
    return present(ask, call)


def _is_acute(ask: Ask, call: CallRow) -> bool:
    return ask.urgent and rally.urgent(
        ask.session, ask.vault, call, ask.number, ask.now, spoken=timedelta(seconds=_seconds(ask))
    )


def wait(ask: Ask) -> str:
    """Another round while several telephones ring."""
    call = line.by_token(ask.session, ask.token)
    if call is None:
        return _begin(ask)
    if not _is_acute(ask, call):
        rally.waited(ask.session, ask.vault, call, ask.now)
    if call.state == State.JOINING and not rally.may_enter(call, ask.now):
        return ask.documents.rally(call.token, call.step, again=True)
    return present(ask, call, again=not ask.urgent)


def join(ask: Ask) -> str:
    """The provider fetched the caller for us."""
    call = line.by_token(ask.session, ask.token)
    return _begin(ask) if call is None else present(ask, call)


def left(ask: Ask) -> str:
    """Somebody is out of the room: the caller, or whoever took the call."""
    call = line.by_token(ask.session, ask.token)
    if call is None:
        return left_stateless(ask)
    if ask.sid != call.provider_sid:
        rally.taker_left(ask.session, ask.vault, call, ask.number, ask.now)
        _stir(ask, call)
        return house_phone.goodbye(ask, call, ask.number)
    if not ask.there:
        ringing.caller_gone(ask.session, call, ask.now)
        _stir(ask, call)
        return twiml.hang_up()
    unsure = rally.caller_left(ask.session, ask.vault, call, ask.number, ask.now)
    return present(ask, call, cut_off=unsure)


def left_stateless(ask: Ask) -> str:
    """The same without a database: a caller is rung on, a telephone of ours is told the end."""
    if ask.on_its_own:
        return twiml.hang_up(texts.ROOM_OVER)
    if not ask.there:
        return twiml.hang_up()
    return ask.documents.standby(ask.settings.standby_number, lead=[texts.CUT_OFF])


def room(ask: Ask) -> None:
    """The provider tells who comes into the room and who leaves it."""
    call = line.by_token(ask.session, ask.token)
    if call is None:
        return
    event = ask.form.get("StatusCallbackEvent", "")
    if event == "participant-join":
        rally.seen_in_room(
            ask.session, call, ask.number, sid=ask.sid,
            conference=ask.form.get("ConferenceSid", ""), now=ask.now,
        )  # fmt: skip
    elif event == "participant-leave":
        rally.left_room(ask.session, ask.vault, call, ask.number, sid=ask.sid, now=ask.now)
    _stir(ask, call)


def dialed(ask: Ask) -> str:
    """One telephone is done ringing, or the conversation is over."""
    call = line.by_token(ask.session, ask.token)
    if call is None:
        return _begin(ask) if ask.there else twiml.hang_up()
    _after_dial(ask, call, ask.number)
    _stir(ask, call)
    return present(ask, call) if ask.there else twiml.hang_up()


def _after_dial(ask: Ask, call: CallRow, number: int) -> None:
    ringing.dialed(
        ask.session,
        ask.vault,
        call,
        number,
        status=ask.form.get("DialCallStatus", ""),
        bridged=ask.bridged,
        caller_there=ask.there,
        now=ask.now,
    )


def offer(ask: Ask) -> str:
    """The answer to "may we call you back on this number"."""
    call = line.by_token(ask.session, ask.token)
    if call is None:
        return _begin(ask)
    _answer(ask, call, "offer", ask.number)
    return present(ask, call)


def digits(ask: Ask) -> str:
    """Ten digits, or not."""
    call = line.by_token(ask.session, ask.token)
    if call is None:
        return _begin(ask)
    _answer(ask, call, "digits", ask.number)
    return present(ask, call)


def confirm(ask: Ask) -> str:
    """The answer to "is it right"."""
    call = line.by_token(ask.session, ask.token)
    if call is None:
        return _begin(ask)
    _answer(ask, call, "confirm", ask.number)
    return present(ask, call)


def record(ask: Ask) -> str:
    """A message was spoken, or a silence; the caller may have hung up on it."""
    call = line.by_token(ask.session, ask.token)
    if call is None:
        return _begin(ask) if ask.there else twiml.hang_up()
    sid = _recording_sid(ask)
    if ask.urgent and is_message(ask):
        # What was spoken before acute danger was keyed in is kept.
        messages.heard_of(ask.session, call, sid, ask.now)
    if ask.there and _is_acute(ask, call):
        return present(ask, call)
    questions.recorded(
        ask.session,
        call,
        ask.number,
        sid=sid,
        seconds=_seconds(ask),
        key=ask.digits,
        caller_there=ask.there and ask.digits != HUNG_UP,
        now=ask.now,
    )
    return present(ask, call) if ask.there else twiml.hang_up()


def recording(ask: Ask) -> None:
    """The provider says how a recording fares; what it is worth is asked of the provider."""
    call = line.by_token(ask.session, ask.token)
    sid = _recording_sid(ask)
    if call is not None and sid is not None:
        messages.heard_of(ask.session, call, sid, ask.now)


def _recording_sid(ask: Ask) -> str | None:
    # The address counts for nothing but the id at its end: we ask at our own account's address.
    named = ask.form.get("RecordingSid") or ask.form.get("RecordingUrl", "").rpartition("/")[2]
    return named if is_recording(named) else None


def is_message(ask: Ask) -> bool:
    """Whether a recording that has ended is long enough to be a message."""
    return _seconds(ask) >= SHORTEST_MESSAGE


def _seconds(ask: Ask) -> int:
    told = ask.form.get("RecordingDuration", "")
    return int(told) if told.isascii() and told.isdigit() else 0


def _answer(ask: Ask, call: CallRow, step: str, number: int) -> None:
    if _is_acute(ask, call):
        return
    wants_message = ask.settings.voicemail and ask.digits == MESSAGE_KEY
    if (
        wants_message
        and step in {"offer", "digits"}
        and questions.wants_to_record(ask.session, call, number, ask.now)
    ):
        return
    if step == "offer":
        questions.offered(
            ask.session, ask.vault, call, number, key=ask.digits, caller=ask.caller, now=ask.now
        )
    elif step == "digits":
        questions.keyed_in(
            ask.session, ask.vault, call, number,
            digits=ask.digits, hotline=ask.hotline, now=ask.now,
        )  # fmt: skip
    elif step == "confirm":
        questions.confirmed(ask.session, ask.vault, call, number, key=ask.digits, now=ask.now)


def standby_done(ask: Ask) -> str:
    """The stand-by telephone is done; perhaps the house is itself again."""
    if ask.bridged or not ask.there:
        return twiml.hang_up(texts.TALKED)
    known = line.by_sid(ask.session, ask.sid)
    if known is not None:
        return present(ask, known)
    return begin_late(ask, line.SPENT_ON_STANDBY)


def begin_late(ask: Ask, spent: timedelta) -> str:
    """A caller whom the house did not know yet, and who has waited already: ring at once.

    Args:
        ask: the request.
        spent: how much of the time for ringing has gone by.
    """
    call = line.start(
        ask.session, ask.vault, sid=ask.sid, caller=ask.caller, hotline=ask.hotline, now=ask.now,
        spent=spent, rings=not ask.too_often,
    )  # fmt: skip
    return ask.documents.call_again() if call is None else _ring_now(ask, call)


def _ring_now(ask: Ask, call: CallRow) -> str:
    ask.session.flush()
    locked = line.by_token(ask.session, call.token)
    if locked is None:
        return ask.documents.call_again()
    ringing.ring_on(ask.session, ask.vault, locked, locked.step, ask.now)
    return present(ask, locked)


def status(ask: Ask) -> None:
    """The provider says how a caller's line fares; only its end matters."""
    if ask.there:
        return
    ask.reserve.flood.over(ask.sid)
    call = line.by_sid(ask.session, ask.sid)
    if call is not None:
        ringing.caller_gone(ask.session, call, ask.now)
        _stir(ask, call)


# ---- the provider's second try -----------------------------------------------------------


def fallback(ask: Ask) -> str:
    """The provider could not fetch or use a document of ours, and asks here instead."""
    failed = OWN_STEP.search(ask.form.get("ErrorUrl", ""))
    if is_leg(ask):
        return _fallback_of_leg(ask, failed)
    call = line.by_sid(ask.session, ask.sid)
    if call is None:
        return voice(ask)
    # Whether they talked was in the request that failed: whoever did may hang up.
    unsure = call.state in {State.ACCEPTED, State.ENTERING} and not ask.bridged
    if failed is not None and failed["token"] == call.token:
        _go_past(ask, call, failed["step"], int(failed["number"]))
    return present(ask, call, cut_off=unsure)


def is_leg(ask: Ask) -> bool:
    """Whether a telephone of the house asks, not a caller."""
    return "ParentCallSid" in ask.form or ask.form.get("Direction", "").startswith("outbound")


def _go_past(ask: Ask, call: CallRow, step: str, number: int) -> None:
    # What that step would have done with silence, so that the same failure is not met again.
    if step == "ring":
        ringing.ring_on(ask.session, ask.vault, call, number, ask.now)
    elif step == "dialed":
        _after_dial(ask, call, number)
    elif step == "record":
        # What was told of the recording is lost with that request: it counts as spoken, and the
        # provider is asked for it.
        questions.recorded(
            ask.session, call, number,
            sid=None, seconds=SHORTEST_MESSAGE, key="", caller_there=ask.there, now=ask.now,
        )  # fmt: skip
    elif step == "left":
        rally.caller_left(ask.session, ask.vault, call, number, ask.now)
    else:
        _answer(ask, call, step, number)


def _fallback_of_leg(ask: Ask, failed: "re.Match[str] | None") -> str:
    if failed is not None and failed["step"] in {"screen", "accept"}:
        call = line.by_token(ask.session, failed["token"])
        number = int(failed["number"])
        if call is not None:
            verdict = legs.picked_up(ask.session, call, number, ask.sid, ask.now)
            return house_phone.document(ask, verdict, call, number)
    return twiml.hang_up(texts.TOO_LATE)


# ---- the present document ----------------------------------------------------------------


def present(ask: Ask, call: CallRow, *, cut_off: bool = False, again: bool = False) -> str:
    """What a call says at this moment, whatever request led here.

    Args:
        ask: the request.
        call: the locked call.
        cut_off: the caller may have talked already; he is told how to go on.
        again: he has heard already that several telephones ring.
    """
    said = _present(ask, call, cut_off=cut_off, again=again)
    _stir(ask, call)
    return said


def _stir(ask: Ask, call: CallRow) -> None:
    if call.errands and call.id not in ask.stirred:
        ask.stirred.append(call.id)


def once_more(ask: Ask, said: str) -> str:
    """The document anew, when asking the provider has moved the line; the door commits.

    Args:
        ask: the request.
        said: what was to be answered: whoever is not the caller hears it all the same.
    """
    call = line.by_sid(ask.session, ask.sid)
    return said if call is None else present(ask, call)


def _present(ask: Ask, call: CallRow, *, cut_off: bool, again: bool) -> str:
    state = State(call.state)
    if state in _QUESTIONS:
        question = _QUESTIONS[state]
        return question(
            ask.documents, call.token, call.step, again=call.tries > 0, urgent=ask.urgent
        )
    if state in {State.RINGING, State.ACCEPTED}:
        return _present_leg(ask, call, cut_off=cut_off)
    if state in {State.JOINING, State.ENTERING, State.CONFERRING}:
        return _present_room(ask, call)
    if state in {State.SETTLING, State.ENDED}:
        return _farewell(ask, call)
    return _present_pause(ask, call, state, again=again)


_QUESTIONS = {
    State.OFFERING: Documents.offer,
    State.ENTERING_NUMBER: Documents.enter_number,
    State.CONFIRMING_NUMBER: Documents.confirm_number,
    State.RECORDING: Documents.record,
}


def _present_pause(ask: Ask, call: CallRow, state: State, *, again: bool) -> str:
    if state is State.GREETING:
        return ask.documents.greeting(call.token, call.step)
    if state is State.RALLYING:
        return ask.documents.rally(
            call.token, call.step,
            again=again, urgent=ask.urgent, acute=call.acute_since is not None,
        )  # fmt: skip
    return ask.documents.all_busy(call.token, call.step, urgent=ask.urgent)


def _present_leg(ask: Ask, call: CallRow, *, cut_off: bool) -> str:
    leg = line.current_leg(ask.session, call)
    if leg is not None and leg.state != LegState.ENDED:
        phone = telephones(ask.session, ask.vault, {leg.person_id}).get(leg.person_id)
        if phone is not None:
            lead = [texts.EMERGENCY] if ask.urgent else [texts.CUT_OFF] if cut_off else []
            return ask.documents.ring(call.token, leg.number, phone, lead=lead)
    # That telephone is done with and the caller is here: on to the next, never silence.
    ringing.lose_leg(ask.session, ask.vault, call, LegEvent.PROVIDER_ERROR, ask.now)
    return _present(ask, call, cut_off=False, again=False)


def _present_room(ask: Ask, call: CallRow) -> str:
    taker = line.current_leg(ask.session, call)
    if taker is not None and taker.state != LegState.ENDED and call.room is not None:
        rally.enter(ask.session, call, ask.now)
        return ask.documents.room(call.token, taker.number, call.room, taker=False)
    # Whoever took it is gone, and the caller asks what comes next.
    if call.state == State.CONFERRING:
        rally.over(ask.session, call, ask.now)
    else:
        rally.not_bridged(ask.session, ask.vault, call, ask.now)
    return _present(ask, call, cut_off=False, again=True)


_WITHOUT_WORK: dict[Outcome, Callable[[], str]] = {
    Outcome.TALKED: lambda: twiml.hang_up(texts.TALKED),
    Outcome.LOOPED: twiml.reject_as_busy,
    Outcome.BLOCKED: _goodbye_to_blocked,
}


def _farewell(ask: Ask, call: CallRow) -> str:
    outcome = Outcome(call.outcome or Outcome.TALKED)
    if outcome in _WITHOUT_WORK:
        return _WITHOUT_WORK[outcome]()
    item = items.of_call(ask.session, call.id)
    if outcome is Outcome.MESSAGE_LEFT and item is not None:
        return twiml.hang_up(texts.message_received(item.due_at, ask.now))
    if item is None or call.number_record is None:
        return twiml.hang_up(texts.NOTED_WITHOUT_NUMBER, texts.EMERGENCY)
    if outcome is Outcome.CALLBACK_ASKED:
        return twiml.hang_up(texts.callback_promised(item.due_at, ask.now))
    return twiml.hang_up(texts.noted(item.due_at, ask.now))
