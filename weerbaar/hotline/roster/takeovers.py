"""Taking over a shift, whole or in part, and the sick call in the middle of one. Doors commit.

A shift is never rewritten where it is past: whoever takes over a running shift has it from now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import notices, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.hotline.roster import absences, changes, rules, verbs
from weerbaar.hotline.roster.changes import Change, placed_of
from weerbaar.hotline.roster.errors import (
    CannotBeRung,
    NotForTheRoster,
    NothingToTake,
    NotOnDuty,
    NotYourShift,
    PersonAway,
    ShiftIsOver,
    ShiftOverlaps,
)
from weerbaar.hotline.roster.models import ShiftRow
from weerbaar.hotline.roster.rules import Interval, Placed

TAKEN, GIVEN = "shift_taken_over", "shift_given"
DUTY_NOW, HANDED_OVER, NOBODY = "duty_now", "sick_call", "nobody_takes_over"
PLANNERS = (Role.COORDINATOR, Role.ROSTER_MANAGER)


@dataclass(frozen=True)
class HandedOver:
    """What became of a sick call: who has the duty now, in which shift, until when.

    Without `person_id` nobody could take it: the shift stays where it was, and planners are told.
    """

    shift_id: UUID
    until: datetime
    person_id: UUID | None


def take_over(
    session: Session,
    actor: Actor,
    shift_id: UUID,
    person_id: UUID,
    *,
    now: datetime,
    start: datetime | None = None,
    end: datetime | None = None,
    seen: int | None = None,
) -> UUID:
    """Put a colleague in a shift, or in a part of it: the rest stays with whoever has it.

    Args:
        session: the caller commits.
        actor: the colleague himself, or a planner.
        shift_id: which shift.
        person_id: who takes it over; when it is his already, nothing changes.
        now: the present instant, UTC.
        start: from when, UTC; the start of the shift without, and never before now.
        end: until when, not included; the end of the shift without.
        seen: the shift's version that the actor looked at, if he did.

    Returns:
        The shift that the colleague has now.

    Raises:
        NotYourShift: the actor gives it to somebody else and plans nothing.
        NoSuchShift, ShiftChanged: it is gone, or not as the actor saw it.
        ShiftIsOver: it is over.
        NothingToTake: there is nothing of it between `start` and `end`.
        NotForTheRoster, CannotBeRung: the colleague has left, takes no calls, or has no telephone.
        PersonAway: a planner gives it to somebody who said that he cannot then.
        ShiftOverlaps: the colleague is on duty already in that time.
    """
    by_himself = person_id == actor.person_id
    if not by_himself and not absences.plans(actor):
        raise NotYourShift
    check_able(session, person_id)
    change = changes.begin(session, actor, now)
    row = change.row(shift_id)
    if row.person_id == person_id:
        return row.id
    row = change.row(shift_id, seen)
    if row.ends <= now:
        raise ShiftIsOver
    earliest = max(row.starts, now)
    part = Interval(max(earliest, start or earliest), min(row.ends, end or row.ends))
    if part.starts >= part.ends:
        raise NothingToTake
    if not by_himself and absences.is_away(session, person_id, part.starts, part.ends):
        raise PersonAway
    was = row.person_id
    taken = move(session, change, row, person_id, part, "shift.take_over")
    key = f"taken-{taken}-{change.version}"
    if was != actor.person_id:
        notices.post(session, was, TAKEN, now, key=key)
    if not by_himself:
        notices.post(session, person_id, GIVEN, now, key=key)
    return taken


def cannot_now(
    session: Session, actor: Actor, now: datetime, *, person_id: UUID | None = None
) -> HandedOver:
    """Hand one's running duty over at once, to its end: the button "Ik kan nu niet".

    A turn of several shifts that meet goes over whole. Whoever takes over leaves the duty that he
    has in another tier for as long. A call that runs already is not touched: its plan was made at
    its start.

    Args:
        session: the caller commits, then wakes whoever takes over, or the planners.
        actor: who cannot.
        now: the present instant, UTC.
        person_id: a named colleague; without, whoever is on duty in the next tier.

    Raises:
        NotOnDuty: the actor has no duty now; perhaps he handed it over a moment ago.
        NotForTheRoster, CannotBeRung, PersonAway: the named colleague cannot.
    """
    change = changes.begin(session, actor, now)
    turn = _turn(session, actor.person_id, now)
    if not turn:
        raise NotOnDuty
    until = turn[-1].ends
    if person_id is not None:
        check_able(session, person_id)
        if person_id == actor.person_id:
            raise NotForTheRoster
        if absences.is_away(session, person_id, now, until):
            raise PersonAway
    taker = person_id or _next_tier(session, turn[0].tier, now, until)
    if taker is None:
        trail.record(session, actor, "duty.nobody", "duty", turn[0].id, now)
        _tell_planners(session, actor, NOBODY, f"nobody-{turn[0].id}-{turn[0].version}", now)
        return HandedOver(turn[0].id, until, None)
    first = turn[0].id
    for row in turn:
        _relieve(session, change, row, taker, now)
    key = f"sick-{first}-{change.version}"
    notices.post(session, taker, DUTY_NOW, now, key=key)
    _tell_planners(session, actor, HANDED_OVER, key, now, without=taker)
    mine = [one for one in verbs.on_duty(session, now) if one.person_id == taker]
    return HandedOver(mine[0].shift_id, until, taker)


def would_take(session: Session, actor: Actor, now: datetime) -> UUID | None:
    """Who would take over if the actor could not go on now; None where nobody would.

    Args:
        session: any session.
        actor: whose duty it is.
        now: the present instant, UTC.
    """
    turn = _turn(session, actor.person_id, now)
    return _next_tier(session, turn[0].tier, now, turn[-1].ends) if turn else None


def check_able(session: Session, person_id: UUID) -> None:
    """See that somebody may be on duty and can be rung.

    Raises:
        NotForTheRoster: he has left, or may not take calls.
        CannotBeRung: he has no telephone.
    """
    if person_id not in verbs.takers(session):
        raise NotForTheRoster
    if person_id not in verbs.reachable(session):
        raise CannotBeRung


def move(
    session: Session, change: Change, row: ShiftRow, person_id: UUID, part: Interval, act: str
) -> UUID:
    """Give a part of a shift, or the whole, to somebody; what is left stays as it is.

    Args:
        session: the caller commits.
        change: the act it belongs to.
        row: the shift, read with `change.row`.
        person_id: who gets it.
        part: which part, inside the shift.
        act: the code for the trail.

    Returns:
        The shift he has now.

    Raises:
        ShiftOverlaps: he is on duty already in that time.
    """
    wanted = Placed(row.tier, person_id, part.starts, part.ends, row.id)
    taken = fit(wanted, person_id, verbs.standing_of(session, {person_id}, part.starts, part.ends))
    rest = rules.holes([part], row.starts, row.ends)
    if not rest:
        change.alter(row, act, person_id=person_id, starts=taken.starts, ends=taken.ends)
        return row.id
    keep(change, row, rest, act)
    return change.add([taken], act)[0]


def fit(shift: Placed, person_id: UUID, standing: Iterable[Placed]) -> Placed:
    """A shift with another person in it, beside his own.

    Raises:
        ShiftOverlaps: he is on duty already in that time.
    """
    try:
        return rules.take_over(shift, person_id, standing)
    except rules.Overlaps as overlaps:
        raise ShiftOverlaps(overlaps.shift) from None


def keep(change: Change, row: ShiftRow, pieces: Sequence[Interval], act: str) -> None:
    """Leave a person these pieces of his shift; without any, it is taken off.

    Args:
        change: the act it belongs to.
        row: the shift, read with `change.row`.
        pieces: what he keeps, in order.
        act: the code for the trail.
    """
    if not pieces:
        change.remove(row, act)
        return
    tier, owner = row.tier, row.person_id
    change.alter(row, act, starts=pieces[0].starts, ends=pieces[0].ends)
    change.add([Placed(tier, owner, one.starts, one.ends) for one in pieces[1:]], act)


def _turn(session: Session, person_id: UUID | None, now: datetime) -> list[ShiftRow]:
    """The shifts of one tier, each meeting the next, of which the first runs now."""
    rows = session.scalars(
        select(ShiftRow)
        .where(ShiftRow.person_id == person_id, ShiftRow.ends > now)
        .order_by(ShiftRow.starts)
        .execution_options(populate_existing=True)
    ).all()
    turn: list[ShiftRow] = []
    for row in rows:
        meets = (row.tier, row.starts) == (turn[-1].tier, turn[-1].ends) if turn else False
        if not (meets or (not turn and row.starts <= now)):
            break
        turn.append(row)
    return turn


def _next_tier(session: Session, tier: int, now: datetime, until: datetime) -> UUID | None:
    """Who is on duty behind a tier and can be rung, the nearest tier first."""
    able = verbs.reachable(session)
    for duty in verbs.on_duty(session, now):
        if (
            duty.tier > tier
            and duty.person_id in able
            and not absences.is_away(session, duty.person_id, now, until)
        ):
            return duty.person_id
    return None


def _relieve(
    session: Session, change: Change, row: ShiftRow, person_id: UUID, now: datetime
) -> None:
    """Give what is left of a shift to somebody, who leaves his other duty for as long."""
    act = "shift.sick_call"
    left = Interval(max(row.starts, now), row.ends)
    own = [
        one
        for one in verbs.standing_of(session, {person_id}, left.starts, left.ends)
        if one.starts < left.ends and left.starts < one.ends
    ]
    # Where he has this tier already, it is covered.
    pieces = rules.holes([one for one in own if one.tier == row.tier], left.starts, left.ends)
    for one in own:
        if one.tier != row.tier and one.shift_id is not None:
            rest = rules.holes(pieces, one.starts, one.ends)
            keep(change, change.row(one.shift_id), rest, act)
    tier, whole = row.tier, placed_of(row)
    if left == Interval(whole.starts, whole.ends) and pieces == [left]:
        change.alter(row, act, person_id=person_id)
        return
    keep(change, row, rules.holes([left], row.starts, row.ends), act)
    change.add([Placed(tier, person_id, one.starts, one.ends) for one in pieces], act)


def _tell_planners(
    session: Session,
    actor: Actor,
    code: str,
    key: str,
    now: datetime,
    *,
    without: UUID | None = None,
) -> None:
    for role in PLANNERS:
        notices.post_to_role(session, role, code, now, key, without=(actor.person_id, without))
