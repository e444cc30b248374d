"""How many people each tier needs: read and stated. Doors commit."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Uuid, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import Actor
from weerbaar.hotline.roster import coverage_rules, rules
from weerbaar.hotline.roster.coverage_models import TierHoursRow
from weerbaar.hotline.roster.coverage_rules import FIRST_LINE, Depths, Hours, Need
from weerbaar.hotline.roster.errors import NoSuchHours, NoSuchTier, NotADepth
from weerbaar.hotline.roster.models import TierRow

MINUTES = 60


_ALWAYS = ""
_STATED = union_all(
    select(
        TierRow.tier, literal(_ALWAYS).label("weekdays"), literal(0).label("starts"),
        literal(0).label("ends"), TierRow.required_depth.label("depth"),
        cast(null(), Uuid).label("id"),
    ).where(TierRow.required_depth.is_not(None)),
    select(
        TierHoursRow.tier, TierHoursRow.weekdays, TierHoursRow.starts_minute,
        TierHoursRow.ends_minute, TierHoursRow.depth, TierHoursRow.id,
    ),
).order_by("tier", "weekdays", "starts", "ends")  # fmt: skip


def stated(session: Session) -> Depths:
    """How many people each tier needs, as it stands now; one query, because the board polls it."""
    rows = session.execute(_STATED).all()
    return Depths(
        {row.tier: row.depth for row in rows if row.weekdays == _ALWAYS},
        tuple(_hours(row) for row in rows if row.weekdays != _ALWAYS),
    )


def needs(session: Session, start: datetime, end: datetime) -> list[Need]:
    """What each tier needs in `[start, end)` (UTC), by tier and time."""
    return coverage_rules.needs(stated(session), start, end)


def require(session: Session, actor: Actor, tier: int, depth: int, now: datetime) -> None:
    """Say how many people a tier needs all the time, save in stated hours.

    Args:
        session: the caller commits.
        actor: who does it.
        tier: which.
        depth: how many; the first line needs one at least.
        now: the present instant, UTC.

    Raises:
        NoSuchTier: it is not a tier.
        NotADepth: it is no number of people, or leaves the first line without anybody.
    """
    _check(tier, depth)
    row = session.get(TierRow, tier, with_for_update=True)
    if row is None:
        row = TierRow(tier=tier, all_at_once=False)
        session.add(row)
    if row.required_depth == depth:
        return
    row.required_depth = depth
    session.flush()
    trail.record(session, actor, "tier.depth", "tier", str(tier), now)


def require_in_hours(session: Session, actor: Actor, hours: Hours, now: datetime) -> UUID:
    """Say how many people a tier needs in hours that come every week.

    Args:
        session: the caller commits.
        actor: who does it.
        hours: which, and how many; the same hours stated before are replaced.
        now: the present instant, UTC.

    Raises:
        NoSuchTier: it is not a tier.
        NotADepth: it is no number of people, or leaves the first line without anybody.
    """
    _check(hours.tier, hours.depth)
    starts, ends = _minute(hours.starts), _minute(hours.ends)
    weekdays = _digits(hours.weekdays)
    row = session.scalars(
        select(TierHoursRow)
        .where(
            TierHoursRow.tier == hours.tier,
            TierHoursRow.weekdays == weekdays,
            TierHoursRow.starts_minute == starts,
            TierHoursRow.ends_minute == ends,
        )
        .limit(1)
    ).first()
    if row is None:
        row = TierHoursRow(
            id=uuid4(), tier=hours.tier, weekdays=weekdays, starts_minute=starts, ends_minute=ends
        )
        session.add(row)
    if row.depth == hours.depth:
        return row.id
    row.depth = hours.depth
    session.flush()
    trail.record(session, actor, "tier.depth", "tier", str(hours.tier), now)
    return row.id


def forget_hours(session: Session, actor: Actor, hours_id: UUID, now: datetime) -> None:
    """Take stated hours away: what the tier needs all the time counts there again.

    Args:
        session: the caller commits.
        actor: who does it.
        hours_id: which.
        now: the present instant, UTC.

    Raises:
        NoSuchHours: they are gone already.
    """
    row = session.get(TierHoursRow, hours_id, with_for_update=True)
    if row is None:
        raise NoSuchHours
    session.delete(row)
    session.flush()
    trail.record(session, actor, "tier.depth", "tier", str(row.tier), now)


def _check(tier: int, depth: int) -> None:
    if not 1 <= tier <= rules.HIGHEST_TIER:
        raise NoSuchTier
    if not (1 if tier == FIRST_LINE else 0) <= depth <= coverage_rules.DEEPEST:
        raise NotADepth


def _hours(row: Any) -> Hours:
    days = frozenset(int(one) for one in row.weekdays)
    return Hours(row.tier, days, _time(row.starts), _time(row.ends), row.depth, row.id)


def _minute(at: time) -> int:
    return at.hour * MINUTES + at.minute


def _time(minute: int) -> time:
    return time(minute // MINUTES, minute % MINUTES)


def _digits(weekdays: Iterable[int]) -> str:
    return "".join(str(one) for one in sorted(weekdays))
