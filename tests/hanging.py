"""A PostgreSQL that hangs: behind a door that falls silent, asleep, or behind somebody's lock."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from tests.postgres import Cluster

PIECE = 64 * 1024


class SilentDoor:
    """A way to a cluster over the network, which can fall silent: it still lets everybody in.

    `asked` counts what came in: connections, and what was sent over them.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._behind = str(cluster.folder / ".s.PGSQL.5432")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = threading.Event()
        self._open.set()
        self._sockets: list[socket.socket] = []
        self.asked = 0

    def url(self, name: str) -> str:
        port = self._listener.getsockname()[1]
        return f"postgresql+psycopg://weerbaar@127.0.0.1:{port}/{name}?sslmode=disable"

    def __enter__(self) -> Self:
        threading.Thread(target=self._receive, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.set()
        # A thread in accept() holds the socket open: shut it down first.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._sockets:
            one.close()

    def fall_silent(self) -> None:
        self._open.clear()

    def answer_again(self) -> None:
        self._open.set()

    def _receive(self) -> None:
        while True:
            try:
                outside, _ = self._listener.accept()
            except OSError:
                return
            self.asked += 1
            inside = socket.socket(socket.AF_UNIX)
            inside.connect(self._behind)
            self._sockets += [outside, inside]
            for one, other in ((outside, inside), (inside, outside)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(PIECE):
                if one.family == socket.AF_INET:
                    self.asked += 1
                self._open.wait()
                other.sendall(piece)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def asleep(cluster: Cluster) -> Iterator[None]:
    """Every process of a cluster stopped, as on a machine that swaps or whose disk hangs."""
    with psycopg.connect(cluster.dsn("postgres")) as connection:
        data = connection.execute("SHOW data_directory").fetchone()
    assert data is not None
    first = int(Path(data[0], "postmaster.pid").read_text(encoding="ascii").split()[0])
    try:
        # The first of them stops first: it makes the others.
        _send(signal.SIGSTOP, first)
        _send(signal.SIGSTOP, *_children(first))
        yield
    finally:
        _send(signal.SIGCONT, first, *_children(first))


def _send(what: signal.Signals, *processes: int) -> None:
    for one in processes:
        with suppress(ProcessLookupError):
            os.kill(one, what)


def _children(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            text = status.read_text(encoding="utf-8")
            if int(text.rpartition(")")[2].split()[1]) == parent:
                found.append(int(status.parent.name))
    return found


@contextmanager
def locked(cluster: Cluster, name: str, table: str) -> Iterator[None]:
    """A table that somebody else has locked, and does not let go."""
    with psycopg.connect(cluster.dsn(name)) as connection:
        connection.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
        yield
        connection.rollback()


@contextmanager
def black_hole() -> Iterator[str]:
    """The address of a machine that answers nothing, not even that it is not there."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(address)
            fillers.append(filler)
        try:
            yield f"postgresql+psycopg://nobody@127.0.0.1:{address[1]}/nothing"
        finally:
            for filler in fillers:
                filler.close()
