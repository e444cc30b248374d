"""Answers while the database is gone, from the snapshot and the journal.

Theory of operation. A step that fails is answered here. The state of such a line is in its own
address, `away/<token>/<when it began>/<step>/<number>`, so that any server process can go on with
it; what happens is written in the journal, and what a caller is promised is on the disk before he
hears it. When the database answers again, the line goes on in the house at its next ringing; its
journal is taken in by the worker.

What is answered, in this order: the house; the snapshot; the stand-by telephone; "call again".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from uuid import UUID

from weerbaar.config.log import logger
from weerbaar.hotline.calls import conversation, items, line, numbers, ringing
from weerbaar.hotline.calls.conversation import LAST_QUESTION, TRIES, LegEvent, State
from weerbaar.hotline.calls.journal import What
from weerbaar.hotline.calls.models import ItemKind
from weerbaar.hotline.calls.plan import Plan, Turn
from weerbaar.hotline.calls.reserve import number_facts
from weerbaar.hotline.calls.snapshot import Snapshot
from weerbaar.hotline.telephony import caller, house_phone, texts, twiml
from weerbaar.hotline.telephony.ask import Ask

AWAY = re.compile(
    r"/telephony/away/(?P<token>[A-Za-z0-9_-]+)/(?P<began>[0-9]{1,12})"
    r"/(?P<step>[a-z]+)/(?P<number>[0-9]{1,6})"
)
# The greeting, and ninety seconds of ringing after it; no leg starts later.
GREETING = timedelta(seconds=15)
SPENT = conversation.RINGING_BUDGET + GREETING
# What one telephone took, or one move of a line that the database knew, at most.
PER_LEG = timedelta(seconds=25)
PER_STEP = timedelta(seconds=12)

Answer = Callable[[Ask], str]

_log = logger("hotline.telephony")


class NothingToPromise(Exception):
    """No owner, or no journal: the caller is promised nothing."""


@dataclass(frozen=True)
class Away:
    """One line without a database: the request, the snapshot, and what its address says."""

    ask: Ask
    snapshot: Snapshot
    token: str
    began: datetime

    @property
    def place(self) -> str:
        """What stands before the step in this line's addresses."""
        return f"away/{self.token}/{int(self.began.timestamp())}"

    def plan(self) -> Plan:
        """Who is rung, in which order."""
        return self.ask.reserve.plan(self.snapshot, self.token, self.ask.now)

    def turn(self, leg: int) -> Turn | None:
        """Whose telephone a leg of this line is."""
        order = self.plan().order
        return order[leg % len(order)] if order else None


# ---- answers that need no more than the settings -----------------------------------------


def standby(ask: Ask, lead: Sequence[str] = ()) -> str:
    """Ring the stand-by telephone, or say plainly to call again."""
    return ask.documents.standby(ask.settings.standby_number, lead=lead)


def voice_last(ask: Ask) -> str:
    """Not even a snapshot: the stand-by telephone."""
    return twiml.reject_as_busy() if caller.is_loop(ask) else standby(ask)


def dialed_last(ask: Ask) -> str:
    """Whoever was connected hears why he goes on hearing something; everybody is rung on."""
    if not ask.there:
        return twiml.hang_up()
    return standby(ask, [texts.CUT_OFF] if ask.bridged else [])


def standby_done_last(ask: Ask) -> str:
    """Nobody at the stand-by telephone, and still no house."""
    return twiml.hang_up(texts.TALKED) if ask.bridged else ask.documents.call_again()


def _or(last: Answer) -> Callable[[Callable[[Away], str]], Answer]:
    """An answer from the snapshot, or `last` where there is none or where it fails."""

    def decorate(answer: Callable[[Away], str]) -> Answer:
        @wraps(answer)
        def guarded(ask: Ask) -> str:
            try:
                away = _away(ask)
                if away is not None:
                    return answer(away)
            except Exception:  # noqa: BLE001 - whatever happens, the caller hears something
                _log.exception("no answer from the snapshot")
            return last(ask)

        return guarded

    return decorate


def _away(ask: Ask) -> Away | None:
    snapshot = ask.reserve.snapshot(ask.now)
    if snapshot is None:
        return None
    began = datetime.fromtimestamp(ask.began, UTC) if ask.began else ask.now
    return Away(ask, snapshot, ask.token or ask.reserve.token(ask.sid), began)


# ---- a call begins -----------------------------------------------------------------------


@_or(voice_last)
def voice(away: Away) -> str:
    """Somebody calls, and no database knows of it."""
    ask = away.ask
    if caller.is_loop(ask):
        return twiml.reject_as_busy()
    _note_beginning(away)
    if ask.too_often:
        # Nobody is rung for it: after the greeting comes the offer.
        away = replace(away, began=ask.now - SPENT)
    return ask.documents.greeting(away.place, 0)


def _note_beginning(away: Away) -> None:
    ask, plan = away.ask, away.plan()
    number = None if numbers.is_withheld(ask.caller) else ask.caller
    ask.reserve.note(
        What.BEGAN, ask.now, ask.sid, away.token,
        withheld=not _may_be_called_back(ask),
        number=None if number is None else number_facts(away.snapshot, number),
        plan=plan.to_json(),
        roster_version=plan.roster_version,
    )  # fmt: skip


def _may_be_called_back(ask: Ask) -> bool:
    return line.may_be_called_back(ask.caller, ask.hotline)


# ---- ringing -----------------------------------------------------------------------------


def _ring(away: Away) -> str:
    return _ring_on(away, away.ask.number)


def _ring_on(away: Away, start: int) -> str:
    ask, plan = away.ask, away.plan()
    if not plan.order or ask.now - away.began >= SPENT:
        return _offer(away, 0)
    for leg in range(start, start + len(plan.order)):
        turn = plan.order[leg % len(plan.order)]
        if ask.reserve.rung.ring(turn.person_id, away.token, ask.now):
            ask.reserve.note(
                What.RUNG, ask.now, ask.sid, away.token,
                leg=leg, person=str(turn.person_id), tier=turn.tier,
            )  # fmt: skip
            lead = [texts.EMERGENCY] if ask.urgent else []
            return ask.documents.ring(
                away.place, leg, away.snapshot.phones[turn.person_id], lead=lead
            )
    return ask.documents.all_busy(away.place, start, urgent=ask.urgent)


def _dialed(away: Away) -> str:
    ask = away.ask
    ask.reserve.rung.let_go(away.token, ask.now)
    if ask.bridged:
        ask.reserve.note(What.TALKED, ask.now, ask.sid, away.token)
        return twiml.hang_up(texts.TALKED)
    if not ask.there:
        ask.reserve.note(What.GONE, ask.now, ask.sid, away.token)
        return twiml.hang_up()
    ask.reserve.note(
        What.LOST, ask.now, ask.sid, away.token,
        leg=ask.number, status=ask.form.get("DialCallStatus", ""), of_house=not ask.began,
    )  # fmt: skip
    return _ring_on(away, ask.number + 1)


def screen(ask: Ask) -> str:
    """Somebody, or a voicemail, picked up a telephone that was rung from the snapshot."""
    return house_phone.screen_of(ask, _place_of(ask), ask.number)


def _place_of(ask: Ask) -> str:
    return f"away/{ask.token}/{ask.began}" if ask.began else ask.token


def accept(ask: Ask) -> str:
    """A person pressed 1: the two talk, even when nobody can write it down."""
    if ask.digits != "1":
        return twiml.hang_up()
    if ask.on_its_own:
        # It rang beside others: the caller waits elsewhere, and nobody can say where.
        return twiml.hang_up(texts.OUTAGE, texts.TOO_LATE)
    try:
        away = _away(ask)
        if away is not None and ask.began:
            turn = away.turn(ask.number)
            if turn is not None:
                ask.reserve.rung.talks(turn.person_id, ask.token, ask.now)
        ask.reserve.note(What.TAKEN, ask.now, "", ask.token, leg=ask.number, of_house=not ask.began)
    except Exception:  # noqa: BLE001 - whoever waits for the other hears him
        _log.exception("taking not written")
    return twiml.bridge()


def progress(ask: Ask) -> None:
    """The provider says how a leg fares; its line moves by the account of `<Dial>`."""
    if not ask.there:
        ask.reserve.rung.let_go(ask.token, ask.now)


def status(ask: Ask) -> None:
    """A caller's line has ended."""
    if ask.there:
        return
    ask.reserve.flood.over(ask.sid)
    token = ask.reserve.token(ask.sid)
    ask.reserve.rung.let_go(token, ask.now)
    ask.reserve.note(What.GONE, ask.now, ask.sid, token)


# ---- questions ---------------------------------------------------------------------------


def _offer(away: Away, tries: int) -> str:
    ask = away.ask
    if away.snapshot.owner(ask.now) is None:
        raise NothingToPromise
    # What was spoken now would only be found afterwards: a message is not offered.
    documents = replace(ask.documents, voicemail=False)
    question = documents.offer if _may_be_called_back(ask) else documents.enter_number
    return question(away.place, tries, again=tries > 0, urgent=ask.urgent)


def _offered(away: Away) -> str:
    if away.ask.digits == "1" and _may_be_called_back(away.ask):
        return _promise(away, number=number_facts(away.snapshot, away.ask.caller))
    return _again(away, _offer)


def _keyed_in(away: Away) -> str:
    ask = away.ask
    try:
        number = numbers.keyed(ask.digits, hotline=ask.hotline)
    except numbers.NotCallable:
        return _again(away, _offer)
    ask.reserve.write(
        What.KEYED, ask.now, ask.sid, away.token,
        number=number_facts(away.snapshot, number, keyed=True),
    )  # fmt: skip
    return _confirm(away, 0)


def _confirm(away: Away, tries: int) -> str:
    return away.ask.documents.confirm_number(
        away.place, tries, again=tries > 0, urgent=away.ask.urgent
    )


def _confirmed(away: Away) -> str:
    # Whoever keyed in ten digits has asked.
    if away.ask.digits == "1":
        return _promise(away)
    if away.ask.digits == "2":
        return _offer(away, 1)
    return _again(away, _confirm, last=lambda: _promise(away, confirmed=False))


def _recorded(away: Away) -> str:
    # The provider has the message, and its list will tell: the owner is promised to the caller now.
    ask = away.ask
    if not ask.there:
        ask.reserve.note(What.GONE, ask.now, ask.sid, away.token)
        return twiml.hang_up()
    if not caller.is_message(ask):
        return _note(away)
    due = _write_ending(away, What.MISSED, ItemKind.MISSED, {"number": _number(away)})
    return twiml.hang_up(texts.message_received(due, ask.now))


def _again(
    away: Away, question: Callable[[Away, int], str], last: Callable[[], str] | None = None
) -> str:
    # A question of the house counts its tries elsewhere: here it begins again.
    ask = away.ask
    tries = ask.number + 1 if ask.began else 1
    if tries >= TRIES or ask.now - away.began >= LAST_QUESTION:
        return last() if last else _note(away)
    return question(away, tries)


def _promise(away: Away, **facts: object) -> str:
    due = _write_ending(away, What.ASKED, ItemKind.CALLBACK_ASKED, facts)
    return twiml.hang_up(texts.callback_promised(due, away.ask.now))


def _number(away: Away) -> Mapping[str, object] | None:
    if numbers.is_withheld(away.ask.caller):
        return None
    return number_facts(away.snapshot, away.ask.caller)


def _note(away: Away) -> str:
    ask, number = away.ask, _number(away)
    due = _write_ending(away, What.MISSED, ItemKind.MISSED, {"number": number})
    if number is None:
        return twiml.hang_up(texts.NOTED_WITHOUT_NUMBER, texts.EMERGENCY)
    return twiml.hang_up(texts.noted(due, ask.now))


def _write_ending(
    away: Away, what: What, kind: ItemKind, facts: "dict[str, object]"
) -> datetime:  # fmt: skip
    ask = away.ask
    owner: UUID | None = away.snapshot.owner(ask.now)
    if owner is None:
        raise NothingToPromise
    due = items.to_quarter(ask.now + items.DUE[kind])
    # On the disk before the caller hears it; a full disk sends him to the stand-by telephone.
    ask.reserve.write(
        what, ask.now, ask.sid, away.token,
        withheld=not _may_be_called_back(ask), due=due.isoformat(), owner=str(owner), **facts,
    )  # fmt: skip
    return due


# ---- the answers by step -----------------------------------------------------------------
# A step of the house tells token and step alone: how long that line has lasted is what this
# process remembers of it, or else an estimate, rather too long than too short.


def _estimated(
    answer: Callable[[Away], str], spent: Callable[[int], timedelta]
) -> Callable[[Away], str]:
    def with_estimate(away: Away) -> str:
        ask = away.ask
        if ask.began:
            return answer(away)
        seen = ask.reserve.seen_since(away.token) or ask.now
        began = min(seen, ask.now - min(spent(ask.number), SPENT))
        return answer(replace(away, began=began))

    return with_estimate


def _per_step(number: int) -> timedelta:
    return GREETING + number * PER_STEP


def _per_leg(number: int) -> timedelta:
    return GREETING + number * PER_LEG


def _all_of_it(_number: int) -> timedelta:
    return SPENT


ring = _or(standby)(_estimated(_ring, _per_step))
dialed = _or(dialed_last)(_estimated(_dialed, _per_leg))
offer = _or(standby)(_estimated(_offered, _all_of_it))
digits = _or(standby)(_estimated(_keyed_in, _all_of_it))
confirm = _or(standby)(_estimated(_confirmed, _all_of_it))
record = _or(standby)(_recorded)


@_or(standby_done_last)
def standby_done(away: Away) -> str:
    """Nobody at the stand-by telephone; there is a snapshot now."""
    if away.ask.bridged or not away.ask.there:
        return twiml.hang_up(texts.TALKED)
    _note_beginning(away)
    return _ring_on(replace(away, began=away.ask.now - line.SPENT_ON_STANDBY), 0)


# ---- the provider's second try -----------------------------------------------------------

_AGAIN: dict[str, Answer] = {
    "ring": ring, "dialed": dialed, "offer": offer, "digits": digits, "confirm": confirm,
    "record": record,
}  # fmt: skip


def fallback(ask: Ask) -> str:
    """A document of a line without a database could not be had; the house answers again."""
    failed = AWAY.search(ask.form.get("ErrorUrl", ""))
    if failed is None:
        return caller.fallback(ask)
    if caller.is_leg(ask):
        return fallback_away(ask)
    return _again_of(failed["step"])(_of(ask, failed))


def _again_of(step: str) -> Answer:
    return {"ring": ring_again, "dialed": dialed_again}.get(step) or _AGAIN.get(step, ring_again)


def _of(ask: Ask, failed: "re.Match[str]") -> Ask:
    parts = failed.groupdict()
    return replace(
        ask, token=parts["token"], number=int(parts["number"]), began=int(parts.get("began") or 0)
    )


def fallback_away(ask: Ask) -> str:
    """A document could not be had, and there is no database: go on past the failure."""
    url = ask.form.get("ErrorUrl", "")
    failed = AWAY.search(url) or caller.OWN_STEP.search(url)
    if caller.is_leg(ask):
        if failed is not None and failed["step"] in {"screen", "accept"}:
            return screen(_of(ask, failed))
        return twiml.hang_up(texts.TOO_LATE)
    if failed is None:
        return dialed(ask) if ask.bridged else voice(ask)
    return _AGAIN.get(failed["step"], ring)(_of(ask, failed))


# ---- the house is back -------------------------------------------------------------------


def ring_again(ask: Ask) -> str:
    """A line of the journal rings on: in the house, where the database answers again."""
    return _rejoin(ask)


def dialed_again(ask: Ask) -> str:
    """One telephone rung from the snapshot is done; the next one is rung by the house."""
    if ask.bridged or not ask.there:
        return dialed(ask)
    document = _rejoin(ask)
    ask.reserve.rung.let_go(ask.token, ask.now)
    ask.reserve.note(
        What.LOST, ask.now, ask.sid, ask.token,
        leg=ask.number, status=ask.form.get("DialCallStatus", ""),
    )  # fmt: skip
    return document


def _rejoin(ask: Ask) -> str:
    call = line.by_token(ask.session, ask.token) or line.by_sid(ask.session, ask.sid)
    spent = min(max(ask.now - datetime.fromtimestamp(ask.began, UTC), timedelta(0)), SPENT)
    if call is None:
        return caller.begin_late(ask, spent)
    ringing.count(call, spent, ask.now)
    state = State(call.state)
    if state in {State.GREETING, State.ALL_BUSY}:
        ringing.ring_on(ask.session, ask.vault, call, call.step, ask.now)
    elif state in {State.RINGING, State.ACCEPTED}:
        ringing.lose_leg(ask.session, ask.vault, call, LegEvent.PROVIDER_ERROR, ask.now)
    elif state is State.ENDED:
        # Somebody thought that the caller had gone.
        return ring(replace(ask, number=ask.number + 1))
    return caller.present(ask, call)
