"""Opening envelopes: which halves a reader has, and the content under both locks.

A reader half is re-wrapped at its first opening, so that later openings are cheap: a read may
write a row, and the door that reads commits.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, case, or_, select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import vouching
from weerbaar.accounts.keys import KeysLocked, OpenKeys, Pair
from weerbaar.accounts.keystore import SecretGone
from weerbaar.accounts.models import EnvelopeReaderRow, EnvelopeRow
from weerbaar.accounts.reader_keys import has_key
from weerbaar.accounts.recipients import Group, Person, Recipient, label
from weerbaar.accounts.vault import Vault
from weerbaar.config.database import among, bare, id_bytes
from weerbaar.crypto import envelope
from weerbaar.crypto.envelope import Binding
from weerbaar.crypto.errors import CannotOpen
from weerbaar.crypto.keyring import Keyring

CHUNK = 5_000
_ID: ColumnElement[UUID] = EnvelopeRow.__table__.c.id

# What the MAC of a reader's row is over, and the MAC; the envelope's row is joined to it.
READER_FACTS = (
    EnvelopeReaderRow.record_id,
    EnvelopeRow.epoch,
    EnvelopeRow.secret_id,
    EnvelopeReaderRow.person_id,
    EnvelopeReaderRow.group_name,
    EnvelopeReaderRow.key_epoch,
    EnvelopeReaderRow.mac,
)
_VOUCHED = (EnvelopeReaderRow.record_id, EnvelopeReaderRow.person_id, EnvelopeReaderRow.mac)

# Halves opened for the first time, by the group they were opened through; None: as a person.
_Fresh = dict[str | None, list[dict[str, Any]]]


class Kind(StrEnum):
    """What an envelope holds. The label is bound into the seal and never changes."""

    CALLER_NUMBER = "caller-number"
    CALL_COURSE = "call-course"
    CALL_BACK = "call-back"
    CASE_WHO = "case-who"
    CASE_WHAT = "case-what"
    CASE_NOTE = "case-note"
    CASE_PART = "case-part"
    CONTACT_MOMENT = "contact-moment"
    DRAFT = "draft"
    RECORDING = "recording"
    ATTACHMENT = "attachment"
    HANDOVER_NOTE = "handover-note"
    RETENTION_HOLD = "retention-hold"
    TOUR_NOTE = "tour-note"
    TOUR_ACTIVITY = "tour-activity"
    TOUR_ENQUIRY = "tour-enquiry"
    FIGURES = "figures"
    DRILL = "drill"
    BREACH = "breach"
    RIGHTS_REQUEST = "rights-request"


class NotAReader(Exception):
    """Whoever asks is no reader of this record, or there is no such record: the same answer."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody to whom a record is sealed, since which day, and whether he has the key now.

    Whoever stands in a row that the house did not write has none: nothing is sealed to him.
    """

    recipient: Recipient
    key_epoch: int
    since: date
    has_key: bool
    is_vouched: bool


@dataclass(frozen=True, slots=True)
class Opened:
    record_id: UUID
    kind: str
    part: str
    epoch: int
    version: int
    secret_id: UUID
    # Whether the house wrote the row of the reader through which it was opened.
    is_vouched: bool
    half: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def binding(self) -> Binding:
        return Binding(self.kind, self.record_id, self.part, self.epoch, self.version)

    def plaintext(self) -> bytes:
        key = envelope.data_key(self.half, self.secret, self.binding)
        return key.open(self.content, self.binding)


def open_one(
    session: Session,
    vault: Vault,
    keys: OpenKeys | None,
    record_id: UUID,
    *,
    kind: Kind,
    part: str = "whole",
) -> bytes:
    """The content of one record.

    Args:
        session: where it is; the door commits, the first opening writes.
        vault: key store, keyring and trust.
        keys: what the reader's unlocked session holds; None while it is locked.
        record_id: which record.
        kind: what it is believed to hold.
        part: which part it is believed to be.

    Raises:
        KeysLocked: the session is locked.
        NotAReader: no reader, or no such record of this kind.
        CannotOpen: it was damaged, moved, or its secret is destroyed.
        KeyStoreGone: the key store cannot be reached.
    """
    return open_record(session, vault, keys, record_id, kind, part).plaintext()


def open_many(
    session: Session,
    vault: Vault,
    keys: OpenKeys | None,
    record_ids: Collection[UUID] | None = None,
    *,
    kind: Kind,
    part: str = "whole",
    damaged: list[UUID] | None = None,
    wanted: Callable[[bytes], object] | None = None,
) -> Iterator[tuple[UUID, bytes]]:
    """The contents of many records of one kind, in the order asked; others' are left out.

    Args:
        session: where they are; the door commits, a first opening writes.
        vault: key store, keyring and trust.
        keys: what the reader's unlocked session holds; None while it is locked.
        record_ids: which records; every one that the reader can open without.
        kind: what they are believed to hold.
        part: which part they are believed to be.
        damaged: where ids go that do not open; without it the first such raises.
        wanted: asked about each content; where it says no, the content is let go at once.

    Raises:
        KeysLocked: the session is locked.
        CannotOpen: one was damaged, moved, or its secret is destroyed.
        KeyStoreGone: the key store cannot be reached.
    """
    keys = _unlocked(keys)
    dialect = session.get_bind().dialect.name
    id_of = id_bytes(dialect)
    query = _halves(
        session, keys, kind.value, part, bare(EnvelopeRow.id), bare(EnvelopeRow.secret_id)
    )
    if record_ids is not None:
        query = query.where(among(dialect, _ID, [one.bytes for one in record_ids]))
    row_of_records = envelope.Row(kind.value, part)
    fresh: _Fresh = {}
    opened: set[bytes] = set()
    failed: list[bytes] = []
    found = session.connection().execute(query)
    for rows in _batches(found, record_ids, id_of):
        secrets = vault.keystore.values([id_of(row[1]) for row in rows])
        for row in rows:
            record = id_of(row[0])
            # Somebody may read as a person and through a group: one of the two is enough.
            if record in opened:
                continue
            _, secret_id, epoch, version, content, group_name, key_epoch, _, rewrapped = row
            try:
                secret = _present(secrets, id_of(secret_id))
                if rewrapped is None:
                    binding = Binding(kind.value, UUID(bytes=record), part, epoch, version)
                    half = _half(session, vault, keys, row, binding, fresh)
                    plaintext = envelope.data_key(half, secret, binding).open(content, binding)
                else:
                    pair = _pair(session, vault, keys, group_name, key_epoch)
                    plaintext = row_of_records.open(
                        pair.symmetric, rewrapped, secret, content, (record, epoch, version)
                    )
            except CannotOpen:
                if damaged is None:
                    raise
                failed.append(record)
                continue
            opened.add(record)
            if wanted is None or wanted(plaintext):
                yield UUID(bytes=record), plaintext
    if damaged is not None:
        lost = (one for one in dict.fromkeys(failed) if one not in opened)
        damaged.extend(UUID(bytes=one) for one in lost)
    keep_rewrapped(session, keys, fresh)


def _batches(
    found: Any, record_ids: Collection[UUID] | None, id_of: Callable[[Any], bytes]
) -> Iterator[Sequence[Any]]:
    if record_ids is None:
        yield from found.partitions(CHUNK)
        return
    place = {one.bytes: number for number, one in enumerate(record_ids)}
    yield sorted(found, key=lambda row: place[id_of(row[0])])


def _present(secrets: dict[bytes, bytes], secret_id: bytes) -> bytes:
    try:
        return secrets[secret_id]
    except KeyError:
        raise CannotOpen from None


def _unlocked(keys: OpenKeys | None) -> OpenKeys:
    if keys is None:
        raise KeysLocked
    return keys


def _mine(session: Session, keys: OpenKeys) -> Any:
    # The reader rows that these keys can open: the person's own and those of his groups.
    own = and_(
        EnvelopeReaderRow.person_id == keys.person_id, EnvelopeReaderRow.key_epoch == keys.epoch
    )
    groups = [
        and_(EnvelopeReaderRow.group_name == name, EnvelopeReaderRow.key_epoch == epoch)
        for name, epoch in sorted(keys.groups(session))
    ]
    return or_(own, *groups)


def _halves(
    session: Session,
    keys: OpenKeys,
    kind: str,
    part: str,
    record_id: Any = EnvelopeRow.id,
    secret_id: Any = EnvelopeRow.secret_id,
    *more: Any,
) -> Any:
    return (
        select(
            record_id,
            secret_id,
            EnvelopeRow.epoch,
            EnvelopeRow.version,
            EnvelopeRow.content,
            EnvelopeReaderRow.group_name,
            EnvelopeReaderRow.key_epoch,
            # Longer than most contents, and of no use once there is a re-wrapped one.
            case((EnvelopeReaderRow.rewrapped_half.is_(None), EnvelopeReaderRow.sealed_half)).label(
                "sealed_half"
            ),
            EnvelopeReaderRow.rewrapped_half,
            *more,
        )
        .join(EnvelopeReaderRow, EnvelopeReaderRow.record_id == EnvelopeRow.id)
        .where(EnvelopeRow.kind == kind, EnvelopeRow.part == part, _mine(session, keys))
    )


def _half(
    session: Session,
    vault: Vault,
    keys: OpenKeys,
    row: Any,
    binding: Binding,
    fresh: _Fresh,
) -> bytes:
    group_name, key_epoch = row.group_name, row.key_epoch
    pair = _pair(session, vault, keys, group_name, key_epoch)
    if row.rewrapped_half is not None:
        return envelope.open_rewrapped(pair.symmetric, row.rewrapped_half, binding)
    recipient = Person(keys.person_id) if group_name is None else Group(group_name)
    half = envelope.open_half(pair.private, row.sealed_half, binding, label(recipient, key_epoch))
    fresh.setdefault(group_name, []).append(
        {
            "record": binding.record_id,
            "sealed": row.sealed_half,
            "rewrapped": envelope.rewrap_half(pair.symmetric, half, binding),
        }
    )
    return half


def _pair(
    session: Session, vault: Vault, keys: OpenKeys, group_name: str | None, key_epoch: int
) -> Pair:
    if group_name is None:
        return keys.own
    return keys.of_group(session, vault, group_name, key_epoch)


def keep_rewrapped(session: Session, keys: OpenKeys, fresh: _Fresh) -> None:
    """Keep halves that were opened for the first time under the reader's own key."""
    for group_name, halves in fresh.items():
        reader = (
            EnvelopeReaderRow.person_id == keys.person_id
            if group_name is None
            else EnvelopeReaderRow.group_name == group_name
        )
        session.connection().execute(
            update(EnvelopeReaderRow)
            .where(
                EnvelopeReaderRow.record_id == bindparam("record"),
                # Not of a half that somebody put there meanwhile by re-keying the record.
                EnvelopeReaderRow.sealed_half == bindparam("sealed"),
                reader,
            )
            .values(rewrapped_half=bindparam("rewrapped")),
            halves,
        )


def open_record(
    session: Session,
    vault: Vault,
    keys: OpenKeys | None,
    record_id: UUID,
    kind: str,
    part: str,
) -> Opened:
    keys = _unlocked(keys)
    rows = session.execute(
        _halves(session, keys, str(kind), part, EnvelopeRow.id, EnvelopeRow.secret_id, *_VOUCHED)
        .where(EnvelopeRow.id == record_id)
        .order_by(EnvelopeReaderRow.rewrapped_half.is_(None))
    ).all()
    if not rows:
        raise NotAReader
    row = rows[0]
    vouched = any(is_vouched(vault.keyring, one) for one in rows)
    binding = Binding(str(kind), record_id, part, row.epoch, row.version)
    fresh: _Fresh = {}
    half = _half(session, vault, keys, row, binding, fresh)
    try:
        secret = vault.keystore.get(row.secret_id)
    except SecretGone:
        raise CannotOpen from None
    keep_rewrapped(session, keys, fresh)
    return Opened(
        record_id, str(kind), part, row.epoch, row.version, row.secret_id, vouched, half, secret,
        row.content,
    )  # fmt: skip


def open_whole(session: Session, vault: Vault, keys: OpenKeys | None, record_id: UUID) -> Opened:
    row = session.execute(
        select(EnvelopeRow.kind, EnvelopeRow.part).where(EnvelopeRow.id == record_id)
    ).first()
    if row is None:
        raise NotAReader
    return open_record(session, vault, keys, record_id, row.kind, row.part)


def can_open(session: Session, keys: OpenKeys | None, record_ids: Collection[UUID]) -> set[UUID]:
    """Which of these records the reader can open; nothing is opened for it.

    Raises:
        KeysLocked: the session is locked.
    """
    mine = _mine(session, _unlocked(keys))
    wanted = list(record_ids)
    found: set[UUID] = set()
    for start in range(0, len(wanted), CHUNK):
        found.update(
            session.scalars(
                select(EnvelopeReaderRow.record_id).where(
                    EnvelopeReaderRow.record_id.in_(wanted[start : start + CHUNK]), mine
                )
            )
        )
    return found


def is_reader(session: Session, keys: OpenKeys, record: Any) -> ColumnElement[bool]:
    """The condition that a column names a record that these keys can open; nothing is opened."""
    # Asked of each row in its turn: a page of a long list does not look at all of it.
    mine = EnvelopeReaderRow.record_id == record, _mine(session, keys)
    return select(EnvelopeReaderRow.id).where(*mine).exists()


def readers(session: Session, record_id: UUID) -> list[Reader]:
    """To whom a record is sealed, persons first; who lost the key of it is among them."""
    keyring = vouching.keyring_of(session)
    rows = session.execute(
        select(*READER_FACTS, EnvelopeReaderRow.created_day, has_key().label("has_key"))
        .join(EnvelopeRow, EnvelopeRow.id == EnvelopeReaderRow.record_id)
        .where(EnvelopeReaderRow.record_id == record_id)
    ).all()
    found = []
    for row in rows:
        vouched = is_vouched(keyring, row)
        found.append(
            Reader(
                _recipient(row.person_id, row.group_name), row.key_epoch, row.created_day,
                bool(row.has_key) and vouched, vouched,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.recipient.kind != "person", one.recipient.name))


def reader_bytes(row: Any) -> bytes:
    """What is vouched for of a row of `READER_FACTS`."""
    recipient = _recipient(row.person_id, row.group_name)
    return vouching.reader_row(row.record_id, row.epoch, row.secret_id, recipient, row.key_epoch)


def is_vouched(keyring: Keyring, row: Any) -> bool:
    """Whether the house wrote a row of `READER_FACTS`."""
    return vouching.holds(keyring, vouching.READER, reader_bytes(row), row.mac)


def _recipient(person_id: UUID | None, group_name: str | None) -> Recipient:
    if person_id is not None:
        return Person(person_id)
    return Group(group_name or "")
