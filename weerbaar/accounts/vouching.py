"""Who vouches for a row that says who is a member of a group, or who reads a record.

Each such row carries a MAC under the service keys, made by the act that admits or shares. Whoever
writes the database alone makes none: nothing new is sealed to a row without one, whoever it names.
What a MAC is over ends by itself: a group's row is of one epoch of its key, a reader's row of one
epoch of the record, and both of one secret of the key store.
"""

import weakref
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from weerbaar.accounts.recipients import Recipient, label
from weerbaar.accounts.vault import Vault
from weerbaar.config.database import Database
from weerbaar.crypto.encoding import encode
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.keyring import Keyring

MEMBER, READER = "member-row", "reader-row"
# Leads every MAC, and is in it.
FORMAT = b"\x01"

_keyrings: weakref.WeakKeyDictionary[Engine, Keyring] = weakref.WeakKeyDictionary()


class NotVouchedFor(CannotOpen):
    """The row through which somebody opens a record was not written by the house.

    He may read what it opens; he hands on nothing.
    """


class NobodyVouches(Exception):
    """Rows were looked at on a database whose service keys nobody gave."""


def attach(database: Database, vault: Vault) -> None:
    """Give a database's sessions the keys that vouch; done once, when the house opens."""
    _keyrings[database.engine] = vault.keyring


def keyring_of(session: Session) -> Keyring:
    """The service keys of a session's database.

    Raises:
        NobodyVouches: `attach` was not called.
    """
    keyring = _keyrings.get(session.get_bind().engine)
    if keyring is None:
        raise NobodyVouches
    return keyring


def member_row(name: str, epoch: int, person: Recipient, person_epoch: int, secret: UUID) -> bytes:
    """What is vouched for of a member's row.

    Args:
        name: of the group.
        epoch: of the group's key.
        person: the member.
        person_epoch: of his key pair.
        secret: the id of the second lock of his half.
    """
    return encode(FORMAT, name, epoch, label(person, person_epoch), secret)


def reader_row(
    record: UUID, epoch: int, secret: UUID, reader: Recipient, key_epoch: int
) -> bytes:  # fmt: skip
    """What is vouched for of a reader's row.

    Args:
        record: the id of the record.
        epoch: of the record.
        secret: the id of the second lock of the record, in that epoch.
        reader: a person or a group.
        key_epoch: of his key pair.
    """
    return encode(FORMAT, record, epoch, secret, label(reader, key_epoch))


def mac(keyring: Keyring, purpose: str, row: bytes) -> bytes:
    """The MAC of a row, under the current service key.

    Args:
        keyring: the service keys.
        purpose: `MEMBER` or `READER`.
        row: of `member_row` or `reader_row`.
    """
    return FORMAT + keyring.mac(purpose, row)


def holds(keyring: Keyring, purpose: str, row: bytes, made: bytes | None) -> bool:
    """Whether the house wrote a row.

    Args:
        keyring: the service keys, former ones too.
        purpose: `MEMBER` or `READER`.
        row: of `member_row` or `reader_row`.
        made: the MAC that stands beside it.
    """
    if made is None or bytes(made[:1]) != FORMAT:
        return False
    return keyring.check_mac(purpose, row, bytes(made[1:]))


def made_by(made: bytes) -> str:
    """Which service key made a MAC, as it says itself: what `Keyring.ids` shows of it."""
    return Keyring.maced_by(bytes(made[1:]))
