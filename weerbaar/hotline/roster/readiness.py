"""Whether whoever has duty is there: he says so, or talks with a caller. Doors commit.

Somebody who goes on in a shift that meets his last one in the same tier is there already, and is
not asked again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from weerbaar.accounts import notices, people, telephones, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.notices import insert_once
from weerbaar.hotline.roster import verbs
from weerbaar.hotline.roster.errors import NoSuchShift, NotYourShift
from weerbaar.hotline.roster.models import ShiftRow
from weerbaar.hotline.roster.readiness_models import DutyConfirmationRow, DutyPreferenceRow

AHEAD_NOTICE, START_NOTICE = "shift_soon", "shift_starts"
MISSED_NOTICE, STALE_NOTICE = "shift_unconfirmed", "phone_stale"
# A worker that was down tells of no shift that began longer ago, and misses nobody after this.
LATE = timedelta(minutes=15)
MISSED_FOR = timedelta(hours=1)
# From how long before the start one can say that one is there.
EARLY = timedelta(hours=1)
# How long after the start somebody who said nothing is rung.
RUNG_AFTER = timedelta(minutes=5)
# What somebody can choose of being told ahead, in minutes, and what stands without a choice.
CHOICES = (0, 15, 30, 60, 120, 720, 1440)


@dataclass(frozen=True)
class Preference:
    """When somebody is told ahead (0: not), and whether he is rung when he said nothing."""

    ahead_minutes: int = 60
    by_call: bool = True


@dataclass(frozen=True)
class Waited:
    """A shift that has begun and whose person has not said that he is there."""

    shift_id: UUID
    person_id: UUID
    tier: int
    starts: datetime


@dataclass(frozen=True)
class OwnTurn:
    """The reader's shift now or within the hour, and whether he said that he is there."""

    shift_id: UUID
    tier: int
    starts: datetime
    confirmed: bool


def remind(session: Session, now: datetime) -> int:
    """Tell people that their shift begins soon, and that it begins, once each.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.

    Returns:
        How many notices were posted.
    """
    turns = _turns(session, ShiftRow.starts > now - LATE, ShiftRow.ends > now, _starts_by(now))
    wishes = preferences(session, {one.person_id for one in turns})
    posted = 0
    for one in turns:
        ahead = timedelta(minutes=wishes[one.person_id].ahead_minutes)
        if one.starts <= now:
            code, key = START_NOTICE, f"shift-{one.shift_id}"
        elif now >= one.starts - ahead:
            code, key = AHEAD_NOTICE, f"shift-soon-{one.shift_id}"
        else:
            continue
        posted += notices.post(session, one.person_id, code, now, key=key)
    return posted


def _starts_by(now: datetime) -> ColumnElement[bool]:
    return ShiftRow.starts <= now + timedelta(minutes=max(CHOICES))


def waiting(session: Session, now: datetime) -> list[Waited]:
    """Who began a turn in the last hours and has not said that he is there, by its start.

    Args:
        session: any session.
        now: this instant, aware, UTC.
    """
    said = (
        select(DutyConfirmationRow.shift_id)
        .where(
            DutyConfirmationRow.shift_id == ShiftRow.id,
            DutyConfirmationRow.person_id == ShiftRow.person_id,
        )
        .exists()
    )
    begun = ShiftRow.starts <= now, ShiftRow.starts > now - 2 * MISSED_FOR, ShiftRow.ends > now
    return _turns(session, *begun, ~said)


def _turns(session: Session, *conditions: ColumnElement[bool]) -> list[Waited]:
    before = aliased(ShiftRow)
    goes_on = (
        select(before.id)
        .where(
            before.person_id == ShiftRow.person_id,
            before.tier == ShiftRow.tier,
            before.starts < ShiftRow.starts,
            before.ends >= ShiftRow.starts,
        )
        .exists()
    )
    rows = session.execute(
        select(ShiftRow.id, ShiftRow.person_id, ShiftRow.tier, ShiftRow.starts)
        .where(*conditions, ~goes_on)
        .order_by(ShiftRow.starts, ShiftRow.id)
    )
    return [Waited(*row) for row in rows]


def tell_of_missed(session: Session, now: datetime, patience: timedelta) -> int:
    """Tell the back-up on duty and the roster managers of whoever said nothing in time, once.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.
        patience: how long after the start is in time.

    Returns:
        Of how many people.
    """
    late = [
        one
        for one in waiting(session, now)
        if patience <= now - one.starts <= patience + MISSED_FOR
    ]
    return sum(_tell(session, one, now) for one in late)


def _tell(session: Session, missed: Waited, now: datetime) -> bool:
    others = [one for one in verbs.on_duty(session, now) if one.person_id != missed.person_id]
    above = sorted({one.tier for one in others if one.tier > missed.tier})[:1]
    told = {one.person_id for one in others if one.tier in above}
    told |= people.with_role(session, Role.ROSTER_MANAGER) - {missed.person_id}
    key = f"shift-missed-{missed.shift_id}-{missed.person_id}"
    posted = [notices.post(session, one, MISSED_NOTICE, now, key=key) for one in sorted(told)]
    return any(posted)


def confirm(session: Session, actor: Actor, shift_id: UUID, now: datetime) -> None:
    """Say that one is there for one's shift; twice is once.

    Args:
        session: the caller commits.
        actor: whose shift it is.
        shift_id: which; from an hour before its start until its end.
        now: this instant, aware, UTC.

    Raises:
        NoSuchShift: it is gone, over, or not near yet.
        NotYourShift: it is somebody else's.
    """
    row = session.get(ShiftRow, shift_id, populate_existing=True)
    if row is None or not row.starts - EARLY <= now < row.ends:
        raise NoSuchShift
    if row.person_id != actor.person_id:
        raise NotYourShift
    note(session, shift_id, row.person_id, now)


def note(session: Session, shift_id: UUID, person_id: UUID, now: datetime) -> bool:
    """Note that somebody is there, however he showed it.

    Args:
        session: the caller commits.
        shift_id: for which shift; nothing happens when it is not his any more.
        person_id: who.
        now: this instant, aware, UTC.

    Returns:
        Whether it was news.
    """
    row = session.get(ShiftRow, shift_id, populate_existing=True)
    if row is None or row.person_id != person_id:
        return False
    written = session.execute(
        insert_once(session, DutyConfirmationRow)
        .values(shift_id=shift_id, person_id=person_id, confirmed_at=now)
        .on_conflict_do_nothing()
        .returning(DutyConfirmationRow.shift_id)
    ).first()
    if written is None:
        return False
    trail.record(session, Actor(person_id), "duty.confirm", "shift", shift_id, now)
    return True


def confirmed(session: Session, shift_ids: Collection[UUID]) -> frozenset[UUID]:
    """The shifts of these whose present person said that he is there."""
    if not shift_ids:
        return frozenset()
    return frozenset(
        session.scalars(
            select(DutyConfirmationRow.shift_id)
            .join(ShiftRow, ShiftRow.id == DutyConfirmationRow.shift_id)
            .where(
                DutyConfirmationRow.shift_id.in_(shift_ids),
                DutyConfirmationRow.person_id == ShiftRow.person_id,
            )
        )
    )


def own_turn(session: Session, person_id: UUID, now: datetime) -> OwnTurn | None:
    """The shift for which somebody can say now that he is there; None when there is none.

    Args:
        session: any session.
        person_id: whose.
        now: this instant, aware, UTC.
    """
    near = ShiftRow.person_id == person_id, ShiftRow.starts <= now + EARLY, ShiftRow.ends > now
    turns = _turns(session, *near)
    if not turns:
        return None
    first = turns[0]
    is_said = bool(confirmed(session, {first.shift_id}))
    return OwnTurn(first.shift_id, first.tier, first.starts, is_said)


def preferences(session: Session, person_ids: Collection[UUID]) -> dict[UUID, Preference]:
    """How each of these people wants to be told and asked."""
    rows = session.scalars(
        select(DutyPreferenceRow).where(DutyPreferenceRow.person_id.in_(person_ids))
    )
    chosen = {row.person_id: Preference(row.ahead_minutes, row.by_call) for row in rows}
    return {one: chosen.get(one, Preference()) for one in person_ids}


def prefer(session: Session, person_id: UUID, wish: Preference) -> None:
    """Keep how somebody wants to be told and asked.

    Args:
        session: the caller commits.
        person_id: who.
        wish: what he chose; `ahead_minutes` is one of `CHOICES`.
    """
    row = session.get(DutyPreferenceRow, person_id, with_for_update=True)
    if row is None:
        row = DutyPreferenceRow(person_id=person_id)
        session.add(row)
    row.ahead_minutes, row.by_call = wish.ahead_minutes, wish.by_call
    session.flush()


def remind_of_tests(session: Session, now: datetime) -> int:
    """Tell whoever takes calls, once, that the test of his telephone holds no longer.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.

    Returns:
        How many people were told.
    """
    takers = verbs.takers(session)
    return sum(
        notices.post(session, person_id, STALE_NOTICE, now, key=f"phone-stale-{day}")
        for person_id, day in people.phone_tests(session).items()
        if person_id in takers and telephones.is_stale(day, now)
    )
