"""What follows when somebody was called back: pure rules over the outcome and the tries before.

Due times rise from a quarter of an hour to the next morning: who did not answer at ten past three
is not called ten times that night. After the last try the coordinator decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from weerbaar.config.clock import AMSTERDAM, local
from weerbaar.hotline.calls.models import BackOutcome

MORNING = time(9)
NEXT_MORNING = None
# How long after each try the next one is due, by how many tries there were. Acute danger waits
# less, and not for the morning.
PAUSES: tuple[timedelta | None, ...] = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    NEXT_MORNING,
)
ACUTE_PAUSES: tuple[timedelta | None, ...] = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=15),
    timedelta(minutes=30),
)
# How long there is to write down what was said.
TO_RECORD = timedelta(hours=2)


class Next(StrEnum):
    """What a piece of work needs after a call-back."""

    RECORD = "record"  # they spoke: write it down
    AGAIN = "again"  # nobody was reached: try again by a time
    COORDINATOR = "coordinator"  # tried often enough: somebody else decides
    END = "end"  # calling again is of no use, or not safe


@dataclass(frozen=True)
class Step:
    """What comes next, and by when; `due_at` is aware, UTC, and None where work ends."""

    next: Next
    due_at: datetime | None


_AFTER: Mapping[BackOutcome, Next] = {
    BackOutcome.REACHED: Next.RECORD,
    BackOutcome.NOT_REACHED: Next.AGAIN,
    BackOutcome.VOICEMAIL: Next.AGAIN,
    BackOutcome.OTHER_PERSON: Next.AGAIN,
    BackOutcome.NUMBER_WRONG: Next.END,
    BackOutcome.NOT_SAFE: Next.END,
}
NOT_SPOKEN = frozenset(outcome for outcome, step in _AFTER.items() if step is Next.AGAIN)


def after(outcome: BackOutcome, tries: int, now: datetime, *, acute: bool = False) -> Step:
    """What follows an outcome.

    Args:
        outcome: as the confidant judges it.
        tries: how many call-backs of this work reached nobody, this one counted.
        now: this instant, aware.
        acute: whether the caller said to be in danger.
    """
    follows = _AFTER[outcome]
    if follows is Next.END:
        return Step(Next.END, None)
    if follows is Next.RECORD:
        return Step(Next.RECORD, now + TO_RECORD)
    pauses = ACUTE_PAUSES if acute else PAUSES
    if tries > len(pauses):
        return Step(Next.COORDINATOR, now + TO_RECORD)
    pause = pauses[max(tries, 1) - 1]
    return Step(Next.AGAIN, next_morning(now) if pause is None else now + pause)


def next_morning(now: datetime) -> datetime:
    """Nine o'clock in Amsterdam, today while it is still to come, else tomorrow; UTC."""
    here = local(now)
    day = here.date() if here.time() < MORNING else here.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, AMSTERDAM).astimezone(UTC)
