"""What one can ask of the roster, and change in it. Doors commit."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, literal, select, text, union_all
from sqlalchemy.orm import Session

from weerbaar.accounts import people, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.config.database import UtcDateTime
from weerbaar.hotline.roster import changes, coverage_depths, coverage_rules, rules, weeks
from weerbaar.hotline.roster.errors import (
    EndsBeforeStart,
    LeavesHole,
    NoSuchShift,
    NoSuchTier,
    NotForTheRoster,
    ShiftChanged,
    ShiftOverlaps,
)
from weerbaar.hotline.roster.models import LONG, RosterRevisionRow, ShiftRow, TierRow
from weerbaar.hotline.roster.rules import Hole, Placed, Reading

ROLES_ON_DUTY = frozenset({Role.CONFIDANT, Role.COORDINATOR})
AROUND = timedelta(hours=2)  # room for both readings of a time at a change of clocks


# A day more than what counts as long: no shift that ends later, and has begun, is short.
SOON = timedelta(days=8)


def _on_duty_by(long: str) -> Select[Any]:
    at, soon = bindparam("at", type_=UtcDateTime), bindparam("soon", type_=UtcDateTime)
    row = ShiftRow
    columns = (row.tier, row.person_id, row.id, row.ends, row.starts)
    found = union_all(
        select(*columns).where(row.ends > at, row.ends <= soon, row.starts <= at),
        select(*columns).where(row.ends > soon, row.starts <= at, text(long)),
    ).subquery()
    return select(found).order_by(found.c.tier, found.c.starts, found.c.id)


_ON_DUTY = {engine: _on_duty_by(long) for engine, long in LONG.items()}


@dataclass(frozen=True)
class Duty:
    """Somebody on duty until `ends`; tier 1 is the first line."""

    tier: int
    person_id: UUID
    shift_id: UUID
    ends: datetime


@dataclass(frozen=True)
class ShiftFacts:
    """One shift as it stands; `version` counts its changes."""

    shift_id: UUID
    tier: int
    person_id: UUID
    starts: datetime
    ends: datetime
    version: int


@dataclass(frozen=True)
class Manner:
    """By which version of the roster people ring, and which tiers ring all at once."""

    version: str
    all_at_once: frozenset[int]


@dataclass(frozen=True)
class DutyCard:
    """A person's present or next turn; turns that meet count as one.

    `backup` are the people one tier up at its start (or now), `follows` those who have the tier
    when it ends.
    """

    tier: int
    starts: datetime
    ends: datetime
    current: bool
    backup: tuple[UUID, ...]
    follows: tuple[UUID, ...]


def on_duty(session: Session, at: datetime) -> list[Duty]:
    """Who is on duty at an instant, by tier; one indexed query straight from the shifts.

    It looks at ends within eight days, and beyond them only at the few shifts that last for more
    than a week: how far ahead the roster goes costs nothing.

    Args:
        session: any session.
        at: the instant; a shift's start belongs to it, its end does not.
    """
    query = _ON_DUTY[session.get_bind().dialect.name]
    rows = session.execute(query, {"at": at, "soon": at + SOON})
    return [Duty(row.tier, row.person_id, row.id, row.ends) for row in rows]


def between(session: Session, start: datetime, end: datetime) -> list[Placed]:
    """Every shift that touches `[start, end)`, by its start.

    Args:
        session: any session.
        start: from when.
        end: until when, not included.
    """
    return _between(session, start, end)


def next_on_duty(session: Session, at: datetime, admitted: frozenset[UUID]) -> UUID | None:
    """Who of `admitted` is on duty (lowest tier first) or, when nobody is, starts first after it.

    Args:
        session: any session.
        at: the instant.
        admitted: the people who may be chosen, such as those who can open a waiting call.
    """
    for duty in on_duty(session, at):
        if duty.person_id in admitted:
            return duty.person_id
    query = (
        select(ShiftRow.person_id)
        .where(ShiftRow.starts > at, ShiftRow.person_id.in_(admitted))
        .order_by(ShiftRow.starts, ShiftRow.tier, ShiftRow.id)
        .limit(1)
    )
    return session.scalar(query)


def version(session: Session) -> str:
    """The version of the roster: another one after, and only after, a shift has changed."""
    number = session.scalar(select(RosterRevisionRow.number))
    return str(number or 0)


_NO_TIER = 0
_MANNER = union_all(
    select(literal(_NO_TIER).label("tier"), RosterRevisionRow.number),
    select(TierRow.tier, literal(0)).where(TierRow.all_at_once),
)


def manner(session: Session) -> Manner:
    """The version of the roster and the tiers that ring all at once, in one query."""
    rows = session.connection().execute(_MANNER).all()
    number = next((row.number for row in rows if row.tier == _NO_TIER), 0)
    return Manner(str(number), frozenset(row.tier for row in rows if row.tier != _NO_TIER))


def ring_all_at_once(
    session: Session, actor: Actor, tier: int, *, all_at_once: bool, now: datetime
) -> None:
    """Say how a tier rings; the next call rings so. No shift changes, nor the roster's version.

    Args:
        session: the caller commits.
        actor: who does it.
        tier: which.
        all_at_once: everybody of the tier at the same moment, or one telephone after the other.
        now: the present instant, UTC.

    Raises:
        NoSuchTier: it is not a tier.
    """
    if not 1 <= tier <= rules.HIGHEST_TIER:
        raise NoSuchTier
    row = session.get(TierRow, tier, with_for_update=True)
    if (row is not None and row.all_at_once) == all_at_once:
        return
    if row is None:
        session.add(TierRow(tier=tier, all_at_once=all_at_once))
    else:
        row.all_at_once = all_at_once
    session.flush()
    outcome = "all_at_once" if all_at_once else "one_by_one"
    trail.record(session, actor, "tier.manner", "tier", str(tier), now, outcome=outcome)


def coverage(
    session: Session, start: datetime, end: datetime, tiers: Collection[int] | None = None
) -> list[Hole]:
    """The holes of each tier that needs somebody in `[start, end)`, by tier and time.

    A shift of somebody who has left, who may not take calls any more, or who has no telephone
    covers nothing: nobody would pick up.

    Args:
        session: any session.
        start: from when.
        end: until when, not included.
        tiers: only these tiers; every tier without.
    """
    wanted = [
        one
        for one in coverage_depths.needs(session, start, end)
        if tiers is None or one.tier in tiers
    ]
    needed = ShiftRow.tier.in_({one.tier for one in wanted})
    shifts = _serving(session, _between(session, start, end, needed))
    return coverage_rules.survey(shifts, wanted, {}).holes


def week(session: Session, monday: date) -> weeks.Week:
    """The table of a local week, holes included."""
    days = rules.week_days(monday)
    start, end = days[0].starts, days[-1].ends
    return weeks.lay_out(monday, between(session, start, end), coverage(session, start, end))


def people_from(session: Session, at: datetime) -> frozenset[UUID]:
    """Everybody with a shift that has not ended at an instant."""
    return frozenset(session.scalars(select(ShiftRow.person_id).where(ShiftRow.ends > at)))


def shifts_ahead(session: Session, person_id: UUID, at: datetime) -> list[ShiftFacts]:
    """A person's shifts that have not ended at an instant, the first one first."""
    query = (
        select(
            ShiftRow.id, ShiftRow.tier, ShiftRow.person_id, ShiftRow.starts, ShiftRow.ends,
            ShiftRow.version,
        )
        .where(ShiftRow.person_id == person_id, ShiftRow.ends > at)
        .order_by(ShiftRow.starts, ShiftRow.tier)
    )  # fmt: skip
    return [ShiftFacts(*row) for row in session.execute(query)]


def shift(session: Session, shift_id: UUID) -> ShiftFacts:
    """One shift.

    Raises:
        NoSuchShift: it does not exist, or not any more.
    """
    row = session.get(ShiftRow, shift_id, populate_existing=True)
    if row is None:
        raise NoSuchShift
    return ShiftFacts(row.id, row.tier, row.person_id, row.starts, row.ends, row.version)


def duty_card(session: Session, person_id: UUID, at: datetime) -> DutyCard | None:
    """A person's present or next turn, or None when there is none ahead.

    Args:
        session: any session.
        person_id: whose turn.
        at: the instant it is seen from.
    """
    query = (
        select(ShiftRow.tier, ShiftRow.starts, ShiftRow.ends)
        .where(ShiftRow.person_id == person_id, ShiftRow.ends > at)
        .order_by(ShiftRow.starts)
    )
    turns = session.execute(query).all()
    if not turns:
        return None
    tier, starts, ends = turns[0]
    for next_tier, next_starts, next_ends in turns[1:]:
        if (next_tier, next_starts) != (tier, ends):
            break
        ends = next_ends
    seen_at = max(at, starts)
    above = [duty for duty in on_duty(session, seen_at) if duty.tier > tier]
    return DutyCard(
        tier,
        starts,
        ends,
        current=starts <= at,
        backup=tuple(duty.person_id for duty in above if duty.tier == above[0].tier),
        follows=tuple(duty.person_id for duty in on_duty(session, ends) if duty.tier == tier),
    )


def add_shift(
    session: Session,
    actor: Actor,
    *,
    tier: int,
    person_id: UUID,
    start: Reading,
    end: Reading,
    now: datetime,
) -> UUID:
    """Put a person on the roster; what stands there already is left as it is.

    Args:
        session: the caller commits.
        actor: who does it.
        tier: 1 for the first line, 2 and up for back-up.
        person_id: who will be on duty.
        start: from when; see `rules.read`.
        end: until when, not included.
        now: the present instant, UTC.

    Raises:
        NoSuchTier, EndsBeforeStart: the shift is not one.
        NotForTheRoster: the person has left, or may not take calls.
        ShiftOverlaps: the person is on duty already in that time.
    """
    if not 1 <= tier <= rules.HIGHEST_TIER:
        raise NoSuchTier
    if not rules.in_order(start, end):
        raise EndsBeforeStart
    if person_id not in takers(session):
        raise NotForTheRoster
    change = changes.begin(session, actor, now)
    wish = rules.Wish(tier, person_id, start, end)
    standing = standing_of(session, {person_id}, start.first, end.last)
    equal = rules.standing_for(wish, standing)
    if equal is not None and equal.shift_id is not None:
        return equal.shift_id
    try:
        placed = rules.place(wish, standing)
    except rules.Overlaps as overlaps:
        raise ShiftOverlaps(overlaps.shift) from None
    return change.add([placed])[0]


def remove_shift(
    session: Session,
    actor: Actor,
    shift_id: UUID,
    *,
    now: datetime,
    seen: int | None = None,
    confirmed: bool = False,
    roster_version: str | None = None,
) -> None:
    """Take a shift off the roster.

    Args:
        session: the caller commits.
        actor: who does it.
        shift_id: which shift.
        now: the present instant, UTC.
        seen: the shift's version that the actor looked at, if he did.
        confirmed: the actor was shown the hole and wants it.
        roster_version: the roster's version at which he was shown it; a later one asks again.

    Raises:
        NoSuchShift: it is gone already.
        ShiftChanged: it is not as the actor saw it.
        LeavesHole: a required tier would have nobody, and that was not confirmed.
    """
    change = changes.begin(session, actor, now)
    row = change.row(shift_id, seen)
    stale = roster_version is not None and roster_version != change.version
    if stale or not confirmed:
        holes = _holes_without(session, row)
        if holes:
            raise LeavesHole(holes)
    change.remove(row)


def replace_person(
    session: Session,
    actor: Actor,
    shift_id: UUID,
    person_id: UUID,
    *,
    now: datetime,
    seen: int | None = None,
) -> None:
    """Put another person in a shift, in one act: there is no moment without anybody.

    Args:
        session: the caller commits.
        actor: who does it.
        shift_id: which shift.
        person_id: who takes it over; when it is his already, nothing changes.
        now: the present instant, UTC.
        seen: the shift's version that the actor looked at, if he did.

    Raises:
        NoSuchShift: it is gone.
        ShiftChanged: it is not as the actor saw it.
        NotForTheRoster: the person has left, or may not take calls.
        ShiftOverlaps: the person is on duty already in that time.
    """
    if person_id not in takers(session):
        raise NotForTheRoster
    change = changes.begin(session, actor, now)
    row = change.row(shift_id)
    if row.person_id == person_id:
        return
    if seen is not None and row.version != seen:
        raise ShiftChanged
    standing = standing_of(session, {person_id}, row.starts, row.ends)
    try:
        taken = rules.take_over(changes.placed_of(row), person_id, standing)
    except rules.Overlaps as overlaps:
        raise ShiftOverlaps(overlaps.shift) from None
    change.alter(
        row, "shift.replace", person_id=taken.person_id, starts=taken.starts, ends=taken.ends
    )


def takers(session: Session) -> frozenset[UUID]:
    """Everybody of the staff with a role that may take calls: who can be on the roster."""
    return people.with_role(session, *ROLES_ON_DUTY)


def reachable(session: Session) -> frozenset[UUID]:
    """Who of `takers` has a telephone that can ring."""
    return people.with_role(session, *ROLES_ON_DUTY, can_ring=True)


def standing_of(
    session: Session, person_ids: Iterable[UUID], start: datetime, end: datetime
) -> list[Placed]:
    """The shifts of some people in or near a stretch of time."""
    whose = ShiftRow.person_id.in_(set(person_ids))
    return _between(session, start - AROUND, end + AROUND, whose)


def _serving(session: Session, shifts: Iterable[Placed]) -> list[Placed]:
    able = reachable(session)
    return [shift for shift in shifts if shift.person_id in able]


def _holes_without(session: Session, row: ShiftRow) -> list[Hole]:
    """The holes that only this shift fills."""
    if row.person_id not in reachable(session):
        return []
    wanted = coverage_depths.needs(session, row.starts, row.ends)
    others = _between(session, row.starts, row.ends, ShiftRow.id != row.id)
    return coverage_rules.survey(
        _serving(session, others), [one for one in wanted if one.tier == row.tier], {}
    ).holes


def _between(
    session: Session, start: datetime, end: datetime, *conditions: ColumnElement[bool]
) -> list[Placed]:
    # As in `on_duty`: years ahead are not looked through, only the few long shifts in them.
    row, soon = ShiftRow, end + SOON
    columns = (row.tier, row.person_id, row.starts, row.ends, row.id)
    long = text(LONG[session.get_bind().dialect.name])
    found = union_all(
        select(*columns).where(row.ends > start, row.ends <= soon, row.starts < end, *conditions),
        select(*columns).where(row.ends > soon, row.starts < end, long, *conditions),
    ).subquery()
    query = select(found).order_by(found.c.starts, found.c.id)
    return [
        Placed(one.tier, one.person_id, one.starts, one.ends, one.id)
        for one in session.execute(query)
    ]
