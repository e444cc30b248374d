"""The rules of rotations: whose turn it is, and when. Values in, values out.

A rotation repeats blocks of a week on the wall clock of Europe/Amsterdam: whole weeks, days,
nights, weekends, or any times. A turn is one block, or all blocks of a week, and goes to one
person. Turns are numbered from the start, and the order of people goes round over those numbers.
Whoever leaves hands his own turns to those who remain, one after the other; whoever joins gets
every so many-th turn. No other turn moves. Another order or other times are a new phase, counted
anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from weerbaar.hotline.roster.rotation_blocks import WEEK, Block
from weerbaar.hotline.roster.rules import Reading, read_wall

# A clock on the wall differs from UTC by at most two hours here; a block lasts at most a week.
_REACH = timedelta(days=8)
_ONE_DAY = timedelta(days=1)


class Turns(StrEnum):
    """What one turn is: a single block, or every block of a week."""

    BLOCK = "block"
    WEEK = "week"


class Kind(StrEnum):
    """What happens to the people of a rotation from a day on."""

    JOIN = "join"
    LEAVE = "leave"


@dataclass(frozen=True)
class Event:
    """Somebody joins or leaves: it counts for turns that begin on or after `from_on`."""

    kind: Kind
    from_on: date
    person_id: UUID


@dataclass(frozen=True)
class Phase:
    """How a rotation goes round from a day on, until the next phase.

    The first of `blocks` begins the week where a turn is a week.
    """

    from_on: date
    tier: int
    blocks: tuple[Block, ...]
    turns: Turns
    order: tuple[UUID, ...]
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A whole rotation: its phases by day, and the last day on which a block begins."""

    phases: tuple[Phase, ...]
    end_on: date | None = None


@dataclass(frozen=True)
class Slot:
    """One block of one week, and whose it is; `then` are the others in order after him."""

    tier: int
    turn: int
    start: Reading
    end: Reading
    holder: UUID
    then: tuple[UUID, ...]


# ---- whose turn --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """Who has a turn, and the order of people on that day."""

    holder: UUID
    order: tuple[UUID, ...]

    @property
    def then(self) -> tuple[UUID, ...]:
        """The others, in order after him; from the first where he is not in it."""
        if self.holder not in self.order:
            return self.order
        place = self.order.index(self.holder)
        return self.order[place + 1 :] + self.order[:place]


def shares(order: Sequence[UUID], events: Iterable[Event], days: Sequence[date]) -> list[Share]:
    """Whose each turn is.

    Args:
        order: the people as they go round from the first turn.
        events: who joins and leaves, by day; on one day in the order given.
        days: the local day on which each turn begins, rising.
    """
    found = [Share(order[number % len(order)], tuple(order)) for number in range(len(days))]
    people = list(order)
    for event in sorted(events, key=lambda each: each.from_on):
        first = next((n for n, day in enumerate(days) if day >= event.from_on), len(days))
        if event.kind is Kind.JOIN and event.person_id not in people:
            people.append(event.person_id)
            heirs: Iterator[UUID] = iter(())
        elif event.kind is Kind.LEAVE and event.person_id in people and len(people) > 1:
            place = people.index(event.person_id)
            people.remove(event.person_id)
            heirs = _round(people, place)
        else:
            continue
        for number in range(first, len(days)):
            holder = found[number].holder
            if event.kind is Kind.LEAVE and holder == event.person_id:
                holder = next(heirs)
            elif event.kind is Kind.JOIN and (number - first + 1) % len(people) == 0:
                holder = event.person_id
            found[number] = Share(holder, tuple(people))
    return found


def _round(people: Sequence[UUID], place: int) -> Iterator[UUID]:
    number = place
    while True:
        yield people[number % len(people)]
        number += 1


# ---- when --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Occurrence:
    """A block in one week, on the wall clock; `week` counts from the week of the first."""

    starts: datetime
    ends: datetime
    week: int


def _occurrences(phase: Phase, until: datetime) -> Iterator[_Occurrence]:
    """The blocks of a phase that begin before `until` (local, naive), in order."""
    first = phase.blocks[0].start
    monday = phase.from_on - timedelta(days=phase.from_on.weekday() + 7)
    week = datetime.combine(monday, time()) + timedelta(minutes=first)
    number = 0
    while week < until:
        for block in phase.blocks:
            starts = week + timedelta(minutes=(block.start - first) % WEEK)
            if phase.from_on <= starts.date() and starts < until:
                yield _Occurrence(starts, starts + timedelta(minutes=block.minutes), number)
        week += timedelta(days=7)
        number += 1


def first_start(phase: Phase) -> datetime:
    """When a phase takes over: the first of its blocks that begins on or after its day; local."""
    until = datetime.combine(phase.from_on, time()) + timedelta(days=8)
    return next(_occurrences(phase, until)).starts


def slots(rule: Rule, start: datetime, end: datetime) -> list[Slot]:
    """Every block of a rotation that touches `[start, end)`, by its start.

    A block runs from the first reading of its start to the last of its end. Where a phase begins
    within a block of the one before it, that one ends there: between phases there is no gap that
    the blocks do not have themselves.

    Args:
        rule: the rotation.
        start: from when, UTC.
        end: until when, UTC, not included.
    """
    found: list[Slot] = []
    last = None if rule.end_on is None else datetime.combine(rule.end_on, time()) + _ONE_DAY
    for number, phase in enumerate(rule.phases):
        following = rule.phases[number + 1 :]
        handed_over = min((first_start(each) for each in following), default=None)
        bounds = [end.replace(tzinfo=None) + _REACH, last, handed_over]
        until = min(bound for bound in bounds if bound is not None)
        found += _slots_of(phase, until, handed_over, start, end)
    return found


def _slots_of(
    phase: Phase, until: datetime, handed_over: datetime | None, start: datetime, end: datetime
) -> Iterator[Slot]:
    turns = _turns(phase, until)
    days = [those[0].starts.date() for those in turns]
    early, late = (at.replace(tzinfo=None) for at in (start - _ONE_DAY, end + _ONE_DAY))
    for number, (those, share) in enumerate(
        zip(turns, shares(phase.order, phase.events, days), strict=True)
    ):
        for one in those:
            # Far from the stretch no reading of the clock is needed.
            if one.ends < early or one.starts > late:
                continue
            ends = one.ends if handed_over is None else min(one.ends, handed_over)
            first, last = read_wall(one.starts), read_wall(ends)
            if first.first < end and last.last > start:
                yield Slot(phase.tier, number, first, last, share.holder, share.then)


def _turns(phase: Phase, until: datetime) -> list[list[_Occurrence]]:
    every = _occurrences(phase, until)
    if phase.turns is Turns.BLOCK:
        return [[one] for one in every]
    return [list(those) for _week, those in groupby(every, key=lambda one: one.week)]
