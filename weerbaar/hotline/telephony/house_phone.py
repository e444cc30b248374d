"""The steps of a telephone of the house that is rung for a call."""

from weerbaar.hotline.calls import legs, line
from weerbaar.hotline.calls.legs import Verdict
from weerbaar.hotline.telephony import texts, twiml
from weerbaar.hotline.telephony.ask import Ask


def screen(ask: Ask) -> str:
    """Somebody, or a voicemail, picked up."""
    call = line.by_token(ask.session, ask.token)
    if call is None:
        return screen_of(ask, ask.token, ask.number)
    verdict = legs.picked_up(ask.session, call, ask.number, ask.sid, ask.now)
    return document(ask, verdict, call.token, ask.number, drill=call.drill)


def screen_of(ask: Ask, token: str, number: int) -> str:
    """The question for one leg of one call."""
    return ask.documents.screen(ask.documents.url(token, "accept", number))


def accept(ask: Ask) -> str:
    """A key was pressed at the screen; 1 takes the call."""
    call = line.by_token(ask.session, ask.token)
    if call is None:
        return take(ask)
    verdict = legs.pressed(ask.session, call, ask.number, ask.digits, ask.now)
    return document(ask, verdict, call.token, ask.number)


def take(ask: Ask) -> str:
    """Whoever pressed 1 is connected, for a call that nobody can look up."""
    return twiml.bridge() if ask.digits == "1" else twiml.hang_up()


def progress(ask: Ask) -> None:
    """The provider says how a leg fares."""
    call = line.by_token(ask.session, ask.token)
    if call is not None:
        legs.progress(
            ask.session, call, ask.number,
            status=ask.form.get("CallStatus", ""), sid=ask.sid, now=ask.now,
        )  # fmt: skip


def standby_screen(ask: Ask) -> str:
    """The stand-by telephone was picked up; nothing is looked up for it."""
    return ask.documents.screen(ask.documents.url("standby", "accept"))


def document(ask: Ask, verdict: Verdict, token: str, number: int, *, drill: bool = False) -> str:
    """What a verdict sounds like."""
    if verdict is Verdict.SCREEN and drill:
        return ask.documents.screen(ask.documents.url(token, "accept", number), texts.DRILL_SCREEN)
    if verdict is Verdict.SCREEN:
        return screen_of(ask, token, number)
    if verdict is Verdict.BRIDGE:
        return twiml.bridge()
    return twiml.hang_up(texts.TOO_LATE) if verdict is Verdict.TOO_LATE else twiml.hang_up()
