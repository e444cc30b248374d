"""Vouching, once, for rows of members and readers from before the house vouched for any.

Nobody can tell by such a row who wrote it: what is sealed to somebody tells only him. So every row
that stands there is taken up in the one moment that an operator chose: when he brings an older
database to this version, or puts back a backup of one. That it was done is known to the key store;
whoever writes the database later puts in no row that would be taken up.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.orm import Session

from weerbaar.accounts import held, quorum_holders, vouched_rows, vouching
from weerbaar.accounts.keystore import KeyStore, KeyStoreGone
from weerbaar.accounts.models import EnvelopeReaderRow, GroupHalfRow
from weerbaar.accounts.recipients import Known
from weerbaar.accounts.vault import Vault
from weerbaar.crypto.keyring import Keyring

STEP = 1_000
DONE = Known("rows", "taken-up")
# A database older than this has rows that nobody vouched for; the number of a migration.
SINCE = "0040"
_EPOCH = 1


@dataclass
class TakenUp:
    """How many rows were vouched for."""

    members: int = 0
    readers: int = 0


def once(session: Session, vault: Vault) -> TakenUp:
    """Take up what stands there, where that was never done; it commits after every step.

    Broken off, it is done again: what has no MAC yet is what is left.

    Args:
        session: of a database that nobody else uses.
        vault: key store and keyring.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    pin = vault.keystore.pin(DONE)
    if pin is not None and pin.epoch is not None:
        return TakenUp()
    found = take_up(session, vault.keyring, session.commit)
    quorum_holders.make_known(session, vault, vault.keystore)
    note(vault.keystore)
    return found


def take_up(
    session: Session, keyring: Keyring, after: Callable[[], object] = lambda: None
) -> TakenUp:
    """Vouch for every row of a member or a reader that has no MAC.

    Args:
        session: where they are.
        keyring: the service keys.
        after: called after every step.
    """
    found = TakenUp()
    halves = list(vouched_rows.members(session, GroupHalfRow.mac.is_(None)))
    vouched_rows.vouch(session, keyring, halves)
    found.members = len(halves)
    after()
    while True:
        wanted = EnvelopeReaderRow.mac.is_(None)
        some = list(vouched_rows.readers(session, wanted, most=STEP))
        if not some:
            return found
        vouched_rows.vouch(session, keyring, some)
        found.readers += len(some)
        after()


def nothing_before(session: Session, vault: Vault) -> None:
    """Say, while an installation is founded, that no row in it will ever have to be taken up.

    Args:
        session: the founding one.
        vault: whose key store is told, once the session has committed.
    """

    def say() -> None:
        # Where it fails, the next `weerbaar upgrade` says it.
        with suppress(KeyStoreGone):
            note(vault.keystore)

    held.afterwards(session, say)


def note(keystore: KeyStore) -> None:
    """Let a key store know that everything is taken up; repeating it changes nothing.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    pin = keystore.pin(DONE)
    if pin is None or pin.epoch is None:
        keystore.announce_pin(DONE, _EPOCH, vouching.FORMAT)
        keystore.confirm_pin(DONE, _EPOCH, vouching.FORMAT)
