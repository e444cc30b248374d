"""A week of the roster laid out as a table: tiers down, days across. Values in, values out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from weerbaar.config.clock import AMSTERDAM
from weerbaar.hotline.roster.rules import REQUIRED_TIERS, Hole, Interval, Placed, week_days


class NoSuchWeek(ValueError):
    """A text that is not a week of the calendar in the form `YYYY-Www`."""


@dataclass(frozen=True)
class Stretch:
    """What one cell shows of one shift, or of a hole (then without shift and person).

    `starts` and `ends` are clipped to the day.
    """

    starts: datetime
    ends: datetime
    shift_id: UUID | None = None
    person_id: UUID | None = None

    @property
    def is_hole(self) -> bool:
        """Whether nobody is on duty here."""
        return self.shift_id is None


@dataclass(frozen=True)
class TierRow:
    """One tier and its seven days, each a list of stretches by time."""

    tier: int
    days: tuple[tuple[Stretch, ...], ...]


@dataclass(frozen=True)
class Week:
    """A week from Monday, its days as instants, and a row for every tier."""

    monday: date
    days: tuple[Interval, ...]
    rows: tuple[TierRow, ...]

    @property
    def code(self) -> str:
        """`2026-W48`."""
        return week_code(self.monday)

    @property
    def dates(self) -> tuple[date, ...]:
        """The seven dates."""
        return tuple(self.monday + timedelta(days=number) for number in range(7))


def week_code(day: date) -> str:
    """The ISO week of a date: `2026-W48`."""
    year, week, _weekday = day.isocalendar()
    return f"{year:04}-W{week:02}"


def monday_of(instant: datetime) -> date:
    """The Monday of the local week of an instant."""
    day = instant.astimezone(AMSTERDAM).date()
    return day - timedelta(days=day.weekday())


def read_week(code: str) -> date:
    """The Monday of a week.

    Args:
        code: `2026-W48`.

    Raises:
        NoSuchWeek: another form, or a week that the year does not have.
    """
    year, mark, week = code.partition("-W")
    try:
        monday = date.fromisocalendar(int(year), int(week), 1)
    except ValueError:
        raise NoSuchWeek(code) from None
    # One year of room on either side, for the links to the weeks beside it.
    if not mark or not date.min.year < monday.year < date.max.year:
        raise NoSuchWeek(code)
    return monday


def lay_out(
    monday: date,
    shifts: Sequence[Placed],
    holes: Sequence[Hole],
    required: Sequence[int] = REQUIRED_TIERS,
) -> Week:
    """The table of a week.

    Args:
        monday: the first day, local.
        shifts: what stands on the roster in that week.
        holes: where a tier needs somebody and has nobody.
        required: tiers that always have a row.
    """
    days = week_days(monday)
    tiers = sorted({*required, *(shift.tier for shift in shifts), *(hole.tier for hole in holes)})
    rows = []
    for tier in tiers:
        turns = [shift for shift in shifts if shift.tier == tier]
        empty = [hole for hole in holes if hole.tier == tier]
        rows.append(TierRow(tier, tuple(_cell(day, turns, empty) for day in days)))
    return Week(monday, tuple(days), tuple(rows))


def _cell(day: Interval, turns: Iterable[Placed], holes: Iterable[Hole]) -> tuple[Stretch, ...]:
    whole = [
        *(Stretch(turn.starts, turn.ends, turn.shift_id, turn.person_id) for turn in turns),
        *(Stretch(hole.starts, hole.ends) for hole in holes),
    ]
    clipped = [
        replace(each, starts=max(each.starts, day.starts), ends=min(each.ends, day.ends))
        for each in whole
        if each.starts < day.ends and day.starts < each.ends
    ]
    return tuple(sorted(clipped, key=lambda each: (each.starts, each.ends, str(each.shift_id))))
