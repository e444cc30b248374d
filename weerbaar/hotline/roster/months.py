"""A month of the roster as on a calendar: weeks down, days across. Values in, values out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from weerbaar.config.clock import AMSTERDAM
from weerbaar.hotline.roster.rules import Interval, read_wall
from weerbaar.hotline.roster.weeks import Stretch, Week, week_code

_WRITTEN = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
DECEMBER = 12


class NoSuchMonth(ValueError):
    """A text that is not a month of the calendar in the form `YYYY-MM`."""


@dataclass(frozen=True)
class Line:
    """What one tier has on one day, by time."""

    tier: int
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Day:
    """One day of the page; `inside` tells whether it belongs to the month itself."""

    date: date
    inside: bool
    hours: Interval
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Row:
    """One week of the page."""

    code: str
    number: int
    days: tuple[Day, ...]


def month_code(day: date) -> str:
    """The month of a date: `2026-11`."""
    return f"{day.year:04}-{day.month:02}"


def month_of(instant: datetime) -> date:
    """The first day of the local month of an instant."""
    return instant.astimezone(AMSTERDAM).date().replace(day=1)


def read_month(code: str) -> date:
    """The first day of a month.

    Args:
        code: `2026-11`.

    Raises:
        NoSuchMonth: another form, or a month that no year has.
    """
    found = _WRITTEN.fullmatch(code)
    try:
        first = date(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        first = None
    # One year of room on either side, for the links to the months beside it.
    if first is None or not date.min.year + 1 < first.year < date.max.year - 1:
        raise NoSuchMonth(code)
    return first


def following(first: date) -> date:
    """The first day of the month after."""
    if first.month == DECEMBER:
        return date(first.year + 1, 1, 1)
    return date(first.year, first.month + 1, 1)


def previous(first: date) -> date:
    """The first day of the month before."""
    return (first - timedelta(days=1)).replace(day=1)


def mondays(first: date) -> list[date]:
    """The Mondays of the weeks that touch a month.

    Args:
        first: the first day of the month.
    """
    monday, found = first - timedelta(days=first.weekday()), []
    while monday < following(first):
        found.append(monday)
        monday += timedelta(days=7)
    return found


def span(first: date) -> Interval:
    """A month as instants, from local midnight to local midnight.

    Args:
        first: the first day of the month.
    """
    start, end = (read_wall(datetime.combine(day, time())) for day in (first, following(first)))
    return Interval(start.first, end.first)


def lay_out(first: date, weeks: Sequence[Week]) -> list[Row]:
    """The page of a month.

    Args:
        first: the first day of the month.
        weeks: the tables of the weeks that touch it, in order.
    """
    return [
        Row(
            week.code,
            week.monday.isocalendar().week,
            tuple(
                Day(
                    day,
                    (day.year, day.month) == (first.year, first.month),
                    week.days[number],
                    tuple(
                        Line(row.tier, row.days[number]) for row in week.rows if row.days[number]
                    ),
                )
                for number, day in enumerate(week.dates)
            ),
        )
        for week in weeks
    ]


def code_of(instant: datetime) -> str:
    """The ISO week of the local day of an instant: `2026-W48`."""
    return week_code(instant.astimezone(AMSTERDAM).date())
