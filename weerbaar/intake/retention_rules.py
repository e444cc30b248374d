"""How long what is kept, and when so much would go at once that somebody must look first. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from weerbaar.accounts.trail_start import FEWEST_DAYS


class Category(StrEnum):
    """What is kept for a period of its own. The order is that in which it is destroyed."""

    DRAFT = "draft"
    VOICEMAIL = "voicemail"
    WAITING_CALL = "waiting_call"
    CALL_COURSE = "call_course"
    CASE_WHO = "case_who"
    CASE_NOTES = "case_notes"
    CASE_WHAT = "case_what"
    CONSENT = "consent"
    BREACH = "breach"
    RIGHTS_REQUEST = "rights_request"
    CLOSED_ACCOUNT = "closed_account"
    TRAIL = "trail"
    ACCOUNT_OF_IT = "destruction_log"


Periods = Mapping[Category, int]

# In days. Of cases: after closing, as the domain's practice proposes (contact data three months,
# content a year); of consents: after their last change; of breaches and requests: after closing; of
# accounts: after leaving; of the log: as long as consents and breaches; of the trail: seven years,
# for what it tells must outlive everything that it tells of.
PROPOSED: Periods = MappingProxyType({
    Category.DRAFT: 30,
    Category.VOICEMAIL: 30,
    Category.WAITING_CALL: 90,
    Category.CALL_COURSE: 90,
    Category.CASE_WHO: 90,
    Category.CASE_NOTES: 365,
    Category.CASE_WHAT: 365,
    Category.CONSENT: 1825,
    Category.BREACH: 1825,
    Category.RIGHTS_REQUEST: 1095,
    Category.CLOSED_ACCOUNT: 365,
    Category.TRAIL: 2555,
    Category.ACCOUNT_OF_IT: 1825,
})  # fmt: skip

# The shortest keeps a slip of the pen from destroying what somebody still works on.
SHORTEST, LONGEST = 7, 3650
SHORTEST_ACCOUNT = 365

# So many records at once, or so large a part of all there are, wait for a coordinator.
MOST_UNASKED = 25
PART_UNASKED = 10

LONGEST_HOLD = timedelta(days=730)


class PeriodRefused(Exception):
    """A number of days cannot be the period of a category: it is too short, or too long."""

    def __init__(self, shortest: int, longest: int) -> None:
        self.shortest, self.longest = shortest, longest
        super().__init__(f"from {shortest} to {longest} days")


def bounds(category: Category, periods: Periods) -> tuple[int, int]:
    """The fewest and the most days a category can be kept.

    Who somebody is goes first, and what happened last: no part of a case outlives its *what*.

    Args:
        category: which.
        periods: of the other categories.
    """
    if category in {Category.ACCOUNT_OF_IT, Category.CONSENT}:
        return SHORTEST_ACCOUNT, LONGEST
    if category is Category.TRAIL:
        return FEWEST_DAYS, LONGEST
    if category in {Category.CASE_WHO, Category.CASE_NOTES}:
        return SHORTEST, periods[Category.CASE_WHAT]
    if category is Category.CASE_WHAT:
        return max(periods[Category.CASE_WHO], periods[Category.CASE_NOTES]), LONGEST
    return SHORTEST, LONGEST


def check(category: Category, days: int, periods: Periods) -> None:
    """Refuse a period that cannot be.

    Raises:
        PeriodRefused: with the bounds.
    """
    shortest, longest = bounds(category, periods)
    if not shortest <= days <= longest:
        raise PeriodRefused(shortest, longest)


def is_large(listed: int, total: int) -> bool:
    """Whether a run waits for a coordinator: more than 25 records, or more than a tenth of all.

    Args:
        listed: how many records it would destroy.
        total: how many there are.
    """
    return listed > MOST_UNASKED or listed * PART_UNASKED > total


def part_goes_on(retention_on: date, category: Category, periods: Periods) -> date:
    """The day on which a part of a closed case is destroyed.

    Args:
        retention_on: the day of its *what* part.
        category: which part.
        periods: as they are.
    """
    return retention_on - timedelta(days=periods[Category.CASE_WHAT] - periods[category])
