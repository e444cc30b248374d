"""Connections that do not wait for ever: the driver's side of `patience`, on both engines."""

import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from weerbaar.config import patience
from weerbaar.config.patience import Breaker, DatabaseSilent, Patience

# The server gives up this much before its client does, so that the connection stays.
SERVER_FIRST = 0.2
# A transaction whose client fell asleep or vanished holds its locks no longer than this.
IDLE_SECONDS = 30
# SQLSTATE: no lock within lock_timeout; stopped by statement_timeout.
_GAVE_UP = frozenset({"55P03", "57014"})
_LIMITS = (
    "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false),"
    " set_config('idle_in_transaction_session_timeout', %s, false)"
)
_PATIENCE = "patience"


class NoAnswer(psycopg.OperationalError):
    """The server said nothing in time; the connection is closed."""


def limit(engine: Engine, otherwise: Patience) -> Breaker:
    """Let nobody wait for a database longer than he can.

    Args:
        engine: of SQLite or PostgreSQL.
        otherwise: how long where no door said so.

    Returns:
        What this process knows of that database.
    """
    breaker = Breaker()
    of_engine = _Postgres if engine.dialect.name == "postgresql" else _Sqlite
    of_engine(engine, breaker, otherwise)
    return breaker


class _Limits(ABC):
    def __init__(self, engine: Engine, breaker: Breaker, otherwise: Patience) -> None:
        self.breaker, self.otherwise = breaker, otherwise
        event.listen(engine, "checkout", self._checked_out)
        event.listen(engine, "handle_error", self._failed)

    def _checked_out(self, connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
        if patience.seconds(self.otherwise) is not None:
            self.breaker.ask()
        self._greet(connection, entry, patience.present(self.otherwise))
        self.breaker.well()

    @abstractmethod
    def _greet(self, connection: Any, entry: ConnectionPoolEntry, wanted: Patience) -> None:
        """Tell a connection that is taken out how long to wait."""

    def _failed(self, context: ExceptionContext) -> None:
        error = context.original_exception
        if isinstance(error, NoAnswer):
            self.breaker.silent()
        elif self._gave_up(error):
            self.breaker.refused()

    @abstractmethod
    def _gave_up(self, error: BaseException) -> bool:
        """Whether an error says that a lock was not given in time."""


class _Sqlite(_Limits):
    """A file cannot hang as a server can; the lock on it can be held."""

    def _greet(self, connection: Any, entry: ConnectionPoolEntry, wanted: Patience) -> None:
        if entry.info.get(_PATIENCE) != wanted.file_lock:
            connection.execute(f"PRAGMA busy_timeout={round(wanted.file_lock * 1000)}")
            entry.info[_PATIENCE] = wanted.file_lock

    def _gave_up(self, error: BaseException) -> bool:
        code = getattr(error, "sqlite_errorcode", None)
        return code is not None and code & 0xFF == sqlite3.SQLITE_BUSY


class _Postgres(_Limits):
    """A server may take connections and never answer: the client keeps the time."""

    def __init__(self, engine: Engine, breaker: Breaker, otherwise: Patience) -> None:
        super().__init__(engine, breaker, otherwise)
        self.connection_class = _connection_class(lambda: patience.seconds(otherwise))
        event.listen(engine, "do_connect", self._connect)

    def _connect(
        self, _dialect: Dialect, _entry: ConnectionPoolEntry, how: Any, more: dict[str, Any]
    ) -> Any:
        seconds = patience.seconds(self.otherwise)
        if seconds is None:
            return self.connection_class.connect(*how, **more)
        self.breaker.ask()
        try:
            return _Connecting(lambda: self.connection_class.connect(*how, **more)).within(seconds)
        except DatabaseSilent:
            self.breaker.silent()
            raise

    def _greet(self, connection: Any, entry: ConnectionPoolEntry, wanted: Patience) -> None:
        # Asked at every check-out: it tells as well whether the connection still lives.
        _ = entry
        seconds = wanted.answer
        limits = ["0", "0", "0"]
        if seconds is not None:
            statement = seconds - SERVER_FIRST
            lock = min(wanted.lock, statement - SERVER_FIRST)
            limits = [f"{round(one * 1000)}" for one in (statement, lock, IDLE_SECONDS)]
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(_LIMITS, limits)
        except NoAnswer:
            self.breaker.silent()
            raise DatabaseSilent from None
        except psycopg.OperationalError:
            # It died since it was used last: the pool takes another one.
            raise DisconnectionError from None
        finally:
            if not connection.closed:
                connection.autocommit = False

    def _gave_up(self, error: BaseException) -> bool:
        return isinstance(error, psycopg.Error) and error.sqlstate in _GAVE_UP


def _connection_class(seconds: Callable[[], float | None]) -> type[psycopg.Connection[Any]]:
    class Patient(psycopg.Connection[Any]):
        """A connection that is closed when the server does not answer in time."""

        def wait(
            self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None
        ) -> Any:  # fmt: skip
            """Wait as the driver does, and no longer than somebody has patience."""
            limit = seconds()
            if limit is None:
                return super().wait(gen, interval, timeout)
            until = time.monotonic() + limit
            try:
                return super().wait(gen, min(interval, limit), limit)
            except psycopg.OperationalError as error:
                if time.monotonic() < until or error.sqlstate is not None:
                    raise
                self.close()
                raise NoAnswer("no answer in time") from None

    return Patient


class _Connecting:
    # The driver cannot be told to connect within less than two seconds an address, and looking up
    # a name takes as long as it takes: somebody else waits for it.
    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._given_up = False
        self._made: Any = None
        self._error: BaseException | None = None
        self._done = threading.Event()

    def within(self, seconds: float) -> Any:
        threading.Thread(target=self._run, name="connecting", daemon=True).start()
        self._done.wait(seconds)
        with self._lock:
            self._given_up = self._made is None
            if self._made is not None:
                return self._made
            if self._error is not None:
                raise self._error
        raise DatabaseSilent

    def _run(self) -> None:
        try:
            made = self._connect()
        except BaseException as error:  # noqa: BLE001 - raised where somebody waits for it
            with self._lock:
                self._error = error
        else:
            with self._lock:
                if not self._given_up:
                    self._made = made
            if self._made is None:
                made.close()
        self._done.set()
