"""Until when a request of a person about his own data must be answered. Pure."""

import calendar
from datetime import date, timedelta
from enum import StrEnum

MONTHS, MORE_MONTHS = 1, 2
SOON = timedelta(days=7)
# What is told a week before the last day, and when it is over.
DUE_SOON, OVERDUE = "rights_due_soon", "rights_overdue"
_YEAR = 12


class Right(StrEnum):
    """What a person can ask (AVG articles 15, 16, 17, 18 and 21)."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"


class Answer(StrEnum):
    """How a request was answered."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Piece(StrEnum):
    """What of a case may be kept from the person it is about, for a reason of its own."""

    DISCLOSURE = "disclosure"
    HOLD = "hold"


class Ground(StrEnum):
    """Why something is kept from the person: what AVG article 23(1) and UAVG article 41(1) name.

    Those of the law that can matter here: its c, d, f, i and j.
    """

    PUBLIC_SAFETY = "public_safety"
    CRIME = "crime"
    COURT = "court"
    OTHERS = "others"
    CLAIM = "claim"


# An answer that gives less than was asked says why (AVG article 12(4)).
WANTS_REASON = frozenset({Answer.PARTLY, Answer.REFUSED})


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last day of that month where it is shorter.

    Periods in months end so: Regulation (EEC, Euratom) 1182/71, article 3(2)(c).

    Args:
        day: from when.
        months: how many.
    """
    whole = day.year * _YEAR + day.month - 1 + months
    year, month = divmod(whole, _YEAR)
    month += 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def due(received: date, *, extended: bool = False) -> date:
    """The last day on which a request is answered in time (AVG article 12(3)).

    A month after it was received, or three where it was extended. That a period which ends on a
    Sunday or a holiday runs on is not counted on: the day is never too late.

    Args:
        received: the local day on which it came in.
        extended: whether two months were added.
    """
    return months_after(received, MONTHS + (MORE_MONTHS if extended else 0))


def may_extend(received: date, today: date) -> bool:
    """Whether the period can still be extended: the person hears it within the first month."""
    return today <= due(received)


def stage(due_on: date, today: date) -> str | None:
    """Which notice is due: a week before the last day, or when it is over; None before that."""
    if today > due_on:
        return OVERDUE
    return DUE_SOON if today >= due_on - SOON else None
