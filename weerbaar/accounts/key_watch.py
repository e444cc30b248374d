"""Watching that the public keys in the database are the ones that the key store knows.

A key that differs is never sealed to: somebody wrote where he should not, or one of the two was
put back from a backup. Coordinators and administrators are told once of each such difference.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import notices
from weerbaar.accounts.actors import Role
from weerbaar.accounts.house import House
from weerbaar.accounts.models import GroupKeyRow, PersonKeyRow, PersonRow
from weerbaar.accounts.recipients import Group, GroupName, Person, Recipient, label
from weerbaar.accounts.vault import KeyNotTrusted, NoKeysYet, Vault
from weerbaar.config.log import logger

NOTICE = "key_not_trusted"
TOLD = (Role.COORDINATOR, Role.ADMIN)
LEFT = "left"

_log = logger("accounts.keys")


def watch(house: House, now: datetime) -> int:
    """A round of the worker: look at every key, and tell of what differs.

    Args:
        house: settings, database, vault and clock.
        now: this instant, aware, UTC.

    Returns:
        How many keys are not trusted.
    """
    # A vault of its own: what this process verified earlier it would go on believing.
    vault = Vault(house.vault.keystore, house.vault.keyring, house.vault.profile)
    with house.database.session() as session:
        wrong = list(untrusted(session, vault))
        for recipient in wrong:
            _log.error("key not trusted", kind=recipient.kind)
            key = f"key-{_difference(session, vault, recipient)}"
            for role in TOLD:
                notices.post_to_role(session, role, NOTICE, now, key)
        session.commit()
    return len(wrong)


def untrusted(session: Session, vault: Vault) -> Iterator[Recipient]:
    """Whose key is not the one in the key store.

    Args:
        session: where public keys are.
        vault: key store and trust; it believes what it has verified before.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    present = session.scalars(select(PersonRow.id).where(PersonRow.state != LEFT))
    everybody: list[Recipient] = [Group(name.value) for name in GroupName]
    everybody += [Person(person_id) for person_id in present]
    for recipient in everybody:
        try:
            vault.public_key_of(session, recipient)
        except NoKeysYet:
            continue
        except KeyNotTrusted:
            yield recipient


def _difference(session: Session, vault: Vault, recipient: Recipient) -> str:
    # What both places say: the same difference is the same event, another one is news.
    if isinstance(recipient, Person):
        rows = session.execute(
            select(PersonKeyRow.epoch, PersonKeyRow.public, PersonKeyRow.mac)
            .where(PersonKeyRow.person_id == recipient.person_id)
            .order_by(PersonKeyRow.epoch)
        ).all()
    else:
        rows = session.execute(
            select(GroupKeyRow.epoch, GroupKeyRow.public, GroupKeyRow.mac)
            .where(GroupKeyRow.group_name == recipient.group_name)
            .order_by(GroupKeyRow.epoch)
        ).all()
    said = hashlib.sha256(label(recipient, 0))
    pin = vault.keystore.pin(recipient)
    if pin is not None:
        said.update(repr((pin.epoch, pin.fingerprint)).encode())
    for epoch, public, mac in rows:
        said.update(repr((epoch, bytes(public), bytes(mac))).encode())
    return said.hexdigest()[:32]
