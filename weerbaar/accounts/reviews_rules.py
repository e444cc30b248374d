"""Who is reviewed how often, who judges whom, and who signs. Pure.

BIO2 5.18.01-02: rights are reviewed every year, those of privileged accounts every quarter.
"""

import calendar
from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from weerbaar.accounts.actors import Role


class Scope(StrEnum):
    """Whose rights a review is about."""

    EVERYBODY = "everybody"
    PRIVILEGED = "privileged"


class Verdict(StrEnum):
    """What was judged of a person's rights."""

    FITS = "fits"
    NOT_ANY_MORE = "not_any_more"


# Who manages people, keys or periods, or reads the trail. Holders of shares count too.
PRIVILEGED = frozenset({Role.COORDINATOR, Role.ADMIN, Role.AUDITOR})
MONTHS = {Scope.EVERYBODY: 12, Scope.PRIVILEGED: 3}
# So long before it is due it is told of.
AHEAD = timedelta(days=14)


def due_on(last: date, scope: Scope) -> date:
    """The day on which the next review must be signed at the latest.

    Args:
        last: the day of the last one; of a house that never had one, its first day.
        scope: which.
    """
    months = last.month - 1 + MONTHS[scope]
    year, month = last.year + months // 12, months % 12 + 1
    return date(year, month, min(last.day, calendar.monthrange(year, month)[1]))


def may_judge(actor: UUID | None, person: UUID) -> bool:
    """Whether somebody judges a person's rights: nobody judges his own."""
    return actor is not None and actor != person


def needs_second(first: UUID, people: Collection[UUID]) -> bool:
    """Whether somebody else must sign too: where the first one is reviewed himself.

    Args:
        first: who signed.
        people: who was reviewed.
    """
    return first in people
