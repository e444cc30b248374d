"""How long somebody waits for a database that does not answer, and who need not wait again.

Theory of operation. A database may hang: it takes connections and says nothing, or a lock is
never given. Each door says how long it can wait (`within`); what stands at the engine counts where
no door said so. The server is told the same limits and gives up a little earlier, so that a
statement that nobody waits for any more does not stay behind a lock.

Whoever waited in vain leaves a note at the `Breaker` of that database. For some seconds everybody
else of this process who cannot wait fails at once; then one tries whether it is back.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError

# What is left when the time of a whole request is over: enough for a roll-back that is answered.
LAST_MOMENT = 0.05
# How long nobody tries again, and within which time a second refused lock counts with the first.
REST_SECONDS = 5.0
STRIKE_SECONDS = 10.0


class DatabaseSilent(OperationalError):
    """The database did not answer in time, or did not answer somebody else a moment ago."""

    def __init__(self) -> None:
        super().__init__(None, None, TimeoutError("no answer"))


@dataclass(frozen=True)
class Patience:
    """How long to wait for a database.

    Args:
        answer: seconds until a server that says nothing counts as silent; None waits for ever.
        lock: seconds until a lock that others hold at a server counts as refused, at most.
        file_lock: the same of a file, where whoever waits is not served in the order of coming.
        whole: seconds for everything that is asked within; None sets no limit to that.
    """

    answer: float | None
    lock: float
    file_lock: float
    whole: float | None = None


# The provider waits four seconds for a document (`rt` in its address), with somebody on the line.
CALLER = Patience(answer=2.5, lock=2.0, file_lock=3.0, whole=3.0)
# Pages stand in the way of calls: all threads of a process may wait for one of them to end.
PAGE = Patience(answer=3.0, lock=2.5, file_lock=10.0)
# Nobody waits for the worker; it must only come back to its rounds.
WORKER = Patience(answer=30.0, lock=20.0, file_lock=20.0)
# Commands, and what takes as long as it takes.
UNHURRIED = Patience(answer=None, lock=0.0, file_lock=10.0)


@dataclass(frozen=True)
class _Begun:
    patience: Patience
    until: float | None


_begun: ContextVar[_Begun | None] = ContextVar("patience", default=None)


@contextmanager
def within(patience: Patience) -> Iterator[None]:
    """Wait no longer than this for any database, in this context.

    Args:
        patience: how long.
    """
    until = None if patience.whole is None else time.monotonic() + patience.whole
    token = _begun.set(_Begun(patience, until))
    try:
        yield
    finally:
        _begun.reset(token)


def present(otherwise: Patience) -> Patience:
    """The patience of this context.

    Args:
        otherwise: where no door said how long it waits.
    """
    begun = _begun.get()
    return otherwise if begun is None else begun.patience


def seconds(otherwise: Patience) -> float | None:
    """How long to wait for the next answer; None: for ever.

    Args:
        otherwise: where no door said how long it waits.
    """
    begun = _begun.get()
    if begun is None:
        return otherwise.answer
    if begun.until is None or begun.patience.answer is None:
        return begun.patience.answer
    return min(begun.patience.answer, max(LAST_MOMENT, begun.until - time.monotonic()))


class Breaker:
    """Whether one database is worth waiting for, as this process found it. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rests_until = 0.0
        self._silent = False
        self._refused_at: float | None = None

    def ask(self) -> None:
        """Before waiting: when others waited in vain, one in some seconds tries; the rest do not.

        Raises:
            DatabaseSilent: somebody else waited in vain a moment ago.
        """
        with self._lock:
            now = time.monotonic()
            if now < self._rests_until:
                raise DatabaseSilent
            if self._silent:
                self._rests_until = now + REST_SECONDS

    def silent(self) -> None:
        """Somebody waited, and there was no answer."""
        with self._lock:
            self._silent = True
            self._rests_until = time.monotonic() + REST_SECONDS

    def refused(self) -> None:
        """A lock was not given in time: one may be bad luck, two stop the rest for some seconds."""
        with self._lock:
            now = time.monotonic()
            again = self._refused_at is not None and now - self._refused_at < STRIKE_SECONDS
            self._refused_at = None if again else now
            if again:
                self._rests_until = now + REST_SECONDS

    def well(self) -> None:
        """It answered somebody who tried."""
        if self._silent:
            with self._lock:
                self._silent = False
                self._rests_until = 0.0
