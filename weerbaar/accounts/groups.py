"""Groups with keys of their own: founded, joined through a member's session, left by re-keying."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from weerbaar.accounts import destruction, envelopes, notices, trail, vouching
from weerbaar.accounts.actors import SYSTEM, Actor, Role
from weerbaar.accounts.keys import KeysLocked, NotAMember, OpenKeys, half_for
from weerbaar.accounts.models import (
    EnvelopeReaderRow,
    GroupHalfRow,
    GroupKeyRow,
    GroupRow,
    PersonKeyRow,
)
from weerbaar.accounts.recipients import Group, GroupName, Person
from weerbaar.accounts.vault import KeyNotTrusted, NoKeysYet, TrustedKey, Vault
from weerbaar.crypto.keyring import Keyring
from weerbaar.crypto.recipients import PrivateKey

__all__ = [
    "GroupExists",
    "LastMember",
    "NoKeysYet",
    "NotAMember",
    "admit",
    "found",
    "living_epochs",
    "members",
    "rekey",
    "remove",
    "renew",
    "rotate",
]

FEWEST = 2

# What the MAC of a member's row is over, and the MAC.
HALF_FACTS = (
    GroupHalfRow.group_name,
    GroupHalfRow.epoch,
    GroupHalfRow.person_id,
    GroupHalfRow.person_epoch,
    GroupHalfRow.secret_id,
    GroupHalfRow.mac,
)


class GroupExists(Exception):
    """The group was founded already."""


class LastMember(Exception):
    """A group's last member cannot be removed: nobody could open what is sealed to it."""


def members(session: Session, name: str) -> frozenset[UUID]:
    """Who can open what is sealed to a group's present key, with the key pair he has now.

    Somebody whose row the house did not write is none of them.
    """
    present = (
        GroupHalfRow.epoch
        == select(func.max(GroupKeyRow.epoch))
        .where(GroupKeyRow.group_name == GroupHalfRow.group_name)
        .scalar_subquery(),
        GroupHalfRow.person_epoch
        == select(func.max(PersonKeyRow.epoch))
        .where(PersonKeyRow.person_id == GroupHalfRow.person_id)
        .scalar_subquery(),
    )
    rows = _halves(session, Group(name), *present)
    return frozenset(row.person_id for row, vouched in rows if vouched)


def _halves(session: Session, group: Group, *which: Any) -> Iterator[tuple[Any, bool]]:
    """Rows of members of a group, and whether the house wrote each."""
    keyring = vouching.keyring_of(session)
    rows = session.execute(
        select(*HALF_FACTS).where(GroupHalfRow.group_name == group.group_name, *which)
    )
    for row in rows:
        yield row, is_vouched(keyring, row)


def half_bytes(row: Any) -> bytes:
    """What is vouched for of a row of `HALF_FACTS`."""
    return vouching.member_row(
        row.group_name, row.epoch, Person(row.person_id), row.person_epoch, row.secret_id
    )


def is_vouched(keyring: Keyring, row: Any) -> bool:
    """Whether the house wrote a row of `HALF_FACTS`."""
    return vouching.holds(keyring, vouching.MEMBER, half_bytes(row), row.mac)


def living_epochs(session: Session, name: str) -> list[int]:
    """The epochs of a group's key under which something is still sealed, oldest first."""
    return sorted(
        session.scalars(
            select(EnvelopeReaderRow.key_epoch)
            .where(EnvelopeReaderRow.group_name == Group(name).group_name)
            .distinct()
        )
    )


def found(
    session: Session, vault: Vault, actor: Actor, name: str, person_id: UUID, now: datetime
) -> None:
    """Found a group with its first member.

    Args:
        session: where groups are.
        vault: key store and keyring.
        actor: who founds it.
        name: one of `GroupName`.
        person_id: the first member, who has a key pair.
        now: the instant, aware.

    Raises:
        GroupExists: it was founded already.
        NoKeysYet: the first member has no key pair.
        KeyStoreGone: the key store cannot be reached.
    """
    group = Group(name)
    if session.get(GroupRow, group.group_name) is not None:
        raise GroupExists
    member = vault.public_key_of(session, Person(person_id))
    session.execute(insert(GroupRow).values(name=group.group_name, created_day=now.date()))
    _new_epoch(session, vault, group, 1, [member], now)
    if actor.keys is not None:
        actor.keys.forget_groups()
    trail.record(session, actor, "group.found", "group", group.group_name, now)


def _new_epoch(
    session: Session,
    vault: Vault,
    group: Group,
    epoch: int,
    present: Collection[TrustedKey],
    now: datetime,
) -> None:
    private = PrivateKey.generate()
    columns = vault.introduce(session, group, epoch, private.public)
    session.execute(
        insert(GroupKeyRow).values(group_name=group.group_name, created_day=now.date(), **columns)
    )
    session.execute(
        insert(GroupHalfRow),
        [half_for(one, vault, group.group_name, epoch, private, now.date()) for one in present],
    )


def _locked_epoch(session: Session, group: Group) -> int:
    # The group's row is locked, so that two changes of one group come one after the other.
    session.execute(
        select(GroupRow.name).where(GroupRow.name == group.group_name).with_for_update()
    ).one()
    return session.execute(
        select(func.max(GroupKeyRow.epoch)).where(GroupKeyRow.group_name == group.group_name)
    ).scalar_one()


def admit(
    session: Session, vault: Vault, actor: Actor, name: str, person_id: UUID, now: datetime
) -> None:
    """Give somebody a group's key, through a member's open session; repeating it is harmless.

    The newcomer gets the present epoch and every older one that still has living records, as far
    as the admitting member has them.

    Args:
        session: where groups are.
        vault: key store and keyring.
        actor: a member with open keys.
        name: one of `GroupName`.
        person_id: the newcomer.
        now: the instant, aware.

    Raises:
        KeysLocked: the member's session is locked.
        NotAMember: the actor is no member of the group.
        NoKeysYet: the newcomer has no key pair.
        KeyNotTrusted: the newcomer's key is not the pinned one.
        CannotOpen: the member's own half does not open.
        KeyStoreGone: the key store cannot be reached.
    """
    if actor.keys is None:
        raise KeysLocked
    group = Group(name)
    epoch = _locked_epoch(session, group)
    newcomer = vault.public_key_of(session, Person(person_id))
    mine = {one for one_name, one in actor.keys.groups(session) if one_name == group.group_name}
    if epoch not in mine:
        raise NotAMember
    if actor.person_id not in members(session, name):
        # He may have the key; the house did not make him a member.
        raise NotAMember
    rows = list(_halves(session, group, GroupHalfRow.person_id == person_id))
    # One that somebody else wrote is as good as none, and makes room.
    halves = {row.epoch: row.person_epoch if vouched else None for row, vouched in rows}
    for one in sorted({epoch, *living_epochs(session, name)} & mine):
        if halves.get(one) == newcomer.epoch:
            continue
        if one in halves:
            _drop_halves(session, vault, group, person_id, now, epoch=one)
        private = actor.keys.of_group(session, vault, group.group_name, one).private
        session.execute(
            insert(GroupHalfRow).values(
                half_for(newcomer, vault, group.group_name, one, private, now.date())
            )
        )
    trail.record(session, actor, "group.admit", group.group_name, person_id, now)
    notices.post_to_role(
        session,
        Role.COORDINATOR,
        "group-admission",
        now,
        key=f"admit:{group.group_name}:{person_id}:{newcomer.epoch}:{epoch}",
        without=(actor.person_id, person_id),
    )


def _drop_halves(
    session: Session,
    vault: Vault,
    group: Group,
    person_id: UUID,
    now: datetime,
    *,
    epoch: int | None = None,
) -> None:
    which = [GroupHalfRow.person_id == person_id]
    if epoch is not None:
        which.append(GroupHalfRow.epoch == epoch)
    # A row that the house did not write may name the secret of something else: that one stays.
    secrets = [row.secret_id for row, vouched in _halves(session, group, *which) if vouched]
    session.execute(delete(GroupHalfRow).where(GroupHalfRow.group_name == group.group_name, *which))
    destruction.give_up(session, vault, secrets, now)


def remove(
    session: Session, vault: Vault, actor: Actor, name: str, person_id: UUID, now: datetime
) -> None:
    """Take somebody out of a group: a new epoch for those who remain, his halves destroyed.

    Only public keys are needed, so whoever may remove people can do it. What is sealed already
    is re-keyed by `rekey` in a member's session.

    Args:
        session: where groups are.
        vault: key store and keyring.
        actor: who removes.
        name: one of `GroupName`.
        person_id: who goes.
        now: the instant, aware.

    Raises:
        NotAMember: the person was none.
        LastMember: nobody would be left.
        KeyNotTrusted: a remaining member's key is not the pinned one.
        KeyStoreGone: the key store cannot be reached.
    """
    group = Group(name)
    epoch = _locked_epoch(session, group)
    present = members(session, name)
    halves = session.scalar(
        select(func.count())
        .select_from(GroupHalfRow)
        .where(GroupHalfRow.group_name == group.group_name, GroupHalfRow.person_id == person_id)
    )
    if not halves:
        raise NotAMember
    remaining = [vault.public_key_of(session, Person(one)) for one in sorted(present - {person_id})]
    if not remaining:
        raise LastMember
    _drop_halves(session, vault, group, person_id, now)
    _new_epoch(session, vault, group, epoch + 1, remaining, now)
    if actor.keys is not None:
        actor.keys.forget_groups()
    trail.record(session, actor, "group.remove", group.group_name, person_id, now)
    if len(remaining) < FEWEST:
        notices.post_to_role(
            session,
            Role.COORDINATOR,
            "group-too-small",
            now,
            key=f"small:{group.group_name}:{epoch + 1}",
        )


def rotate(session: Session, vault: Vault, actor: Actor, name: str, now: datetime) -> None:
    """Give a group a new key for the same members, after a key may have come to others' hands.

    What is sealed already is re-keyed by `rekey` in a member's session.

    Args:
        session: where groups are.
        vault: key store and keyring.
        actor: a member.
        name: one of `GroupName`.
        now: the instant, aware.

    Raises:
        NotAMember: the actor is none.
        KeyNotTrusted: a member's key is not the pinned one.
        KeyStoreGone: the key store cannot be reached.
    """
    group = Group(name)
    epoch = _locked_epoch(session, group)
    present = members(session, name)
    if actor.person_id not in present:
        raise NotAMember
    trusted = [vault.public_key_of(session, Person(one)) for one in sorted(present)]
    _new_epoch(session, vault, group, epoch + 1, trusted, now)
    if actor.keys is not None:
        actor.keys.forget_groups()
    trail.record(session, actor, "group.rotate", "group", group.group_name, now)


def renew(session: Session, vault: Vault, name: str, now: datetime) -> bool:
    """Give a group a new key, where a restored database lacks its present one or who was removed.

    Whoever lost his halves since (their secrets are destroyed) is out again; those who remain get
    the new key. Records under a key that only the lost database held stay closed.

    Args:
        session: where groups are; the caller commits.
        vault: key store and keyring.
        name: one of `GroupName`.
        now: the instant, aware.

    Returns:
        Whether there is a new key.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    group = Group(name)
    epoch = _locked_epoch(session, group)
    rows = session.execute(
        select(GroupHalfRow.person_id, GroupHalfRow.epoch, GroupHalfRow.secret_id).where(
            GroupHalfRow.group_name == group.group_name
        )
    ).all()
    alive = vault.keystore.values([row.secret_id.bytes for row in rows])
    dead = [row for row in rows if row.secret_id.bytes not in alive]
    for row in dead:
        session.execute(
            delete(GroupHalfRow).where(
                GroupHalfRow.group_name == group.group_name,
                GroupHalfRow.person_id == row.person_id,
                GroupHalfRow.epoch == row.epoch,
            )
        )
    pin = vault.keystore.pin(group)
    known = max((pin and pin.epoch) or 0, (pin and pin.next_epoch) or 0)
    if not dead and known <= epoch:
        return False
    present = []
    for person_id in sorted(members(session, name)):
        with suppress(NoKeysYet, KeyNotTrusted):
            present.append(vault.public_key_of(session, Person(person_id)))
    if not present:
        return False
    _new_epoch(session, vault, group, max(epoch, known) + 1, present, now)
    trail.record(session, SYSTEM, "group.renew", "group", group.group_name, now)
    return True


def waiting_for_rekey(session: Session, keys: OpenKeys) -> dict[str, int]:
    """How many records a member can open that still stand under a former key of his groups.

    Args:
        session: where envelopes are.
        keys: of the member.

    Returns:
        The numbers by group; groups without such records are missing.
    """
    found: dict[str, int] = {}
    for name in {one for one, _epoch in keys.groups(session)}:
        present = select(func.max(GroupKeyRow.epoch)).where(GroupKeyRow.group_name == name)
        mine = [epoch for one, epoch in keys.groups(session) if one == name]
        number = session.scalar(
            select(func.count(EnvelopeReaderRow.record_id)).where(
                EnvelopeReaderRow.group_name == name,
                EnvelopeReaderRow.key_epoch < present.scalar_subquery(),
                EnvelopeReaderRow.key_epoch.in_(mine),
            )
        )
        if number:
            found[name] = number
    return found


def rekey(
    session: Session, vault: Vault, actor: Actor, name: str, now: datetime, *, limit: int = 100
) -> int:
    """Re-key records still sealed to a group's former keys; to be repeated until none is left.

    Args:
        session: where envelopes are.
        vault: key store and keyring.
        actor: a member with open keys.
        name: one of `GroupName`.
        now: the instant, aware.
        limit: how many records at once.

    Returns:
        How many records were re-keyed.

    Raises:
        KeysLocked: the member's session is locked.
        CannotOpen: a record does not open.
        KeyStoreGone: the key store cannot be reached.
    """
    if actor.keys is None:
        raise KeysLocked
    group = Group(name)
    present = vault.public_key_of(session, group).epoch
    old = session.execute(
        select(EnvelopeReaderRow.record_id, EnvelopeReaderRow.key_epoch)
        .where(
            EnvelopeReaderRow.group_name == group.group_name,
            EnvelopeReaderRow.key_epoch < present,
        )
        .order_by(EnvelopeReaderRow.key_epoch)
        .limit(limit)
    ).all()
    mine = envelopes.can_open(session, actor.keys, [row.record_id for row in old])
    done = 0
    for row in old:
        if row.record_id in mine:
            try:
                stamp = envelopes.reseal(session, vault, actor.keys, row.record_id, now)
            except envelopes.NotVouchedFor:
                # The group stands there by somebody else's hand: nothing new is sealed to it.
                continue
            done += 1
            trail.record(
                session,
                actor,
                "record.rekey",
                "envelope",
                row.record_id,
                now,
                version=stamp.version,
                digest=stamp.digest,
            )
    return done


def names() -> tuple[str, ...]:
    """The names of every group of the house."""
    return tuple(one.value for one in GroupName)
