"""The rows that the house vouches for, one like the other: looked at, and vouched for anew."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import envelope_opening, groups, vouching
from weerbaar.accounts.models import EnvelopeReaderRow, EnvelopeRow, GroupHalfRow
from weerbaar.crypto.keyring import Keyring

_CHUNK = 2_000
_MEMBER = (
    update(GroupHalfRow)
    .where(
        GroupHalfRow.group_name == bindparam("name"),
        GroupHalfRow.epoch == bindparam("of_epoch"),
        GroupHalfRow.person_id == bindparam("person"),
        GroupHalfRow.person_epoch == bindparam("with_epoch"),
    )
    .values(mac=bindparam("made"))
)
_READER = (
    update(EnvelopeReaderRow)
    .where(
        EnvelopeReaderRow.id == bindparam("row"),
        EnvelopeReaderRow.key_epoch == bindparam("with_epoch"),
    )
    .values(mac=bindparam("made"))
)


@dataclass(frozen=True, slots=True)
class Member:
    """A row that says who is a member of a group."""

    group: str
    epoch: int
    person_id: UUID
    person_epoch: int
    said: bytes
    mac: bytes | None
    purpose = vouching.MEMBER


@dataclass(frozen=True, slots=True)
class Reader:
    """A row that says who reads a record."""

    id: UUID
    record_id: UUID
    # None of a group.
    person_id: UUID | None
    key_epoch: int
    said: bytes
    mac: bytes | None
    purpose = vouching.READER


Row = Member | Reader


def members(session: Session, *which: Any) -> Iterator[Member]:
    """Rows of members.

    Args:
        session: where they are.
        which: conditions; every row without.
    """
    for row in session.execute(select(*groups.HALF_FACTS).where(*which)).all():
        yield Member(
            row.group_name, row.epoch, row.person_id, row.person_epoch,
            groups.half_bytes(row), row.mac,
        )  # fmt: skip


def readers(session: Session, *which: Any, most: int | None = None) -> Iterator[Reader]:
    """Rows of readers.

    Args:
        session: where they are.
        which: conditions; every row without.
        most: how many.
    """
    found = session.execute(
        select(EnvelopeReaderRow.id, *envelope_opening.READER_FACTS)
        .join(EnvelopeRow, EnvelopeRow.id == EnvelopeReaderRow.record_id)
        .where(*which)
        .limit(most)
    )
    for rows in found.partitions(_CHUNK):
        for row in rows:
            yield Reader(
                row.id, row.record_id, row.person_id, row.key_epoch,
                envelope_opening.reader_bytes(row), row.mac,
            )  # fmt: skip


def holds(keyring: Keyring, row: Row) -> bool:
    """Whether the house wrote a row."""
    return vouching.holds(keyring, row.purpose, row.said, row.mac)


def vouch(session: Session, keyring: Keyring, rows: Iterable[Row]) -> None:
    """Give rows a MAC under the current service key; one that changed meanwhile is left.

    Args:
        session: where they are.
        keyring: the service keys.
        rows: which; whether they deserve it is for the caller to know.
    """
    halves, reading = [], []
    for row in rows:
        made = vouching.mac(keyring, row.purpose, row.said)
        if isinstance(row, Member):
            halves.append({
                "name": row.group, "of_epoch": row.epoch, "person": row.person_id,
                "with_epoch": row.person_epoch, "made": made,
            })  # fmt: skip
        else:
            reading.append({"row": row.id, "with_epoch": row.key_epoch, "made": made})
    for statement, values in ((_MEMBER, halves), (_READER, reading)):
        if values:
            session.connection().execute(statement, values)
