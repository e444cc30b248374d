"""SMS to the staff: a text of the closed list and the bare address, to one mobile number."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from weerbaar.accounts import deliveries, mail
from weerbaar.accounts.deliveries import NotNow, Parcel, Problem, Refused, Unanswered
from weerbaar.accounts.house import House
from weerbaar.config.log import logger
from weerbaar.hotline.calls import traces
from weerbaar.hotline.calls.models import TraceKind
from weerbaar.hotline.telephony import client
from weerbaar.hotline.telephony.ask import Ask
from weerbaar.hotline.telephony.twiml import Documents

# The provider's words (reference section 12): its owner sent STOP, and what cannot show an SMS.
PROBLEMS = {
    21610: Problem.STOPPED,
    21614: Problem.LANDLINE,
    21211: Problem.NO_ADDRESS,
    21606: Problem.NO_SENDER,
}
# Its words for how an SMS ended, and the one error that says more than that (30003 to 30008:
# unreachable, blocked, unknown, a landline, filtered, no reason known).
NOT_ARRIVED = frozenset({"undelivered", "failed"})
ARRIVED = "delivered"
TO_LANDLINE = "30006"

_log = logger("hotline.telephony")


def body_of(text: str, public_url: str) -> str:
    """All that an SMS says.

    Args:
        text: one of the closed list.
        public_url: the bare address of the application.
    """
    return f"Weerbaar: {text} {public_url}"


def send(house: House, parcel: Parcel, now: datetime) -> None:
    """Carry one SMS; the sender of the channel *SMS*.

    Args:
        house: its settings name the account and the sender.
        parcel: to whom and what.
        now: this instant, aware, UTC.

    Raises:
        NotNow: the provider did not take it now.
        Unanswered: it did not answer; a create is not idempotent and is never sent twice.
        Refused: it will not take it.
    """
    body = body_of(parcel.text, house.settings.public_url)
    documents = Documents(house.settings.public_url, house.settings.hotline_number)
    told_at = documents.url("text", parcel.id.hex, "told")
    try:
        sid = client.provider(house.settings).text(parcel.address, body, told_at)
    except client.NoProvider:
        raise Refused(Problem.NO_SENDER) from None
    except client.ProviderSilent:
        raise Unanswered from None
    except client.ProviderRefused as refused:
        problem = PROBLEMS.get(refused.code or 0)
        _log.warning("sms refused", record=str(parcel.id), reason=str(refused.code))
        raise (NotNow() if problem is None else Refused(problem)) from None
    with house.database.session() as session:
        traces.leave(session, TraceKind.MESSAGE, [sid], now, after=traces.DELIVERED_AFTER)
        session.commit()


def told(ask: Ask) -> None:
    """The provider says how an SMS fares; only whether it arrived matters."""
    status = ask.form.get("MessageStatus", "")
    if status != ARRIVED and status not in NOT_ARRIVED:
        return
    with suppress(ValueError):
        delivery_id = UUID(hex=ask.token)
        if status == ARRIVED:
            deliveries.arrived(ask.session, delivery_id)
            return
        code = ask.form.get("ErrorCode", "")
        problem = Problem.LANDLINE if code == TO_LANDLINE else Problem.NO_ARRIVAL
        mails = mail.server_of(ask.settings) is not None
        if deliveries.not_arrived(ask.session, delivery_id, problem, ask.now, mails=mails):
            _log.warning("sms not arrived", record=str(delivery_id), reason=_known(code))


def _known(code: str) -> str:
    return code if code.isascii() and code.isdigit() else ""
