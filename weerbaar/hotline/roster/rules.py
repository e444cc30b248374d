"""The rules of the roster: readings of a wall clock, overlaps, holes. Values in, values out.

Shifts are half-open, `[starts, ends)`, in UTC. People write them in the local time of
Europe/Amsterdam, where one night a year an hour is missing and one night an hour comes twice.
A time in such an hour has two readings: a shift starts at the first and ends at the last, so
that two shifts that meet there may overlap by an hour and never leave a gap.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from weerbaar.config.clock import AMSTERDAM

REQUIRED_TIERS = (1,)
HIGHEST_TIER = 99

_WRITTEN = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{6})?)?(?P<offset>Z|[+-]\d{2}:\d{2})?",
    re.ASCII,
)


class NotATime(ValueError):
    """A text that is not a time of the calendar in the form `YYYY-MM-DDTHH:MM`."""


@dataclass(frozen=True)
class Reading:
    """What a written time can mean: two instants one hour apart at a change of clocks, else one.

    `wall` is the time as the clock on the wall shows it, naive; None when it came with an offset.
    """

    first: datetime
    last: datetime
    wall: datetime | None = None

    def may_be(self, instant: datetime) -> bool:
        """Whether the instant lies between the two readings, both included."""
        return self.first <= instant <= self.last


@dataclass(frozen=True)
class Interval:
    """A half-open stretch of time, in UTC."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Hole:
    """A stretch in which a required tier has nobody; `tier` 1 is the first line."""

    tier: int
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Placed:
    """A shift as it stands on the roster."""

    tier: int
    person_id: UUID
    starts: datetime
    ends: datetime
    shift_id: UUID | None = None


@dataclass(frozen=True)
class Wish:
    """A shift as somebody wrote it down."""

    tier: int
    person_id: UUID
    start: Reading
    end: Reading


class Overlaps(Exception):
    """The person is on duty already, in `shift`."""

    def __init__(self, shift: Placed) -> None:
        self.shift = shift
        super().__init__(f"{shift.starts.isoformat()} until {shift.ends.isoformat()}")


def read_wall(wall: datetime) -> Reading:
    """The readings of a naive local time of Europe/Amsterdam."""
    instants = sorted(wall.replace(fold=fold, tzinfo=AMSTERDAM).astimezone(UTC) for fold in (0, 1))
    return Reading(instants[0], instants[1], wall)


def read(written: str) -> Reading:
    """The readings of `YYYY-MM-DDTHH:MM`, local, or with an offset (`+01:00`, `Z`) and then one.

    Args:
        written: the text; seconds, microseconds and a space instead of the T are taken too.

    Raises:
        NotATime: another form, or a date or time that no calendar or clock has.
    """
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        raise NotATime(written)
    try:
        moment = datetime.fromisoformat(found.group())
        if moment.tzinfo is None:
            return read_wall(moment)
        instant = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotATime(written) from None
    return Reading(instant, instant)


def in_order(start: Reading, end: Reading) -> bool:
    """Whether a shift runs forward, also as its writer sees it on the wall clock."""
    if start.wall is not None and end.wall is not None:
        return start.wall < end.wall
    return start.first < end.last


def _overlap(one: Interval | Placed, other: Interval | Placed) -> bool:
    return one.starts < other.ends and other.starts < one.ends


def place(wish: Wish, standing: Iterable[Placed]) -> Placed:
    """Where a written shift comes to stand: from its first reading until its last.

    Where the same person's other shift meets it inside a doubtful hour, the second starts where
    the first ends. What stands already is not moved: a shift that is written down after the one
    that follows it ends where that one starts, if both are of one tier, and is refused if not,
    because another person may count on the whole hour.

    Args:
        wish: the shift as written.
        standing: shifts of the roster; those of other people do not matter.

    Raises:
        Overlaps: the person is in one of `standing` at the same time, in whatever tier.
    """
    placed = Placed(wish.tier, wish.person_id, wish.start.first, wish.end.last)
    own = [shift for shift in standing if shift.person_id == wish.person_id]
    for shift in own:
        if not _overlap(placed, shift):
            continue
        if wish.start.may_be(shift.ends):
            placed = replace(placed, starts=max(placed.starts, shift.ends))
        elif shift.tier == wish.tier and wish.end.may_be(shift.starts):
            placed = replace(placed, ends=min(placed.ends, shift.starts))
        if placed.starts >= placed.ends:
            raise Overlaps(shift)
    for shift in own:
        if _overlap(placed, shift):
            raise Overlaps(shift)
    return placed


def by_wall(wish: Wish) -> tuple[datetime, datetime]:
    """The order in which shifts that are written down together are placed."""
    start, end = (
        reading.wall or reading.first.astimezone(AMSTERDAM).replace(tzinfo=None)
        for reading in (wish.start, wish.end)
    )
    return start, end


def standing_for(wish: Wish, standing: Iterable[Placed]) -> Placed | None:
    """The shift on the roster that this text already led to, if any."""
    own = [shift for shift in standing if shift.person_id == wish.person_id]
    starts = {wish.start.first, wish.start.last}
    starts |= {shift.ends for shift in own if wish.start.may_be(shift.ends)}
    ends = {wish.end.first, wish.end.last}
    ends |= {shift.starts for shift in own if wish.end.may_be(shift.starts)}
    for shift in own:
        if shift.tier == wish.tier and shift.starts in starts and shift.ends in ends:
            return shift
    return None


def take_over(shift: Placed, person_id: UUID, standing: Iterable[Placed]) -> Placed:
    """The shift with another person in it, the hours unchanged.

    Only at a change of clocks they may differ: where the new person's own shift of the same tier
    meets it in the doubtful hour, the hour is counted once.

    Raises:
        Overlaps: the new person is on duty at the same time, in whatever tier.
    """
    taken = replace(shift, person_id=person_id)
    own = [other for other in standing if other.person_id == person_id]
    for other in own:
        if other.shift_id == shift.shift_id or not _overlap(taken, other):
            continue
        if other.tier == shift.tier and _doubtful(other.starts, taken.ends):
            taken = replace(taken, ends=other.starts)
        elif other.tier == shift.tier and _doubtful(taken.starts, other.ends):
            taken = replace(taken, starts=other.ends)
        if _overlap(taken, other) or taken.starts >= taken.ends:
            raise Overlaps(other)
    return taken


def _doubtful(starts: datetime, ends: datetime) -> bool:
    """Whether these are the two readings of one local time."""
    before, after = (at.astimezone(AMSTERDAM).utcoffset() for at in (starts, ends))
    return ends - starts == timedelta(hours=1) and before != after


def holes(shifts: Iterable[Interval | Placed], starts: datetime, ends: datetime) -> list[Interval]:
    """The stretches of `[starts, ends)` that none of the shifts covers, in order."""
    found: list[Interval] = []
    covered = starts
    for shift in sorted(shifts, key=lambda each: each.starts):
        if shift.ends <= covered or shift.starts >= ends:
            continue
        if shift.starts > covered:
            found.append(Interval(covered, shift.starts))
        covered = shift.ends
    if covered < ends:
        found.append(Interval(covered, ends))
    return found


def cover(
    shifts: Sequence[Placed],
    starts: datetime,
    ends: datetime,
    required: Sequence[int] = REQUIRED_TIERS,
) -> list[Hole]:
    """The holes of every required tier in `[starts, ends)`, by tier and then by time."""
    return [
        Hole(tier, hole.starts, hole.ends)
        for tier in required
        for hole in holes([each for each in shifts if each.tier == tier], starts, ends)
    ]


def week_days(monday: date) -> list[Interval]:
    """The seven local days of a week as instants: 23 or 25 hours long at a change of clocks."""
    midnight = datetime.combine(monday, time())
    walls = [read_wall(midnight + timedelta(days=day)) for day in range(8)]
    return [Interval(one.first, other.first) for one, other in pairwise(walls)]
