"""Whether the roster holds in a stretch of time, and who on it does not count in full."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import groups, people, telephones
from weerbaar.hotline.roster import absences, coverage_depths, coverage_rules, verbs
from weerbaar.hotline.roster.coverage_rules import Absence, Flaw, Outlook

READERS = "confidants"


def outlook(
    session: Session, start: datetime, end: datetime, as_of: datetime | None = None
) -> Outlook:
    """The holes and thin spots of every tier in `[start, end)`; see `coverage_rules`.

    Args:
        session: any session.
        start: from when, UTC.
        end: until when, UTC, not included.
        as_of: the instant by which the test of a telephone is fresh or stale; `start` without.
    """
    shifts = verbs.between(session, start, end)
    found = flaws(session, {one.person_id for one in shifts}, as_of or start)
    away = [
        Absence(one.person_id, one.starts, one.ends) for one in absences.away(session, start, end)
    ]
    return coverage_rules.survey(shifts, coverage_depths.needs(session, start, end), found, away)


def required(session: Session) -> list[int]:
    """The tiers that need somebody at some time."""
    return list(coverage_depths.stated(session).tiers)


def flaws(
    session: Session, person_ids: Collection[UUID], at: datetime
) -> Mapping[UUID, frozenset[Flaw]]:
    """What keeps people from counting in full.

    Args:
        session: any session.
        person_ids: who.
        at: the instant by which a test is fresh or stale, UTC.

    Returns:
        The flaws of those who have any.
    """
    takers, tested = verbs.takers(session), people.phone_tests(session)
    admitted = groups.members(session, READERS)
    found: dict[UUID, frozenset[Flaw]] = {}
    for one in person_ids:
        day = tested.get(one)
        holds = {
            Flaw.MAY_NOT_TAKE: one not in takers,
            Flaw.NO_PHONE: one not in tested,
            Flaw.PHONE_UNTESTED: one in tested and day is None,
            Flaw.PHONE_STALE: telephones.is_stale(day, at),
            Flaw.NOT_ADMITTED: one not in admitted,
        }
        if any(holds.values()):
            found[one] = frozenset(flaw for flaw, is_so in holds.items() if is_so)
    return found
