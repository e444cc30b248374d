"""Envelopes: content sealed to readers, under two locks. Nobody opens one without being a reader.

Whoever changes sealed content, or who reads it, tells the trail with the stamp that comes back.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import destruction, long_content, trail, vouching
from weerbaar.accounts.actors import SYSTEM, Actor
from weerbaar.accounts.destruction import Fate, finish_destructions
from weerbaar.accounts.envelope_opening import (
    READER_FACTS,
    Kind,
    NotAReader,
    Opened,
    Reader,
    can_open,
    is_reader,
    is_vouched,
    open_many,
    open_one,
    open_record,
    open_whole,
    readers,
)
from weerbaar.accounts.keys import KeysLocked, OpenKeys
from weerbaar.accounts.long_content import LongContent
from weerbaar.accounts.models import EnvelopeReaderRow, EnvelopeRow
from weerbaar.accounts.recipients import Group, Person, Recipient
from weerbaar.accounts.vault import TrustedKey, Vault
from weerbaar.accounts.vouching import NotVouchedFor
from weerbaar.crypto import envelope
from weerbaar.crypto.envelope import Binding, DataKey

__all__ = [
    "ARRIVING",
    "Begun",
    "ChangedMeanwhile",
    "KeysLocked",
    "Kind",
    "LastReader",
    "LongContent",
    "NotAReader",
    "NotVouchedFor",
    "Reader",
    "Stamp",
    "begin_long",
    "can_open",
    "destroy",
    "destroy_all",
    "end_long",
    "finish_destructions",
    "grant",
    "is_reader",
    "open_long",
    "open_many",
    "open_one",
    "readers",
    "replace",
    "reseal",
    "revoke",
    "seal",
    "seal_long",
    "stamp",
]


# The label of a long content while it comes; it becomes that of its kind when it is whole.
ARRIVING = "arriving"
MOST_AT_ONCE = 1_000

# Made once and run on the bare connection: a caller waits while his number is sealed.
_NEW_ENVELOPE = insert(EnvelopeRow)
_NEW_READER = insert(EnvelopeReaderRow)
# Likewise at the end of a record: who types a draft ends the former one with every saving.
_NO_READERS = delete(EnvelopeReaderRow).where(
    EnvelopeReaderRow.record_id.in_(bindparam("ids", expanding=True))
)
_NO_ENVELOPES = (
    delete(EnvelopeRow)
    .where(EnvelopeRow.id.in_(bindparam("ids", expanding=True)))
    .returning(EnvelopeRow.id, EnvelopeRow.secret_id, EnvelopeRow.kind, EnvelopeRow.version)
)


class LastReader(Exception):
    """The last reader of a record cannot be taken away: nobody could open it again."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the record since it was read."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Version and SHA-256 of the ciphertext, for the trail row of a change."""

    version: int
    digest: bytes

    def __iter__(self) -> Iterator[Any]:
        return iter((self.version, self.digest))


def seal(
    session: Session,
    vault: Vault,
    *,
    kind: Kind,
    plaintext: bytes,
    recipients: Iterable[Recipient],
    now: datetime,
    part: str = "whole",
    record_id: UUID | None = None,
) -> UUID:
    """Seal new content to recipients.

    Args:
        session: where the envelope goes.
        vault: key store, keyring and trust.
        kind: what it holds.
        plaintext: the content; padded before it is sealed.
        recipients: who can open it; at least one.
        now: the instant, whose day is kept.
        part: which part of a record this is, a fixed label.
        record_id: the id to use, made at random before; a new one without.

    Raises:
        NoKeysYet: a recipient has no key pair.
        KeyNotTrusted: a recipient's key is not the pinned one.
        KeyStoreGone: the key store cannot be reached.
    """
    binding = Binding(kind.value, record_id or uuid4(), part, 1, 1)
    trusted = _trusted(session, vault, recipients)
    secret_id, secret = vault.keystore.take()
    half = envelope.new_half()
    content = envelope.data_key(half, secret, binding).seal(plaintext, binding)
    _insert(session, binding, content, secret_id, now, part=part)
    session.connection().execute(
        _NEW_READER, [_reader_row(vault, one, half, binding, secret_id, now) for one in trusted]
    )
    return binding.record_id


def _trusted(session: Session, vault: Vault, recipients: Iterable[Recipient]) -> list[TrustedKey]:
    trusted = [vault.public_key_of(session, one) for one in dict.fromkeys(recipients)]
    if not trusted:
        raise LastReader
    return trusted


def _insert(
    session: Session, binding: Binding, content: bytes, secret_id: UUID, now: datetime, *, part: str
) -> None:
    row = {
        "id": binding.record_id,
        "kind": binding.kind,
        "part": part,
        "epoch": 1,
        "version": 1,
        "content": content,
        "secret_id": secret_id,
        "created_day": now.date(),
    }
    session.connection().execute(_NEW_ENVELOPE, row)


def seal_long(
    session: Session,
    vault: Vault,
    *,
    kind: Kind,
    facts: dict[str, Any],
    content: Iterable[bytes],
    recipients: Iterable[Recipient],
    now: datetime,
    part: str = "whole",
) -> UUID:
    """Seal a long content to recipients, piece by piece.

    Args:
        session: where the envelope goes.
        vault: key store, keyring and trust.
        kind: what it holds.
        facts: what is to be known of it before it is opened whole; sealed too.
        content: in pieces of any size.
        recipients: who can open it; at least one.
        now: the instant, whose day is kept.
        part: which part of a record this is, a fixed label.

    Raises:
        As `seal`.
    """
    begun = begin_long(session, vault, Binding(kind.value, uuid4(), part, 1, 1), now)
    record_id = begun.binding.record_id
    inflow = long_content.Inflow(begun.key, begun.binding, long_content.put_in(session, record_id))
    for some in content:
        inflow.add(some)
    end_long(session, vault, begun, inflow.finish(facts), recipients, now)
    return record_id


@dataclass(frozen=True, slots=True)
class Begun:
    """A long content of which nobody is a reader yet: what opens it is in this process alone."""

    binding: Binding
    half: bytes = field(repr=False)
    key: DataKey = field(repr=False)
    secret_id: UUID


def begin_long(session: Session, vault: Vault, binding: Binding, now: datetime) -> Begun:
    """Make the place of a long content, before its pieces come.

    Until `end_long` it has no readers and stands under the label `arriving`: nothing finds it but
    the sweep of what was broken off.

    Args:
        session: where the envelope goes.
        vault: the key store.
        binding: its place, version 1 of epoch 1.
        now: the instant, whose day is kept.

    Raises:
        KeyStoreGone: the key store cannot be reached.
    """
    secret_id, secret = vault.keystore.take()
    half = envelope.new_half()
    key = envelope.data_key(half, secret, binding)
    _insert(session, binding, key.seal(b"", binding), secret_id, now, part=ARRIVING)
    return Begun(binding, half, key, secret_id)


def end_long(
    session: Session,
    vault: Vault,
    begun: Begun,
    note: bytes,
    recipients: Iterable[Recipient],
    now: datetime,
) -> Stamp:
    """Let the pieces that came be a record, for its readers.

    Args:
        session: where the envelope is.
        vault: key store, keyring and trust.
        begun: what `begin_long` gave.
        note: what `Inflow.finish` gave.
        recipients: who can open it; at least one.
        now: the instant, aware.

    Raises:
        ChangedMeanwhile: it was swept away in between.
        NoKeysYet, KeyNotTrusted: as `seal`.
    """
    trusted = _trusted(session, vault, recipients)
    binding = begun.binding
    content = begun.key.seal(note, binding)
    stored = session.execute(
        update(EnvelopeRow)
        .where(EnvelopeRow.id == binding.record_id, EnvelopeRow.part == ARRIVING)
        .values(part=binding.part, content=content)
        .returning(EnvelopeRow.id)
    ).first()
    if stored is None:
        raise ChangedMeanwhile
    rows = [_reader_row(vault, one, begun.half, binding, begun.secret_id, now) for one in trusted]
    session.connection().execute(_NEW_READER, rows)
    return _stamp(binding.version, content)


def open_long(
    session: Session,
    vault: Vault,
    keys: OpenKeys | None,
    record_id: UUID,
    *,
    kind: Kind,
    part: str = "whole",
) -> LongContent:
    """A long content, to be read where it is wanted.

    Args:
        session: where it is; the door commits, the first opening writes.
        vault: key store, keyring and trust.
        keys: what the reader's unlocked session holds; None while it is locked.
        record_id: which record.
        kind: what it is believed to hold.
        part: which part it is believed to be.

    Raises:
        As `open_one`.
    """
    opened = open_record(session, vault, keys, record_id, kind, part)
    return long_content.of(session, opened)


def _reader_row(
    vault: Vault,
    key: TrustedKey,
    half: bytes,
    binding: Binding,
    secret_id: UUID,
    now: datetime,
    since: date | None = None,
) -> dict[str, Any]:
    recipient = key.recipient
    row = vouching.reader_row(binding.record_id, binding.epoch, secret_id, recipient, key.epoch)
    return {
        "id": uuid4(),
        "record_id": binding.record_id,
        "person_id": recipient.person_id if isinstance(recipient, Person) else None,
        "group_name": recipient.group_name if isinstance(recipient, Group) else None,
        "key_epoch": key.epoch,
        "sealed_half": envelope.seal_half(key.public, half, binding, key.label),
        "rewrapped_half": None,
        "mac": vouching.mac(vault.keyring, vouching.READER, row),
        "created_day": since or now.date(),
    }


def stamp(session: Session, record_id: UUID) -> Stamp:
    """Version and digest of a record as it stands, for a trail row.

    Raises:
        NotAReader: there is no such record.
    """
    row = session.execute(
        select(EnvelopeRow.version, EnvelopeRow.content).where(EnvelopeRow.id == record_id)
    ).first()
    if row is None:
        raise NotAReader
    return _stamp(row.version, row.content)


def _stamp(version: int, content: bytes) -> Stamp:
    return Stamp(version, hashlib.sha256(content).digest())


def replace(
    session: Session,
    vault: Vault,
    keys: OpenKeys | None,
    record_id: UUID,
    *,
    kind: Kind,
    plaintext: bytes,
    now: datetime,
    part: str = "whole",
) -> Stamp:
    """Put new content in a record, for the same readers.

    Args:
        session: where the record is.
        vault: key store, keyring and trust.
        keys: of a reader.
        record_id: which record.
        kind: what it is believed to hold.
        plaintext: the new content.
        now: the instant, aware.
        part: which part it is believed to be.

    Returns:
        The new version and its digest, for the trail row.

    Raises:
        KeysLocked, NotAReader, CannotOpen, KeyStoreGone: as for opening.
        ChangedMeanwhile: another version was stored in between.
    """
    _ = now
    opened = open_record(session, vault, keys, record_id, kind, part)
    # Only a content that opens is replaced: nothing is written over what was tampered with.
    opened.plaintext()
    version = opened.version + 1
    binding = Binding(opened.kind, record_id, part, opened.epoch, version)
    key = envelope.data_key(opened.half, opened.secret, binding)
    content = key.seal(plaintext, binding)
    _store(session, opened, {"version": version, "content": content})
    return _stamp(version, content)


def _store(session: Session, opened: Opened, values: dict[str, Any]) -> None:
    stored = session.execute(
        update(EnvelopeRow)
        .where(
            EnvelopeRow.id == opened.record_id,
            EnvelopeRow.version == opened.version,
            EnvelopeRow.epoch == opened.epoch,
        )
        .values(**values)
        .returning(EnvelopeRow.id)
    ).first()
    if stored is None:
        raise ChangedMeanwhile


def grant(
    session: Session,
    vault: Vault,
    keys: OpenKeys | None,
    record_id: UUID,
    recipient: Recipient,
    now: datetime,
) -> None:
    """Make somebody a reader of a record; a reader under his present key stays as he is.

    Args:
        session: where the record is.
        vault: key store, keyring and trust.
        keys: of a reader.
        record_id: which record.
        recipient: the new reader.
        now: the instant, aware.

    Raises:
        KeysLocked, NotAReader, CannotOpen, KeyStoreGone: as for opening.
        NoKeysYet: the recipient has no key pair.
        KeyNotTrusted: the recipient's key is not the pinned one.
        NotVouchedFor: whoever gives is no reader by an act of the house.
    """
    opened = open_whole(session, vault, keys, record_id)
    if not opened.is_vouched:
        raise NotVouchedFor
    # A half put there by somebody else would not open the content: it is never passed on.
    opened.plaintext()
    key = vault.public_key_of(session, recipient)
    who = (
        EnvelopeReaderRow.person_id == recipient.person_id
        if isinstance(recipient, Person)
        else EnvelopeReaderRow.group_name == recipient.group_name
    )
    row_of_it = EnvelopeReaderRow.record_id == record_id, who
    present = session.execute(
        select(*READER_FACTS)
        .join(EnvelopeRow, EnvelopeRow.id == EnvelopeReaderRow.record_id)
        .where(*row_of_it)
    ).first()
    if (
        present is not None
        and present.key_epoch == key.epoch
        and is_vouched(vault.keyring, present)
    ):
        return
    session.execute(delete(EnvelopeReaderRow).where(*row_of_it))
    row = _reader_row(vault, key, opened.half, opened.binding, opened.secret_id, now)
    session.connection().execute(_NEW_READER, row)


def revoke(
    session: Session,
    vault: Vault,
    keys: OpenKeys | None,
    record_id: UUID,
    recipient: Recipient,
    now: datetime,
) -> Stamp:
    """Take a reader away: the rest get a new half and a new secret, the old secret goes later.

    Args:
        session: where the record is.
        vault: key store, keyring and trust.
        keys: of a reader, who may take himself away.
        record_id: which record.
        recipient: who reads it no longer.
        now: the instant, aware.

    Returns:
        The new version and its digest, for the trail row.

    Raises:
        KeysLocked, NotAReader, CannotOpen, KeyStoreGone: as for opening.
        NotAReader: also when the recipient was none.
        LastReader: nobody would be left who can open it.
        KeyNotTrusted: a remaining reader's key is not the pinned one.
        NotVouchedFor: whoever re-keys is no reader by an act of the house.
    """
    present = [one.recipient for one in readers(session, record_id)]
    if recipient not in present:
        raise NotAReader
    return reseal(session, vault, keys, record_id, now, without=recipient)


def reseal(
    session: Session,
    vault: Vault,
    keys: OpenKeys | None,
    record_id: UUID,
    now: datetime,
    *,
    without: Recipient | None = None,
) -> Stamp:
    """Re-key a record: new half, new secret, sealed to every reader's key of today.

    A person whose key pair is newer than his grant counts as a newcomer and is left out, unless
    he is moving what his former key opens; a group is sealed to in its present epoch. Whoever
    stands in a row that the house did not write is left out too.

    Args:
        session: where the record is.
        vault: key store, keyring and trust.
        keys: of a reader.
        record_id: which record.
        now: the instant, aware.
        without: a reader to leave out.

    Returns:
        The new version and its digest, for the trail row.

    Raises:
        As `revoke`.
    """
    opened = open_whole(session, vault, keys, record_id)
    if not opened.is_vouched:
        raise NotVouchedFor
    plaintext = opened.plaintext()
    spoken = long_content.of(session, opened) if long_content.is_long(session, opened) else None
    trusted = []
    for one in readers(session, record_id):
        if one.recipient == without or not one.is_vouched:
            continue
        key = vault.public_key_of(session, one.recipient)
        if isinstance(one.recipient, Group) or key.epoch == one.key_epoch or one.has_key:
            trusted.append((key, one.since))
    if not trusted:
        raise LastReader
    version, epoch = opened.version + 1, opened.epoch + 1
    binding = Binding(opened.kind, record_id, opened.part, epoch, version)
    secret_id, secret = vault.keystore.take()
    half = envelope.new_half()
    renewed = envelope.data_key(half, secret, binding)
    if spoken is not None:
        plaintext = long_content.renew(session, spoken, renewed, binding)
    content = renewed.seal(plaintext, binding)
    _store(
        session,
        opened,
        {"version": version, "epoch": epoch, "content": content, "secret_id": secret_id},
    )
    session.execute(delete(EnvelopeReaderRow).where(EnvelopeReaderRow.record_id == record_id))
    session.connection().execute(
        _NEW_READER,
        [_reader_row(vault, key, half, binding, secret_id, now, since) for key, since in trusted],
    )
    destruction.give_up(session, vault, [opened.secret_id], now, after=destruction.BACKUPS_LIVE)
    return _stamp(version, content)


# Kinds whose first sealing is told to the trail already, so that their end must be told too.
_TOLD = frozenset({
    Kind.CASE_WHO, Kind.CASE_WHAT, Kind.CASE_NOTE, Kind.CONTACT_MOMENT, Kind.ATTACHMENT,
    Kind.HANDOVER_NOTE, Kind.CASE_PART,
    Kind.RECORDING, Kind.TOUR_NOTE, Kind.TOUR_ACTIVITY, Kind.TOUR_ENQUIRY,
    Kind.BREACH,
    Kind.RIGHTS_REQUEST,
})  # fmt: skip


def destroy(
    session: Session,
    vault: Vault,
    record_id: UUID,
    now: datetime,
    *,
    actor: Actor = SYSTEM,
    why: str | None = None,
    after: timedelta = timedelta(0),
) -> None:
    """Destroy a record for good with the commit of this session: no backup opens it again.

    The end of a record that the trail tells of stands in the trail too: one that is gone without
    such a row was taken away behind our back.

    Args:
        session: where the record is.
        vault: whose key store holds its secret.
        record_id: which record; one that is gone already changes nothing.
        now: the instant, aware.
        actor: who destroys it; without, the system.
        why: a fixed code, where it must be accounted for in the destruction log.
        after: how long its secret may still be there; then the worker destroys it with others.
    """
    for gone in _deleted(session, [record_id]):
        fate = None if why is None else Fate(record_id, gone.kind, why, actor.person_id)
        destruction.give_up(session, vault, [gone.secret_id], now, after=after, fate=fate)
        if gone.version > 1 or gone.kind in _TOLD:
            trail.record(session, actor, trail.DESTROYED, "envelope", record_id, now)


def destroy_all(session: Session, vault: Vault, record_ids: Iterable[UUID], now: datetime) -> None:
    """Destroy many records for good that need not be accounted for, their secrets at one stroke.

    Args:
        session: where the records are.
        vault: whose key store holds their secrets.
        record_ids: which records; those that are gone already change nothing.
        now: the instant, aware.
    """
    gone = _deleted(session, list(record_ids))
    destruction.give_up(session, vault, [row.secret_id for row in gone], now)
    for row in gone:
        if row.version > 1 or row.kind in _TOLD:
            trail.record(session, SYSTEM, trail.DESTROYED, "envelope", row.id, now)


def _deleted(session: Session, record_ids: Sequence[UUID]) -> list[Any]:
    found: list[Any] = []
    session.flush()
    for start in range(0, len(record_ids), MOST_AT_ONCE):
        some = {"ids": list(record_ids[start : start + MOST_AT_ONCE])}
        session.connection().execute(_NO_READERS, some)
        found += session.connection().execute(_NO_ENVELOPES, some).all()
    return found
