"""Copies of a PostgreSQL database: an archive with one stream of `COPY` for each table.

Written and read through the driver, so that no client program of the right version is needed, and
so that putting a copy back is one transaction together with everything that belongs to it. The
streams are PostgreSQL's text format (https://www.postgresql.org/docs/current/sql-copy.html), which
every version reads.
"""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, inspect, text
from sqlalchemy.exc import DBAPIError

from weerbaar.config.copying import CopyRefused, InUse

FORMAT = 1
MANIFEST = "manifest.json"
PIECE = 1 << 16
LOCK_MILLISECONDS = 5_000


def write(engine: Engine, target: Path, facts: dict[str, Any]) -> None:
    """Copy a database as it is at one moment, while others write to it.

    Args:
        engine: the database.
        target: the archive.
        facts: what else the manifest says, in plain values.

    Raises:
        CopyRefused: the database cannot be read.
    """
    try:
        with (
            engine.connect() as connection,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            connection.execution_options(isolation_level="REPEATABLE READ")
            connection.execute(text("SET TRANSACTION READ ONLY"))
            tables = {}
            for table in _tables(connection):
                columns = [one["name"] for one in inspect(connection).get_columns(table)]
                tables[table] = columns
                with archive.open(f"{table}.copy", "w", force_zip64=True) as member:
                    for piece in _stream_out(connection, table, columns):
                        member.write(piece)
            manifest = {"format": FORMAT, "tables": tables, **facts}
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    except DBAPIError as failed:
        raise CopyRefused(f"the database cannot be read ({type(failed).__name__})") from None


def _tables(connection: Connection) -> list[str]:
    """Every table, those that others refer to first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table.name for table in metadata.sorted_tables]


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _listed(table: str, columns: list[str]) -> str:
    return f'"{table}" ({", ".join(f"{chr(34)}{one}{chr(34)}" for one in columns)})'


def _stream_out(connection: Connection, table: str, columns: list[str]) -> Iterator[bytes]:
    with (
        _driver(connection).cursor() as cursor,
        cursor.copy(f"COPY {_listed(table, columns)} TO STDOUT") as copy,
    ):
        for piece in copy:
            yield bytes(piece)


class Archive:
    """A copy, to be read. Use `opened`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if self.manifest.get("format") != FORMAT:
            raise CopyRefused("this backup was made by a newer version")

    def __repr__(self) -> str:
        return "<Archive>"

    def fill(self, connection: Connection) -> None:
        """Fill empty tables with what the copy holds.

        Args:
            connection: of a database with these tables, in a transaction.
        """
        for table, columns in self.manifest["tables"].items():
            with (
                _driver(connection).cursor() as cursor,
                cursor.copy(f"COPY {_listed(table, columns)} FROM STDIN") as copy,
                self._archive.open(f"{table}.copy") as member,
            ):
                while piece := member.read(PIECE):
                    copy.write(piece)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """A copy that is whole: every stream is checked before anything is changed.

    Raises:
        CopyRefused: it is damaged, or of a newer version.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:
                raise CopyRefused("the backup is damaged")
            yield Archive(archive)
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError):
        raise CopyRefused("the backup is damaged") from None


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """A transaction in a database that nobody else has open; the user of it commits.

    Raises:
        InUse: somebody has.
        CopyRefused: the database cannot be reached.
    """
    try:
        connection = engine.connect()
    except DBAPIError as failed:
        raise CopyRefused(f"the database cannot be reached ({type(failed).__name__})") from None
    with connection:
        connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}"))
        others = connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        ).scalar_one()
        if others:
            raise InUse(f"{others} others have it open: stop `serve` and `worker` first")
        yield connection


def empty(connection: Connection) -> None:
    """Take every table away, within the transaction."""
    for table in reversed(_tables(connection)):
        connection.execute(text(f'DROP TABLE "{table}" CASCADE'))
