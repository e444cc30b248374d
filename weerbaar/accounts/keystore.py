"""The key store: the second lock. A database of its own with secrets, pins and the trail's head.

It never shares a database with the application: whoever holds one of the two opens nothing.
Its schema is small and its own (`keystore_version` guards it); it commits each act by itself.
"""

import os
import secrets
import threading
import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    Update,
    delete,
    func,
    insert,
    inspect,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, TimeoutError  # noqa: A004 - no turn in the pool

from weerbaar.accounts import keystore_tables as tables
from weerbaar.accounts.recipients import Pinned
from weerbaar.config.database import among, bare, engine_for, id_bytes
from weerbaar.config.patience import UNHURRIED, Patience, within

SECRET_BYTES = 32
UNASSIGNED = 1_000
BATCH = 16
SCRUB_MILLISECONDS, LOCK_NOT_AVAILABLE = 500, "55P03"
# Below what every supported database takes as parameters of one statement.
CHUNK = 5_000


class KeyStoreGone(Exception):
    """The key store cannot be reached: nothing can be sealed or opened."""


class KeyStoreRefused(Exception):
    """The key store is not the one this installation was founded with; the reason is named."""


class SecretGone(Exception):
    """A secret was destroyed or never was: what stood under it cannot be opened again."""


@dataclass(frozen=True, slots=True)
class Pin:
    """The one key of a recipient that may be sealed to, and the one announced after it."""

    epoch: int | None
    fingerprint: bytes | None
    next_epoch: int | None
    next_fingerprint: bytes | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Which installation a key store belongs to."""

    installation_id: UUID
    canary: bytes


@dataclass(frozen=True, slots=True)
class Fate:
    """What is told of a destruction that must be accounted for.

    Args:
        record_id: what was destroyed: a record, or a person who left.
        kind: a fixed code of what it was.
        why: a fixed code of the reason.
        actor_id: who of the staff did it; None for the house itself.
    """

    record_id: UUID
    kind: str
    why: str
    actor_id: UUID | None


@dataclass(frozen=True, slots=True)
class Destroyed:
    """One line of the destruction log."""

    secret_id: UUID
    day: date
    fate: Fate | None


@dataclass(frozen=True, slots=True)
class NotedHead:
    """The newest row of the trail, as told to the key store."""

    number: int
    mac: bytes
    noted_at: datetime


_living: weakref.WeakSet["KeyStore"] = weakref.WeakSet()


class KeyStore:
    """One key store. Use `open` for an existing one and `create` while setting up."""

    def __init__(
        self, url: str, *, pool_size: int = 5, patience: Patience = UNHURRIED
    ) -> None:  # fmt: skip
        self._engine: Engine = engine_for(url, pool_size=pool_size, patience=patience)
        self._file = _sqlite_file(url)
        self._lock = threading.Lock()
        self._batch: list[tuple[UUID, bytes]] = []
        self._within: Connection | None = None
        _living.add(self)

    def __repr__(self) -> str:
        return f"<KeyStore {self._engine.dialect.name}>"

    @classmethod
    def create(cls, url: str) -> "KeyStore":
        """Make the tables in an empty place and the first secrets; a made one is left as it is.

        Args:
            url: a SQLAlchemy address, SQLite or PostgreSQL.

        Raises:
            KeyStoreGone: the place cannot be reached.
            KeyStoreRefused: the place holds another version of the tables.
        """
        store = cls(url)
        with store._closed_if_refused():
            with store._reached() as connection:
                tables.METADATA.create_all(connection)
                if connection.execute(select(tables.version.c.version)).scalar() is None:
                    connection.execute(insert(tables.version).values(version=tables.VERSION))
            store._check_version()
            store.top_up()
        return store

    @classmethod
    def open(cls, url: str, *, patience: Patience = UNHURRIED) -> "KeyStore":
        """The existing key store at an address; nothing is ever made here.

        Args:
            url: a SQLAlchemy address, SQLite or PostgreSQL.
            patience: how long to wait for it where no door says so.

        Raises:
            KeyStoreGone: the place cannot be reached.
            KeyStoreRefused: there is no key store in that place, or of another version.
        """
        store = cls(url, patience=patience)
        with store._closed_if_refused():
            if store._file is not None and not store._file.exists():
                raise KeyStoreRefused("KEYSTORE_URL: there is no key store in that place")
            store._check_version()
        return store

    @classmethod
    def upgrade(cls, url: str) -> bool:
        """Bring an older key store to the tables of this version, in one transaction.

        Args:
            url: a SQLAlchemy address, SQLite or PostgreSQL.

        Returns:
            Whether anything was changed.

        Raises:
            KeyStoreGone: the place cannot be reached.
            KeyStoreRefused: there is no key store in that place, or of a newer version.
        """
        store = cls(url)
        try:
            if store._file is not None and not store._file.exists():
                raise KeyStoreRefused("KEYSTORE_URL: there is no key store in that place")
            with store._reached() as connection:
                if not inspect(connection).has_table(tables.version.name):
                    raise KeyStoreRefused("KEYSTORE_URL: there is no key store in that place")
                return tables.bring_up(connection)
        except tables.NewerVersion:
            raise KeyStoreRefused("KEYSTORE_URL: the key store is of a newer version") from None
        finally:
            store.dispose()

    @contextmanager
    def _closed_if_refused(self) -> Iterator[None]:
        try:
            yield
        except (KeyStoreRefused, KeyStoreGone):
            self.dispose()
            raise

    @classmethod
    def inside(cls, connection: Connection) -> "KeyStore":
        """A key store inside a transaction of the caller's, who commits it; for a restore.

        Args:
            connection: of a key store whose tables stand.
        """
        store = cls(connection.engine.url.render_as_string(hide_password=False))
        store._within = connection
        return store

    def _check_version(self) -> None:
        with self._reached() as connection:
            if not inspect(connection).has_table(tables.version.name):
                raise KeyStoreRefused("KEYSTORE_URL: there is no key store in that place")
            found = connection.execute(select(tables.version.c.version)).scalar()
        if found != tables.VERSION:
            raise KeyStoreRefused(
                "KEYSTORE_URL: the key store is of another version; run `weerbaar upgrade`"
            )

    @contextmanager
    def _reached(self) -> Iterator[Connection]:
        # One transaction; whatever the driver says about reaching the place is one fact here.
        if self._within is not None:
            yield self._within
            return
        try:
            with self._engine.begin() as connection:
                yield connection
        except (DBAPIError, TimeoutError):
            raise KeyStoreGone from None

    def ping(self) -> None:
        """Ask for an answer.

        Raises:
            KeyStoreGone: there is none.
        """
        with self._reached() as connection:
            connection.execute(select(tables.version.c.version))

    # ---- secrets -------------------------------------------------------------------------

    def take(self) -> tuple[UUID, bytes]:
        """A fresh secret that nobody else gets: its id and its 32 bytes.

        A process takes a few at once and hands them out from memory; what it does not use is
        never given to anybody. Safe for threads, and after a fork each process takes its own.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        with self._lock:
            if not self._batch:
                self._batch = self._take_batch()
            return self._batch.pop()

    def _take_batch(self) -> list[tuple[UUID, bytes]]:
        for _attempt in range(3):
            with self._reached() as connection:
                free = select(tables.secret.c.id).where(~tables.secret.c.taken).limit(BATCH)
                if connection.dialect.name == "postgresql":
                    free = free.with_for_update(skip_locked=True)
                taken = connection.execute(
                    update(tables.secret)
                    .where(tables.secret.c.id.in_(free), ~tables.secret.c.taken)
                    .values(taken=true())
                    .returning(tables.secret.c.id, tables.secret.c.value)
                ).all()
            if taken:
                return [(row.id, bytes(row.value)) for row in taken]
            self.top_up()
        raise KeyStoreGone

    def top_up(self, wanted: int = UNASSIGNED) -> int:
        """Make secrets ahead, so that yesterday's backup already holds today's.

        Args:
            wanted: how many unassigned secrets there should be.

        Returns:
            How many were made.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        with self._reached() as connection:
            unassigned = connection.execute(
                select(func.count()).select_from(tables.secret).where(~tables.secret.c.taken)
            ).scalar_one()
            missing = max(0, wanted - unassigned)
            if missing:
                connection.execute(
                    insert(tables.secret),
                    [
                        {"id": uuid4(), "value": secrets.token_bytes(SECRET_BYTES), "taken": False}
                        for _ in range(missing)
                    ],
                )
        return missing

    def adopt(self, secret_id: UUID, secret: bytes) -> None:
        """Take in a secret that was made while the key store was gone; repeating changes nothing.

        Args:
            secret_id: its id, random.
            secret: its 32 bytes.

        Raises:
            SecretGone: it was destroyed already, and never comes back.
            KeyStoreGone: the key store cannot be reached.
        """
        with self._reached() as connection:
            gone = select(tables.destruction.c.secret_id).where(
                tables.destruction.c.secret_id == secret_id
            )
            if connection.execute(gone).first() is not None:
                raise SecretGone
            known = select(tables.secret.c.id).where(tables.secret.c.id == secret_id)
            if connection.execute(known).first() is None:
                connection.execute(
                    insert(tables.secret).values(id=secret_id, value=secret, taken=True)
                )

    def get(self, secret_id: UUID) -> bytes:
        """The secret of an id.

        Raises:
            SecretGone: it was destroyed.
            KeyStoreGone: the key store cannot be reached.
        """
        found = self.get_many([secret_id])
        try:
            return found[secret_id]
        except KeyError:
            raise SecretGone from None

    def get_many(self, secret_ids: Sequence[UUID]) -> dict[UUID, bytes]:
        """The secrets of many ids; destroyed ones are missing from the answer.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        found = self.values([one.bytes for one in secret_ids])
        return {one: found[one.bytes] for one in secret_ids if one.bytes in found}

    def values(self, secret_ids: Collection[bytes]) -> dict[bytes, bytes]:
        """The same for whoever opens thousands: ids are their 16 bytes.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        column = tables.secret.c.id
        with self._reached() as connection:
            dialect = connection.dialect.name
            id_of = id_bytes(dialect)
            rows = connection.execute(
                select(bare(column), tables.secret.c.value).where(
                    among(dialect, column, secret_ids), tables.secret.c.taken
                )
            )
            return {id_of(raw): value for raw, value in rows}

    def destroy(
        self,
        secret_ids: Collection[UUID],
        now: datetime,
        fates: Mapping[UUID, Fate] | None = None,
    ) -> None:
        """Destroy secrets for good and log the ids and the day; repeating it changes nothing.

        Args:
            secret_ids: which secrets.
            now: the instant, whose day is logged.
            fates: of some of them, what the log tells besides.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        if not secret_ids:
            return
        wanted, told = list(secret_ids), fates or {}
        with self._reached() as connection:
            logged = (
                postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            )(tables.destruction)
            for start in range(0, len(wanted), CHUNK):
                chunk = wanted[start : start + CHUNK]
                # Overwritten first: an engine that keeps old pages keeps fewer of them.
                connection.execute(
                    update(tables.secret)
                    .where(tables.secret.c.id.in_(chunk))
                    .values(value=bytes(SECRET_BYTES), taken=true())
                )
                connection.execute(delete(tables.secret).where(tables.secret.c.id.in_(chunk)))
                connection.execute(
                    logged.on_conflict_do_nothing(),
                    [_log_line(one, now.date(), told.get(one)) for one in chunk],
                )
        self._checkpoint()

    def destroyed(self, secret_id: UUID) -> bool:
        """Whether the destruction log holds this id."""
        with self._reached() as connection:
            return (
                connection.execute(
                    select(tables.destruction.c.secret_id).where(
                        tables.destruction.c.secret_id == secret_id
                    )
                ).first()
                is not None
            )

    def destructions(self) -> list[Destroyed]:
        """The whole destruction log, for whoever restores.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        with self._reached() as connection:
            rows = connection.execute(select(tables.destruction)).all()
        return [
            Destroyed(
                row.secret_id,
                row.day,
                None
                if row.record_id is None
                else Fate(row.record_id, row.kind, row.why, row.actor_id),
            )
            for row in rows
        ]

    def forget_fates(self, before: date) -> int:
        """Forget of destructions before a day what they were of; that they were stays.

        Args:
            before: a day; lines of that day stay whole.

        Returns:
            How many lines were shortened.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        with self._reached() as connection:
            done = connection.execute(
                update(tables.destruction)
                .where(tables.destruction.c.day < before, tables.destruction.c.why.is_not(None))
                .values(record_id=None, kind=None, why=None, actor_id=None)
            )
        return int(done.rowcount)

    def _checkpoint(self) -> bool:
        # SQLite zeroes deleted cells (secure_delete); the old page must leave the log file too.
        if self._file is None:
            return True
        raw = self._engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            row = cursor.fetchone()
            cursor.close()
        finally:
            raw.close()
        return row is not None and row[0] == 0

    def scrub(self) -> bool:
        """Remove what destroyed secrets left in the files: `VACUUM`, whole on PostgreSQL.

        Returns:
            Whether every trace could be removed; False while somebody stands in the way.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        if self._file is not None:
            return self._checkpoint()
        try:
            with within(UNHURRIED), self._engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                # Whoever waits for this lock makes every caller wait behind it.
                connection.exec_driver_sql(f"SET lock_timeout = {SCRUB_MILLISECONDS}")
                connection.exec_driver_sql(f"VACUUM FULL {tables.secret.name}")
        except DBAPIError as failed:
            if getattr(failed.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                return False
            raise KeyStoreGone from None
        return True

    # ---- after a restore -----------------------------------------------------------------

    def mark_taken(self, secret_ids: Collection[UUID]) -> tuple[int, frozenset[UUID]]:
        """See that secrets that the database uses are given to nobody else.

        Args:
            secret_ids: every id that the database names.

        Returns:
            How many were not marked as taken yet, and the ids that are not here at all.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        wanted = {one.bytes for one in secret_ids}
        column = tables.secret.c.id
        marked, here = 0, set()
        with self._reached() as connection:
            condition = among(connection.dialect.name, column, wanted)
            here = set(connection.scalars(select(column).where(condition)))
            marked = connection.execute(
                update(tables.secret).where(condition, ~tables.secret.c.taken).values(taken=true())
            ).rowcount
        return int(marked), frozenset(secret_ids) - here

    def set_head(self, number: int, mac: bytes, now: datetime) -> None:
        """Keep another newest row of the trail, a lower one too: the trail was put back.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        with self._reached() as connection:
            connection.execute(delete(tables.head))
            connection.execute(
                insert(tables.head).values(id=1, number=number, mac=mac, noted_at=now)
            )

    # ---- identity ------------------------------------------------------------------------

    def identity(self) -> Identity | None:
        """Which installation this key store belongs to; None while it belongs to none."""
        with self._reached() as connection:
            row = connection.execute(select(tables.identity)).first()
        return None if row is None else Identity(row.installation_id, row.canary)

    def belongs_to(self, identity: Identity) -> None:
        """Bind a key store that holds no confirmed pin to an installation.

        Raises:
            KeyStoreRefused: it is in use already.
            KeyStoreGone: the key store cannot be reached.
        """
        with self._reached() as connection:
            used = connection.execute(
                select(tables.pin.c.kind).where(tables.pin.c.epoch.is_not(None)).limit(1)
            ).first()
            if used is not None:
                raise KeyStoreRefused("KEYSTORE_URL: the key store holds data already")
            connection.execute(delete(tables.pin))
            connection.execute(delete(tables.identity))
            connection.execute(
                insert(tables.identity).values(
                    id=1, installation_id=identity.installation_id, canary=identity.canary
                )
            )

    # ---- pins ----------------------------------------------------------------------------

    def pin(self, recipient: Pinned) -> Pin | None:
        """Which key of a recipient may be sealed to; None for somebody unknown.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        with self._reached() as connection:
            return _pin(connection, recipient)

    def announce_pin(self, recipient: Pinned, epoch: int, fingerprint: bytes) -> None:
        """Say before a database commit which key comes next; the present one stays in force.

        Args:
            recipient: whose key.
            epoch: the epoch of the new key, above the present one.
            fingerprint: 32 bytes.

        Raises:
            KeyStoreRefused: the epoch is not above the present one.
            KeyStoreGone: the key store cannot be reached.
        """
        with self._reached() as connection:
            present = _pin(connection, recipient)
            coming = {"next_epoch": epoch, "next_fingerprint": fingerprint}
            if present is None:
                connection.execute(
                    insert(tables.pin).values(kind=recipient.kind, name=recipient.name, **coming)
                )
            elif present.epoch is not None and epoch <= present.epoch:
                raise KeyStoreRefused("an older epoch is never pinned")
            else:
                connection.execute(_of(update(tables.pin), recipient).values(**coming))

    def confirm_pin(self, recipient: Pinned, epoch: int, fingerprint: bytes) -> bool:
        """Put a key in force after the database commit; an older epoch never comes back.

        Returns:
            Whether this key is in force now.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        with self._reached() as connection:
            present = _pin(connection, recipient)
            if present is None:
                return False
            if present.epoch is not None and present.epoch >= epoch:
                return (present.epoch, present.fingerprint) == (epoch, fingerprint)
            connection.execute(
                _of(update(tables.pin), recipient).values(
                    epoch=epoch, fingerprint=fingerprint, next_epoch=None, next_fingerprint=None
                )
            )
        return True

    def pins(self) -> dict[tuple[str, str], Pin]:
        """Every pin by (kind, name), for `doctor`."""
        with self._reached() as connection:
            return {
                (row.kind, row.name): Pin(
                    row.epoch, row.fingerprint, row.next_epoch, row.next_fingerprint
                )
                for row in connection.execute(select(tables.pin))
            }

    # ---- the trail's head ----------------------------------------------------------------

    def note_head(self, number: int, mac: bytes, now: datetime) -> None:
        """Keep number and MAC of the trail's newest row; a lower number never replaces a higher.

        Raises:
            KeyStoreGone: the key store cannot be reached.
        """
        with self._reached() as connection:
            row = connection.execute(select(tables.head.c.number)).first()
            values = {"number": number, "mac": mac, "noted_at": now}
            if row is None:
                connection.execute(insert(tables.head).values(id=1, **values))
            elif number > row.number:
                connection.execute(update(tables.head).values(**values))

    def noted_head(self) -> NotedHead | None:
        """What `note_head` kept last."""
        with self._reached() as connection:
            row = connection.execute(select(tables.head)).first()
        return None if row is None else NotedHead(row.number, bytes(row.mac), row.noted_at)

    def dispose(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
        self._batch = []
        self._engine.dispose(close=False)


def _after_fork() -> None:
    # Two processes must never hand out the same secret, nor share a connection.
    for store in list(_living):
        store._after_fork()  # noqa: SLF001 - the same module


os.register_at_fork(after_in_child=_after_fork)


def _sqlite_file(url: str) -> Path | None:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    return Path(parsed.database or "")


def _log_line(secret_id: UUID, day: date, fate: Fate | None) -> dict[str, Any]:
    return {
        "secret_id": secret_id,
        "day": day,
        "record_id": None if fate is None else fate.record_id,
        "kind": None if fate is None else fate.kind,
        "why": None if fate is None else fate.why,
        "actor_id": None if fate is None else fate.actor_id,
    }


def _of(statement: Update | Select[Any], recipient: Pinned) -> Any:
    return statement.where(tables.pin.c.kind == recipient.kind, tables.pin.c.name == recipient.name)


def _pin(connection: Connection, recipient: Pinned) -> Pin | None:
    row = connection.execute(_of(select(tables.pin), recipient)).first()
    if row is None:
        return None
    return Pin(row.epoch, row.fingerprint, row.next_epoch, row.next_fingerprint)
