"""The steps of a telephone of the house that is rung for a call."""

from weerbaar.config.log import logger
from weerbaar.hotline.calls import legs, line, rally
from weerbaar.hotline.calls.conversation import LegEvent, Outcome
from weerbaar.hotline.calls.legs import Verdict
from weerbaar.hotline.calls.models import CallRow
from weerbaar.hotline.telephony import client, texts, twiml
from weerbaar.hotline.telephony.ask import Ask

# From this round on somebody is alone in a room longer than the other can be on his way.
ROUNDS_ALONE = 3

_log = logger("hotline.telephony")


def screen(ask: Ask) -> str:
    """Somebody, or a voicemail, picked up."""
    call = line.by_token(ask.session, ask.token)
    if call is None:
        return screen_of(ask, ask.token, ask.number)
    verdict = legs.picked_up(ask.session, call, ask.number, ask.sid, ask.now)
    return document(ask, verdict, call, ask.number)


def screen_of(ask: Ask, token: str, number: int) -> str:
    """The question for one leg of one call."""
    return ask.documents.screen(ask.documents.url(token, "accept", number))


def accept(ask: Ask) -> str:
    """A key was pressed at the screen; 1 takes the call."""
    call = line.by_token(ask.session, ask.token)
    if call is None:
        return take(ask)
    verdict = legs.pressed(ask.session, ask.vault, call, ask.number, ask.digits, ask.now)
    _stir(ask, call)
    return document(ask, verdict, call, ask.number)


def _stir(ask: Ask, call: CallRow) -> None:
    if call.errands:
        ask.stirred.append(call.id)


def take(ask: Ask) -> str:
    """Whoever pressed 1 is connected, for a call that nobody can look up."""
    if ask.on_its_own:
        # The caller waits elsewhere, and nobody can say where.
        return twiml.hang_up(texts.OUTAGE, texts.TOO_LATE)
    return twiml.bridge() if ask.digits == "1" else twiml.hang_up()


def progress(ask: Ask) -> None:
    """The provider says how a leg fares."""
    call = line.by_token(ask.session, ask.token)
    if call is not None:
        legs.progress(
            ask.session, ask.vault, call, ask.number,
            status=ask.form.get("CallStatus", ""), sid=ask.sid, now=ask.now,
        )  # fmt: skip
        _stir(ask, call)


def over(ask: Ask) -> str:
    """A telephone that picked up, or waited in a room, is told why it ends."""
    call = line.by_token(ask.session, ask.token)
    leg = None if call is None else line.leg(ask.session, call, ask.number)
    if leg is not None and leg.outcome == LegEvent.TAKEN:
        return twiml.hang_up(texts.TAKEN)
    accepted = leg is not None and leg.accepted_at is not None
    return twiml.hang_up(texts.CALLER_LEFT if accepted else texts.TOO_LATE)


def goodbye(ask: Ask, call: CallRow, number: int) -> str:
    """What whoever took a call hears when he comes out of the room."""
    leg = line.leg(ask.session, call, number)
    room = call.conference_sid
    met = room is not None and leg is not None and leg.conference_sid == room
    talked = met or call.outcome == Outcome.TALKED
    return twiml.hang_up(texts.ROOM_OVER if talked else texts.CALLER_LEFT)


def over_stateless(_ask: Ask) -> str:
    """The same, when nobody can say why."""
    return twiml.hang_up(texts.TOO_LATE)


def hush(ask: Ask) -> str:
    """What is heard in a room before it begins; whoever waits for nobody any more is let out.

    It is looked up at each round, so that a lost database is noticed, and so that a line which the
    provider would not end or fetch when it was asked is asked for again.
    """
    call = line.by_token(ask.session, ask.token)
    if ask.number >= ROUNDS_ALONE:
        awaited = call is not None and rally.is_awaited(ask.session, call, ask.sid)
        if call is not None and not awaited and rally.let_out(ask.session, call, ask.sid):
            _stir(ask, call)
        elif not awaited:
            _let_out(ask)
    return ask.documents.hush(ask.token, ask.number + 1)


def hush_alone(ask: Ask) -> str:
    """The same without a database: whoever is alone for long is not left there.

    Nobody can tell whether the other still comes. The caller is sent on to be rung for anew, and
    a telephone of the house that waits for him is freed.
    """
    if ask.number >= ROUNDS_ALONE:
        _let_out(ask)
    return ask.documents.hush(ask.token, ask.number + 1)


def _let_out(ask: Ask) -> None:
    provider = client.provider(ask.settings)
    try:
        if ask.on_its_own:
            provider.hang_up(ask.sid)
        else:
            provider.move(ask.sid, ask.documents.url("voice"))
    except (client.ProviderRefused, client.ProviderSilent, client.NoProvider) as error:
        _log.warning("line not moved", error=type(error).__name__)


def standby_screen(ask: Ask) -> str:
    """The stand-by telephone was picked up; nothing is looked up for it."""
    return ask.documents.screen(ask.documents.url("standby", "accept"))


def document(ask: Ask, verdict: Verdict, call: CallRow, number: int) -> str:
    """What a verdict sounds like."""
    if verdict is Verdict.SCREEN and call.drill:
        accept = ask.documents.url(call.token, "accept", number)
        return ask.documents.screen(accept, texts.DRILL_SCREEN)
    if verdict is Verdict.SCREEN:
        return screen_of(ask, call.token, number)
    if verdict is Verdict.BRIDGE:
        return twiml.bridge()
    if verdict is Verdict.ROOM and call.room is not None:
        return ask.documents.room(call.token, number, call.room, taker=True)
    if verdict is Verdict.NOT_TAKEN:
        return twiml.hang_up()
    return twiml.hang_up(texts.TAKEN if verdict is Verdict.TAKEN else texts.TOO_LATE)
