"""The next step with each government: what, by when, by whom; and reminding of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import notices, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Stores
from weerbaar.config.clock import local
from weerbaar.tour import places
from weerbaar.tour.errors import NoSuchGovernment, NoSuchStep
from weerbaar.tour.models import ActivityRow
from weerbaar.tour.stages import OVER, Standing, State
from weerbaar.tour.working_models import StepKind, StepRow

# Nobody is reminded before people are at work, on the Dutch clock.
FROM_HOUR, UNTIL_HOUR = 8, 18
# How far ahead a step is usually due.
USUAL = timedelta(days=14)

_OF_CONVERSATION = {
    State.NOT_APPROACHED: StepKind.INVITE,
    State.POSTPONED: StepKind.INVITE,
    State.INVITED: StepKind.PHONE,
    State.PLANNED: StepKind.PREPARE,
}
_OF_SESSION = {
    State.NOT_APPROACHED: StepKind.OFFER_SESSION,
    State.POSTPONED: StepKind.OFFER_SESSION,
    State.OFFERED: StepKind.PLAN,
    State.ACCEPTED: StepKind.PLAN,
    State.PLANNED: StepKind.PROGRAMME,
}


@dataclass(frozen=True)
class NextStep:
    """One open step."""

    id: UUID
    code: str
    what: StepKind
    due_on: date
    officer_id: UUID | None

    def late(self, today: date) -> bool:
        """Whether its day is over."""
        return self.due_on < today


def suggest(standing: Standing) -> StepKind:
    """What is usually next for a government that is so far."""
    if standing.conversation not in OVER:
        return _OF_CONVERSATION[standing.conversation]
    if standing.session not in OVER:
        return _OF_SESSION[standing.session]
    return StepKind.OFFER_TRAINING if standing.training not in OVER else StepKind.OTHER


def plan(
    session: Session,
    actor: Actor,
    code: str,
    what: StepKind,
    *,
    due_on: date,
    officer_id: UUID | None,
    now: datetime,
) -> UUID:
    """Say what is next with a government; what was next before is written over.

    What was next with a municipality that merged into it is done with that.

    Args:
        session: the caller commits.
        actor: who plans.
        code: of the government.
        what: what is to be done.
        due_on: by which day, in the Netherlands.
        officer_id: who does it.
        now: the instant, aware.

    Raises:
        NoSuchGovernment: no government has the code.
    """
    place = places.place(code)
    # After a merger each of the old codes may have one.
    earlier = session.scalars(
        select(StepRow)
        .where(StepRow.code.in_(place.codes), StepRow.done_day.is_(None))
        .order_by(StepRow.id)
        .with_for_update()
    ).all()
    row = next((each for each in earlier if each.code == place.code), None)
    for each in earlier:
        if each is not row:
            each.done_day = local(now).date()
    if row is None:
        row = StepRow(code=place.code, created_day=local(now).date())
        session.add(row)
    row.what, row.due_on, row.officer_id = what.value, due_on, officer_id
    session.flush()
    trail.record(session, actor, "tour.step", "tour_step", row.id, now, outcome=what.value)
    return row.id


def after_invitation(
    session: Session, actor: Actor, code: str, officer_id: UUID | None, now: datetime
) -> None:
    """Put on the list that an invited government is rung; another step that is open stays.

    Args:
        session: the caller commits.
        actor: who invited.
        code: of the government.
        officer_id: who is responsible.
        now: the instant, aware.
    """
    try:
        place = places.place(code)
    except NoSuchGovernment:
        return
    present = of_place(session, place)
    if present is None or present.what is StepKind.INVITE:
        plan(
            session, actor, place.code, StepKind.PHONE,
            due_on=local(now).date() + USUAL, officer_id=officer_id, now=now,
        )  # fmt: skip


def done(session: Session, actor: Actor, step_id: UUID, now: datetime) -> str:
    """Say that a step was done.

    Args:
        session: the caller commits.
        actor: who says so.
        step_id: which.
        now: the instant, aware.

    Returns:
        The code of the government.

    Raises:
        NoSuchStep: there is none, or it is done already.
    """
    row = session.get(StepRow, step_id, with_for_update=True, populate_existing=True)
    if row is None or row.done_day is not None:
        raise NoSuchStep
    row.done_day = local(now).date()
    session.flush()
    trail.record(session, actor, "tour.step_done", "tour_step", step_id, now)
    return row.code


def open_steps(session: Session, officer_id: UUID | None = None) -> list[NextStep]:
    """What is to be done, the first due first.

    Args:
        session: any session.
        officer_id: only what this person does.
    """
    query = select(StepRow).where(StepRow.done_day.is_(None))
    if officer_id is not None:
        query = query.where(StepRow.officer_id == officer_id)
    rows = session.scalars(query.order_by(StepRow.due_on, StepRow.code))
    return [_step(row) for row in rows]


def of_place(session: Session, place: places.Place) -> NextStep | None:
    """What is next with a government."""
    row = session.scalar(
        select(StepRow)
        .where(StepRow.code.in_(place.codes), StepRow.done_day.is_(None))
        .order_by(StepRow.due_on)
        .limit(1)
    )
    return None if row is None else _step(row)


def remind(stores: Stores, now: datetime) -> int:
    """Tell who is responsible of what is due and of what was planned and not recorded since.

    Once for each day that something was planned for.

    Args:
        stores: database and vault.
        now: the instant, aware.

    Returns:
        How many were told.
    """
    here = local(now)
    if not FROM_HOUR <= here.hour < UNTIL_HOUR:
        return 0
    with stores.database.session() as session:
        due = session.scalars(
            select(StepRow).where(
                StepRow.done_day.is_(None),
                StepRow.due_on <= here.date(),
                StepRow.officer_id.is_not(None),
            )
        )
        told = 0
        for row in due:
            assert row.officer_id is not None
            key = f"tour-step:{row.id}:{row.due_on}"
            told += notices.post(session, row.officer_id, "tour_step", now, key)
        over = session.execute(
            select(ActivityRow.id, ActivityRow.on_day, ActivityRow.officer_id).where(
                ActivityRow.state == State.PLANNED.value,
                ActivityRow.on_day < here.date(),
                ActivityRow.officer_id.is_not(None),
            )
        )
        for activity_id, day, officer_id in over:
            assert officer_id is not None
            key = f"tour-unrecorded:{activity_id}:{day}"
            told += notices.post(session, officer_id, "tour_unrecorded", now, key)
        session.commit()
    return told


def _step(row: StepRow) -> NextStep:
    return NextStep(row.id, row.code, StepKind(row.what), row.due_on, row.officer_id)
