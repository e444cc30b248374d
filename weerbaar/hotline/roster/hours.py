"""Hours of duty, and which of them are at night, in a weekend, on a holiday. Values in, values out.

Everything is measured between instants: the night in which an hour is missing has seven hours,
the one in which an hour comes twice has nine. One hour can be of more than one kind.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from weerbaar.config.clock import AMSTERDAM
from weerbaar.hotline.roster.rules import Interval, Placed, read_wall

HOUR = timedelta(hours=1)
NIGHT_STARTS, NIGHT_ENDS = time(22), time(6)
SATURDAY = 5


@dataclass(frozen=True)
class Share:
    """What one person has in a period.

    The lengths are hours; `ahead` are those that are not over yet. Nights, weekends and holidays
    are counted where there is duty in any part of them.
    """

    person_id: UUID
    shifts: int = 0
    hours: float = 0.0
    first_line: float = 0.0
    ahead: float = 0.0
    night_hours: float = 0.0
    weekend_hours: float = 0.0
    holiday_hours: float = 0.0
    nights: int = 0
    weekends: int = 0
    holidays: int = 0

    @property
    def backup(self) -> float:
        """The hours in another tier than the first."""
        return self.hours - self.first_line


def worked(starts: datetime, ends: datetime) -> float:
    """How many hours lie between two instants."""
    return (ends.astimezone(UTC) - starts.astimezone(UTC)) / HOUR


def shares(
    shifts: Iterable[Placed], period: Interval, holidays: Sequence[date], now: datetime
) -> list[Share]:
    """What each person has of a period; what lies outside it does not count.

    Args:
        shifts: what stands on the roster; a shift that leaves the period counts for a part.
        period: from when until when, UTC, the end not included.
        holidays: the public holidays around the period, local dates.
        now: the instant from which duty is ahead, UTC.
    """
    special = _Special(
        _clipped(nights(period), period),
        _clipped(weekends(period), period),
        _clipped(map(whole_day, holidays), period),
    )
    turns: dict[UUID, list[Placed]] = {}
    for shift in shifts:
        if shift.starts < period.ends and shift.ends > period.starts:
            turns.setdefault(shift.person_id, []).append(shift)
    return [_share(person_id, own, period, special, now) for person_id, own in turns.items()]


@dataclass(frozen=True)
class _Special:
    nights: list[Interval] = field(default_factory=list)
    weekends: list[Interval] = field(default_factory=list)
    holidays: list[Interval] = field(default_factory=list)


def _share(
    person_id: UUID, own: Sequence[Placed], period: Interval, special: _Special, now: datetime
) -> Share:
    parts = list(_clipped((Interval(each.starts, each.ends) for each in own), period))
    first = [Interval(each.starts, each.ends) for each in own if each.tier == 1]
    ahead = Interval(max(now, period.starts), period.ends)
    return Share(
        person_id,
        shifts=len(own),
        hours=_length(parts),
        first_line=_length(_clipped(first, period)),
        ahead=_length(_clipped(parts, ahead)),
        night_hours=_common(parts, special.nights),
        weekend_hours=_common(parts, special.weekends),
        holiday_hours=_common(parts, special.holidays),
        nights=_touched(parts, special.nights),
        weekends=_touched(parts, special.weekends),
        holidays=_touched(parts, special.holidays),
    )


def whole_day(day: date) -> Interval:
    """A local day as instants: 23, 24 or 25 hours."""
    midnight = datetime.combine(day, time())
    following = datetime.combine(day + timedelta(days=1), time())
    return Interval(read_wall(midnight).first, read_wall(following).first)


def nights(period: Interval) -> Iterator[Interval]:
    """Every night, 22:00 to 06:00 local, that touches a period."""
    for day in _days(period, before=1):
        starts = read_wall(datetime.combine(day, NIGHT_STARTS)).first
        ends = read_wall(datetime.combine(day + timedelta(days=1), NIGHT_ENDS)).last
        yield Interval(starts, ends)


def weekends(period: Interval) -> Iterator[Interval]:
    """Every weekend, Saturday and Sunday whole, that touches a period."""
    for day in _days(period, before=1):
        if day.weekday() == SATURDAY:
            yield Interval(whole_day(day).starts, whole_day(day + timedelta(days=1)).ends)


def _days(period: Interval, before: int) -> Iterator[date]:
    day = period.starts.astimezone(AMSTERDAM).date() - timedelta(days=before)
    last = period.ends.astimezone(AMSTERDAM).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _clipped(stretches: Iterable[Interval], period: Interval) -> list[Interval]:
    return [
        Interval(max(each.starts, period.starts), min(each.ends, period.ends))
        for each in stretches
        if each.starts < period.ends and each.ends > period.starts
    ]


def _length(parts: Iterable[Interval]) -> float:
    return sum((part.ends - part.starts for part in parts), timedelta()) / HOUR


def _common(parts: Sequence[Interval], stretches: Sequence[Interval]) -> float:
    return sum(_length(_clipped(parts, stretch)) for stretch in stretches)


def _touched(parts: Sequence[Interval], stretches: Sequence[Interval]) -> int:
    return sum(bool(_clipped(parts, stretch)) for stretch in stretches)
