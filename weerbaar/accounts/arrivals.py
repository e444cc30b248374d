"""Long content that arrives from outside, slowly: sealed as it comes, kept when it is whole.

No transaction is open while somebody's line is slow: each sealed piece is stored in a transaction
of its own. What opens the pieces is in this process alone until the content is whole and has its
readers, so that an upload that breaks off leaves, at worst, bytes that nobody can ever open; they
are removed by whoever received them, or swept within a day.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import destruction, envelopes, long_content
from weerbaar.accounts.envelopes import ARRIVING, Kind, Stamp
from weerbaar.accounts.models import EnvelopeRow
from weerbaar.accounts.recipients import Recipient
from weerbaar.accounts.vault import Stores
from weerbaar.crypto.envelope import Binding

# An upload takes minutes; what stands there since another day was left behind.
LONGEST = timedelta(hours=1)


class Arrival:
    """One long content on its way in; see `begin`."""

    def __init__(self, stores: Stores, begun: envelopes.Begun) -> None:
        self._stores = stores
        self._begun = begun
        self._inflow = long_content.Inflow(begun.key, begun.binding, self._put)

    def __repr__(self) -> str:
        return f"<Arrival {self.record_id}>"

    @property
    def record_id(self) -> UUID:
        """The id the record has, and will have."""
        return self._begun.binding.record_id

    @property
    def size(self) -> int:
        """How many bytes have come."""
        return self._inflow.size

    def _put(self, number: int, piece: bytes | bytearray) -> None:
        with self._stores.database.session() as session:
            long_content.put_in(session, self.record_id)(number, piece)
            session.commit()

    def add(self, some: bytes) -> None:
        """Take in the next bytes; commits by itself whenever a piece is full."""
        self._inflow.add(some)

    def settle(
        self, session: Session, facts: dict[str, Any], recipients: list[Recipient], now: datetime
    ) -> Stamp:
        """Nothing more comes: make it a record; the caller commits.

        Args:
            session: of the caller.
            facts: what the kind of the content says of it; sealed too.
            recipients: who can open it; at least one.
            now: the instant, aware.

        Raises:
            ChangedMeanwhile: it took so long that it was swept away.
            NoKeysYet, KeyNotTrusted: as for sealing.
        """
        here = EnvelopeRow.id == self.record_id, EnvelopeRow.part == ARRIVING
        if session.scalar(select(EnvelopeRow.id).where(*here)) is None:
            raise envelopes.ChangedMeanwhile
        # The last piece goes with the caller's commit: no second transaction waits for the first.
        note = self._inflow.finish(facts, put=long_content.put_in(session, self.record_id))
        return envelopes.end_long(session, self._stores.vault, self._begun, note, recipients, now)

    def abandon(self, now: datetime) -> None:
        """Remove what came; commits by itself. After settling was committed it changes nothing.

        Args:
            now: the instant, aware.
        """
        with self._stores.database.session() as session:
            _remove(session, self._stores, [self.record_id], now)
            session.commit()


def begin(stores: Stores, kind: Kind, part: str, now: datetime) -> Arrival:
    """Make ready to receive a long content; commits by itself.

    Args:
        stores: database and vault.
        kind: what it holds.
        part: which part of a record it will be, a fixed label.
        now: the instant, whose day is kept.

    Raises:
        KeyStoreGone: the key store cannot be reached; nothing can be received then.
    """
    with stores.database.session() as session:
        binding = Binding(kind.value, uuid4(), part, 1, 1)
        begun = envelopes.begin_long(session, stores.vault, binding, now)
        session.commit()
    return Arrival(stores, begun)


def sweep(stores: Stores, now: datetime) -> int:
    """Remove what broke off and was left behind, by a process that was killed; the worker's verb.

    Args:
        stores: database and vault.
        now: the instant, aware.

    Returns:
        How many contents were removed.
    """
    with stores.database.session() as session:
        left = session.scalars(
            select(EnvelopeRow.id).where(
                EnvelopeRow.part == ARRIVING, EnvelopeRow.created_day < (now - LONGEST).date()
            )
        ).all()
        _remove(session, stores, left, now)
        session.commit()
    return len(left)


def _remove(session: Session, stores: Stores, ids: Any, now: datetime) -> None:
    if not ids:
        return
    secrets = session.scalars(
        delete(EnvelopeRow)
        .where(EnvelopeRow.id.in_(ids), EnvelopeRow.part == ARRIVING)
        .returning(EnvelopeRow.secret_id)
    ).all()
    destruction.give_up(session, stores.vault, secrets, now)
