"""Placing a call-back, and its steps: the confidant is rung, presses 1, hears the official."""

from weerbaar.accounts.house import House
from weerbaar.config.log import logger
from weerbaar.hotline.calls import call_backs
from weerbaar.hotline.calls.call_backs import Begun
from weerbaar.hotline.calls.conversation import RING_SECONDS, BackEvent, LegEvent
from weerbaar.hotline.telephony import client, texts, twiml
from weerbaar.hotline.telephony.ask import Ask
from weerbaar.hotline.telephony.twiml import Documents

CONNECTED = "connected"
NOT_CONNECTED = "not_connected"

_log = logger("hotline.telephony")


def place(house: House, begun: Begun) -> bool:
    """Ask the provider to ring the confidant, once; after the door has committed.

    Args:
        house: settings, database and clock.
        begun: what was written down.

    Returns:
        Whether the telephone rings, or may ring: an answer that did not come leaves the leg
        unknown, to be found again by its callback and never sent twice.
    """
    with house.database.session() as session:
        claimed = call_backs.sending(session, begun.id)
        session.commit()
    if not claimed:
        return False
    documents = Documents(house.settings.public_url, house.settings.hotline_number)
    asked = client.NewCall(
        to=begun.phone,
        url=documents.url("back", begun.token, begun.key, "start"),
        status_callback=documents.url("back", begun.token, begun.key, "leg"),
        seconds=RING_SECONDS,
    )
    try:
        sid = client.provider(house.settings).place(asked)
    except client.ProviderSilent:
        _log.warning("call-back unknown", record=str(begun.id))
        return True
    except (client.ProviderRefused, client.NoProvider) as refused:
        _log.warning("call-back not placed", record=str(begun.id), error=type(refused).__name__)
        with house.database.session() as session:
            call_backs.not_placed(session, house.vault, begun.id, house.clock.now())
            session.commit()
        return False
    with house.database.session() as session:
        call_backs.placed(session, begun.id, sid, house.clock.now())
        session.commit()
    return True


def start(ask: Ask) -> str:
    """The confidant's telephone was picked up."""
    row = call_backs.by_token(ask.session, ask.token)
    if row is None or not call_backs.picked_up(ask.session, row, ask.sid, ask.now):
        return twiml.hang_up(texts.TOO_LATE)
    action = ask.documents.url("back", ask.token, ask.key, "press")
    return ask.documents.screen(action, texts.BACK_SCREEN)


def press(ask: Ask) -> str:
    """1 connects; everything else ends it."""
    row = call_backs.by_token(ask.session, ask.token)
    if row is None:
        return twiml.hang_up(texts.TOO_LATE)
    if ask.digits != "1":
        call_backs.refuse(ask.session, ask.vault, row, ask.digits, ask.now)
        return twiml.hang_up()
    try:
        number = call_backs.connect(
            ask.session, ask.vault, row, key=ask.key, sid=ask.sid, now=ask.now
        )
    except call_backs.NumberGone:
        return twiml.hang_up(texts.BACK_EXPIRED)
    return ask.documents.call_official(ask.token, ask.key, number)


def done(ask: Ask) -> str:
    """The official's telephone is done."""
    row = call_backs.by_token(ask.session, ask.token)
    if row is not None and row.leg_sid == ask.sid:
        call_backs.end(
            ask.session, ask.vault, row, BackEvent.OFFICIAL_DONE, LegEvent.OVER, ask.now,
            ended_by=CONNECTED if ask.bridged else NOT_CONNECTED,
        )  # fmt: skip
    return over(ask)


def over(ask: Ask) -> str:
    """What the confidant hears at the end."""
    return twiml.hang_up(texts.BACK_OVER if ask.bridged else texts.BACK_NOT_REACHED)


def sorry(_ask: Ask) -> str:
    """Without database or key store there is no number: said plainly."""
    return twiml.hang_up(texts.OUTAGE, texts.BACK_EXPIRED)


def official(ask: Ask) -> None:
    """How the official's telephone fares."""
    row = call_backs.by_token(ask.session, ask.token)
    if row is not None:
        call_backs.official(
            ask.session, ask.vault, row,
            status=ask.form.get("CallStatus", ""), sid=ask.sid, now=ask.now,
        )  # fmt: skip


def progress(ask: Ask) -> None:
    """How the confidant's telephone fares."""
    row = call_backs.by_token(ask.session, ask.token)
    if row is not None:
        call_backs.progress(
            ask.session, ask.vault, row,
            status=ask.form.get("CallStatus", ""), sid=ask.sid, now=ask.now,
        )  # fmt: skip
