"""The three lives of a leg: it comes in, it is dialled by a Dial, it is ordered over REST."""

from dataclasses import dataclass

from weerbaar.simulator.call import Answered, Call, ChildNews, Exchange, Gone, NewLeg
from weerbaar.simulator.clock import TICK
from weerbaar.simulator.conversation import Conversation
from weerbaar.simulator.schedule import Steps
from weerbaar.simulator.talk import ApplicationBroken, LegEnded, Redirected
from weerbaar.simulator.twiml import Document


@dataclass(frozen=True)
class Order:
    """What a REST request wants done on a new call."""

    url: str | None
    twiml: str | None
    method: str = "POST"
    detect_machine: bool = False


def inbound(network: Exchange, call: Call, url: str, method: str) -> Steps[None]:
    """A caller dials a number of the account."""
    call.status = "ringing"
    call.note("dialled", call.to)
    call.notice("dialled")
    if not url:
        call.finish("failed", "out of service")
        return
    talk = Conversation(network, call)
    yield from _live(talk, talk.fetch(url, method))


def ordered(network: Exchange, call: Call, order: Order) -> Steps[None]:
    """The application asked for this call over REST."""
    talk = Conversation(network, call)
    limit = None
    try:
        yield from _ring(talk, call.timeout + network.rules.timeout_extra)
    except LegEnded as ended:
        _unanswered(talk, ended)
        return
    except Redirected as redirected:
        order = Order(redirected.moved.url, redirected.moved.twiml, redirected.moved.method)
    call.pick_up()
    call.announce("answered")
    call.notice("answered")
    limit = network.schedule.push(call.time_limit, lambda: call.tell(Gone("time limit")))
    try:
        yield from _live(talk, _first(talk, order))
    finally:
        limit.dropped = True


def dialled(network: Exchange, call: Call, leg: NewLeg) -> Steps[None]:
    """A Dial of the parent placed this leg: ring, screen, bridge."""
    talk = Conversation(network, call, screen=True)
    parent = call.parent
    if parent is None:
        raise ValueError("a dialled leg has a parent")
    try:
        yield from _ring(talk, None)
        call.pick_up()
        parent.tell(ChildNews("answered", call))
        call.announce("answered")
        call.notice("answered")
        if leg.digits:
            yield from talk.rest(0.5 * len(leg.digits))
        yield from _screen(talk, leg)
        parent.tell(ChildNews("bridged", call))
        while True:
            yield from talk.listen(None)
    except LegEnded as ended:
        if call.answered_at is None:
            _unanswered(talk, ended)
        else:
            call.finish(ended.status, ended.by)
            call.announce("completed")
    except Redirected as redirected:
        # REST pulls this leg out of the Dial.
        parent.tell(ChildNews("moved", call))
        own = Conversation(network, call)
        yield from _live(own, own.move(redirected.moved))
        return
    parent.tell(ChildNews("ended", call))


def _screen(talk: Conversation, leg: NewLeg) -> Steps[None]:
    if leg.screen is None:
        return
    try:
        yield from talk.converse(talk.fetch(leg.screen[0], leg.screen[1], None, "screen"))
    except ApplicationBroken:
        yield from talk.apologise()
        raise LegEnded("error message") from None


def _ring(talk: Conversation, seconds: float | None) -> Steps[None]:
    """Place and ring until somebody answers; raises LegEnded otherwise."""
    call, clock = talk.call, talk.network.clock
    begin = clock.seconds()
    call.status = "initiated"
    call.announce("initiated")
    call.notice("placed")
    yield from talk.rest(talk.network.rules.setup_seconds)
    call.status = "ringing"
    call.note("rings", call.from_)
    call.announce("ringing")
    call.notice("ringing")
    while True:
        left = None if seconds is None else begin + seconds - clock.seconds()
        if left is not None and left <= TICK:
            raise LegEnded("timeout", "no-answer")
        message = yield from talk.listen(left)
        if isinstance(message, Answered):
            return


def _unanswered(talk: Conversation, ended: LegEnded) -> None:
    status = ended.status
    if status == "completed":
        lost = talk.network.rules.lost_leg_status
        status = {"lost": lost, "callee": "busy", "timeout": "no-answer"}.get(ended.by, "canceled")
    talk.call.finish(status, ended.by)
    talk.call.announce("completed")


def _first(talk: Conversation, order: Order) -> Steps[Document]:
    if order.detect_machine:
        yield from talk.rest(3.0)
    if order.url is None:
        return talk.given(order.twiml or "")
    extra = None
    if order.detect_machine:
        machine = talk.call.party.persona.machine
        extra = {"AnsweredBy": "machine_start" if machine else "human"}
    return (yield from talk.fetch(order.url, order.method, extra))


def _live(talk: Conversation, first: Steps[Document]) -> Steps[None]:
    """A conversation from its first document to its end, and the callback of that end."""
    call = talk.call
    try:
        try:
            yield from talk.converse(first)
        except ApplicationBroken:
            yield from talk.apologise()
            raise LegEnded("error message") from None
    except LegEnded as ended:
        status = ended.status
        if call.answered_at is None and status == "completed":
            status = "no-answer"
        call.finish(status, ended.by)
    except Redirected:
        call.finish("completed", "rest")
    call.announce("completed")
