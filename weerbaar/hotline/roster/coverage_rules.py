"""How many people each tier needs, and where the roster has fewer. Values in, values out.

A *hole* is a stretch in which a tier needs somebody and nobody there can be rung. A *thin spot*
is a stretch that is no hole, and in which the tier has fewer people than it needs without a
flaw: somebody whose telephone was never tested still rings, and may not be reached.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import groupby, pairwise
from typing import NamedTuple, TypeVar
from uuid import UUID

from weerbaar.config.clock import local
from weerbaar.hotline.roster.rules import Hole, Interval, Placed, read_wall

FIRST_LINE = 1
DEEPEST = 20
DAY = timedelta(days=1)


class Flaw(StrEnum):
    """Why somebody on the roster does not count in full."""

    MAY_NOT_TAKE = "may_not_take"  # has left, or holds no role that may take a call
    NO_PHONE = "no_phone"
    PHONE_UNTESTED = "phone_untested"
    PHONE_STALE = "phone_stale"
    NOT_ADMITTED = "not_admitted"  # to the keys: his telephone rings, the call he cannot read
    AWAY = "away"


# Of a thin spot in which too few people stand at all.
TOO_FEW = "too_few"
# Who has one of these is not rung at all.
BARS = frozenset({Flaw.MAY_NOT_TAKE, Flaw.NO_PHONE})
_ORDER = (TOO_FEW, *Flaw)

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Hours:
    """Hours of every week in which a tier needs another number of people.

    `weekdays` are the days on which they begin, 1 for Monday; `starts` and `ends` are local
    times, and an end that is not later than the start is on the next day.
    """

    tier: int
    weekdays: frozenset[int]
    starts: time
    ends: time
    depth: int
    hours_id: UUID | None = None


@dataclass(frozen=True)
class Depths:
    """How many people each tier needs: all the time, and in stated hours."""

    always: Mapping[int, int] = field(default_factory=dict)
    hours: tuple[Hours, ...] = ()

    def of(self, tier: int) -> int:
        """How many the tier needs outside stated hours; the first line never fewer than one."""
        usual = 1 if tier == FIRST_LINE else 0
        return max(usual, self.always.get(tier, usual))

    @property
    def tiers(self) -> tuple[int, ...]:
        """The tiers that need somebody at some time, in order."""
        stated = {FIRST_LINE, *self.always, *(one.tier for one in self.hours)}
        return tuple(
            tier
            for tier in sorted(stated)
            if self.of(tier) or any(one.depth for one in self.hours if one.tier == tier)
        )


@dataclass(frozen=True)
class Need:
    """A stretch in which a tier needs a number of people."""

    tier: int
    starts: datetime
    ends: datetime
    depth: int


@dataclass(frozen=True)
class Thin:
    """A thin spot: `have` people can be rung of the `need` people, and why that is not enough."""

    tier: int
    starts: datetime
    ends: datetime
    have: int
    need: int
    reasons: tuple[str, ...]


class Outlook(NamedTuple):
    """What is wrong with the roster in a stretch of time, by tier and then by time."""

    holes: list[Hole]
    thin: list[Thin]


@dataclass(frozen=True)
class Absence:
    """Somebody is away for a while."""

    person_id: UUID
    starts: datetime
    ends: datetime


def needs(depths: Depths, starts: datetime, ends: datetime) -> list[Need]:
    """What each tier needs in `[starts, ends)`, by tier and time, without a gap.

    Stated hours begin at the first reading of their local time and end at the last, as shifts do;
    where several of them meet the highest number counts.

    Args:
        depths: what was stated.
        starts: from when, UTC.
        ends: until when, UTC, not included.
    """
    found: list[Need] = []
    for tier in depths.tiers:
        stated = [
            (stretch, one.depth)
            for one in depths.hours
            if one.tier == tier
            for stretch in _stretches(one, starts, ends)
        ]
        for stretch, within in _steps(stated, starts, ends):
            depth = max(within, default=depths.of(tier))
            last = found[-1] if found else None
            if last and (last.tier, last.ends, last.depth) == (tier, stretch.starts, depth):
                found[-1] = Need(tier, last.starts, stretch.ends, depth)
            else:
                found.append(Need(tier, stretch.starts, stretch.ends, depth))
    return found


def _stretches(hours: Hours, starts: datetime, ends: datetime) -> Iterator[Interval]:
    day, last = local(starts).date() - DAY, local(ends).date()
    while day <= last:
        if day.isoweekday() in hours.weekdays:
            until = day if hours.starts < hours.ends else day + DAY
            first = read_wall(datetime.combine(day, hours.starts)).first
            end = read_wall(datetime.combine(until, hours.ends)).last
            if first < ends and starts < end:
                yield Interval(max(first, starts), min(end, ends))
        day += DAY


def _steps(
    stated: Iterable[tuple[Interval, _Value]], starts: datetime, ends: datetime
) -> Iterator[tuple[Interval, list[_Value]]]:
    """The stretches of `[starts, ends)` in which the same things hold, with those things."""
    begin: dict[datetime, list[int]] = {}
    end: dict[datetime, list[int]] = {}
    values: list[_Value] = []
    for stretch, value in stated:
        if stretch.starts < ends and starts < stretch.ends:
            begin.setdefault(max(stretch.starts, starts), []).append(len(values))
            end.setdefault(min(stretch.ends, ends), []).append(len(values))
            values.append(value)
    within: dict[int, _Value] = {}
    for at, following in pairwise(sorted({starts, ends, *begin, *end})):
        for number in end.get(at, ()):
            del within[number]
        within.update((number, values[number]) for number in begin.get(at, ()))
        yield Interval(at, following), list(within.values())


def survey(
    shifts: Iterable[Placed],
    wanted: Iterable[Need],
    flaws: Mapping[UUID, Collection[Flaw]],
    absences: Iterable[Absence] = (),
) -> Outlook:
    """The holes and thin spots where shifts meet needs.

    Args:
        shifts: what stands on the roster around the needs.
        wanted: what each tier needs, by tier and time, as `needs` gives it.
        flaws: of each person who has any, as he is now.
        absences: who is away when.
    """
    standing: dict[int, list[tuple[Interval, _Fact]]] = {}
    for shift in shifts:
        fact = _Fact(on_duty=shift.person_id)
        standing.setdefault(shift.tier, []).append((Interval(shift.starts, shift.ends), fact))
    away = [(Interval(one.starts, one.ends), _Fact(away=one.person_id)) for one in absences]
    outlook = Outlook([], [])
    for tier, those in groupby(wanted, key=lambda one: one.tier):
        asked = list(those)
        depths = [(Interval(one.starts, one.ends), _Fact(depth=one.depth)) for one in asked]
        facts = [*depths, *standing.get(tier, ()), *away]
        for stretch, within in _steps(facts, asked[0].starts, asked[-1].ends):
            _judge(outlook, tier, stretch, within, flaws)
    return outlook


@dataclass(frozen=True)
class _Fact:
    """What holds in a stretch: somebody is on duty, somebody is away, or so many are needed."""

    on_duty: UUID | None = None
    away: UUID | None = None
    depth: int = 0


def _judge(
    outlook: Outlook,
    tier: int,
    stretch: Interval,
    within: Collection[_Fact],
    flaws: Mapping[UUID, Collection[Flaw]],
) -> None:
    need = max((one.depth for one in within), default=0)
    if not need:
        return
    away = {one.away for one in within}
    people = {one.on_duty for one in within if one.on_duty is not None}
    found = [
        frozenset(flaws.get(one, ())) | ({Flaw.AWAY} if one in away else set()) for one in people
    ]
    have = sum(not one & BARS for one in found)
    if not have:
        _extend_hole(outlook.holes, Hole(tier, stretch.starts, stretch.ends))
        return
    if sum(not one for one in found) >= need:
        return
    reasons: set[str] = set().union(*found)
    if len(people) < need:
        reasons.add(TOO_FEW)
    named = tuple(one for one in _ORDER if one in reasons)
    _extend_thin(outlook.thin, Thin(tier, stretch.starts, stretch.ends, have, need, named))


def _extend_hole(holes: list[Hole], hole: Hole) -> None:
    last = holes[-1] if holes else None
    if last and (last.tier, last.ends) == (hole.tier, hole.starts):
        holes[-1] = Hole(hole.tier, last.starts, hole.ends)
    else:
        holes.append(hole)


def _extend_thin(spots: list[Thin], spot: Thin) -> None:
    last = spots[-1] if spots else None
    same = last and (last.tier, last.ends, last.have, last.need, last.reasons) == (
        spot.tier, spot.starts, spot.have, spot.need, spot.reasons,
    )  # fmt: skip
    if last and same:
        spots[-1] = Thin(spot.tier, last.starts, spot.ends, spot.have, spot.need, spot.reasons)
    else:
        spots.append(spot)
