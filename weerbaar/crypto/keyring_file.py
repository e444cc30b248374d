"""The file of the service keys: its owner's alone, written whole, never written over."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

SETTING = "SERVICE_KEYS_FILE"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyringMissing(Exception):
    """The service keys are not where SERVICE_KEYS_FILE says, and cannot be put there."""


class KeyringDamaged(Exception):
    """The service keys in SERVICE_KEYS_FILE cannot be used."""


class KeyringExists(Exception):
    """There are service keys already; they are never overwritten."""


def read_private(path: Path) -> str:
    """The text of a file that nobody but its owner can read or write.

    Raises:
        KeyringMissing: there is no such file.
        KeyringDamaged: others can reach it, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read().decode("ascii")
    except FileNotFoundError:
        raise KeyringMissing(f"{SETTING} names no file") from None
    except (OSError, UnicodeDecodeError):
        raise KeyringDamaged(f"{SETTING} cannot be read") from None
    if mode & _OTHERS:
        raise KeyringDamaged(f"{SETTING} can be read by others; chmod it to 600")
    return text


def write_private(path: Path, text: str) -> None:
    """Write a new file: it appears whole, or not at all, and never in the place of another.

    Raises:
        KeyringExists: there is something at that path.
        KeyringMissing: it cannot be written there.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        try:
            _write(draft, text)
            # A link, unlike a rename, refuses to take the place of what is there.
            os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        _settle(path.parent)
    except FileExistsError:
        raise KeyringExists(f"{SETTING} exists already") from None
    except OSError:
        raise KeyringMissing(f"{SETTING} cannot be written") from None


def _write(draft: Path, text: str) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some file systems cannot sync a folder; the file itself is safe by now.
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_private(path: Path, text: str) -> None:
    """Write a file in the place of the one that is there: whole, or not at all.

    Raises:
        KeyringMissing: it cannot be written there.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        try:
            _write(draft, text)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _settle(path.parent)
    except OSError:
        raise KeyringMissing(f"{SETTING} cannot be written") from None
