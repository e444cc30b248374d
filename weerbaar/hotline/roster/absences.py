"""Absences: when somebody cannot have duty. Why is not asked and not kept. Doors commit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.hotline.roster import rules, verbs
from weerbaar.hotline.roster.errors import EndsBeforeStart, NotForTheRoster, NotYourShift
from weerbaar.hotline.roster.rules import Placed, Reading
from weerbaar.hotline.roster.swaps_models import AbsenceRow

# An absence that is over says something of a person and nothing of the roster.
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Away:
    """Somebody cannot have duty in `[starts, ends)`, UTC."""

    person_id: UUID
    starts: datetime
    ends: datetime
    id: UUID | None = None


class NoSuchAbsence(Exception):
    """There is no such absence, or it is somebody else's."""


def away(session: Session, start: datetime, end: datetime) -> list[Away]:
    """Who cannot have duty at some time in `[start, end)`, by when it begins.

    Args:
        session: any session.
        start: from when, aware, UTC.
        end: until when, not included.
    """
    rows = session.scalars(
        select(AbsenceRow)
        .where(AbsenceRow.ends > start, AbsenceRow.starts < end)
        .order_by(AbsenceRow.starts, AbsenceRow.id)
    )
    return [_value(row) for row in rows]


def ahead(session: Session, now: datetime, person_id: UUID | None = None) -> list[Away]:
    """The absences that are not over, of one person or of everybody.

    Args:
        session: any session.
        now: the present instant, UTC.
        person_id: whose; everybody's without.
    """
    query = select(AbsenceRow).where(AbsenceRow.ends > now)
    if person_id is not None:
        query = query.where(AbsenceRow.person_id == person_id)
    rows = session.scalars(query.order_by(AbsenceRow.starts, AbsenceRow.id))
    return [_value(row) for row in rows]


def is_away(session: Session, person_id: UUID, start: datetime, end: datetime) -> bool:
    """Whether a person cannot have duty at some time in `[start, end)`."""
    return any(one.person_id == person_id for one in away(session, start, end))


def within(shifts: Iterable[Placed], absences: Iterable[Away]) -> list[Placed]:
    """The shifts that fall, whole or in part, in an absence of their person. Pure."""
    known = list(absences)
    return [
        shift
        for shift in shifts
        if any(
            one.person_id == shift.person_id and one.starts < shift.ends and shift.starts < one.ends
            for one in known
        )
    ]


def flagged(session: Session, start: datetime, end: datetime) -> list[Placed]:
    """The shifts in `[start, end)` whose person said that he cannot have duty then."""
    return within(verbs.between(session, start, end), away(session, start, end))


def add(
    session: Session,
    actor: Actor,
    person_id: UUID,
    *,
    start: Reading,
    end: Reading,
    now: datetime,
) -> UUID:
    """Say that somebody cannot have duty; his shifts stay, and are flagged.

    Args:
        session: the caller commits.
        actor: the person himself, or a planner.
        person_id: who is away.
        start: from when; see `rules.read`.
        end: until when, not included.
        now: the present instant, UTC.

    Returns:
        The id of the absence; of the one that says the same already, if there is one.

    Raises:
        NotYourShift: the actor speaks for somebody else and plans nothing.
        NotForTheRoster: the person has left, or may not take calls.
        EndsBeforeStart: it ends before it starts, or is over already.
    """
    if person_id != actor.person_id and not plans(actor):
        raise NotYourShift
    if person_id not in verbs.takers(session):
        raise NotForTheRoster
    if not rules.in_order(start, end) or end.last <= now:
        raise EndsBeforeStart
    same = select(AbsenceRow.id).where(
        AbsenceRow.person_id == person_id,
        AbsenceRow.starts == start.first,
        AbsenceRow.ends == end.last,
    )
    known = session.scalar(same.limit(1))
    if known is not None:
        return known
    row = AbsenceRow(id=uuid4(), person_id=person_id, starts=start.first, ends=end.last)
    session.add(row)
    session.flush()
    trail.record(session, actor, "absence.add", "absence", row.id, now)
    return row.id


def cancel(session: Session, actor: Actor, absence_id: UUID, now: datetime) -> None:
    """Take an absence back.

    Args:
        session: the caller commits.
        actor: the person himself, or a planner.
        absence_id: which.
        now: the present instant, UTC.

    Raises:
        NoSuchAbsence: it is gone, or it is somebody else's.
    """
    row = session.get(AbsenceRow, absence_id, with_for_update=True)
    if row is None or (row.person_id != actor.person_id and not plans(actor)):
        raise NoSuchAbsence
    session.delete(row)
    session.flush()
    trail.record(session, actor, "absence.cancel", "absence", absence_id, now)


def forget_old(session: Session, now: datetime) -> int:
    """Delete the absences that have been over for long; how many."""
    gone = session.execute(
        delete(AbsenceRow).where(AbsenceRow.ends <= now - KEPT).returning(AbsenceRow.id)
    )
    return len(gone.all())


def plans(actor: Actor) -> bool:
    """Whether somebody plans the roster, and so may act for others."""
    return allows(actor.roles, Permission.ROSTER_PLAN)


def _value(row: AbsenceRow) -> Away:
    return Away(row.person_id, row.starts, row.ends, row.id)
