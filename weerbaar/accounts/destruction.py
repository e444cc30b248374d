"""Destroying secrets of the key store: decided with a change, done once the change is kept.

Whoever destroys something that must be accounted for gives its `Fate`: what it was, and why. Key
store and database both log it, so that each can be brought up to the other after a restore.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from weerbaar.accounts import held
from weerbaar.accounts.keystore import Destroyed, Fate, KeyStoreGone
from weerbaar.accounts.models import DestructionRow, PendingDestructionRow
from weerbaar.accounts.notices import insert_once
from weerbaar.accounts.vault import Stores, Vault

__all__ = [
    "BACKUPS_LIVE", "Accounted", "Destroyed", "Fate", "account", "finish_destructions",
    "forget_old", "give_up", "log", "logged",
]  # fmt: skip

# Backups live at most this long; a re-keyed record must open from yesterday's until then.
BACKUPS_LIVE = timedelta(days=7)
CHUNK = 1_000

_PENDING = insert(PendingDestructionRow)


def give_up(
    session: Session,
    vault: Vault,
    secret_ids: Iterable[UUID],
    now: datetime,
    *,
    after: timedelta = timedelta(0),
    fate: Fate | None = None,
) -> None:
    """Let secrets be destroyed with the commit of this session, or a while after it.

    The intention is a row of the same transaction: a crash between the commit and the key
    store leaves it to `finish_destructions`.

    Args:
        session: the session whose commit decides.
        vault: whose key store holds them.
        secret_ids: which secrets.
        now: the instant, aware.
        after: how long they must still open (re-keyed records in backups).
        fate: what the log tells of them; without, only that they were destroyed.
    """
    wanted = list(secret_ids)
    if not wanted:
        return
    session.connection().execute(
        _PENDING,
        [{"secret_id": one, "due_at": now + after, **_told(fate)} for one in wanted],
    )
    if after:
        return

    def destroy() -> None:
        try:
            vault.keystore.destroy(wanted, now, {} if fate is None else dict.fromkeys(wanted, fate))
        except KeyStoreGone:
            # Committed and remembered: the worker tries again until it is done.
            return

    held.afterwards(session, destroy)


def _told(fate: Fate | None) -> dict[str, UUID | str | None]:
    return {
        "record_id": None if fate is None else fate.record_id,
        "kind": None if fate is None else fate.kind,
        "why": None if fate is None else fate.why,
        "actor_id": None if fate is None else fate.actor_id,
    }


def finish_destructions(stores: Stores, now: datetime) -> int:
    """Destroy every secret that is due, log it and forget the intention; repeating is harmless.

    The worker's act: it commits by itself, after the key store has destroyed.

    Args:
        stores: database and vault.
        now: the instant, aware.

    Returns:
        How many intentions were finished.

    Raises:
        KeyStoreGone: the key store cannot be reached; the intentions stay.
    """
    finished = 0
    with stores.database.session() as session:
        while due := session.scalars(
            select(PendingDestructionRow).where(PendingDestructionRow.due_at <= now).limit(CHUNK)
        ).all():
            done = [Destroyed(row.secret_id, now.date(), _fate(row)) for row in due]
            fates = {one.secret_id: one.fate for one in done if one.fate is not None}
            stores.vault.keystore.destroy([one.secret_id for one in done], now, fates)
            log(session, done)
            session.execute(
                delete(PendingDestructionRow)
                .where(PendingDestructionRow.secret_id.in_([one.secret_id for one in done]))
                .execution_options(synchronize_session=False)
            )
            session.commit()
            session.expunge_all()
            finished += len(done)
    return finished


def _fate(row: PendingDestructionRow | DestructionRow) -> Fate | None:
    if row.record_id is None or row.kind is None or row.why is None:
        return None
    return Fate(row.record_id, row.kind, row.why, row.actor_id)


def log(session: Session, done: Iterable[Destroyed]) -> None:
    """Write lines of the destruction log; one that stands already stays as it is.

    Args:
        session: the caller commits.
        done: what was destroyed.
    """
    rows = [{"secret_id": one.secret_id, "day": one.day, **_told(one.fate)} for one in done]
    if rows:
        session.execute(insert_once(session, DestructionRow).on_conflict_do_nothing(), rows)


def logged(session: Session) -> list[Destroyed]:
    """The whole destruction log of the database, for whoever restores a key store."""
    return [
        Destroyed(row.secret_id, row.day, _fate(row))
        for row in session.scalars(select(DestructionRow))
    ]


@dataclass(frozen=True, slots=True)
class Accounted:
    """What was destroyed on a day, why and by whom, and how many secrets went with it."""

    day: date
    fate: Fate
    secrets: int


def account(session: Session, *, limit: int = 100) -> list[Accounted]:
    """What was destroyed and must be accounted for, newest first.

    Args:
        session: where the log is.
        limit: how many at most.
    """
    told = (
        DestructionRow.day, DestructionRow.record_id, DestructionRow.kind, DestructionRow.why,
        DestructionRow.actor_id,
    )  # fmt: skip
    rows = session.execute(
        select(*told, func.count())
        .where(DestructionRow.why.is_not(None))
        .group_by(*told)
        .order_by(DestructionRow.day.desc(), DestructionRow.kind, DestructionRow.record_id)
        .limit(limit)
    ).all()
    return [
        Accounted(day, Fate(record_id, kind, why, actor_id), number)
        for day, record_id, kind, why, actor_id, number in rows
        if record_id is not None and kind is not None and why is not None
    ]


def forget_old(session: Session, vault: Vault, now: datetime, *, account_before: date) -> int:
    """Forget lines of the log that no backup needs any more, and accounts older than a day.

    Args:
        session: the caller commits.
        vault: whose key store holds the other log; there the ids of secrets stay.
        now: the instant, aware.
        account_before: accounts of destruction from before this day are forgotten.

    Returns:
        How many lines were forgotten.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    unaccounted = (now - BACKUPS_LIVE).date() - timedelta(days=1)
    gone = session.execute(
        delete(DestructionRow)
        .where(
            (DestructionRow.day < unaccounted) & DestructionRow.why.is_(None)
            | (DestructionRow.day < account_before)
        )
        .execution_options(synchronize_session=False)
    )
    vault.keystore.forget_fates(account_before)
    return int(gone.rowcount)  # type: ignore[attr-defined]
