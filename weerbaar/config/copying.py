"""Whole copies of a database that goes on running, and the files they are kept in.

A copy of SQLite is a database file, made with SQLite's own backup interface
(https://www.sqlite.org/backup.html). A copy of PostgreSQL is an archive of one stream of `COPY`
for each table, read in one snapshot; see `postgres_copy`. A copy gets its name when it is
complete, and never takes the place of another.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

PARTIAL = ".partial"
_MAGIC = b"SQLite format 3\x00"
_ARCHIVE = b"PK"
BUSY_SECONDS = 10


class CopyRefused(Exception):
    """A copy cannot be made, or cannot be used; the text says why."""


class InUse(CopyRefused):
    """Somebody else has the database open."""


@contextmanager
def draft_of(target: Path) -> Iterator[Path]:
    """A file to write that gets its name only when it is complete, safe on the disk.

    Args:
        target: the name it gets.

    Raises:
        CopyRefused: the name is taken.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(target.name + PARTIAL)
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    try:
        yield draft
        sync(draft)
        try:
            # A hard link fails where the name is taken; a rename would replace.
            os.link(draft, target)
        except FileExistsError:
            raise CopyRefused(f"{target.name} is there already") from None
        sync(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def kind_of(path: Path) -> str:
    """What a copy is of: `sqlite` or `postgresql`.

    Raises:
        CopyRefused: it is no copy of ours, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except OSError as failed:
        raise CopyRefused(f"the file cannot be read ({type(failed).__name__})") from None
    if head == _MAGIC:
        return "sqlite"
    if head.startswith(_ARCHIVE):
        return "postgresql"
    raise CopyRefused("this is no backup that was made here")


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite database as it is at one moment, while others write to it.

    Args:
        source: the database.
        target: a file that is empty or not there; it becomes one whole file without a log.

    Raises:
        CopyRefused: the source is not there, or the copy is not sound.
    """
    if not source.exists():
        raise CopyRefused("there is no database to copy")
    try:
        with (
            closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as present,
            closing(sqlite3.connect(target)) as copy,
        ):
            present.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            found = copy.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as failed:
        raise CopyRefused(f"the database cannot be copied ({failed})") from None
    if found != ("ok",):
        raise CopyRefused("the copy is damaged")


def fold(path: Path) -> None:
    """Bring a SQLite database into one file, with nobody else at it.

    Args:
        path: the database.

    Raises:
        InUse: somebody else has it open.
    """
    try:
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as only:
            # Leaving the log mode needs the database for oneself
            # (https://www.sqlite.org/wal.html, "activating and configuring").
            mode = only.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError:
        raise InUse("somebody has it open: stop `serve` and `worker` first") from None
    if mode != ("delete",):
        raise InUse("somebody has it open: stop `serve` and `worker` first")


def take_place(draft: Path, place: Path) -> None:
    """Put a complete database file in the place of another: the old one or the new one, never half.

    Args:
        draft: a folded database on the same file system.
        place: where it goes; a damaged one there is replaced too.

    Raises:
        InUse: somebody has the old one open.
    """
    if place.exists():
        # Where it is no database any more, nothing of it is worth folding.
        with suppress(sqlite3.DatabaseError):
            fold(place)
    for suffix in ("-wal", "-shm", "-journal"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)
    sync(draft)
    draft.replace(place)
    sync(place.parent)
