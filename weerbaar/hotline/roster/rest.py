"""Whether people get enough rest between their shifts: warnings, never refusals.

Shifts that meet or overlap, in whatever tiers, are one stretch of duty. Stretches with less than a
whole day between them are one run.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from weerbaar.config.clock import AMSTERDAM
from weerbaar.hotline.roster.rules import Interval, Placed

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """The least rest between two stretches of duty, and the most days of duty in a row."""

    rest: timedelta
    days: int


@dataclass(frozen=True)
class ShortRest:
    """Between two stretches somebody has less rest than he should."""

    person_id: UUID
    ends: datetime
    starts: datetime

    @property
    def hours(self) -> float:
        """How long the rest is."""
        return (self.starts - self.ends) / timedelta(hours=1)


@dataclass(frozen=True)
class LongRun:
    """Somebody has duty for more days in a row than he should.

    Days are of 24 hours from the start, and one that was begun counts.
    """

    person_id: UUID
    starts: datetime
    ends: datetime
    days: int


Warned = ShortRest | LongRun


def warnings(shifts: Iterable[Placed], limits: Limits) -> list[Warned]:
    """Where people get too little rest, by time.

    Args:
        shifts: of everybody, also around the period that is looked at.
        limits: what is enough.
    """
    turns: dict[UUID, list[Placed]] = {}
    for shift in shifts:
        turns.setdefault(shift.person_id, []).append(shift)
    found: list[Warned] = []
    for person_id, own in turns.items():
        stretches = list(_joined((Interval(one.starts, one.ends) for one in own), timedelta()))
        found += _short_rests(person_id, stretches, limits)
        found += _long_runs(person_id, stretches, limits)
    return sorted(found, key=lambda one: (min(one.starts, one.ends), str(one.person_id)))


def touching(found: Iterable[Warned], period: Interval) -> list[Warned]:
    """Those of the warnings that are about a period.

    Args:
        found: of `warnings`.
        period: from when until when, UTC.
    """
    return [
        one
        for one in found
        if min(one.starts, one.ends) < period.ends and max(one.starts, one.ends) > period.starts
    ]


def _short_rests(person_id: UUID, stretches: list[Interval], limits: Limits) -> Iterator[Warned]:
    for one, other in pairwise(stretches):
        if other.starts - one.ends < limits.rest:
            yield ShortRest(person_id, one.ends, other.starts)


def _long_runs(person_id: UUID, stretches: list[Interval], limits: Limits) -> Iterator[Warned]:
    for run in _joined(stretches, DAY):
        # Measured on the wall: a week with a change of clocks is a week.
        length = _wall(run.ends) - _wall(run.starts)
        days = -(-length // DAY)
        if days > limits.days:
            yield LongRun(person_id, run.starts, run.ends, days)


def _wall(instant: datetime) -> datetime:
    return instant.astimezone(AMSTERDAM).replace(tzinfo=None)


def _joined(stretches: Iterable[Interval], gap: timedelta) -> Iterator[Interval]:
    """Stretches as one where there is less than a gap between them, or where they meet."""
    present: Interval | None = None
    for one in sorted(stretches, key=lambda each: each.starts):
        if present is None:
            present = one
        elif one.starts <= present.ends or one.starts - present.ends < gap:
            present = Interval(present.starts, max(present.ends, one.ends))
        else:
            yield present
            present = one
    if present is not None:
        yield present
