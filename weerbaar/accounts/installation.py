"""Founding an installation: service keys, key store, groups and the first coordinator."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import pyotp
from sqlalchemy import insert, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from weerbaar.accounts import groups, people, taking_up, trail, vouching, wrappings
from weerbaar.accounts.actors import SYSTEM, Actor, Role
from weerbaar.accounts.house import CANARY, CANARY_PURPOSE
from weerbaar.accounts.keystore import Identity, KeyStore, KeyStoreGone, KeyStoreRefused
from weerbaar.accounts.models import InstallationRow, PersonRow
from weerbaar.accounts.vault import Vault
from weerbaar.accounts.wrappings import Stretched
from weerbaar.config.database import Database
from weerbaar.config.settings import Settings
from weerbaar.crypto.keyring import Keyring, KeyringDamaged, KeyringMissing
from weerbaar.crypto.wrapping import STRONG, Profile

ISSUER = "Weerbaar"
SHORTEST_PASSWORD = 12
# Somebody must be able to admit people to the keys, to take calls, and to make accounts.
FIRST_ROLES = frozenset({Role.COORDINATOR, Role.CONFIDANT, Role.ADMIN})


class InstallationRefused(Exception):
    """Nothing can be founded here; the text says why, and nothing was changed."""


def is_empty(database: Database) -> bool:
    """Whether nothing was founded in this database: no installation, no people, or no tables."""
    if not inspect(database.engine).has_table(InstallationRow.__tablename__):
        return True
    with database.session() as session:
        return not any(
            session.execute(select(one).limit(1)).first()
            for one in (InstallationRow.id, PersonRow.id)
        )


def found(
    settings: Settings,
    *,
    mail: str,
    name: str,
    password: str,
    now: datetime,
    profile: Profile = STRONG,
) -> str:
    """Found an installation in a database whose schema stands and that holds nothing.

    The one verb that commits: three places must agree, and the database speaks last. When it
    fails half-way nothing is founded, and it can be done again.

    Args:
        settings: where database, key store and service keys go.
        mail: mail address of the first coordinator.
        name: his name.
        password: his password.
        now: the instant, aware.
        profile: what the password costs to guess.

    Returns:
        The otpauth address of the coordinator's second factor.

    Raises:
        InstallationRefused: there is data already, or something given cannot be used.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise InstallationRefused(f"the password needs at least {SHORTEST_PASSWORD} characters")
    if not people.is_mail(mail.strip()) or not people.is_name(name):
        raise InstallationRefused("the mail address or the name cannot be used")
    database = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        if not is_empty(database):
            raise InstallationRefused("this installation has data already; nothing was changed")
        keystore = _keystore(settings)
        try:
            vault = Vault(keystore, _keyring(settings.service_keys_file), profile)
            trail.attach(database, vault)
            vouching.attach(database, vault)
            stretched = wrappings.stretch(vault, password)
            with database.session() as session:
                otpauth = _found(session, vault, settings, mail, name, stretched, now)
                session.commit()
        finally:
            keystore.dispose()
    finally:
        database.dispose()
    return otpauth


def _keystore(settings: Settings) -> KeyStore:
    url = settings.keystore_url.get_secret_value()
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        place = Path(parsed.database)
        place.parent.mkdir(parents=True, exist_ok=True)
        # Readable by its owner alone, before anything is in it.
        place.touch(mode=0o600)
    try:
        return KeyStore.create(url)
    except KeyStoreRefused as refused:
        raise InstallationRefused(f"WEERBAAR_{refused}") from None
    except KeyStoreGone:
        raise InstallationRefused(
            "WEERBAAR_KEYSTORE_URL: the key store cannot be reached"
        ) from None


def _keyring(path: Path) -> Keyring:
    # Keys that somebody put there before are used; they belong to no data yet.
    with suppress(KeyringMissing):
        try:
            return Keyring.load(path)
        except KeyringDamaged as refused:
            raise InstallationRefused(f"WEERBAAR_{refused}") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    return Keyring.create(path)


def _found(
    session: Session,
    vault: Vault,
    settings: Settings,
    mail: str,
    name: str,
    password: Stretched,
    now: datetime,
) -> str:
    _bind(session, vault, now)
    trail.start(session)
    person_id = people.invite(
        session,
        vault,
        SYSTEM,
        mail=mail,
        name=name,
        roles=FIRST_ROLES,
        phone=None,
        now=now,
        hotline_number=settings.hotline_number,
    )
    secret = pyotp.random_base32()
    pair = people.activate(session, vault, person_id, totp_secret=secret, now=now)
    wrappings.set_password(session, vault, pair, password, now)
    founder = Actor(person_id, FIRST_ROLES, pair)
    for group in groups.names():
        groups.found(session, vault, founder, group, person_id, now)
    taking_up.nothing_before(session, vault)
    trail.record(session, SYSTEM, "installation.found", "installation", None, now)
    return pyotp.TOTP(secret).provisioning_uri(name=mail.strip(), issuer_name=ISSUER)


def _bind(session: Session, vault: Vault, now: datetime) -> None:
    installation_id: UUID = uuid4()
    canary = vault.keyring.seal(CANARY_PURPOSE, CANARY, installation_id.bytes)
    try:
        vault.keystore.belongs_to(Identity(installation_id, canary))
    except KeyStoreRefused as refused:
        raise InstallationRefused(f"WEERBAAR_{refused}") from None
    session.execute(
        insert(InstallationRow).values(
            id=1, installation_id=installation_id, canary=canary, created_day=now.date()
        )
    )
