"""Whom an alarm wakes, in which order, and how long it waits in between. Pure: values in and out.

An alarm rings one telephone after the other until somebody presses 1. Everybody is rung once in a
round; after a round it pauses, each time longer, and goes on for as long as it matters.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID


class Alarm(StrEnum):
    """What must wake somebody; the codes are those of the notices that go with it."""

    NOBODY_ON_DUTY = "nobody_on_duty"  # and somebody called
    TASK_OVERDUE = "task_overdue"  # and whoever it passed on to let it wait too
    HOLE_SOON = "hole_soon"
    HOLE_AHEAD = "hole_ahead"
    HANDED_OVER = "handed_over"  # somebody has duty from now on, and may be asleep
    NOBODY_TAKES_OVER = "nobody_takes_over"


class Source(StrEnum):
    """Where the people come from."""

    ON_DUTY = "on_duty"
    NEXT_ON_DUTY = "next_on_duty"
    ROSTER_MANAGERS = "roster_managers"
    COORDINATORS = "coordinators"
    SUCCESSOR = "successor"  # whoever has the shift that the alarm is about


# Roster managers hear of the roster alone, never of work that a caller left.
ORDER: Mapping[Alarm, tuple[Source, ...]] = MappingProxyType({
    Alarm.NOBODY_ON_DUTY: (Source.ROSTER_MANAGERS, Source.COORDINATORS, Source.NEXT_ON_DUTY),
    Alarm.TASK_OVERDUE: (Source.ON_DUTY, Source.NEXT_ON_DUTY, Source.COORDINATORS),
    Alarm.HOLE_SOON: (Source.ROSTER_MANAGERS, Source.COORDINATORS, Source.ON_DUTY),
    Alarm.HOLE_AHEAD: (Source.ROSTER_MANAGERS, Source.COORDINATORS, Source.ON_DUTY),
    Alarm.HANDED_OVER: (Source.SUCCESSOR, Source.COORDINATORS, Source.ROSTER_MANAGERS),
    Alarm.NOBODY_TAKES_OVER: (Source.COORDINATORS, Source.ROSTER_MANAGERS, Source.NEXT_ON_DUTY),
})  # fmt: skip
# These ring for each subject apart: that one was heard says nothing of the other.
OF_ONE_SUBJECT = frozenset({Alarm.HANDED_OVER, Alarm.NOBODY_TAKES_OVER})

BETWEEN = timedelta(seconds=5)
# Everybody who is left in this round is in a call.
ALL_BUSY = timedelta(seconds=15)
PAUSES = (timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=15))
# Whoever confirmed is awake: the same alarm does not ring again meanwhile.
QUIET = timedelta(minutes=30)
# How far ahead a hole in the roster is worth waking somebody for: first while there is time to
# fill it, and once more just before.
FAR_AHEAD = timedelta(hours=2)
AHEAD = timedelta(minutes=15)


@dataclass(frozen=True)
class Turn:
    """Who may be rung in this round, best first; `round` counts from 0."""

    round: int
    people: tuple[UUID, ...]


def turn(order: Iterable[UUID], rung: Mapping[UUID, int]) -> Turn | None:
    """Whose turn it is; None when there is nobody to ring.

    Args:
        order: everybody who can be rung, most responsible first; a second mention is passed over.
        rung: how often each was rung for this alarm.
    """
    people = tuple(dict.fromkeys(order))
    if not people:
        return None
    fewest = min(rung.get(one, 0) for one in people)
    return Turn(fewest, tuple(one for one in people if rung.get(one, 0) == fewest))


def pause(round_: int) -> timedelta:
    """How long an alarm waits before a round; none before the first, which is 0."""
    return timedelta(0) if round_ == 0 else PAUSES[min(round_, len(PAUSES)) - 1]
