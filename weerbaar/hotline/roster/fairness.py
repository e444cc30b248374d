"""Who has how much: hours, nights, weekends and holidays by person, and whether there is rest."""

from collections.abc import Container, Iterable
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from weerbaar.hotline.roster import holidays_nl, hours, months, rest, verbs
from weerbaar.hotline.roster.hours import Share
from weerbaar.hotline.roster.rest import Limits, Warned
from weerbaar.hotline.roster.rules import Interval, Placed

DAY = timedelta(days=1)


def period(first: date, last: date) -> Interval:
    """Some whole months as instants.

    Args:
        first: the first day of the first month.
        last: the first day of the last month.
    """
    return Interval(months.span(first).starts, months.span(last).ends)


def shares(session: Session, stretch: Interval, now: datetime) -> list[Share]:
    """What everybody has of a period, planned and done.

    Args:
        session: any session.
        stretch: the period, UTC.
        now: the present instant, UTC.
    """
    shifts = verbs.between(session, stretch.starts, stretch.ends)
    around = holidays_nl.between((stretch.starts - DAY).date(), (stretch.ends + DAY).date())
    return hours.shares(shifts, stretch, [each.day for each in around], now)


def warnings(
    session: Session,
    stretch: Interval,
    limits: Limits,
    added: Iterable[Placed] = (),
    gone: Container[Placed] = (),
) -> list[Warned]:
    """Where somebody gets too little rest in a period, by time.

    Args:
        session: any session.
        stretch: the period, UTC.
        limits: what is enough.
        added: shifts that are not on the roster yet, to see what they would do.
        gone: shifts that would go from it.
    """
    # Room for a run that began long before, or goes on long after.
    room = (limits.days + 31) * DAY
    shifts = verbs.between(session, stretch.starts - room, stretch.ends + room)
    stay = [each for each in shifts if each not in gone]
    return rest.touching(rest.warnings([*stay, *added], limits), stretch)
