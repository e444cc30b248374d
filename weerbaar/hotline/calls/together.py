"""Whether two have talked, where nobody told: by the provider's records of their lines.

The account of a `<Dial>` and the callbacks of a room can be lost. What is left is how long each of
the two lines lived: somebody who pressed 1 stays on the line only as long as he hears the other.
The provider's list of rooms is not asked: it lags behind, and does not say who was in them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.hotline.calls.conversation import Event, State
from weerbaar.hotline.calls.models import CallEventRow, CallRow, LegRow

# Longer than the way to each other takes, with clocks that differ by some seconds.
TOGETHER = timedelta(seconds=10)
_UNTOLD = (State.ACCEPTED, State.SETTLING)


@dataclass(frozen=True)
class Pair:
    """The two lines of an accepted call, and from when on they can have been connected."""

    caller_sid: str
    taker_sid: str
    since: datetime


def pair(session: Session, call_id: UUID) -> Pair | None:
    """The two lines of a call of which nobody told whether they were connected.

    Args:
        session: any session.
        call_id: which call.

    Returns:
        None where that was told, or where one of the lines is not known.
    """
    found = session.execute(
        select(CallRow.provider_sid, LegRow.provider_sid, LegRow.accepted_at)
        .join(LegRow, LegRow.call_id == CallRow.id)
        .where(
            CallRow.id == call_id,
            CallRow.state.in_(_UNTOLD),
            LegRow.number == func.coalesce(CallRow.taken_leg, CallRow.leg_number),
        )
    ).first()
    if found is None:
        return None
    caller_sid, taker_sid, accepted_at = found
    if caller_sid is None or taker_sid is None or accepted_at is None:
        return None
    entered_at = session.scalar(
        select(func.max(CallEventRow.at)).where(
            CallEventRow.call_id == call_id, CallEventRow.event == Event.CALLER_COMES.value
        )
    )
    return Pair(caller_sid, taker_sid, max(accepted_at, entered_at or accepted_at))


def have_talked(
    since: datetime, caller_ended_at: datetime | None, taker_ended_at: datetime | None
) -> bool:
    """Whether both lines lived on together for long enough.

    Args:
        since: from when on the two can have been connected.
        caller_ended_at: by the provider's record; None where it does not say.
        taker_ended_at: the same of whoever took the call.
    """
    if caller_ended_at is None or taker_ended_at is None:
        return False
    return min(caller_ended_at, taker_ended_at) - since >= TOGETHER
