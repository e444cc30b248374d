"""Putting a backup back: the whole of it with everything that belongs to it, or nothing.

A copy of SQLite is made ready beside its place and takes it in one step. A copy of PostgreSQL is
filled in within one transaction. What closes the old house (keys put in force, secrets destroyed)
comes after that step; a process that is killed leaves the old house or the new one.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from weerbaar import migrations
from weerbaar.accounts import (
    installation,
    keystore_tables,
    people,
    restoring,
    taking_up,
    trail,
    vouching,
)
from weerbaar.accounts.house import CANARY_PURPOSE
from weerbaar.accounts.keystore import Identity, KeyStore, KeyStoreGone, KeyStoreRefused
from weerbaar.accounts.models import InstallationRow
from weerbaar.accounts.restoring import Findings
from weerbaar.accounts.vault import Vault
from weerbaar.config import copying, faultpoint, postgres_copy
from weerbaar.config.copying import CopyRefused
from weerbaar.config.database import Database, engine_for
from weerbaar.config.settings import Settings
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.keyring import Keyring, KeyringDamaged, KeyringMissing
from weerbaar.hotline.calls import keeping
from weerbaar.intake import retention
from weerbaar.web.backup import Store, engine_of, place_of

_NEEDS_WORD = "this installation has data; say --replace to put the backup in its place"


class RestoreRefused(Exception):
    """The backup was not put back, and nothing was changed; the text says why."""


@dataclass(frozen=True)
class Restored:
    """What putting a backup back led to."""

    findings: Findings
    # Mail addresses of whom it concerns: staff, for whoever runs the command.
    left: list[str] = field(repr=False)
    shut_out: list[str] = field(repr=False)


def database(settings: Settings, file: Path, now: datetime, *, replace: bool) -> Restored:
    """Put a backup of the database back, beside the present key store.

    Args:
        settings: where everything is.
        file: of `backup`.
        now: the instant, aware.
        replace: whether the data that stands there may go.

    Raises:
        RestoreRefused: nothing was changed; the text says why.
    """
    with _refusing():
        _check_kind(settings, Store.DATABASE, file)
        if not replace and not _is_empty(settings):
            raise RestoreRefused(_NEEDS_WORD)
        keystore = KeyStore.open(Store.KEYSTORE.url(settings))
        try:
            vault = Vault(keystore, Keyring.load(settings.service_keys_file))
            put = _put_file if engine_of(Store.DATABASE.url(settings)) == "sqlite" else _put_rows
            restored = put(settings, file, vault, now)
        finally:
            keystore.dispose()
        # It tells of a roster that is no more. The journal stays: what it promises is still owed.
        settings.snapshot_path.unlink(missing_ok=True)
        return restored


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (CopyRefused, KeyStoreRefused, KeyringMissing, KeyringDamaged) as refused:
        raise RestoreRefused(str(refused)) from None
    except KeyStoreGone:
        raise RestoreRefused("WEERBAAR_KEYSTORE_URL: the key store cannot be reached") from None
    except SQLAlchemyError as failed:
        raise RestoreRefused(f"the backup does not fit ({type(failed).__name__})") from None


def _check_kind(settings: Settings, store: Store, file: Path) -> None:
    wanted = engine_of(store.url(settings))
    found = copying.kind_of(file)
    if found != wanted:
        raise RestoreRefused(f"this is a backup of {found}, and the settings name {wanted}")


def _is_empty(settings: Settings) -> bool:
    url = Store.DATABASE.url(settings)
    if engine_of(url) == "sqlite" and not place_of(url).exists():
        return True
    present = Database(url, pool_size=1)
    try:
        return installation.is_empty(present)
    except SQLAlchemyError:
        # Damaged or out of reach: whether there is something to lose nobody can say.
        return False
    finally:
        present.dispose()


# ---- the database ------------------------------------------------------------------------


def _put_file(settings: Settings, file: Path, vault: Vault, now: datetime) -> Restored:
    place = place_of(Store.DATABASE.url(settings))
    with _beside(file, place) as draft:
        ready = Database(f"sqlite:///{draft}", pool_size=1)
        try:
            before = migrations.present(ready.engine)
            _check_revision(before)
            migrations.upgrade(ready.engine)
            with ready.session() as session:
                late, words = restoring.postponed(vault)
                restored = _reconcile(session, ready, vault, late, before, now)
                session.commit()
                restoring.keep_head(session, late, now)
        finally:
            ready.dispose()
        copying.fold(draft)
        faultpoint.reach("restore before its place")
        copying.take_place(draft, place)
    faultpoint.reach("restore in its place")
    words.say()
    return restored


@contextmanager
def _beside(file: Path, place: Path) -> Iterator[Path]:
    """A copy of a backup on the file system where it is going to be; gone when it has no use."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.restoring")
    parts = [draft.with_name(draft.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]
    for one in parts:
        one.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    try:
        shutil.copyfile(file, draft)
        yield draft
    finally:
        for one in parts:
            one.unlink(missing_ok=True)


def _put_rows(settings: Settings, file: Path, vault: Vault, now: datetime) -> Restored:
    ready = Database(Store.DATABASE.url(settings), pool_size=1)
    try:
        with postgres_copy.opened(file) as archive, postgres_copy.alone(ready.engine) as connection:
            _check_archive(archive, Store.DATABASE)
            _check_revision(archive.manifest["revision"])
            postgres_copy.empty(connection)
            migrations.upgrade_within(connection, archive.manifest["revision"])
            connection.execute(text("DELETE FROM alembic_version"))
            archive.fill(connection)
            migrations.upgrade_within(connection, "head")
            late, words = restoring.postponed(vault)
            with Session(connection, join_transaction_mode="control_fully") as session:
                before = archive.manifest["revision"]
                restored = _reconcile(session, ready, vault, late, before, now)
                faultpoint.reach("restore before its place")
                session.commit()
            faultpoint.reach("restore in its place")
        with ready.session() as session:
            restoring.keep_head(session, late, now)
        words.say()
    finally:
        ready.dispose()
    return restored


def _check_archive(archive: postgres_copy.Archive, store: Store) -> None:
    if archive.manifest.get("of") != store.value:
        raise RestoreRefused("this is a backup of the other store")


def _check_revision(revision: str | None) -> None:
    if not revision:
        raise RestoreRefused("this is no backup of a database of Weerbaar")
    if revision > migrations.newest():
        raise RestoreRefused("this backup was made by a newer version")


def _reconcile(
    session: Session,
    ready: Database,
    vault: Vault,
    late: Vault,
    before: str | None,
    now: datetime,
) -> Restored:
    _check_identity(session, vault)
    trail.attach(ready, vault)
    vouching.attach(ready, vault)
    if before is None or before < taking_up.SINCE:
        taking_up.take_up(session, vault.keyring)
    restoring.bring_up_keystore(session, vault, vault.keystore, now)
    findings = restoring.bring_up_database(session, late, now, (_cases, keeping.forget_lost))
    cards = people.cards(session, vault)
    return Restored(
        findings,
        [cards[one].mail for one in findings.left],
        [cards[one].mail for one in findings.shut_out],
    )


def _cases(session: Session, lost: frozenset[UUID]) -> None:
    retention.forget_lost(session, lost)


def _check_identity(session: Session, vault: Vault) -> None:
    row = session.execute(select(InstallationRow.installation_id, InstallationRow.canary)).first()
    if row is None:
        raise RestoreRefused("nothing was founded in this backup")
    _open_canary(vault.keyring, Identity(row.installation_id, bytes(row.canary)))
    if vault.keystore.identity() != Identity(row.installation_id, bytes(row.canary)):
        raise RestoreRefused(
            "WEERBAAR_KEYSTORE_URL: this is not the key store of the backup's installation;"
            " restore that one first, with --keystore"
        )


def _open_canary(keyring: Keyring, identity: Identity) -> None:
    try:
        keyring.open(CANARY_PURPOSE, identity.canary, identity.installation_id.bytes)
    except CannotOpen:
        raise RestoreRefused(
            "WEERBAAR_SERVICE_KEYS_FILE: these are not the keys of the backup's installation"
        ) from None


# ---- the key store -----------------------------------------------------------------------


def key_store(settings: Settings, file: Path, now: datetime, *, replace: bool) -> int | None:
    """Put a backup of the key store back, and let it know what the present database knows.

    Args:
        settings: where everything is.
        file: of `backup --keystore`.
        now: the instant, aware.
        replace: whether the key store that stands there may go.

    Returns:
        How many secrets the database uses that the backup does not have; None without a database.

    Raises:
        RestoreRefused: nothing was changed; the text says why.
    """
    with _refusing():
        _check_kind(settings, Store.KEYSTORE, file)
        if not replace and _holds_secrets(settings):
            raise RestoreRefused(_NEEDS_WORD)
        keyring = Keyring.load(settings.service_keys_file)
        url = Store.KEYSTORE.url(settings)
        if engine_of(url) == "sqlite":
            return _put_key_file(settings, file, keyring, now)
        return _put_key_rows(settings, file, keyring, now)


def _holds_secrets(settings: Settings) -> bool:
    try:
        present = KeyStore.open(Store.KEYSTORE.url(settings))
    except KeyStoreGone:
        return True
    except KeyStoreRefused:
        return False
    try:
        return present.identity() is not None
    finally:
        present.dispose()


def _put_key_file(settings: Settings, file: Path, keyring: Keyring, now: datetime) -> int | None:
    place = place_of(Store.KEYSTORE.url(settings))
    with _beside(file, place) as draft:
        url = f"sqlite:///{draft}"
        KeyStore.upgrade(url)
        ready = KeyStore.open(url)
        try:
            missing = _bring_up(settings, ready, keyring, now)
        finally:
            ready.dispose()
        copying.fold(draft)
        faultpoint.reach("restore before its place")
        copying.take_place(draft, place)
    faultpoint.reach("restore in its place")
    return missing


def _put_key_rows(settings: Settings, file: Path, keyring: Keyring, now: datetime) -> int | None:
    engine = engine_for(Store.KEYSTORE.url(settings), pool_size=1)
    try:
        with postgres_copy.opened(file) as archive, postgres_copy.alone(engine) as connection:
            _check_archive(archive, Store.KEYSTORE)
            postgres_copy.empty(connection)
            keystore_tables.METADATA.create_all(connection)
            archive.fill(connection)
            connection.execute(
                keystore_tables.version.update().values(version=keystore_tables.VERSION)
            )
            ready = KeyStore.inside(connection)
            missing = _bring_up(settings, ready, keyring, now)
            faultpoint.reach("restore before its place")
            connection.commit()
            faultpoint.reach("restore in its place")
    finally:
        engine.dispose()
    return missing


def _bring_up(settings: Settings, ready: KeyStore, keyring: Keyring, now: datetime) -> int | None:
    identity = ready.identity()
    if identity is None:
        raise RestoreRefused("this key store belonged to no installation")
    _open_canary(keyring, identity)
    url = Store.DATABASE.url(settings)
    if engine_of(url) == "sqlite" and not place_of(url).exists():
        return None
    present = Database(url, pool_size=1)
    try:
        if installation.is_empty(present):
            return None
        if migrations.present(present.engine) != migrations.newest():
            raise RestoreRefused("run `weerbaar upgrade` on the database first")
        with present.session() as session:
            vault = Vault(ready, keyring)
            _check_identity(session, vault)
            return restoring.bring_up_keystore(session, vault, ready, now)
    finally:
        present.dispose()
