"""What proving the trail compares: its beginning, its end, and the sealed records it tells of."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import trail_start
from weerbaar.accounts.keystore import NotedHead
from weerbaar.accounts.models import EnvelopeRow, TrailHeadRow
from weerbaar.accounts.trail_start import LATE, Start
from weerbaar.accounts.vault import Vault

CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the trail that is not as it was written."""

    code: str
    number: int | None = None
    record_id: UUID | None = None


def differs_from_start(
    vault: Vault,
    start: Start | None,
    carried: Sequence[Any],
    noted: NotedHead | None,
    told_at: Mapping[int, datetime],
) -> Iterator[Finding]:
    """What does not hold of the starting point, with what is carried over."""
    if start is None:
        yield Finding("start-missing")
        return
    known = None if noted is None else noted.number
    told = trail_start.digest_of(carried)
    for code in trail_start.problems(vault, start, told, known, told_at):
        yield Finding(code, start.number)


def differs_from_telling(
    start: Start, shortened: tuple[int, bytes] | None, told_at: Mapping[int, datetime]
) -> Iterator[Finding]:
    """The starting point against the newest row that tells of one.

    Args:
        start: as it is stored.
        shortened: number and digest of that row.
        told_at: when the witness was told of a row, by its number.
    """
    if start.number == 0 and shortened is None:
        return
    if shortened is None or shortened[1] != start.digest:
        yield Finding("start-untold", start.number)
        return
    # Who was told of that row, or of a later one, was told after the rows went.
    if start.at is not None and any(
        number >= shortened[0] and at < start.at - LATE for number, at in told_at.items()
    ):
        yield Finding("start-against-witness", start.number)


def differs_from_heads(
    session: Session, noted: NotedHead | None, number: int, mac: bytes, seen: Mapping[int, bytes]
) -> Iterator[Finding]:
    """The newest row against the head, and against what the key store noted."""
    head = session.execute(select(TrailHeadRow.number, TrailHeadRow.mac)).first()
    if head is None or (head.number, bytes(head.mac)) != (number, mac):
        yield Finding("head-differs", number)
    if noted is not None and number < noted.number:
        yield Finding("shorter-than-noted", noted.number)
    elif noted is not None and noted.number and seen.get(noted.number) != noted.mac:
        yield Finding("differs-from-noted", noted.number)


def differs_from_witness(
    told: Mapping[int, bytes], number: int, seen: Mapping[int, bytes]
) -> Iterator[Finding]:
    """The rows against what a witness outside says of them.

    Args:
        told: their MACs by number.
        number: of the newest row.
        seen: the MACs of those that were found.
    """
    for one, of in sorted(told.items()):
        if one > number:
            yield Finding("shorter-than-witnessed", one)
        elif seen.get(one) != of:
            yield Finding("differs-from-witnessed", one)


def changed_records(
    session: Session, newest: Mapping[str, tuple[int | None, bytes]]
) -> Iterator[Finding]:
    """What of the sealed records is not as the trail tells it.

    Args:
        session: where they are.
        newest: version and digest by record, as the trail tells them.
    """
    missing = set(newest)
    after: UUID | None = None
    while True:
        wanted = select(EnvelopeRow.id, EnvelopeRow.version, EnvelopeRow.epoch, EnvelopeRow.content)
        if after is not None:
            wanted = wanted.where(EnvelopeRow.id > after)
        rows = session.execute(wanted.order_by(EnvelopeRow.id).limit(CHUNK)).all()
        if not rows:
            break
        for row in rows:
            missing.discard(str(row.id))
            told = newest.get(str(row.id))
            if told is None:
                # A first content that nobody told of cannot have an older one put in its place.
                if row.version > 1 or row.epoch > 1:
                    yield Finding("record-untold", record_id=row.id)
            elif told != (row.version, hashlib.sha256(row.content).digest()):
                yield Finding("record-differs", record_id=row.id)
        after = rows[-1].id
    for gone in sorted(missing):
        yield Finding("record-missing", record_id=UUID(gone))
