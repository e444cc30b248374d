"""What an unlocked session can open with: a person's private key and, through it, his groups'."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from weerbaar.accounts import vouching
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import GroupHalfRow, PersonKeyRow
from weerbaar.accounts.recipients import Group, Person, label
from weerbaar.accounts.vault import TrustedKey, Vault
from weerbaar.crypto import envelope, wrapping
from weerbaar.crypto.envelope import Binding
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.recipients import PrivateKey

_GROUP_KIND = "group-key"
# Another label than the expansion into the key pair: neither tells anything of the other.
_SYMMETRIC = b"weerbaar own symmetric key\x01"


class KeysLocked(Exception):
    """The session is locked: it holds no private key."""


class NotAMember(Exception):
    """Whoever asks is no member of the group, or was not in that epoch."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key and the symmetric key that only its holder can derive."""

    private: PrivateKey = field(repr=False)
    symmetric: bytes = field(repr=False)

    @classmethod
    def of(cls, private: PrivateKey) -> "Pair":
        """The pair of a private key."""
        return cls(private, hmac.digest(private.seed, _SYMMETRIC, hashlib.sha256))


@dataclass(slots=True)
class OpenKeys:
    """A person's private key, opened, and the groups' keys that were opened through it."""

    person_id: UUID
    private: PrivateKey = field(repr=False)
    epoch: int = 1
    _own: Pair | None = field(default=None, repr=False)
    _groups: frozenset[tuple[str, int]] | None = field(default=None, repr=False)
    _opened: dict[tuple[str, int], Pair] = field(default_factory=dict, repr=False)

    @property
    def own(self) -> Pair:
        """The person's own pair."""
        if self._own is None:
            self._own = Pair.of(self.private)
        return self._own

    def groups(self, session: Session) -> frozenset[tuple[str, int]]:
        """The groups, by name and epoch, whose key this person can open."""
        if self._groups is None:
            rows = session.execute(
                select(GroupHalfRow.group_name, GroupHalfRow.epoch).where(
                    GroupHalfRow.person_id == self.person_id,
                    GroupHalfRow.person_epoch == self.epoch,
                )
            )
            self._groups = frozenset((row[0], row[1]) for row in rows)
        return self._groups

    def of_group(self, session: Session, vault: Vault, name: str, epoch: int) -> Pair:
        """The pair of a group, kept for the rest of the request.

        Args:
            session: where group halves are.
            vault: the second lock.
            name: the group's name.
            epoch: the epoch of the group's key.

        Raises:
            NotAMember: this person has no half of that key.
            CannotOpen: the half was damaged or moved, or its secret is destroyed.
            KeyStoreGone: the key store cannot be reached.
        """
        pair = self._opened.get((name, epoch))
        if pair is None:
            pair = self._opened[name, epoch] = Pair.of(
                self._open_group(session, vault, name, epoch)
            )
        return pair

    def _open_group(self, session: Session, vault: Vault, name: str, epoch: int) -> PrivateKey:
        row = session.execute(
            select(GroupHalfRow.sealed_half, GroupHalfRow.wrapped, GroupHalfRow.secret_id).where(
                GroupHalfRow.group_name == name,
                GroupHalfRow.epoch == epoch,
                GroupHalfRow.person_id == self.person_id,
                GroupHalfRow.person_epoch == self.epoch,
            )
        ).first()
        if row is None:
            raise NotAMember
        binding = group_binding(name, epoch, self.person_id)
        own = label(Person(self.person_id), self.epoch)
        half = envelope.open_half(self.private, row.sealed_half, binding, own)
        try:
            secret = vault.keystore.get(row.secret_id)
        except SecretGone:
            raise CannotOpen from None
        return wrapping.unwrap_private(row.wrapped, half, secret, binding)

    def forget_groups(self) -> None:
        """Drop what is kept of groups, after this person's memberships changed."""
        self._groups = None
        self._opened.clear()


def group_binding(name: str, epoch: int, person_id: UUID) -> Binding:
    """What a group's private key is bound to, as one member has it."""
    return Binding(_GROUP_KIND, uuid5(NAMESPACE_URL, f"group:{name}"), str(person_id), epoch, 1)


def half_for(
    member: TrustedKey,
    vault: Vault,
    name: str,
    epoch: int,
    private: PrivateKey,
    day: date,
) -> dict[str, Any]:
    """A group's private key as a row that only one member can open; the house vouches for it.

    Args:
        member: the member's trusted key.
        vault: gives the second lock.
        name: the group's name.
        epoch: of the group's key.
        private: the group's private key.
        day: of creation.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    if not isinstance(member.recipient, Person):
        raise TypeError("only persons are members of groups")
    person_id = member.recipient.person_id
    binding = group_binding(name, epoch, person_id)
    half = envelope.new_half()
    secret_id, secret = vault.keystore.take()
    row = vouching.member_row(name, epoch, member.recipient, member.epoch, secret_id)
    return {
        "group_name": Group(name).group_name,
        "epoch": epoch,
        "person_id": person_id,
        "person_epoch": member.epoch,
        "sealed_half": envelope.seal_half(member.public, half, binding, member.label),
        "wrapped": wrapping.wrap_private(private, half, secret, binding),
        "secret_id": secret_id,
        "mac": vouching.mac(vault.keyring, vouching.MEMBER, row),
        "created_day": day,
    }


def make_pair(session: Session, vault: Vault, person_id: UUID, now: datetime) -> OpenKeys:
    """Make a new key pair for a person; the caller wraps the private half before committing.

    Whoever gets a new pair counts as a newcomer: what was sealed to the former stays with it.

    Args:
        session: where public keys are.
        vault: key store and keyring.
        person_id: whose pair.
        now: the instant, whose day is kept.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    latest = session.scalar(
        select(func.max(PersonKeyRow.epoch)).where(PersonKeyRow.person_id == person_id)
    )
    # After an older database was put back, the key store knows of later pairs than it does.
    pinned = vault.keystore.pin(Person(person_id))
    epoch = max(latest or 0, (pinned and pinned.epoch) or 0) + 1
    private = PrivateKey.generate()
    columns = vault.introduce(session, Person(person_id), epoch, private.public)
    session.execute(
        insert(PersonKeyRow).values(person_id=person_id, created_day=now.date(), **columns)
    )
    return OpenKeys(person_id, private, columns["epoch"])
