"""Dial: ring numbers, screen, bridge, and tell the action how it went."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import phonenumbers

from weerbaar.simulator import conference
from weerbaar.simulator.call import Call, ChildNews, Gone, Key, NewLeg, Subscription
from weerbaar.simulator.clock import TICK
from weerbaar.simulator.schedule import Steps
from weerbaar.simulator.talk import LegEnded, Redirected, Talk
from weerbaar.simulator.twiml import Document, Verb

MOST_NOUNS = 10
DAY = 86400


@dataclass
class Outcome:
    """How a Dial went, as its action hears it."""

    status: str = "no-answer"
    bridged: bool = False
    child: Call | None = None
    conference: bool = False

    def params(self) -> dict[str, str]:
        """The parameters the action gets."""
        found = {"DialCallStatus": self.status}
        if self.conference:
            return found
        found["DialBridged"] = "true" if self.bridged else "false"
        if self.child is not None:
            found["DialCallSid"] = self.child.sid
            if self.child.answered_at is not None:
                found["DialCallDuration"] = str(self.child.duration)
        return found


@dataclass
class _Dialling:
    talk: Talk
    verb: Verb
    document: Document
    outcome: Outcome = field(default_factory=Outcome)
    legs: list[Call] = field(default_factory=list)
    winner: Call | None = None

    @property
    def seconds(self) -> float:
        given = self.verb.number("timeout", 30, 5, 600)
        return given + self.talk.network.rules.timeout_extra

    @property
    def limit(self) -> float:
        return self.verb.number("timeLimit", 14400, 1, DAY)


def dial(talk: Talk, verb: Verb, document: Document) -> Steps[Document | None]:
    """Execute a Dial; the action's document, or None to go on with the next verb."""
    _check(talk, verb)
    on_bridge = verb.flag("answerOnBridge", default=False)
    if not (on_bridge and talk.call.answered_at is None and talk.first_verb):
        talk.call.pick_up()
    work = _Dialling(talk, verb, document)
    try:
        room = next((noun for noun in verb.verbs if noun.name == "Conference"), None)
        if room is not None:
            talk.call.pick_up()
            work.outcome = Outcome("answered", conference=True)
            yield from conference.attend(talk, room, verb, document)
        else:
            yield from _numbers(work)
    except LegEnded as ended:
        yield from _left(work, ended)
        raise
    except Redirected:
        _end_legs(work, "rest")
        if talk.network.rules.moved_asks_action:
            yield from _report(work)
        raise
    return (yield from _action(work))


def _check(talk: Talk, verb: Verb) -> None:
    for name, code in (("timeout", 13212), ("timeLimit", 13216)):
        value = verb.attributes.get(name)
        if value is not None and not value.isdigit():
            talk.warn(code, f"{name} is not a number of seconds")
        elif name == "timeout" and value is not None and not 5 <= int(value) <= 600:  # noqa: PLR2004
            talk.warn(code, "timeout is outside 5 to 600 seconds")
    caller_id = verb.attributes.get("callerId")
    allowed = {talk.call.from_, talk.call.to}
    if caller_id is not None and caller_id not in allowed and not talk.network.owns(caller_id):
        talk.warn(13214, "callerId is not a number of this call or account")


def _numbers(work: _Dialling) -> Steps[None]:
    talk, verb = work.talk, work.verb
    nouns = [noun for noun in verb.verbs if noun.name == "Number"]
    if verb.text:
        nouns.insert(0, Verb("Number", {}, verb.text))
    if len(nouns) > MOST_NOUNS:
        talk.network.alert(13250, "more than ten nouns", talk.call.sid)
        nouns = nouns[:MOST_NOUNS]
    if not nouns:
        work.outcome.status = "failed"
        return
    rounds = [[noun] for noun in nouns] if verb.flag("sequential", default=False) else [nouns]
    for group in rounds:
        work.winner, work.legs = None, []
        yield from _ring(work, group)
        screened = work.winner is not None and not work.outcome.bridged
        if work.outcome.bridged or (screened and not talk.network.rules.sequential_after_screen):
            return


def _ring(work: _Dialling, nouns: list[Verb]) -> Steps[None]:
    talk, outcome = work.talk, work.outcome
    outcome.status = "failed"
    for noun in nouns:
        leg = _place(work, noun)
        if leg is not None:
            work.legs.append(leg)
            outcome.child = leg
    if not work.legs:
        return
    talk.call.note("ringing", ", ".join(leg.to for leg in work.legs))
    talk.call.notice("ringing")
    end = talk.network.clock.seconds() + work.seconds
    while any(not leg.over for leg in work.legs):
        left = end - talk.network.clock.seconds()
        if left <= TICK and work.winner is None:
            outcome.status = "no-answer"
            _end_legs(work, "timeout")
            return
        message = yield from talk.listen(left)
        if isinstance(message, ChildNews) and message.child in work.legs:
            _news(work, message)
        elif _star(work, message):
            _end_legs(work, "caller")
        elif message is None and work.winner is not None:
            # The time limit: the dialled leg ends, the caller goes on.
            _end_legs(work, "time limit")
            return
        if work.winner is not None:
            end = _limit_end(work)


def _limit_end(work: _Dialling) -> float:
    answered = work.winner.answered_at if work.winner else None
    clock = work.talk.network.clock
    passed = (clock.now() - answered).total_seconds() if answered else 0.0
    return clock.seconds() + work.limit - passed


def _star(work: _Dialling, message: object) -> bool:
    wanted = work.verb.flag("hangupOnStar", default=False)
    return wanted and work.outcome.bridged and isinstance(message, Key) and message.key == "*"


def _news(work: _Dialling, news: ChildNews) -> None:
    talk, outcome, child = work.talk, work.outcome, news.child
    if news.what == "answered" and work.winner is None:
        work.winner, outcome.child = child, child
        outcome.status = talk.network.rules.screen_refused_status
        for other in work.legs:
            if other is not child and not other.over:
                other.tell(Gone("lost"))
        talk.call.notice("screen")
    elif news.what == "bridged" and child is work.winner:
        outcome.status, outcome.bridged = "completed", True
        _bridge(talk.call, child)
    elif news.what == "moved":
        work.legs.remove(child)
    elif news.what == "ended" and work.winner is None:
        outcome.status, outcome.child = child.status, child
    elif news.what == "ended" and outcome.bridged:
        talk.call.note("unbridged", child.to)
        talk.call.notice("unbridged")


def _bridge(call: Call, child: Call) -> None:
    call.pick_up()
    call.meet(child)
    for one, other, number in ((call, child, child.to), (child, call, child.from_)):
        one.note("bridged", number)
        if other.party.persona.says:
            one.note("other side", other.party.persona.says)
    for one in (call, child):
        one.notice("bridged")


def _place(work: _Dialling, noun: Verb) -> Call | None:
    talk, number = work.talk, noun.text.strip()
    sid = talk.call.sid
    if not number.startswith("+"):
        talk.network.alert(13223, "a number that is not E.164", sid)
        return None
    if not possible(number):
        talk.network.alert(13224, "a number that cannot exist", sid)
        return None
    if not allowed(number, talk.network.countries):
        talk.network.alert(13227, "a country that may not be called", sid)
        return None
    url = noun.attributes.get("url")
    screen = talk.resolve(work.document, url) if url else None
    method = noun.attributes.get("method", "POST")
    leg = NewLeg(
        to=number,
        from_=work.verb.attributes.get("callerId", talk.call.from_),
        screen=(screen, method) if screen else None,
        digits=noun.attributes.get("sendDigits", ""),
        subscription=subscription(talk, work.document, noun),
    )
    return talk.network.dial_out(talk.call, leg)


def possible(number: str) -> bool:
    """Whether a number in E.164 can exist."""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False


def country_code(iso: str) -> str:
    """The prefix of a country, such as +31."""
    return f"+{phonenumbers.country_code_for_region(iso)}"


def allowed(number: str, countries: Mapping[str, frozenset[str]]) -> bool:
    """Whether the account may call a number: its country is open for ordinary numbers."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    return "low_risk_numbers_enabled" in countries.get(region or "", frozenset())


def subscription(talk: Talk, document: Document, noun: Verb) -> Subscription | None:
    """The status callbacks a noun asks for."""
    wanted = noun.attributes.get("statusCallback")
    url = talk.resolve(document, wanted) if wanted else None
    if url is None:
        return None
    events = frozenset(noun.attributes.get("statusCallbackEvent", "completed").split())
    return Subscription(url, noun.attributes.get("statusCallbackMethod", "POST"), events)


def _end_legs(work: _Dialling, by: str) -> None:
    for leg in work.legs:
        if not leg.over:
            leg.tell(Gone(by))
            # The leg's own process ends it; here it counts as ended at this instant.
            status = (
                "completed" if leg.answered_at else ("no-answer" if by == "timeout" else "canceled")
            )
            leg.finish(status, by)


def _left(work: _Dialling, ended: LegEnded) -> Steps[None]:
    """The caller is gone: end the legs, ask the action once more for nothing."""
    call, outcome = work.talk.call, work.outcome
    if not outcome.conference:
        if work.winner is None:
            outcome.status = "canceled"
        elif not outcome.bridged:
            outcome.status = work.talk.network.rules.hangup_in_screen_status
    _end_legs(work, "other side")
    status = ended.status if call.answered_at else "no-answer"
    call.finish(status, ended.by)
    if work.talk.network.rules.hangup_tells_first == "status":
        call.announce("completed")
    yield from _report(work)


def _report(work: _Dialling) -> Steps[None]:
    action = work.verb.attributes.get("action")
    url = work.talk.resolve(work.document, action) if action else None
    if url is not None:
        method = work.verb.attributes.get("method", "POST")
        yield from work.talk.report(url, method, work.outcome.params(), "dial")


def _action(work: _Dialling) -> Steps[Document | None]:
    action = work.verb.attributes.get("action")
    if not action:
        return None
    url = work.talk.resolve(work.document, action)
    if url is None:
        return None
    method = work.verb.attributes.get("method", "POST")
    return (yield from work.talk.fetch(url, method, work.outcome.params(), "dial"))
