"""Trainers: who they are, when they can come, what they do, how it is valued, and what it costs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import service_keys, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.tour.errors import (
    NoSuchActivity,
    NoSuchTrainer,
    NotForTrainers,
    TrainerAway,
    TrainerBusy,
)
from weerbaar.tour.models import ActivityRow
from weerbaar.tour.stages import Bearer, Stage, State, bearer
from weerbaar.tour.trainer_models import AssignmentRow, TrainerAwayRow, TrainerRow

PURPOSE = "tour-trainer"
service_keys.bind(TrainerRow, "sealed", PURPOSE)
# An average of fewer answers would tell who gave them.
FEWEST_ANSWERS = 5
# In these states somebody is to do a session or a training, or did it.
AT_WORK = (State.OFFERED.value, State.ACCEPTED.value, State.PLANNED.value, State.HELD.value)


@dataclass(frozen=True)
class Card:
    """Who a trainer is; its repr shows nobody."""

    name: str = field(repr=False)
    mail: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    subjects: str = field(default="", repr=False)


@dataclass(frozen=True)
class Valued:
    """How many people answered, and their average in tenths; None where they were too few."""

    answers: int
    average_tenths: int | None


@dataclass(frozen=True)
class Trainer:
    """A trainer as the directory shows him."""

    id: UUID
    card: Card
    ended_day: date | None
    activities: int
    valued: Valued


@dataclass(frozen=True)
class Assignment:
    """One session or training that somebody does."""

    activity_id: UUID
    trainer_id: UUID
    code: str
    stage: Stage
    state: State
    on_day: date | None
    fee_euros: int | None


@dataclass(frozen=True)
class Year:
    """What trainers cost in one year, by who bears it, in whole euros."""

    year: int
    team: int
    governments: int
    lines: tuple[Assignment, ...]


def valued(marks: Iterable[tuple[int | None, int | None]]) -> Valued:
    """The average of several evaluations, each weighing as many as answered.

    Args:
        marks: of each: how many answered, and their average in tenths.
    """
    known = [(count, tenths) for count, tenths in marks if count and tenths is not None]
    answers = sum(count for count, _tenths in known)
    if answers < FEWEST_ANSWERS:
        return Valued(answers, None)
    return Valued(answers, round(sum(count * tenths for count, tenths in known) / answers))


def put(
    session: Session,
    vault: Vault,
    actor: Actor,
    card: Card,
    now: datetime,
    trainer_id: UUID | None = None,
) -> UUID:
    """Write down who a trainer is: a new one, or one there is.

    Args:
        session: the caller commits.
        vault: the service keys.
        actor: who writes.
        card: who he is.
        now: the instant, aware.
        trainer_id: of one there is.

    Raises:
        NoSuchTrainer: there is none with this id.
    """
    if trainer_id is None:
        row = TrainerRow(id=uuid4(), created_day=local(now).date())
        session.add(row)
    else:
        row = working(session, trainer_id)
    document = {
        "name": card.name, "mail": card.mail, "phone": card.phone, "subjects": card.subjects,
    }  # fmt: skip
    plain = json.dumps(document, ensure_ascii=False).encode()
    row.sealed = vault.keyring.seal(PURPOSE, plain, row.id.bytes)
    session.flush()
    trail.record(session, actor, "tour.trainer", "tour_trainer", row.id, now)
    return row.id


def assign(
    session: Session,
    actor: Actor,
    activity_id: UUID,
    trainer_id: UUID,
    fee_euros: int | None,
    now: datetime,
    *,
    instead_of: UUID | None = None,
) -> None:
    """Let a trainer do a session or a training; assigned already, his fee is written over.

    Args:
        session: the caller commits.
        actor: who assigns.
        activity_id: of a session or a training.
        trainer_id: who does it.
        fee_euros: what he gets for it, in whole euros; None where it is not agreed yet.
        now: the instant, aware.
        instead_of: who does it no longer.

    Raises:
        NoSuchActivity: there is none.
        NotForTrainers: it is a conversation, or was declined or left out.
        NoSuchTrainer: there is none who works, or the other one was not assigned to it.
        TrainerAway: he cannot come on that day.
        TrainerBusy: he has something else on that day.
    """
    activity = session.get(ActivityRow, activity_id)
    if activity is None:
        raise NoSuchActivity
    if activity.stage == Stage.CONVERSATION or activity.state not in AT_WORK:
        raise NotForTrainers
    # Locked, so that two who assign him at once see each other.
    working(session, trainer_id)
    if activity.on_day is not None:
        _check_free(session, trainer_id, activity_id, activity.on_day)
    row = session.get(AssignmentRow, (activity_id, trainer_id))
    if row is None:
        row = AssignmentRow(
            activity_id=activity_id, trainer_id=trainer_id, created_day=local(now).date()
        )
        session.add(row)
    row.fee_euros = fee_euros
    session.flush()
    trail.record(session, actor, "tour.trainer_on", "tour_activity", activity_id, now)
    if instead_of is not None and instead_of != trainer_id:
        take_off(session, actor, activity_id, instead_of, now)


def _check_free(session: Session, trainer_id: UUID, activity_id: UUID, day: date) -> None:
    gone = select(TrainerAwayRow.id).where(
        TrainerAwayRow.trainer_id == trainer_id,
        TrainerAwayRow.first_day <= day,
        TrainerAwayRow.last_day >= day,
    )
    if session.scalar(gone.limit(1)) is not None:
        raise TrainerAway
    other = (
        select(AssignmentRow.activity_id)
        .join(ActivityRow, ActivityRow.id == AssignmentRow.activity_id)
        .where(
            AssignmentRow.trainer_id == trainer_id,
            AssignmentRow.activity_id != activity_id,
            ActivityRow.on_day == day,
            ActivityRow.state.in_(AT_WORK),
        )
    )
    if session.scalar(other.limit(1)) is not None:
        raise TrainerBusy


def working(session: Session, trainer_id: UUID) -> TrainerRow:
    """The row of a trainer who works, locked.

    Raises:
        NoSuchTrainer: there is none who works.
    """
    row = session.get(TrainerRow, trainer_id, with_for_update=True)
    if row is None or row.ended_day is not None:
        raise NoSuchTrainer
    return row


def take_off(
    session: Session, actor: Actor, activity_id: UUID, trainer_id: UUID, now: datetime
) -> None:
    """Let a trainer not do a session or a training.

    Raises:
        NoSuchTrainer: he was not assigned to it.
    """
    row = session.get(AssignmentRow, (activity_id, trainer_id), with_for_update=True)
    if row is None:
        raise NoSuchTrainer
    session.delete(row)
    session.flush()
    trail.record(session, actor, "tour.trainer_off", "tour_activity", activity_id, now)


def directory(session: Session, vault: Vault, *, ended: bool = False) -> list[Trainer]:
    """The trainers by name, with what they do and how it is valued.

    Args:
        session: any session.
        vault: the service keys.
        ended: also who works no longer.

    Raises:
        CannotOpen: a row was changed behind our back.
    """
    query = select(TrainerRow)
    if not ended:
        query = query.where(TrainerRow.ended_day.is_(None))
    marks: dict[UUID, list[Any]] = {}
    rows = session.execute(
        select(AssignmentRow.trainer_id, ActivityRow.answers, ActivityRow.average_tenths)
        .join(ActivityRow, ActivityRow.id == AssignmentRow.activity_id)
        .where(ActivityRow.state.in_(AT_WORK))
    )
    for trainer_id, answers, tenths in rows:
        marks.setdefault(trainer_id, []).append((answers, tenths))
    found = [
        Trainer(
            row.id, _card(vault, row), row.ended_day, len(marks.get(row.id, ())),
            valued(marks.get(row.id, ())),
        )
        for row in session.scalars(query)
    ]  # fmt: skip
    return sorted(found, key=lambda each: (each.card.name.casefold(), str(each.id)))


def one(session: Session, vault: Vault, trainer_id: UUID) -> Trainer:
    """One trainer, at work or not.

    Raises:
        NoSuchTrainer: there is none.
    """
    for each in directory(session, vault, ended=True):
        if each.id == trainer_id:
            return each
    raise NoSuchTrainer


def assignments(
    session: Session, *, activity_id: UUID | None = None, trainer_id: UUID | None = None
) -> list[Assignment]:
    """Who does what: of one activity, of one trainer, or of all; the latest first."""
    query = select(AssignmentRow, ActivityRow).join(
        ActivityRow, ActivityRow.id == AssignmentRow.activity_id
    )
    if activity_id is not None:
        query = query.where(AssignmentRow.activity_id == activity_id)
    if trainer_id is not None:
        query = query.where(AssignmentRow.trainer_id == trainer_id)
    found = [
        Assignment(
            row.id, own.trainer_id, row.code, Stage(row.stage), State(row.state), row.on_day,
            own.fee_euros,
        )
        for own, row in session.execute(query)
    ]  # fmt: skip
    return sorted(
        found, key=lambda each: (each.on_day or date.max, each.code, str(each)), reverse=True
    )


def costs(session: Session, year: int) -> Year:
    """What trainers cost in a year: what is planned or was held then.

    Args:
        session: any session.
        year: on the Dutch calendar.
    """
    lines = [
        each
        for each in assignments(session)
        if each.on_day is not None
        and each.on_day.year == year
        and each.state in {State.PLANNED, State.HELD}
    ]
    by_bearer = {
        who: sum(each.fee_euros or 0 for each in lines if bearer(each.stage) is who)
        for who in Bearer
    }
    return Year(year, by_bearer[Bearer.TEAM], by_bearer[Bearer.GOVERNMENT], tuple(lines))


def _card(vault: Vault, row: TrainerRow) -> Card:
    document = json.loads(vault.keyring.open(PURPOSE, row.sealed, row.id.bytes))
    return Card(document["name"], document["mail"], document["phone"], document["subjects"])
