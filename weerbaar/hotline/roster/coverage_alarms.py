"""Telling roster managers and coordinators of holes and thin spots ahead, once per stage."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import notices
from weerbaar.accounts.actors import SYSTEM, Role
from weerbaar.hotline.roster import changes, coverage, coverage_stages
from weerbaar.hotline.roster.coverage_models import RosterAlarmRow
from weerbaar.hotline.roster.coverage_stages import HORIZON, Kind, Spot, Stage, Told

TOLD = (Role.ROSTER_MANAGER, Role.COORDINATOR)
# The codes of the notices.
CODES = {(kind, stage): f"{kind}_{stage}" for kind in Kind for stage in Stage}


def tell(session: Session, now: datetime) -> list[Told]:
    """Post notices of what came nearer since the last time.

    It waits its turn among the changes of the roster, so of several workers one tells; several
    spots at one stage are one notice.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.

    Returns:
        What is new, by kind, tier and time.
    """
    changes.begin(session, SYSTEM, now)
    before = [_told(row) for row in session.scalars(select(RosterAlarmRow))]
    seen = coverage.outlook(session, now, now + HORIZON)
    spots = [
        *(Spot(Kind.HOLE, one.tier, one.starts, one.ends) for one in seen.holes),
        *(Spot(Kind.THIN, one.tier, one.starts, one.ends) for one in seen.thin),
    ]
    course = coverage_stages.follow(before, spots, now)
    if set(course.remembered) != set(before):
        session.execute(delete(RosterAlarmRow))
        session.add_all(_row(one) for one in course.remembered)
        session.flush()
    for code in sorted({CODES[one.spot.kind, one.stage] for one in course.news}):
        key = f"cover-{uuid4()}"
        for role in TOLD:
            notices.post_to_role(session, role, code, now, key)
    return list(course.news)


def _told(row: RosterAlarmRow) -> Told:
    return Told(Spot(Kind(row.kind), row.tier, row.starts, row.ends), Stage(row.stage))


def _row(told: Told) -> RosterAlarmRow:
    spot = told.spot
    return RosterAlarmRow(
        kind=spot.kind.value, tier=spot.tier, starts=spot.starts, ends=spot.ends,
        stage=told.stage.value,
    )  # fmt: skip
