"""Runs that destroy what is due: listed first, stopped where it is much, then done in small steps.

A run is a list in the database. Whoever works on it takes records from it, looks at each again,
destroys it and lets it go from the list, in one transaction: so a run that was killed goes on
where it stopped, and two that work at once share it. What is kept for how long is a `Keeper` of
the room whose data it is; the roof brings them together.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from weerbaar.accounts import notices, trail
from weerbaar.accounts.actors import SYSTEM, Actor, Role
from weerbaar.accounts.vault import Stores, Vault
from weerbaar.config import faultpoint
from weerbaar.config.clock import local
from weerbaar.intake import retention_rules
from weerbaar.intake.models import PurgeItemRow, PurgeRunRow
from weerbaar.intake.retention_rules import Category

NOTICE = "purge-waits"
PERIOD_OVER = "period-over"
STEP = 10
WEEK, MONTH = timedelta(days=7), timedelta(days=31)
WAITING, CONFIRMED, EMPTIED, DONE, REPLACED = (
    "waiting", "confirmed", "destroyed", "done", "replaced",
)  # fmt: skip


class RunOver(Exception):
    """The run was done, or a newer list has taken its place: look again before you confirm."""


class Due(Protocol):
    """Which records of a category are due on a local day, the earliest first."""

    def __call__(self, session: Session, on: date, *, only: UUID | None = None) -> list[UUID]:
        """Ids; with `only`, at most that one."""
        ...


@dataclass(frozen=True)
class Keeper:
    """How a room answers for one category of what it keeps.

    Args:
        category: which.
        due: what is to be destroyed on or before a day.
        count: how many there are, due or not.
        destroy: destroys one, in the transaction of whoever asks.
    """

    category: Category
    due: Due
    count: Callable[[Session], int]
    destroy: Callable[[Session, Vault, Actor, UUID, datetime, str], None]


@dataclass(frozen=True)
class Ahead:
    """How many records of a category are due now, within a week and within a month, of all."""

    category: Category
    now: int
    week: int
    month: int
    total: int


@dataclass(frozen=True)
class Run:
    """A run as it stands: what it listed, of how many, and what is left of the list."""

    id: UUID
    state: str
    listed: int
    total: int
    left: dict[Category, int]

    @property
    def waits(self) -> bool:
        """Whether it destroys nothing before a coordinator says so."""
        return self.state == WAITING


def ahead(session: Session, keepers: Sequence[Keeper], now: datetime) -> list[Ahead]:
    """What will be destroyed, by category.

    Args:
        session: the database.
        keepers: of every room.
        now: the present instant, aware.
    """
    today = local(now).date()
    return [
        Ahead(
            one.category,
            len(one.due(session, today)),
            len(one.due(session, today + WEEK)),
            len(one.due(session, today + MONTH)),
            one.count(session),
        )
        for one in keepers
    ]


def plan(session: Session, keepers: Sequence[Keeper], now: datetime) -> Run | None:
    """List what is due in a run, unless one is at work; a large one waits and alerts.

    A run that waited since an earlier day is listed anew.

    Args:
        session: the caller commits.
        keepers: of every room.
        now: the present instant, aware.

    Returns:
        The run that is open now; None where nothing is due.
    """
    today = local(now).date()
    present = session.scalars(
        select(PurgeRunRow).where(PurgeRunRow.slot == 1).with_for_update()
    ).first()
    if present is not None:
        if present.state == CONFIRMED or present.created_day == today:
            return open_run(session)
        present.state, present.slot = REPLACED, None
        session.flush()
        session.execute(delete(PurgeItemRow).where(PurgeItemRow.run_id == present.id))
    items = [(one.category, record) for one in keepers for record in one.due(session, today)]
    if not items:
        return None
    total = sum(one.count(session) for one in keepers)
    large = retention_rules.is_large(len(items), total)
    run_id = uuid4()
    try:
        with session.begin_nested():
            session.execute(
                insert(PurgeRunRow).values(
                    id=run_id, state=WAITING if large else CONFIRMED, slot=1, created_day=today,
                    listed=len(items), total=total,
                )
            )  # fmt: skip
    except IntegrityError:
        # Somebody else has listed the same at this very moment.
        return open_run(session)
    session.execute(
        insert(PurgeItemRow),
        [
            {"run_id": run_id, "category": category.value, "object_id": record}
            for category, record in items
        ],
    )
    if large:
        notices.post_to_role(session, Role.COORDINATOR, NOTICE, now, key=f"{NOTICE}:{run_id}")
    trail.record(
        session, SYSTEM, "purge.list", "purge_run", run_id, now,
        outcome="waits" if large else "done",
    )  # fmt: skip
    return open_run(session)


def open_run(session: Session) -> Run | None:
    """The run that waits or is at work; None where there is none."""
    row = session.scalars(select(PurgeRunRow).where(PurgeRunRow.slot == 1)).first()
    return None if row is None else _run(session, row)


def last_day(session: Session) -> date | None:
    """The day of the newest run."""
    return session.scalar(select(func.max(PurgeRunRow.created_day)))


def _run(session: Session, row: PurgeRunRow) -> Run:
    left = session.execute(
        select(PurgeItemRow.category, func.count())
        .where(PurgeItemRow.run_id == row.id)
        .group_by(PurgeItemRow.category)
    ).all()
    counted: dict[str, int] = {row[0]: row[1] for row in left}
    return Run(
        row.id,
        row.state,
        row.listed,
        row.total,
        {one: counted[one.value] for one in Category if one.value in counted},
    )


def confirm(session: Session, actor: Actor, run_id: UUID, now: datetime) -> None:
    """Let a large run go on: exactly what was listed, as far as it is still due.

    Args:
        session: the door commits.
        actor: the coordinator who looked at it.
        run_id: the run he saw.
        now: the present instant, aware.

    Raises:
        RunOver: it is not the one that waits.
    """
    confirmed = session.execute(
        update(PurgeRunRow)
        .where(PurgeRunRow.id == run_id, PurgeRunRow.state == WAITING)
        .values(state=CONFIRMED, confirmed_by=actor.person_id)
        .returning(PurgeRunRow.id)
    ).first()
    if confirmed is None:
        raise RunOver
    trail.record(session, actor, "purge.confirm", "purge_run", run_id, now)


def work(
    stores: Stores, keepers: Sequence[Keeper], now: datetime, *, most: int | None = None
) -> int:
    """Destroy what stands on the list of a confirmed run, ten records in a transaction.

    It commits by itself. Killed, it goes on where it stopped; two at once share the list.

    Args:
        stores: database and vault.
        keepers: of every room.
        now: the present instant, aware.
        most: stop after about so many.

    Returns:
        How many records were destroyed.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    done = 0
    for moved in _steps(stores, keepers, now):
        done += moved
        if most is not None and done >= most:
            break
    return done


def _steps(stores: Stores, keepers: Sequence[Keeper], now: datetime) -> Iterator[int]:
    by_category = {one.category.value: one for one in keepers}
    order = [one.category.value for one in keepers]
    while True:
        with stores.database.session() as session:
            rows = _claim(session, order)
            if not rows:
                emptied = _finish(session, now)
                session.commit()
                if not emptied:
                    return
                continue
            moved = sum(_destroy(session, stores.vault, by_category, row, now) for row in rows)
            faultpoint.reach("purge before commit")
            session.commit()
        faultpoint.reach("purge after commit")
        yield moved


def _claim(session: Session, order: Sequence[str]) -> Sequence[PurgeItemRow]:
    for category in order:
        rows = session.scalars(
            select(PurgeItemRow)
            .join(PurgeRunRow, PurgeRunRow.id == PurgeItemRow.run_id)
            .where(PurgeRunRow.state == CONFIRMED, PurgeItemRow.category == category)
            .order_by(PurgeItemRow.object_id)
            .limit(STEP)
            .with_for_update(skip_locked=True, of=PurgeItemRow)
        ).all()
        if rows:
            return rows
    return ()


def _destroy(
    session: Session, vault: Vault, keepers: dict[str, Keeper], row: PurgeItemRow, now: datetime
) -> int:
    keeper, run = keepers[row.category], session.get_one(PurgeRunRow, row.run_id)
    # Held, opened again or kept longer since it was listed: then it stays.
    due = keeper.due(session, local(now).date(), only=row.object_id)
    session.delete(row)
    session.flush()
    for one in due:
        # In the name of whoever confirmed it.
        keeper.destroy(session, vault, Actor(run.confirmed_by), one, now, PERIOD_OVER)
    return len(due)


def _finish(session: Session, now: datetime) -> bool:
    """Close the confirmed run when its list is empty; whether it was closed now."""
    row = session.scalars(
        select(PurgeRunRow).where(PurgeRunRow.state == CONFIRMED).with_for_update()
    ).first()
    if row is None:
        return False
    left = select(PurgeItemRow.run_id).where(PurgeItemRow.run_id == row.id).limit(1)
    if session.execute(left).first() is not None:
        # Another one is at its last records.
        return False
    row.state, row.slot = EMPTIED, None
    trail.record(session, SYSTEM, "purge.run", "purge_run", row.id, now)
    return True


def to_scrub(session: Session) -> list[UUID]:
    """Runs that have destroyed, and whose traces still stand in the files of the database."""
    return list(session.scalars(select(PurgeRunRow.id).where(PurgeRunRow.state == EMPTIED)))


def scrubbed(session: Session, runs: Sequence[UUID]) -> None:
    """Note that the files were cleaned after these runs; the caller commits."""
    session.execute(
        update(PurgeRunRow)
        .where(PurgeRunRow.id.in_(runs), PurgeRunRow.state == EMPTIED)
        .values(state=DONE)
        .execution_options(synchronize_session=False)
    )
