"""Ringing the staff for an alarm or a test: placing, the question, and what the provider tells."""

from datetime import datetime, timedelta
from uuid import UUID

from weerbaar.accounts.house import House
from weerbaar.config.log import logger
from weerbaar.hotline.calls import duty_calls, staff_calls
from weerbaar.hotline.calls.conversation import RING_SECONDS, LegEvent
from weerbaar.hotline.calls.models import StaffCallPurpose
from weerbaar.hotline.calls.staff_calls import Ringing
from weerbaar.hotline.roster import readiness
from weerbaar.hotline.telephony import client, texts, twiml
from weerbaar.hotline.telephony.ask import Ask
from weerbaar.hotline.telephony.twiml import Documents

_log = logger("hotline.telephony")


def ring_due(house: House, now: datetime) -> int:
    """Ring what is due, and ask the provider about telephones whose last word did not come.

    Args:
        house: settings, database, vault and clock.
        now: this instant, aware, UTC.

    Returns:
        How many telephones were rung or given up.
    """
    with house.database.session() as session:
        late = staff_calls.overdue(session, now)
    for one in late:
        lives = one.sid is not None and _lives(house, one.sid)
        with house.database.session() as session:
            staff_calls.look_after(session, one, now, lives=lives)
            session.commit()
    with house.database.session() as session:
        waiting = staff_calls.due(session, now)
    return len(late) + sum(ring(house, staff_call_id) for staff_call_id in waiting)


def _lives(house: House, sid: str) -> bool:
    try:
        return client.provider(house.settings).is_live(sid)
    except (client.ProviderRefused, client.ProviderSilent, client.NoProvider):
        return False


def ring(house: House, staff_call_id: UUID) -> bool:
    """Ring the next telephone of an alarm or test, once; after the door has committed.

    Args:
        house: settings, database, vault and clock.
        staff_call_id: which.

    Returns:
        Whether a telephone rings, or may ring: an answer that did not come leaves the leg unknown,
        to be found again by its callback and never sent twice.
    """
    now = house.clock.now()
    with house.database.session() as session:
        claimed = staff_calls.claim(session, house.vault, staff_call_id, now)
        session.commit()
    return claimed is not None and _place(house, claimed)


def _place(house: House, claimed: Ringing) -> bool:
    documents = Documents(house.settings.public_url, house.settings.hotline_number)
    asked = client.NewCall(
        to=claimed.phone,
        url=documents.url("staff", claimed.token, "screen", claimed.number),
        status_callback=documents.url("staff", claimed.token, "leg", claimed.number),
        seconds=RING_SECONDS,
    )
    try:
        sid = client.provider(house.settings).place(asked)
    except client.ProviderSilent:
        _log.warning("staff call unknown", record=str(claimed.id))
        return True
    except (client.ProviderRefused, client.NoProvider) as refused:
        _log.warning("staff call not placed", record=str(claimed.id), error=type(refused).__name__)
        with house.database.session() as session:
            staff_calls.not_placed(session, claimed, house.clock.now())
            session.commit()
        return False
    with house.database.session() as session:
        staff_calls.placed(session, claimed, sid, house.clock.now())
        session.commit()
    return True


def tidy(house: House, now: datetime) -> int:
    """Free the legs of what is over, and let it fall back to the day."""
    with house.database.session() as session:
        freed = staff_calls.free_legs(session, now)
        freed += staff_calls.forget(session, now)
        session.commit()
    return freed


def watch_roster(house: House, now: datetime) -> int:
    """Raise an alarm when nobody will be on duty within minutes."""
    with house.database.session() as session:
        raised = staff_calls.warn_of_holes(session, now)
        session.commit()
    return int(raised)


def watch_shifts(house: House, now: datetime) -> int:
    """Tell people that their shift begins, see whether they are there, and who is not.

    Args:
        house: settings and database.
        now: this instant, aware, UTC.
    """
    patience = timedelta(minutes=house.settings.duty_confirm_minutes)
    with house.database.session() as session:
        moved = readiness.remind(session, now)
        moved += duty_calls.watch(session, now, patience)
        session.commit()
    return moved


def remind_of_tests(house: House, now: datetime) -> int:
    """Tell people that the test of their telephone holds no longer."""
    with house.database.session() as session:
        told = readiness.remind_of_tests(session, now)
        session.commit()
    return told


# ---- the telephone -----------------------------------------------------------------------


def screen(ask: Ask) -> str:
    """Somebody, or a voicemail, picked up."""
    row = staff_calls.by_token(ask.session, ask.token)
    if row is None or not staff_calls.picked_up(ask.session, row, ask.number, ask.sid, ask.now):
        return twiml.hang_up(texts.TOO_LATE)
    action = ask.documents.url("staff", ask.token, "press", ask.number)
    return ask.documents.staff_screen(action, _SAID[StaffCallPurpose(row.purpose)])


def press(ask: Ask) -> str:
    """1 confirms; everything else is no confirmation."""
    row = staff_calls.by_token(ask.session, ask.token)
    if row is None:
        return twiml.hang_up(texts.TOO_LATE)
    if ask.digits != "1":
        event = {"2": LegEvent.PRESS_2, "": LegEvent.SILENCE}.get(ask.digits, LegEvent.WRONG_KEY)
        staff_calls.lose(ask.session, row, ask.number, event, ask.now)
        return twiml.hang_up()
    heard = staff_calls.confirm(
        ask.session, ask.vault, row, ask.number, phone=ask.form.get("To", ""), now=ask.now
    )
    if not heard:
        return twiml.hang_up(texts.TOO_LATE)
    return twiml.hang_up(_THANKED[StaffCallPurpose(row.purpose)])


def sorry(_ask: Ask) -> str:
    """Without the database nothing can be confirmed: said plainly."""
    return twiml.hang_up(texts.OUTAGE)


def progress(ask: Ask) -> None:
    """How a telephone fares."""
    row = staff_calls.by_token(ask.session, ask.token)
    if row is not None:
        staff_calls.progress(
            ask.session, row, ask.number,
            status=ask.form.get("CallStatus", ""), sid=ask.sid, now=ask.now,
        )  # fmt: skip


_SAID = {
    StaffCallPurpose.ALARM: texts.ALARM,
    StaffCallPurpose.TEST: texts.TEST_CALL,
    StaffCallPurpose.DUTY: texts.DUTY_CALL,
}
_THANKED = {
    StaffCallPurpose.ALARM: texts.ALARM_CONFIRMED,
    StaffCallPurpose.TEST: texts.TEST_DONE,
    StaffCallPurpose.DUTY: texts.DUTY_DONE,
}
