"""How many requests of one process are at work at once; who only waits, steps aside meanwhile.

A server process has more threads than desks. A request is at a desk until its answer begins.
Whoever waits long for something that needs no database gives his desk to the next: a row of
sign-ins that wait for their passwords to be stretched holds up no call, nor does somebody who
takes a file out over a slow line.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Semaphore, local
from typing import Any

_here = local()


class Desks:
    """A WSGI application in front of which requests wait for a desk."""

    def __init__(self, application: Callable[..., Iterable[bytes]], number: int) -> None:
        """Put desks in front of an application.

        Args:
            application: what answers.
            number: how many requests it works at at once.
        """
        self._application = application
        self._free = Semaphore(number)

    def __call__(self, environ: dict[str, Any], respond: Any) -> Iterable[bytes]:
        """Answer a request."""
        with self._free:
            _here.free = self._free
            try:
                return self._application(environ, respond)
            finally:
                _here.free = None


@contextmanager
def stepped_aside() -> Iterator[None]:
    """Give one's desk away meanwhile, and wait for a free one afterwards.

    Nothing that others wait for may be held: no transaction, no lock.
    """
    free = getattr(_here, "free", None)
    if free is None:
        yield
        return
    free.release()
    try:
        yield
    finally:
        free.acquire()
