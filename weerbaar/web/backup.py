"""Backups of a running house: of the database, and apart from it of the key store."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from weerbaar import migrations
from weerbaar.accounts.destruction import BACKUPS_LIVE
from weerbaar.accounts.house import House
from weerbaar.config import copying, faultpoint, postgres_copy
from weerbaar.config.copying import CopyRefused
from weerbaar.config.database import engine_for
from weerbaar.config.settings import Settings

_TIME = "%Y%m%dT%H%M%SZ"
_ENDINGS = {"sqlite": "sqlite", "postgresql": "zip"}


class Store(StrEnum):
    """Which of the two is copied; the word begins the name of the file."""

    DATABASE = "weerbaar"
    KEYSTORE = "keystore"

    def url(self, settings: Settings) -> str:
        """Where it is."""
        secret = settings.database_url if self is Store.DATABASE else settings.keystore_url
        return secret.get_secret_value()

    def folder(self, settings: Settings) -> Path:
        """Where its backups go unless somebody says otherwise."""
        if self is Store.DATABASE:
            return settings.backup_folder
        return settings.keystore_backup_folder


@dataclass(frozen=True)
class Backup:
    """One backup, as its name tells."""

    path: Path
    made_at: datetime


def engine_of(url: str) -> str:
    """`sqlite` or `postgresql`."""
    return make_url(url).get_backend_name()


def place_of(url: str) -> Path:
    """The file of a SQLite database."""
    return Path(make_url(url).database or "")


def make(settings: Settings, store: Store, now: datetime, folder: Path | None = None) -> Path:
    """Copy database or key store as it is at one moment, while the house goes on.

    Args:
        settings: where they are.
        store: which.
        now: the instant, aware, for the name.
        folder: where the copy goes; the one of the settings without.

    Returns:
        The file; readable by its owner alone.

    Raises:
        CopyRefused: it cannot be copied, or there is one of this very second.
    """
    url = store.url(settings)
    engine = engine_of(url)
    target = (folder or store.folder(settings)) / (
        f"{store.value}-{now.astimezone(UTC).strftime(_TIME)}.{_ENDINGS[engine]}"
    )
    with copying.draft_of(target) as draft:
        if engine == "sqlite":
            copying.copy_sqlite(place_of(url), draft)
        else:
            _archive(url, store, draft)
        faultpoint.reach("backup before its name")
    return target


def _archive(url: str, store: Store, draft: Path) -> None:
    engine = engine_for(url, pool_size=1)
    try:
        facts = {"of": store.value}
        if store is Store.DATABASE:
            facts["revision"] = migrations.present(engine) or ""
        postgres_copy.write(engine, draft, facts)
    except SQLAlchemyError as failed:
        raise CopyRefused(f"it cannot be reached ({type(failed).__name__})") from None
    finally:
        engine.dispose()


def found(settings: Settings, store: Store, folder: Path | None = None) -> list[Backup]:
    """The backups in a folder, the newest first; what has another name is not looked at."""
    name = re.compile(rf"{store.value}-(\d{{8}}T\d{{6}}Z)\.(?:sqlite|zip)")
    place = folder or store.folder(settings)

    def each() -> Iterator[Backup]:
        for path in place.iterdir() if place.is_dir() else ():
            told = name.fullmatch(path.name)
            if told is not None:
                yield Backup(path, datetime.strptime(told[1], _TIME).replace(tzinfo=UTC))

    return sorted(each(), key=lambda one: one.made_at, reverse=True)


def remove_old_keystores(settings: Settings, now: datetime, folder: Path | None = None) -> int:
    """Remove backups of the key store that are older than seven days: what was destroyed is gone.

    Args:
        settings: where they are.
        now: the instant, aware.
        folder: where to look; the one of the settings without.

    Returns:
        How many were removed.
    """
    old = [
        one for one in found(settings, Store.KEYSTORE, folder) if now - one.made_at > BACKUPS_LIVE
    ]
    for one in old:
        one.path.unlink(missing_ok=True)
    return len(old)


def tidy(house: House, now: datetime) -> int:
    """The worker's hourly act."""
    return remove_old_keystores(house.settings, now)
