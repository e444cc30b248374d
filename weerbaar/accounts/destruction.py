"""Destroying secrets of the key store: decided with a change, done once the change is kept."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from weerbaar.accounts import held
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.models import PendingDestructionRow
from weerbaar.accounts.vault import Stores, Vault

# Backups live at most this long; a re-keyed record must open from yesterday's until then.
BACKUPS_LIVE = timedelta(days=7)
CHUNK = 1_000


def give_up(
    session: Session,
    vault: Vault,
    secret_ids: Iterable[UUID],
    now: datetime,
    *,
    after: timedelta = timedelta(0),
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
    """
    wanted = list(secret_ids)
    if not wanted:
        return
    session.execute(
        insert(PendingDestructionRow),
        [{"secret_id": one, "due_at": now + after} for one in wanted],
    )
    if after:
        return

    def destroy() -> None:
        try:
            vault.keystore.destroy(wanted, now)
        except KeyStoreGone:
            # Committed and remembered: the worker tries again until it is done.
            return

    held.afterwards(session, destroy)


def finish_destructions(stores: Stores, now: datetime) -> int:
    """Destroy every secret that is due and forget the intention; repeating it is harmless.

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
        while due := list(
            session.scalars(
                select(PendingDestructionRow.secret_id)
                .where(PendingDestructionRow.due_at <= now)
                .limit(CHUNK)
            )
        ):
            stores.vault.keystore.destroy(due, now)
            session.execute(
                delete(PendingDestructionRow).where(PendingDestructionRow.secret_id.in_(due))
            )
            session.commit()
            finished += len(due)
    return finished
