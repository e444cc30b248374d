"""A breach of personal data: until when it can be reported, and what must be known of it. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

# AVG article 33(1): not later than 72 hours after having become aware of it. Hours are hours: the
# clock runs through nights, weekends, holidays and both changes of the clocks.
REPORT_WITHIN = timedelta(hours=72)
QUARTER = 15

# What coordinators are told, and how long before the time is up; the last one when it is.
STAGES = (
    ("breach_due_24", timedelta(hours=24)),
    ("breach_due_6", timedelta(hours=6)),
    ("breach_overdue", timedelta(0)),
)


class Decision(StrEnum):
    """Whether the authority, or the people it is about, are told."""

    UNDECIDED = "undecided"
    TOLD = "told"
    NOT_TOLD = "not_told"


def due(known_at: datetime) -> datetime:
    """Until when the authority can be told in time.

    Args:
        known_at: when the breach became known, aware.

    Returns:
        72 hours later, in UTC; on the clock that may be an hour earlier or later in the day.
    """
    return known_at.astimezone(UTC) + REPORT_WITHIN


def stage(due_at: datetime, now: datetime) -> str | None:
    """Which notice is due: of those whose moment has come the last; None before the first."""
    reached = [code for code, before in STAGES if now >= due_at - before]
    return reached[-1] if reached else None


def quarter(instant: datetime) -> datetime:
    """The quarter of an hour of an instant, in UTC; a clock that starts there is never late."""
    at = instant.astimezone(UTC)
    return at.replace(minute=at.minute - at.minute % QUARTER, second=0, microsecond=0)


@dataclass(frozen=True, repr=False)
class Outcome:
    """What was decided about telling somebody: when it was done, or why not.

    Args:
        decision: told, not told, or not decided.
        at: when they were told, aware.
        reason: why not, or why it was late.
    """

    decision: Decision = Decision.UNDECIDED
    at: datetime | None = None
    reason: str = ""

    def __repr__(self) -> str:
        return f"<Outcome {self.decision}>"


class Gap(StrEnum):
    """What is wrong with an outcome."""

    WHEN = "when"
    TOO_EARLY = "too_early"
    IN_FUTURE = "in_future"
    WHY_NOT = "why_not"
    WHY_LATE = "why_late"


def gap(
    outcome: Outcome, known_at: datetime, now: datetime, due_at: datetime | None = None
) -> Gap | None:
    """What is missing from an outcome.

    A report after the 72 hours says why it is late (AVG article 33(1)); what is not reported is
    accounted for too (article 33(5)).

    Args:
        outcome: what was decided.
        known_at: when the breach became known, aware.
        now: the present instant, aware.
        due_at: until when it was in time; None where there is no such limit.
    """
    if outcome.decision is Decision.NOT_TOLD:
        return None if outcome.reason.strip() else Gap.WHY_NOT
    if outcome.decision is Decision.UNDECIDED:
        return None
    if outcome.at is None:
        return Gap.WHEN
    if outcome.at < known_at:
        return Gap.TOO_EARLY
    if outcome.at > now:
        return Gap.IN_FUTURE
    late = due_at is not None and outcome.at > due_at
    return Gap.WHY_LATE if late and not outcome.reason.strip() else None
