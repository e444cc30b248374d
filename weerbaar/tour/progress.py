"""How far the tour is: per government, per province, and month by month against the goal."""

import weakref
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from weerbaar.governments import registry
from weerbaar.tour import activities, places
from weerbaar.tour.models import MoveRow
from weerbaar.tour.places import Place
from weerbaar.tour.stages import Stage, Standing


class Level(StrEnum):
    """How far a government is: the furthest stage that was held, or what is going on."""

    NONE = "none"
    DECLINED = "declined"
    UNDERWAY = "underway"
    CONVERSATION = "conversation"
    SESSION = "session"
    TRAINING = "training"


def level(standing: Standing) -> Level:
    """How far a government is, in one word."""
    if standing.reached is not None:
        return Level(standing.reached.value)
    if standing.underway:
        return Level.UNDERWAY
    return Level.DECLINED if standing.declined else Level.NONE


@dataclass(frozen=True)
class Goal:
    """How many are to be visited, by which day."""

    municipalities: int
    provinces: int
    day: date


@dataclass(frozen=True)
class ProvinceLine:
    """One province: how far it is itself, and its municipalities."""

    place: Place
    standing: Standing
    municipalities: int
    visited: int
    sessions: int
    trainings: int


@dataclass(frozen=True)
class Progress:
    """How far all of the tour is."""

    lines: tuple[tuple[Place, Standing], ...]
    provinces: tuple[ProvinceLine, ...]
    levels: Mapping[Level, int]
    months: tuple[tuple[date, int], ...]

    @property
    def visited_municipalities(self) -> int:
        """How many municipalities were visited."""
        return sum(one.visited for place, one in self.lines if not place.is_province)

    @property
    def visited_provinces(self) -> int:
        """How many provinces were visited."""
        return sum(one.visited for place, one in self.lines if place.is_province)

    def held(self, stage: Stage) -> int:
        """With how many governments a stage was held."""
        return sum(one.of(stage).value == "held" for _place, one in self.lines)


def mark(session: Session) -> int:
    """What changes when, and only when, a government has come further: how many steps were taken.

    Every change of a stage leaves a step, and none is ever taken away.
    """
    return session.scalar(select(func.count()).select_from(MoveRow)) or 0


_Mark = tuple[int, date]
_kept: weakref.WeakKeyDictionary[Engine, tuple[_Mark, Progress]] = weakref.WeakKeyDictionary()


def progress(session: Session) -> Progress:
    """How far the tour is; counted anew when something changed since it was asked last.

    Args:
        session: any session.
    """
    engine, present = session.get_bind().engine, (mark(session), registry.reference_date())
    kept = _kept.get(engine)
    if kept is not None and kept[0] == present:
        return kept[1]
    found = count(activities.standings(session))
    _kept[engine] = present, found
    return found


def count(standings: Mapping[str, Standing]) -> Progress:
    """The progress of all governments.

    Args:
        standings: by code; who is not in it was not approached.
    """
    # Made up ones do not count towards the goal, and have no place on the map.
    lines = tuple(
        (place, standings.get(place.code, Standing()))
        for place in places.every(standings)
        if place.code not in places.FICTITIOUS
    )
    visits = [one.visited_on for _place, one in lines if one.visited and one.visited_on is not None]
    return Progress(
        lines=lines,
        provinces=tuple(_provinces(lines)),
        levels=Counter(level(one) for _place, one in lines),
        months=tuple(_months(visits)),
    )


def _provinces(lines: Iterable[tuple[Place, Standing]]) -> Iterable[ProvinceLine]:
    every = list(lines)
    for province in registry.provinces():
        own = [
            one
            for place, one in every
            if place.province_code == province.code and not place.is_province
        ]
        place, standing = next(each for each in every if each[0].code == province.code)
        yield ProvinceLine(
            place,
            standing,
            municipalities=len(own),
            visited=sum(one.visited for one in own),
            sessions=sum(one.session.value == "held" for one in own),
            trainings=sum(one.training.value == "held" for one in own),
        )


def _months(visits: Iterable[date]) -> Iterable[tuple[date, int]]:
    """First days of months with how many were visited by their end, without a gap."""
    by_month: Counter[date] = Counter(day.replace(day=1) for day in visits)
    if not by_month:
        return
    month, total = min(by_month), 0
    while month <= max(by_month):
        total += by_month[month]
        yield month, total
        month = next_month(month)


def next_month(day: date) -> date:
    """The first day of the month after a day."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def rows(found: Progress) -> Iterable[list[Any]]:
    """One row for each government, for people's own programs."""
    for place, one in found.lines:
        yield [
            place.code,
            place.label,
            "" if place.is_province else place.province_code or "",
            *(one.of(stage).value for stage in Stage),
            "" if one.visited_on is None else one.visited_on.isoformat(),
            "yes" if one.visited else "no",
        ]


HEADER = (
    "code", "name", "province", "conversation", "session", "training", "visited_on", "visited",
)  # fmt: skip
