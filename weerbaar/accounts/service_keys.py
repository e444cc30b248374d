"""Bringing everything under the service keys to the current one, in steps, while people work.

The key that a row stands under is written in the row itself: those of another key are what is left
to do, whoever breaks it off. A MAC that does not hold is left as it is: nothing wrong is made good.
What stays under a former key: the trail's rows of its time, and the mark that ties database and
key store together. So a former key stays in the file, for reading alone.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from weerbaar.accounts import passkeys, people, quorum_holders, vouched_rows, vouching
from weerbaar.accounts.models import GroupKeyRow, PasskeyRow, PersonKeyRow, PersonRow
from weerbaar.accounts.passkeys import PasskeyRefused
from weerbaar.accounts.quorum_models import QuorumSetRow
from weerbaar.accounts.recipients import Group, Person
from weerbaar.accounts.vault import Stores, Vault
from weerbaar.accounts.vouched_rows import Row
from weerbaar.config import faultpoint
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.keyring import Keyring

STEP, ROWS = 100, 1_000

# Of other rooms: a table, its sealed column, the purpose, and the id that it is bound to.
_bound: list[tuple[Any, str, str, str]] = []


def bind(table: Any, column: str, purpose: str, *, identity: str = "id") -> None:
    """Let a room's sealed column move with the service keys; done once, when the room is loaded.

    Args:
        table: of the room.
        column: the name of the sealed column.
        purpose: what it is sealed for.
        identity: the name of the column whose id the sealed value is bound to.
    """
    _bound.append((table, column, purpose, identity))


@dataclass
class Under:
    """How many values stand under each service key, by its id, and which do not hold at all."""

    values: Counter[str] = field(default_factory=Counter)
    wrong: int = 0

    def left(self, current: str) -> int:
        """How many stand under another key than the current one."""
        return sum(number for key, number in self.values.items() if key != current)


def counted(session: Session, vault: Vault) -> Under:
    """How many values stand under which service key.

    Args:
        session: where they are.
        vault: its keyring.
    """
    found = Under()
    known = {*vault.keyring.ids, vault.keyring.coming}
    for _row, ids in _every(session, vault):
        for one in ids:
            if one in known:
                found.values[one] += 1
            else:
                found.wrong += 1
    for each in _vouched(session):
        # What the house did not write is counted where rows are looked at (`vouching_watch`).
        if each.mac is not None and (key := vouching.made_by(each.mac)) in known:
            found.values[key] += 1
    return found


def reseal(stores: Stores, say: Callable[[int], None] = lambda _done: None) -> Under:
    """Bring everything to the current key; it commits after every step and can be done again.

    Args:
        stores: database and vault.
        say: told after every step how many rows are done.

    Returns:
        What stands under which key afterwards.
    """
    vault, done = stores.vault, 0
    current = vault.keyring.ids[0]
    with stores.database.session() as session:
        waiting = [row for row, ids in _every(session, vault) if any(one != current for one in ids)]
        for start in range(0, len(waiting), STEP):
            for row in waiting[start : start + STEP]:
                _renew(session, vault, row)
            session.commit()
            done += len(waiting[start : start + STEP])
            say(done)
            faultpoint.reach("service keys half moved")
        others = _under_others(session, vault.keyring)
        for start in range(0, len(others), ROWS):
            vouched_rows.vouch(session, vault.keyring, others[start : start + ROWS])
            session.commit()
            done += len(others[start : start + ROWS])
            say(done)
        return counted(session, vault)


def _vouched(session: Session) -> Iterator[Row]:
    yield from vouched_rows.members(session)
    yield from vouched_rows.readers(session)


def _under_others(session: Session, keyring: Keyring) -> list[Row]:
    """The rows that the house wrote under another key than the current one."""
    return [
        row
        for row in _vouched(session)
        if row.mac is not None
        and vouching.made_by(row.mac) != keyring.ids[0]
        and vouched_rows.holds(keyring, row)
    ]


def _every(session: Session, vault: Vault) -> Iterator[tuple[Any, list[str]]]:
    """Each row with something under a service key, and under which."""
    keyring = vault.keyring
    for row in session.scalars(select(PersonRow).order_by(PersonRow.id)).all():
        sealed = (row.mail_sealed, row.name_sealed, row.phone_sealed, row.totp_sealed)
        yield row, [keyring.sealed_by(one) for one in sealed if one is not None]
    tables: tuple[Any, ...] = (PersonKeyRow, GroupKeyRow, QuorumSetRow)
    for table in tables:
        for other in session.scalars(select(table)).all():
            yield other, [keyring.maced_by(other.mac)]
    for passkey in session.scalars(select(PasskeyRow)).all():
        label = passkey.label_sealed
        sealed_by = [] if label is None else [keyring.sealed_by(label)]
        yield passkey, [keyring.maced_by(passkey.mac), *sealed_by]
    for table, column, _purpose, _identity in _bound:
        for bound in session.scalars(select(table)).all():
            value = getattr(bound, column)
            yield bound, [] if value is None else [keyring.sealed_by(value)]


def _renew(session: Session, vault: Vault, row: Any) -> None:
    # As it is now: somebody may have changed it since it was looked at.
    try:
        session.refresh(row, with_for_update=True)
    except InvalidRequestError:
        # It went meanwhile.
        return
    if not isinstance(row, (PersonKeyRow, GroupKeyRow, QuorumSetRow)):
        try:
            values = _resealed(vault, row)
        except (CannotOpen, PasskeyRefused):
            return
        for column, value in values.items():
            setattr(row, column, value)
        return
    if isinstance(row, PersonKeyRow):
        mac = vault.mac_anew(Person(row.person_id), row.epoch, row.public, row.mac)
    elif isinstance(row, GroupKeyRow):
        mac = vault.mac_anew(Group(row.group_name), row.epoch, row.public, row.mac)
    else:
        mac = quorum_holders.mac_anew(session, vault, row)
    if mac is not None:
        row.mac = mac


def _resealed(vault: Vault, row: Any) -> dict[str, bytes]:
    if isinstance(row, PersonRow):
        return people.resealed(vault, row)
    if isinstance(row, PasskeyRow):
        return passkeys.resealed(vault, row)
    keyring, found = vault.keyring, {}
    for table, column, purpose, identity in _bound:
        sealed = getattr(row, column, None) if isinstance(row, table) else None
        if sealed is not None and keyring.sealed_by(sealed) != keyring.ids[0]:
            binding = getattr(row, identity).bytes
            opened = keyring.open(purpose, bytes(sealed), binding)
            found[column] = keyring.seal(purpose, opened, binding)
    return found
