"""Bringing an installation to what this code needs: key store, schema, and rows of before."""

from dataclasses import dataclass, field

from weerbaar import migrations
from weerbaar.accounts import taking_up
from weerbaar.accounts.keystore import KeyStore
from weerbaar.accounts.taking_up import TakenUp
from weerbaar.accounts.vault import Vault
from weerbaar.config.database import Database
from weerbaar.config.settings import Settings
from weerbaar.crypto.keyring import Keyring


class NothingThere(Exception):
    """Nothing was founded in this place."""


@dataclass(frozen=True)
class Upgraded:
    """What was done."""

    before: str
    keystore_changed: bool
    taken_up: TakenUp = field(default_factory=TakenUp)


def upgrade(settings: Settings) -> Upgraded:
    """Bring an installation up; nobody else uses it meanwhile. Broken off, it is done again.

    Args:
        settings: where database, key store and service keys are.

    Raises:
        NothingThere: the database has no schema.
        KeyStoreGone: the key store cannot be reached.
        KeyStoreRefused: there is no key store in its place, or a newer one.
        KeyringMissing, KeyringDamaged: there are no service keys.
    """
    url = settings.keystore_url.get_secret_value()
    changed = KeyStore.upgrade(url)
    keyring = Keyring.load(settings.service_keys_file)
    database = Database(settings.database_url.get_secret_value(), pool_size=1)
    try:
        before = migrations.present(database.engine)
        if before is None:
            raise NothingThere
        migrations.upgrade(database.engine)
        keystore = KeyStore.open(url)
        try:
            with database.session() as session:
                taken = taking_up.once(session, Vault(keystore, keyring))
        finally:
            keystore.dispose()
    finally:
        database.dispose()
    return Upgraded(before, changed, taken)
