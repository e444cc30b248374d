"""The agenda of the tour, on its page and in calendar feeds."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import feeds
from weerbaar.accounts.permissions import Permission
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.tour.models import ActivityRow, MoveRow
from weerbaar.tour.stages import Stage, State
from weerbaar.tour.working_models import TourFeedRow

# How long an appointment that is over stays in a feed.
KEPT = timedelta(days=30)
_IN_AGENDA = (State.PLANNED.value, State.HELD.value)


@dataclass(frozen=True)
class Appointment:
    """One planned or held activity, as an agenda shows it: no name of anybody."""

    id: UUID
    code: str
    stage: Stage
    state: State
    on_day: date
    at: time | None
    officer_id: UUID | None
    personal: bool
    # How often it was changed, and on which day last.
    sequence: int
    changed_on: date


def agenda(session: Session, since: date, officer_id: UUID | None = None) -> list[Appointment]:
    """What stands in the agenda, in order.

    Args:
        session: any session.
        since: the first day that is shown, in the Netherlands.
        officer_id: only what this person is responsible for.
    """
    return _appointments(
        session, officer_id, ActivityRow.state.in_(_IN_AGENDA), ActivityRow.on_day >= since
    )


def unrecorded(session: Session, today: date, officer_id: UUID | None = None) -> list[Appointment]:
    """What was planned on a day that is over, and of which nobody said how it went, in order.

    Args:
        session: any session.
        today: in the Netherlands.
        officer_id: only what this person is responsible for.
    """
    return _appointments(
        session, officer_id, ActivityRow.state == State.PLANNED.value, ActivityRow.on_day < today
    )


def _appointments(
    session: Session, officer_id: UUID | None, *wanted: ColumnElement[bool]
) -> list[Appointment]:
    changed = (
        select(MoveRow.activity_id, func.max(MoveRow.day).label("day"))
        .group_by(MoveRow.activity_id)
        .subquery()
    )
    query = (
        select(ActivityRow, changed.c.day)
        .outerjoin(changed, changed.c.activity_id == ActivityRow.id)
        .where(*wanted)
    )
    if officer_id is not None:
        query = query.where(ActivityRow.officer_id == officer_id)
    found = [
        Appointment(
            row.id, row.code, Stage(row.stage), State(row.state), row.on_day, row.at,
            row.officer_id, row.personal, row.version - 1, day or row.created_day,
        )
        for row, day in session.execute(query)
        if row.on_day is not None
    ]  # fmt: skip
    return sorted(found, key=lambda each: (each.on_day, each.at or time(), each.code, str(each.id)))


def fetch(session: Session, vault: Vault, token: str, now: datetime) -> list[Appointment]:
    """What stands in the feed of an address: the past thirty days, and all that is ahead.

    Args:
        session: the caller commits; the day of use is noted once a day.
        vault: opens the card that tells whether its owner still works on the tour.
        token: of the address.
        now: the instant, aware.

    Raises:
        NoSuchFeed: see there; one answer for all.
    """
    found = feeds.owner(session, vault, TourFeedRow, token, Permission.TOUR_SEE, now)
    return agenda(session, local(now).date() - KEPT, found.only)
