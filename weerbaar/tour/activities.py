"""Conversations, sessions and trainings: begun, moved along the table, and written about."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.recipients import Group, GroupName
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.governments import registry
from weerbaar.tour import places, stages, steps
from weerbaar.tour.details import Details
from weerbaar.tour.errors import (
    ChangedMeanwhile,
    DayAhead,
    DayMissing,
    MoveNotAllowed,
    NoSuchActivity,
    StageTooEarly,
)
from weerbaar.tour.models import ActivityRow, ContactRow, MoveRow, NoteRow
from weerbaar.tour.notes import SAME_READING, admitted
from weerbaar.tour.stages import Stage, Standing, State
from weerbaar.tour.working_models import StepRow

# What transactions of this house lock on PostgreSQL while they begin an activity.
_BEGINNING = 0x746F7572


@dataclass(frozen=True)
class Step:
    """Where an activity goes, and all that is known of it then: what is not given is empty.

    Args:
        state: what it becomes.
        on_day: the day it is planned on or was held; what was held keeps its day where it is None.
        at: on the Dutch clock; only with a day.
        officer_id: who is responsible; None where it is nobody.
        participants: roles of contact persons, of a conversation.
    """

    state: State
    on_day: date | None = None
    at: time | None = None
    officer_id: UUID | None = None
    participants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Activity:
    """An activity as lists show it; no name of anybody."""

    id: UUID
    code: str
    stage: Stage
    state: State
    on_day: date | None
    at: time | None
    personal: bool
    participants: tuple[str, ...]
    officer_id: UUID | None
    present: int | None
    answers: int | None
    average_tenths: int | None
    has_details: bool
    version: int

    @property
    def moves(self) -> tuple[State, ...]:
        """Where it may go from here."""
        return stages.allowed(self.stage, self.state)

    @property
    def bearer(self) -> stages.Bearer:
        """Who bears its costs."""
        return stages.bearer(self.stage)


def begin(
    session: Session,
    actor: Actor,
    code: str,
    stage: Stage,
    step: Step,
    now: datetime,
    *,
    personal: bool = False,
) -> UUID:
    """Begin an activity with a government.

    Args:
        session: the caller commits.
        actor: who does it.
        code: of the government.
        stage: which stage.
        step: what it is at once: invited, offered, planned, left out.
        now: the instant, aware.
        personal: a training for one person.

    Raises:
        NoSuchGovernment: no government has the code.
        StageTooEarly: the stage before was neither held nor left out.
        MoveNotAllowed: it cannot begin so, or one of its kind is going on.
        DayMissing: it is planned without a day.
    """
    place = places.place(code)
    _one_at_a_time(session)
    present = of_codes(session, place.codes)
    if not stages.may_begin(stage, standing_of(present)):
        raise StageTooEarly
    if not stages.may_repeat(stage, (each.state for each in present if each.stage is stage)):
        raise MoveNotAllowed
    if step.state not in stages.MOVES[stage][State.NOT_APPROACHED]:
        raise MoveNotAllowed
    row = ActivityRow(
        id=uuid4(),
        code=place.code,
        stage=stage.value,
        state=State.NOT_APPROACHED.value,
        personal=personal and stage is Stage.TRAINING,
        participants=None,
        has_details=False,
        version=0,
        created_day=local(now).date(),
    )
    _take_step(session, actor, row, step, now)
    return row.id


def _one_at_a_time(session: Session) -> None:
    # Until one that begins is committed another sees nothing of it; SQLite has one writer anyway.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_BEGINNING)))


def move(
    session: Session, actor: Actor, activity_id: UUID, step: Step, now: datetime, *, seen: int
) -> None:
    """Move an activity along the table.

    Args:
        session: the caller commits.
        actor: who does it.
        activity_id: which.
        step: what it becomes.
        now: the instant, aware.
        seen: the version that was shown.

    Raises:
        NoSuchActivity: there is none.
        ChangedMeanwhile: it has another version by now.
        MoveNotAllowed: the table knows no such move.
        DayMissing: it is planned or was held without a day.
        DayAhead: it was held on a day that is still to come.
    """
    row = _row(session, activity_id, seen)
    if step.state not in stages.MOVES[Stage(row.stage)][State(row.state)]:
        raise MoveNotAllowed
    _take_step(session, actor, row, step, now)


def _take_step(session: Session, actor: Actor, row: ActivityRow, step: Step, now: datetime) -> None:
    today = local(now).date()
    on_day = step.on_day or (row.on_day if step.state is State.HELD else None)
    if step.state in stages.WITH_DAY and on_day is None:
        raise DayMissing
    if step.state is State.HELD and on_day is not None and on_day > today:
        raise DayAhead
    with_day = step.state in stages.WITH_DAY
    row.state = step.state.value
    row.at = step.at if with_day else None
    row.on_day = on_day if with_day else None
    row.officer_id = step.officer_id
    row.participants = " ".join(step.participants) or None
    row.version += 1
    session.add(row)
    session.flush()
    session.add(
        MoveRow(
            activity_id=row.id, number=row.version, state=row.state, on_day=row.on_day, day=today
        )
    )
    session.flush()
    trail.record(
        session, actor, "tour.move", "tour_activity", row.id, now, outcome=step.state.value
    )
    if step.state is State.INVITED:
        steps.after_invitation(session, actor, row.code, row.officer_id, now)


def write(
    session: Session,
    vault: Vault,
    actor: Actor,
    activity_id: UUID,
    details: Details,
    now: datetime,
    *,
    seen: int,
    present: int | None = None,
    evaluation: tuple[int, int] | None = None,
) -> None:
    """Write down what was said, needed, planned; sealed to the tour.

    Args:
        session: the caller commits.
        vault: key store and keyring.
        actor: who writes, with an unlocked session.
        activity_id: which.
        details: all of it.
        now: the instant, aware.
        seen: the version that was shown.
        present: how many people were there.
        evaluation: how many answered, and the average mark in tenths.

    Raises:
        KeysLocked, NotAdmitted: as for notes.
        NoSuchActivity, ChangedMeanwhile: as for `move`.
        KeyStoreGone: it cannot be sealed, and so nothing is kept.
    """
    admitted(session, actor)
    row = _row(session, activity_id, seen)
    if row.has_details:
        stamp = envelopes.replace(
            session, vault, actor.keys, row.id,
            kind=Kind.TOUR_ACTIVITY, plaintext=details.packed(), now=now,
        )  # fmt: skip
    else:
        envelopes.seal(
            session, vault, kind=Kind.TOUR_ACTIVITY, plaintext=details.packed(),
            recipients=[Group(GroupName.TOUR)], now=now, record_id=row.id,
        )  # fmt: skip
        stamp = envelopes.stamp(session, row.id)
    row.has_details = True
    row.present = present
    row.answers, row.average_tenths = evaluation or (None, None)
    row.version += 1
    session.flush()
    version, digest = stamp
    trail.record(
        session, actor, "tour.write", "envelope", row.id, now, version=version, digest=digest
    )


def details(
    session: Session, vault: Vault, actor: Actor, ids: Collection[UUID], now: datetime
) -> dict[UUID, Details]:
    """What stands in some activities; each reading is trailed, what has nothing is left out.

    Args:
        session: the door commits before it answers.
        vault: key store and keyring.
        actor: who reads, with an unlocked session.
        ids: of activities.
        now: the instant, aware.

    Raises:
        KeysLocked, NotAdmitted: as for notes.
        CannotOpen: one was damaged.
    """
    admitted(session, actor)
    written = session.scalars(
        select(ActivityRow.id).where(ActivityRow.id.in_(ids), ActivityRow.has_details)
    ).all()
    found = dict(envelopes.open_many(session, vault, actor.keys, written, kind=Kind.TOUR_ACTIVITY))
    for each in found:
        trail.record_once(
            session, actor, "tour.read", "tour_activity", each, now, within=SAME_READING
        )
    return {each: Details.unpacked(content) for each, content in found.items()}


def one(session: Session, activity_id: UUID) -> Activity:
    """One activity.

    Raises:
        NoSuchActivity: there is none.
    """
    row = session.get(ActivityRow, activity_id)
    if row is None:
        raise NoSuchActivity
    return _activity(row)


def with_ids(session: Session, ids: Collection[UUID]) -> dict[UUID, Activity]:
    """Some activities, by their id."""
    rows = session.scalars(select(ActivityRow).where(ActivityRow.id.in_(list(ids))))
    return {row.id: _activity(row) for row in rows}


def of_codes(session: Session, codes: Iterable[str]) -> list[Activity]:
    """The activities under some codes, in the order of the stages, the newest of each first."""
    rows = session.scalars(select(ActivityRow).where(ActivityRow.code.in_(list(codes)))).all()
    order = list(Stage)
    oldest = date.min
    return [
        _activity(row)
        for row in sorted(
            rows,
            key=lambda row: (
                -order.index(Stage(row.stage)), row.on_day or oldest, row.created_day, str(row.id),
            ),
            reverse=True,
        )
    ]  # fmt: skip


def moves_of(session: Session, ids: Collection[UUID]) -> dict[UUID, list[MoveRow]]:
    """The steps of some activities, in order."""
    found: dict[UUID, list[MoveRow]] = {each: [] for each in ids}
    rows = session.scalars(
        select(MoveRow)
        .where(MoveRow.activity_id.in_(list(ids)))
        .order_by(MoveRow.activity_id, MoveRow.number)
    )
    for row in rows:
        found[row.activity_id].append(row)
    return found


def standing_of(activities: Iterable[Activity]) -> Standing:
    """How far a government is, of its activities."""
    return stages.standing((each.stage, each.state, each.on_day) for each in activities)


def standings(session: Session) -> dict[str, Standing]:
    """How far each government is that has activities, by its code of today."""
    by_code: dict[str, list[tuple[Stage, State, date | None]]] = {}
    rows = session.execute(
        select(ActivityRow.code, ActivityRow.stage, ActivityRow.state, ActivityRow.on_day)
    )
    for code, stage, state, on_day in rows:
        present = registry.current_code(code)
        by_code.setdefault(present, []).append((Stage(stage), State(state), on_day))
    return {code: stages.standing(found) for code, found in by_code.items()}


def codes_with_records(session: Session) -> set[str]:
    """Every code, of today or former, under which the tour keeps something."""
    return {
        code
        for column in (ActivityRow.code, ContactRow.code, NoteRow.code, StepRow.code)
        for code in session.scalars(select(column).distinct())
    }


def _row(session: Session, activity_id: UUID, seen: int) -> ActivityRow:
    row = session.get(ActivityRow, activity_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NoSuchActivity
    if row.version != seen:
        raise ChangedMeanwhile
    return row


def _activity(row: ActivityRow) -> Activity:
    return Activity(
        id=row.id,
        code=row.code,
        stage=Stage(row.stage),
        state=State(row.state),
        on_day=row.on_day,
        at=row.at,
        personal=row.personal,
        participants=tuple((row.participants or "").split()),
        officer_id=row.officer_id,
        present=row.present,
        answers=row.answers,
        average_tenths=row.average_tenths,
        has_details=row.has_details,
        version=row.version,
    )
