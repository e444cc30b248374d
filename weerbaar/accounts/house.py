"""The house as one value: settings, database, vault and clock. Opening it refuses by name."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any
from uuid import UUID

import click
from sqlalchemy import inspect, select
from sqlalchemy.exc import SQLAlchemyError

from weerbaar.accounts import trail, vouching
from weerbaar.accounts.keystore import KeyStore, KeyStoreGone, KeyStoreRefused
from weerbaar.accounts.models import InstallationRow
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import Clock, SystemClock
from weerbaar.config.database import Database
from weerbaar.config.patience import UNHURRIED, Patience
from weerbaar.config.settings import Settings
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.keyring import Keyring, KeyringDamaged, KeyringMissing
from weerbaar.crypto.wrapping import STRONG, Profile
from weerbaar.governments import registry
from weerbaar.governments.lists import ListRefused

CANARY = b"weerbaar"
CANARY_PURPOSE = "installation"
KEYSTORE_SILENT = "WEERBAAR_KEYSTORE_URL: the key store cannot be reached"


class HouseRefused(Exception):
    """The house does not open; what is missing or wrong is named, nothing is made instead."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class House:
    """What every door needs."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock

    def dispose(self) -> None:
        """Close every connection."""
        self.database.dispose()
        self.vault.keystore.dispose()


def open_house(
    settings: Settings,
    clock: Clock | None = None,
    *,
    profile: Profile = STRONG,
    pool_size: int = 10,
    patience: Patience = UNHURRIED,
    in_outage: Callable[[Keyring], bool] | None = None,
) -> House:
    """Open an installation that was founded before.

    Args:
        settings: where database, key store and service keys are.
        clock: where the time comes from; the machine's clock without.
        profile: what a password costs to guess.
        pool_size: connections kept open to the database.
        patience: how long to wait for database and key store where no door says so.
        in_outage: asked when database or key store do not answer: whether these service keys are
            known to be this installation's all the same. Without it the house stays shut.

    Raises:
        HouseRefused: something is missing, wrong or another installation's; all is named.
    """
    problems: list[str] = []
    silent: list[str] = []
    try:
        registry.use(settings.governments_folder)
    except ListRefused as refused:
        problems += [f"WEERBAAR_GOVERNMENTS_FOLDER: {one}" for one in refused.problems]
    keyring = _keyring(settings, problems)
    keystore = _keystore(settings, patience, problems, silent)
    database = Database(
        settings.database_url.get_secret_value(), pool_size=pool_size, patience=patience
    )
    installation = _installation(database, problems, silent)
    if installation is not None and keyring is not None:
        _check_keyring(installation, keyring, problems)
    if installation is not None and keystore is not None:
        _check_keystore(installation, keystore, problems, silent)
    if silent and (problems or keyring is None or in_outage is None or not in_outage(keyring)):
        problems += dict.fromkeys(silent)
    if problems or keyring is None or keystore is None:
        database.dispose()
        if keystore is not None:
            keystore.dispose()
        raise HouseRefused(problems)
    vault = Vault(keystore, keyring, profile)
    trail.attach(database, vault)
    vouching.attach(database, vault)
    return House(settings, database, vault, clock or SystemClock())


def _keyring(settings: Settings, problems: list[str]) -> Keyring | None:
    try:
        return Keyring.load(settings.service_keys_file)
    except (KeyringMissing, KeyringDamaged) as refused:
        problems.append(f"WEERBAAR_{refused}")
        return None


def _keystore(
    settings: Settings, patience: Patience, problems: list[str], silent: list[str]
) -> KeyStore | None:
    url = settings.keystore_url.get_secret_value()
    try:
        return KeyStore.open(url, patience=patience)
    except KeyStoreRefused as refused:
        problems.append(f"WEERBAAR_{refused}")
        return None
    except KeyStoreGone:
        silent.append(KEYSTORE_SILENT)
        return KeyStore(url, patience=patience)


@dataclass(frozen=True, slots=True)
class _Installation:
    id: UUID
    canary: bytes


def _installation(
    database: Database, problems: list[str], silent: list[str]
) -> _Installation | None:  # fmt: skip
    try:
        if not inspect(database.engine).has_table(InstallationRow.__tablename__):
            problems.append("WEERBAAR_DATABASE_URL: the database is empty; run `weerbaar setup`")
            return None
        with database.session() as session:
            row = session.execute(
                select(InstallationRow.installation_id, InstallationRow.canary)
            ).first()
    except SQLAlchemyError:
        silent.append("WEERBAAR_DATABASE_URL: the database cannot be reached")
        return None
    if row is None:
        problems.append("WEERBAAR_DATABASE_URL: nothing was founded here; run `weerbaar setup`")
        return None
    return _Installation(row.installation_id, bytes(row.canary))


def _check_keyring(found: _Installation, keyring: Keyring, problems: list[str]) -> None:
    try:
        keyring.open(CANARY_PURPOSE, found.canary, found.id.bytes)
    except CannotOpen:
        problems.append(
            "WEERBAAR_SERVICE_KEYS_FILE: these are not the keys of this database's installation"
        )


def _check_keystore(
    found: _Installation, keystore: KeyStore, problems: list[str], silent: list[str]
) -> None:
    try:
        identity = keystore.identity()
    except KeyStoreGone:
        silent.append(KEYSTORE_SILENT)
        return
    if identity is None or (identity.installation_id, identity.canary) != (found.id, found.canary):
        problems.append(
            "WEERBAAR_KEYSTORE_URL: this is not the key store of this database's installation"
        )


def pass_house(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a click command the house as its first argument; it is opened when it is needed."""

    @click.pass_context
    def with_house(context: click.Context, /, *args: Any, **kwargs: Any) -> Any:
        return context.invoke(command, context.obj(), *args, **kwargs)

    return update_wrapper(with_house, command)
