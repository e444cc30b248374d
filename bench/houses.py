"""Houses to measure in: founded on a database with the steps of a real one."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.installation import Installation
from tests.postgres import Cluster
from weerbaar import migrations
from weerbaar.config.database import Database

Found = TypeVar("Found")


@contextmanager
def house(folder: Path, url: str | None = None, **settings: str) -> Iterator[Installation]:
    """An installation whose files are in a folder; on embedded SQLite there, unless told otherwise."""
    folder.mkdir(exist_ok=True)
    url = url or f"sqlite:///{folder / 'weerbaar.sqlite'}"
    database = Database(url)
    migrations.upgrade(database.engine)
    database.dispose()
    installation = Installation(folder, url, **settings)
    try:
        yield installation
    finally:
        installation.close()


def on_both(measured: Callable[[str, Installation], Found]) -> dict[str, Found]:
    """The same on embedded SQLite and on PostgreSQL with fsync, whose key store is a cluster of its own.

    Args:
        measured: receives the name of the engine, for what it prints, and a house.
    """
    found: dict[str, Found] = {}
    with (
        tempfile.TemporaryDirectory() as name,
        Cluster(durable=True) as data,
        Cluster(durable=True) as locks,
    ):
        with house(Path(name) / "sqlite") as installation:
            found["sqlite"] = measured("SQLite", installation)
        with house(
            Path(name) / "postgresql",
            data.create("bench"),
            KEYSTORE_URL=locks.create("keystore"),
        ) as installation:
            found["postgresql"] = measured("PostgreSQL", installation)
    return found
