"""When a hole or thin spot ahead is told, and whether it was told already. Values in and out.

A spot is told three times: from 14 days, from 72 hours and from 2 hours before it begins, and
once each. One that is shortened, lengthened or split stays the same spot; one that was mended
and comes back is a new one. Where its beginning moves away again, the stages between are told
again when their time comes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What is wrong."""

    HOLE = "hole"
    THIN = "thin"


class Stage(StrEnum):
    """How near it is, the farthest first."""

    FORTNIGHT = "14_days"
    THREE_DAYS = "72_hours"
    TWO_HOURS = "2_hours"

    @property
    def ahead(self) -> timedelta:
        """From how long before the beginning it is told."""
        return _AHEAD[self]

    @property
    def rank(self) -> int:
        """Larger is nearer."""
        return tuple(Stage).index(self)


_AHEAD = {
    Stage.FORTNIGHT: timedelta(days=14),
    Stage.THREE_DAYS: timedelta(hours=72),
    Stage.TWO_HOURS: timedelta(hours=2),
}
HORIZON = Stage.FORTNIGHT.ahead


@dataclass(frozen=True)
class Spot:
    """A hole, or a thin spot whatever its reasons, in one tier."""

    kind: Kind
    tier: int
    starts: datetime
    ends: datetime

    def shares(self, other: "Spot") -> bool:
        """Whether both have some time in common, in one tier."""
        same = (self.kind, self.tier) == (other.kind, other.tier)
        return same and self.starts < other.ends and other.starts < self.ends

    def meets(self, other: "Spot") -> bool:
        """Whether both are one stretch, in one tier."""
        same = (self.kind, self.tier) == (other.kind, other.tier)
        return same and self.starts <= other.ends and other.starts <= self.ends


@dataclass(frozen=True)
class Told:
    """A spot and the last stage at which it was told."""

    spot: Spot
    stage: Stage


@dataclass(frozen=True)
class Course:
    """What is to be remembered from now on, and what is to be told now."""

    remembered: tuple[Told, ...]
    news: tuple[Told, ...]


def stage(starts: datetime, now: datetime) -> Stage | None:
    """The stage of a spot that begins then; None while it is farther away than any."""
    passed = [one for one in Stage if starts <= now + one.ahead]
    return passed[-1] if passed else None


def join(spots: Iterable[Spot]) -> list[Spot]:
    """The same spots, with those that meet in one tier made one."""
    joined: list[Spot] = []
    for spot in sorted(spots, key=lambda one: (one.kind, one.tier, one.starts)):
        if joined and joined[-1].meets(spot):
            last = joined.pop()
            joined.append(Spot(spot.kind, spot.tier, last.starts, max(last.ends, spot.ends)))
        else:
            joined.append(spot)
    return joined


def follow(before: Iterable[Told], spots: Iterable[Spot], now: datetime) -> Course:
    """What to remember and what to tell, given what was told before.

    Args:
        before: what was remembered the last time.
        spots: what is wrong now, within the horizon.
        now: this instant, UTC.
    """
    known = list(before)
    remembered: list[Told] = []
    news: list[Told] = []
    for spot in join(spots):
        due = stage(spot.starts, now)
        if due is None:
            continue
        told = [one.stage.rank for one in known if one.spot.shares(spot)]
        remembered.append(Told(spot, due))
        if not told or due.rank > max(told):
            news.append(Told(spot, due))
    return Course(tuple(remembered), tuple(news))
