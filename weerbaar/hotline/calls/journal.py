"""The journal: what happens to calls while the database is gone, sealed line by line on disk.

Every server process appends to a file of its own. A line is written whole and, where a caller is
promised something, is on the disk before he hears it. The worker takes the lines in once the
stores are back. The journal is in no backup.
"""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from weerbaar.config import faultpoint
from weerbaar.config.log import logger
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.keyring import Keyring

PURPOSE = "journal"
FORMAT = 1
LIVE, TAKING, UNREADABLE = ".journal", ".taking", ".unreadable"
_BINDING = b"line of the journal"

_log = logger("hotline.calls")


class What(StrEnum):
    """What a line says."""

    BEGAN = "began"
    RUNG = "rung"
    LOST = "lost"  # that telephone did not take it
    TAKEN = "taken"  # somebody pressed 1
    TALKED = "talked"
    ASKED = "asked"  # a call-back was promised
    KEYED = "keyed"  # ten digits, sealed; not confirmed yet
    MISSED = "missed"  # heard that his call was noted
    GONE = "gone"
    NUMBER = "number"  # a number whose call is in the database: only the key store was gone


# Somebody heard, or is about to hear, something that rests on these.
PROMISES = frozenset({What.BEGAN, What.TAKEN, What.ASKED, What.KEYED, What.MISSED, What.NUMBER})


@dataclass(frozen=True)
class Line:
    """One line of the journal.

    Args:
        what: what happened.
        at: when, aware, UTC.
        sid: the provider's id of the caller's line.
        token: what our addresses carry for that line; empty where it is not known.
        facts: what belongs to it, in plain values.
        entry: the id of this line.
    """

    what: What
    at: datetime
    sid: str
    token: str = ""
    facts: dict[str, Any] = field(default_factory=dict, repr=False)
    entry: UUID = field(default_factory=uuid4)

    def to_json(self) -> str:
        """The line as it is sealed."""
        return json.dumps({
            "v": FORMAT, "entry": str(self.entry), "what": self.what.value,
            "at": self.at.isoformat(), "sid": self.sid, "token": self.token, "facts": self.facts,
        })  # fmt: skip


def _from_json(text: bytes) -> Line:
    facts = json.loads(text)
    if facts["v"] != FORMAT:
        raise ValueError
    return Line(
        What(facts["what"]), datetime.fromisoformat(facts["at"]), facts["sid"], facts["token"],
        facts["facts"], UUID(facts["entry"]),
    )  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """One file that nobody appends to any more."""

    path: Path
    lines: tuple[Line, ...]
    damaged: int

    def finish(self) -> None:
        """Every line has been taken in: the file goes, unless something in it did not open."""
        if self.damaged:
            self.path.rename(self.path.with_suffix(UNREADABLE))
        else:
            self.path.unlink(missing_ok=True)


class Journal:
    """The journal of one machine: a folder of files, one for each process that writes.

    Args:
        folder: where it is.
        keyring: seals and opens.
    """

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        self.folder = folder
        self._keyring = keyring
        self._name = f"{os.getpid()}-{secrets.token_hex(8)}{LIVE}"

    def __repr__(self) -> str:
        return "<Journal>"

    def append(self, line: Line) -> None:
        """Write a line; what a promise rests on is on the disk when this returns.

        Raises:
            OSError: it could not be written: nothing may be promised.
        """
        sealed = self._keyring.seal(PURPOSE, line.to_json().encode(), _BINDING)
        with self._open() as descriptor:
            _write(descriptor, base64.b64encode(sealed) + b"\n")
            if line.what in PROMISES:
                faultpoint.reach(f"journal {line.what.value} before sync")
                os.fsync(descriptor)
        faultpoint.reach(f"journal {line.what.value} after sync")

    @contextmanager
    def _open(self) -> Iterator[int]:
        # The worker moves a file away under its lock: whoever waited finds another in its place.
        path = self.folder / self._name
        while True:
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            except FileNotFoundError:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if _is(descriptor, path):
                    if os.fstat(descriptor).st_size == 0:
                        _settle(self.folder)
                    yield descriptor
                    return
            finally:
                os.close(descriptor)

    def batches(self) -> Iterator[Batch]:
        """Every file there is, set apart from whoever writes; oldest first."""
        with suppress(FileNotFoundError):
            for path in sorted(self.folder.iterdir(), key=_age):
                if path.suffix == LIVE:
                    yield from self._set_apart(path)
                elif path.suffix == TAKING:
                    yield self._read(path)

    def _set_apart(self, path: Path) -> Iterator[Batch]:
        apart = path.with_name(f"{path.stem}-{secrets.token_hex(4)}{TAKING}")
        try:
            descriptor = os.open(path, os.O_WRONLY)
        except FileNotFoundError:
            return  # another worker has it
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not _is(descriptor, path):
                return
            path.rename(apart)
        finally:
            os.close(descriptor)
        yield self._read(apart)

    def _read(self, path: Path) -> Batch:
        lines, damaged = [], 0
        with suppress(FileNotFoundError):
            # What a dying process left half written was promised to nobody.
            *whole, _half = path.read_bytes().split(b"\n")
            for sealed in whole:
                try:
                    opened = self._keyring.open(PURPOSE, base64.b64decode(sealed), _BINDING)
                    lines.append(_from_json(opened))
                except (CannotOpen, ValueError, LookupError, TypeError):
                    damaged += 1
        if damaged:
            _log.error("journal does not open", count=damaged)
        return Batch(path, tuple(lines), damaged)


def _write(descriptor: int, line: bytes) -> None:
    # A half written line would swallow the next one: it is cut off again.
    size = os.fstat(descriptor).st_size
    written = 0
    try:
        written = os.write(descriptor, line)
    finally:
        if written != len(line):
            with suppress(OSError):
                os.ftruncate(descriptor, size)
    if written != len(line):
        raise OSError


def _is(descriptor: int, path: Path) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    mine = os.fstat(descriptor)
    return (mine.st_ino, mine.st_dev) == (found.st_ino, found.st_dev)


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
