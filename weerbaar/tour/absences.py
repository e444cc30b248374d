"""Trainers who cannot come: days off and farewells, what they touch, and who is told of it.

Nothing is kept of what is touched: it is found anew from who does what and when, and so it is gone
as soon as somebody else does it, or it is on another day.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import notices, people, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.config.clock import local
from weerbaar.tour import activities, trainers
from weerbaar.tour.activities import Activity
from weerbaar.tour.errors import NoSuchTrainer
from weerbaar.tour.models import ActivityRow
from weerbaar.tour.stages import State
from weerbaar.tour.trainer_models import AssignmentRow, TrainerAwayRow, TrainerRow
from weerbaar.tour.trainers import AT_WORK

NOTICE = "tour_trainer"


class Why(StrEnum):
    """Why somebody cannot do what he is to do."""

    ENDED = "ended"
    AWAY = "away"
    BUSY = "busy"


@dataclass(frozen=True)
class Hindrance:
    """A session or a training that still has a trainer who cannot do it."""

    activity: Activity
    trainer_id: UUID
    why: Why


def away(
    session: Session, actor: Actor, trainer_id: UUID, first: date, last: date, now: datetime
) -> list[Hindrance]:
    """Write down on which days a trainer cannot come, and tell who is responsible for what he does.

    Args:
        session: the caller commits.
        actor: who writes.
        trainer_id: which.
        first: the first day.
        last: the last day, included.
        now: the instant, aware.

    Returns:
        What he was to do on those days.

    Raises:
        NoSuchTrainer: there is none who works.
    """
    trainers.working(session, trainer_id)
    row = TrainerAwayRow(id=uuid4(), trainer_id=trainer_id, first_day=first, last_day=last)
    session.add(row)
    session.flush()
    trail.record(session, actor, "tour.away", "tour_trainer", trainer_id, now)
    touched = [
        each
        for each in hindrances(session, trainer_id=trainer_id)
        if each.activity.on_day is not None and first <= each.activity.on_day <= last
    ]
    _tell(session, actor, touched, row.id, now)
    return touched


def back(session: Session, actor: Actor, away_id: UUID, now: datetime) -> UUID:
    """Take off days on which somebody could not come.

    Returns:
        The trainer.

    Raises:
        NoSuchTrainer: there are no such days.
    """
    row = session.get(TrainerAwayRow, away_id, with_for_update=True)
    if row is None:
        raise NoSuchTrainer
    trainer_id = row.trainer_id
    session.delete(row)
    session.flush()
    trail.record(session, actor, "tour.away_off", "tour_trainer", trainer_id, now)
    return trainer_id


def of_trainer(session: Session, trainer_id: UUID, since: date) -> list[TrainerAwayRow]:
    """The days ahead on which a trainer cannot come, in order."""
    return list(
        session.scalars(
            select(TrainerAwayRow)
            .where(TrainerAwayRow.trainer_id == trainer_id, TrainerAwayRow.last_day >= since)
            .order_by(TrainerAwayRow.first_day)
        )
    )


def end(session: Session, actor: Actor, trainer_id: UUID, now: datetime) -> list[Hindrance]:
    """Let a trainer work for the tour no longer, and tell who is responsible for what was ahead.

    Args:
        session: the caller commits.
        actor: who does it.
        trainer_id: which.
        now: the instant, aware.

    Returns:
        What he was still to do; what he did stays his.

    Raises:
        NoSuchTrainer: there is none who works.
    """
    row = trainers.working(session, trainer_id)
    row.ended_day = local(now).date()
    session.flush()
    trail.record(session, actor, "tour.trainer_end", "tour_trainer", trainer_id, now)
    touched = [each for each in hindrances(session, trainer_id=trainer_id) if each.why is Why.ENDED]
    _tell(session, actor, touched, trainer_id, now)
    return touched


def after_move(session: Session, actor: Actor, activity_id: UUID, now: datetime) -> list[Hindrance]:
    """Tell who is responsible for an activity that its new day does not suit a trainer of it.

    Args:
        session: the caller commits.
        actor: who moved it.
        activity_id: which.
        now: the instant, aware.

    Returns:
        Who cannot do it now.
    """
    found = hindrances(session, activity_id=activity_id)
    if found:
        _tell(session, actor, found, found[0].activity.version, now)
    return found


def hindrances(
    session: Session,
    *,
    trainer_id: UUID | None = None,
    activity_id: UUID | None = None,
    officer_id: UUID | None = None,
) -> list[Hindrance]:
    """What somebody cannot do although he is to do it, the first day first.

    Args:
        session: any session.
        trainer_id: only of this trainer.
        activity_id: only of this session or training.
        officer_id: only what this person is responsible for.
    """
    query = (
        select(AssignmentRow.activity_id, TrainerRow.id, TrainerRow.ended_day, ActivityRow.on_day)
        .join(ActivityRow, ActivityRow.id == AssignmentRow.activity_id)
        .join(TrainerRow, TrainerRow.id == AssignmentRow.trainer_id)
        .where(ActivityRow.state.in_(AT_WORK))
    )
    doing = [(one, own, ended, day) for one, own, ended, day in session.execute(query)]
    on_days = Counter((own, day) for _one, own, _ended, day in doing)
    gone: dict[UUID, list[tuple[date, date]]] = {}
    for row in session.scalars(select(TrainerAwayRow)):
        gone.setdefault(row.trainer_id, []).append((row.first_day, row.last_day))
    wrong = {
        (one, own): why
        for one, own, ended, day in doing
        if trainer_id in {None, own}
        and activity_id in {None, one}
        and (why := _why(ended, day, gone.get(own, ()), on_days[own, day])) is not None
    }
    about = activities.with_ids(session, {one for one, _own in wrong})
    found = [
        Hindrance(about[one], own, why)
        for (one, own), why in wrong.items()
        if about[one].state is not State.HELD and officer_id in {None, about[one].officer_id}
    ]
    return sorted(
        found, key=lambda each: (each.activity.on_day or date.max, each.activity.code, str(each))
    )


def _why(
    ended: date | None, day: date | None, gone: Iterable[tuple[date, date]], that_day: int
) -> Why | None:
    # What was before his last day he may well have done.
    if ended is not None and (day is None or day >= ended):
        return Why.ENDED
    if day is None:
        return None
    if any(first <= day <= last for first, last in gone):
        return Why.AWAY
    return Why.BUSY if that_day > 1 else None


def _tell(
    session: Session, actor: Actor, found: Iterable[Hindrance], cause: object, now: datetime
) -> None:
    """Tell who is responsible, or everybody of the tour; whoever did it saw it on the page."""
    officers = people.with_role(session, Role.TOUR_OFFICER)
    for each in found:
        key = f"tour-trainer:{cause}:{each.activity.id}"
        responsible = each.activity.officer_id
        told = {responsible} if responsible in officers else officers
        for person_id in told:
            if person_id is not None and person_id != actor.person_id:
                notices.post(session, person_id, NOTICE, now, key)
