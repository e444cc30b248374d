"""Engine, sessions, naming convention and column types, for SQLite and PostgreSQL alike."""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    Uuid,
    any_,
    create_engine,
    event,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from weerbaar.config import waiting
from weerbaar.config.patience import UNHURRIED, Patience

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# With all connections out, the next one waits this long for its turn.
TURN_SECONDS = 2
# A server that vanished from the network is noticed within 5 + 3 * 2 seconds, whoever waits.
KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}


class Model(DeclarativeBase):
    """What every table of the application's database derives from."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: goes in aware, comes out aware, in UTC.

    SQLite keeps no zone, so the value is stored as naive UTC there and given its zone back.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone is not stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        _ = dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    # The driver's own transaction handling is switched off; `begin` below opens them for real.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def engine_for(url: str, *, pool_size: int = 10, patience: Patience = UNHURRIED) -> Engine:
    """An engine for a database address, for which nobody waits longer than he can.

    Parameters of statements are hidden from every message (they may be secret), and a SQLite
    transaction takes the write lock at its start, so that two writers wait for each other
    instead of failing half-way.

    Args:
        url: a SQLAlchemy address, `sqlite:///...` or `postgresql+psycopg://...`.
        pool_size: connections kept open.
        patience: how long to wait for it where no door says so.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=TURN_SECONDS,
            # A server that has vanished from the network must be missed within a caller's patience.
            connect_args={
                "connect_timeout": 3,
                "tcp_user_timeout": 3000,
                "options": "-c timezone=utc",
                **KEEPALIVE,
            },
        )
        waiting.limit(engine, patience)
        return engine
    engine = create_engine(parsed, hide_parameters=True, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    waiting.limit(engine, patience)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def among(dialect: str, column: ColumnElement[UUID], ids: Collection[bytes]) -> ColumnElement[bool]:
    """The condition that an id is one of many, as one parameter whatever their number.

    Args:
        dialect: `sqlite` or `postgresql`.
        column: of the ids.
        ids: any number of them, 16 bytes each.
    """
    if dialect == "postgresql":
        return column == any_(literal([UUID(bytes=one) for one in ids], ARRAY(Uuid)))
    listed = func.json_each(json.dumps([one.hex() for one in ids])).table_valued("value")
    return column.in_(select(listed.c.value.cast(String)))


def bare(column: Any) -> ColumnElement[Any]:
    """An id's column as its driver gives it; for loops over thousands of rows. See `id_bytes`."""
    return type_coerce(column, String)


def id_bytes(dialect: str) -> Callable[[Any], bytes]:
    """What makes the 16 bytes of an id of what `bare` gave.

    Args:
        dialect: `sqlite` or `postgresql`.
    """
    return attrgetter("bytes") if dialect == "postgresql" else bytes.fromhex


class Database:
    """One database and the sessions on it."""

    def __init__(
        self, url: str, *, pool_size: int = 10, patience: Patience = UNHURRIED
    ) -> None:  # fmt: skip
        self.url = url
        self.engine = engine_for(url, pool_size=pool_size, patience=patience)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    def __repr__(self) -> str:
        return f"<Database {self.engine.dialect.name}>"

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that is rolled back unless its user commits."""
        session = self._sessions()
        try:
            yield session
        finally:
            session.close()

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()
