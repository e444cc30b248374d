"""SMS to the staff: a text of the closed list and the bare address, to one mobile number."""

from datetime import datetime

from weerbaar.accounts.deliveries import NotNow, Parcel, Problem, Refused, Unanswered
from weerbaar.accounts.house import House
from weerbaar.config.log import logger
from weerbaar.hotline.calls import traces
from weerbaar.hotline.calls.models import TraceKind
from weerbaar.hotline.telephony import client

# The provider's words (reference section 12): its owner sent STOP, and what cannot show an SMS.
PROBLEMS = {
    21610: Problem.STOPPED,
    21614: Problem.LANDLINE,
    21211: Problem.NO_ADDRESS,
    21606: Problem.NO_SENDER,
}

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
    try:
        sid = client.provider(house.settings).text(parcel.address, body)
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
