"""A new key pair, and everything the former one opens moved to it, step by step.

The former private key is kept meanwhile, wrapped under a key that only the new one gives and a
destruction secret. Nothing is lost when it is broken off: the rows that still name the former
epoch are what is left to do. With the last of them the former key goes.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import (
    destruction,
    envelope_opening,
    groups,
    notices,
    quorum_shares,
    trail,
    vouching,
    wrappings,
)
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.keys import NotAMember, OpenKeys, half_for, make_pair
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import EnvelopeReaderRow, EnvelopeRow, GroupHalfRow, KeyWrappingRow
from weerbaar.accounts.recipients import Person, label
from weerbaar.accounts.vault import KeyNotTrusted, TrustedKey, Vault
from weerbaar.accounts.wrappings import Stretched, Way
from weerbaar.config import faultpoint
from weerbaar.crypto import envelope
from weerbaar.crypto.envelope import Binding
from weerbaar.crypto.errors import CannotOpen

# Reader halves that one step moves: less than a second's work.
STEP = 1_000
CHANGED = "key_changed"
_UNDER = b"weerbaar former key\x01"
# What was kept under the former key alone, and is made anew afterwards.
_MADE_ANEW = (Way.RECOVERY, Way.PASSKEY, Way.QUORUM)


class Unfinished(Exception):
    """What a former key opens is not moved yet: a newer key would have to wait for it."""


class FormerWaits(Unfinished):
    """A key of before waits for the holders: another new one would destroy it."""


def begin(
    session: Session, vault: Vault, actor: Actor, password: Stretched, now: datetime
) -> OpenKeys:
    """Make a new key pair for oneself; `go_on` moves what the former one opens.

    The recovery code, passkeys and shares of the former pair open nothing any more.

    Args:
        session: the door commits, and puts the new keys into the session of this browser.
        vault: key store, keyring and trust.
        actor: whose keys, open.
        password: his password, stretched anew.
        now: the instant, aware.

    Raises:
        Unfinished: an earlier change is not finished.
        FormerWaits: the holders keep a former key that was neither taken back nor given up.
        KeyStoreGone: the key store cannot be reached.
    """
    former = actor.keys
    assert former is not None
    if _rows(session, former.person_id):
        raise Unfinished
    kept = wrappings.find(session, former.person_id, Way.QUORUM)
    if kept is not None and kept.epoch != former.epoch:
        raise FormerWaits
    keys = make_pair(session, vault, former.person_id, now)
    wrappings.set_password(session, vault, keys, password, now)
    gone = session.scalars(
        select(KeyWrappingRow).where(
            KeyWrappingRow.person_id == former.person_id,
            KeyWrappingRow.kind.in_([one.value for one in _MADE_ANEW]),
        )
    )
    wrappings.remove(session, vault, list(gone), now)
    keep(session, vault, keys, former, now)
    trail.record(session, actor, "key.renew", "person", keys.person_id, now)
    notices.post(session, keys.person_id, CHANGED, now)
    return keys


def keep(session: Session, vault: Vault, keys: OpenKeys, former: OpenKeys, now: datetime) -> None:
    """Keep a former key for as long as something is left that it opens.

    Args:
        session: the caller commits.
        vault: the second lock.
        keys: the present keys of the same person.
        former: the former ones.
        now: the instant, aware.
    """
    wrappings.add(session, vault, former, Way.FORMER, _under(keys), now)


def _under(keys: OpenKeys) -> bytes:
    return hmac.digest(keys.own.symmetric, _UNDER, hashlib.sha256)


def _rows(session: Session, person_id: UUID) -> Sequence[KeyWrappingRow]:
    return session.scalars(
        select(KeyWrappingRow)
        .where(KeyWrappingRow.person_id == person_id, KeyWrappingRow.kind == Way.FORMER.value)
        .order_by(KeyWrappingRow.epoch.desc())
    ).all()


def left(session: Session, person_id: UUID) -> int:
    """How many records and groups still stand under former keys that a person has kept."""
    epochs = [one.epoch for one in _rows(session, person_id)]
    if not epochs:
        return 0
    number = 0
    for counted, who, epoch in (
        (EnvelopeReaderRow.id, EnvelopeReaderRow.person_id, EnvelopeReaderRow.key_epoch),
        (GroupHalfRow.epoch, GroupHalfRow.person_id, GroupHalfRow.person_epoch),
    ):
        wanted = select(func.count(counted)).where(who == person_id, epoch.in_(epochs))
        number += session.scalar(wanted) or 0
    return number


def is_unfinished(session: Session, person_id: UUID) -> bool:
    """Whether a former key of a person is kept."""
    return bool(_rows(session, person_id))


def go_on(
    session: Session, vault: Vault, keys: OpenKeys, now: datetime, *, limit: int = STEP
) -> int:
    """Move the next of what former keys open to the present one; to be repeated until 0 is left.

    Args:
        session: the caller commits after each step: what is done is done.
        vault: key store, keyring and trust.
        keys: the person's present keys.
        now: the instant, aware.
        limit: how many reader halves at once.

    Returns:
        How many are left. Former keys of which nothing is left are destroyed.

    Raises:
        KeyNotTrusted: the person's present key is not the pinned one.
        KeyStoreGone: the key store cannot be reached.
    """
    formers = _open(session, vault, keys)
    if not formers:
        return 0
    present = vault.public_key_of(session, Person(keys.person_id))
    if present.public != keys.private.public:
        raise KeyNotTrusted
    remaining = 0
    for row, former in formers:
        _move_groups(session, vault, former, present, now)
        quorum_shares.move(session, former, keys)
        remaining += _move_halves(session, vault, former, keys, limit)
        faultpoint.reach("keys half moved")
        if not remaining:
            wrappings.remove(session, vault, [row], now)
            actor = Actor(person_id=keys.person_id)
            trail.record(session, actor, "key.moved", "person", keys.person_id, now)
    keys.forget_groups()
    return remaining


def _open(session: Session, vault: Vault, keys: OpenKeys) -> list[tuple[KeyWrappingRow, OpenKeys]]:
    """Every former key that can be opened from the present one, over others where need be."""
    known, waiting, found = [keys], list(_rows(session, keys.person_id)), []
    while waiting:
        opened = [
            (row, former)
            for row in waiting
            for former in [_opened(vault, row, known)]
            if former is not None
        ]
        if not opened:
            break
        found += opened
        known += [former for _row, former in opened]
        waiting = [row for row in waiting if row not in [one for one, _former in opened]]
    return found


def _opened(vault: Vault, row: KeyWrappingRow, known: list[OpenKeys]) -> OpenKeys | None:
    for one in known:
        try:
            return wrappings.open_with(vault, row, _under(one))
        except CannotOpen:
            continue
        except SecretGone:
            return None
    return None


def _move_groups(
    session: Session, vault: Vault, former: OpenKeys, present: TrustedKey, now: datetime
) -> None:
    for name, epoch in sorted(former.groups(session)):
        try:
            private = former.of_group(session, vault, name, epoch).private
        except (CannotOpen, NotAMember):
            continue
        gone = session.execute(
            delete(GroupHalfRow)
            .where(
                GroupHalfRow.group_name == name,
                GroupHalfRow.epoch == epoch,
                GroupHalfRow.person_id == former.person_id,
            )
            .returning(*groups.HALF_FACTS)
        ).all()
        destruction.give_up(session, vault, [one.secret_id for one in gone], now)
        row = half_for(present, vault, name, epoch, private, now.date())
        if not all(groups.is_vouched(vault.keyring, one) for one in gone):
            # Moving makes nobody a member who was none.
            row["mac"] = None
        session.execute(insert(GroupHalfRow).values(row))


def _move_halves(
    session: Session, vault: Vault, former: OpenKeys, keys: OpenKeys, limit: int
) -> int:
    """Seal reader halves to the new key; how many are left that may still open."""
    mine = (
        EnvelopeReaderRow.person_id == former.person_id,
        EnvelopeReaderRow.key_epoch == former.epoch,
    )
    rows = session.execute(
        select(
            EnvelopeReaderRow.id,
            EnvelopeReaderRow.sealed_half,
            EnvelopeReaderRow.rewrapped_half,
            EnvelopeRow.kind,
            EnvelopeRow.part,
            EnvelopeRow.version,
            *envelope_opening.READER_FACTS,
        )
        .join(EnvelopeRow, EnvelopeRow.id == EnvelopeReaderRow.record_id)
        .where(*mine)
        .order_by(EnvelopeReaderRow.id)
        .limit(limit)
        .with_for_update(of=EnvelopeReaderRow)
    ).all()
    moved = 0
    for row in rows:
        try:
            values = _moved(vault, row, former, keys)
        except CannotOpen:
            # It was tampered with: neither key opens it, and it holds nothing back.
            continue
        session.execute(
            update(EnvelopeReaderRow).where(EnvelopeReaderRow.id == row.id).values(**values)
        )
        moved += 1
    if not moved:
        return 0
    return session.scalar(select(func.count(EnvelopeReaderRow.id)).where(*mine)) or 0


def _moved(vault: Vault, row: Any, former: OpenKeys, keys: OpenKeys) -> dict[str, Any]:
    binding = Binding(row.kind, row.record_id, row.part, row.epoch, row.version)
    person = Person(former.person_id)
    if row.rewrapped_half is not None:
        half = envelope.open_rewrapped(former.own.symmetric, row.rewrapped_half, binding)
    else:
        own = label(person, former.epoch)
        half = envelope.open_half(former.private, row.sealed_half, binding, own)
    theirs = label(person, keys.epoch)
    # Moving makes nobody a reader who was none.
    mac = None
    if envelope_opening.is_vouched(vault.keyring, row):
        moved = vouching.reader_row(row.record_id, row.epoch, row.secret_id, person, keys.epoch)
        mac = vouching.mac(vault.keyring, vouching.READER, moved)
    return {
        "key_epoch": keys.epoch,
        "sealed_half": envelope.seal_half(keys.private.public, half, binding, theirs),
        "rewrapped_half": envelope.rewrap_half(keys.own.symmetric, half, binding),
        "mac": mac,
    }
