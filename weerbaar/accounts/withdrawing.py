"""Taking a reader off many records at once, with nobody's keys: they are re-keyed after it.

From then on the house opens nothing for him. Whoever kept a copy of the database and his key still
could: until a reader re-keys the records, and the old secrets are gone.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session, aliased

from weerbaar.accounts.envelopes import Kind, LastReader
from weerbaar.accounts.models import EnvelopeReaderRow, EnvelopeRow
from weerbaar.accounts.reader_keys import has_key, is_here, keeps_open, may_have_again

CHUNK = 5_000


def withdraw(
    session: Session,
    record_ids: Collection[UUID],
    person_id: UUID,
    *,
    keepers: Collection[UUID] | None = None,
) -> list[UUID]:
    """Take a person off the readers of records.

    Args:
        session: the caller commits.
        record_ids: which records; those that he does not read are left out.
        person_id: who reads them no longer.
        keepers: the people who count as those who are left; everybody without.

    Returns:
        The records that he read: they are to be re-keyed.

    Raises:
        LastReader: nobody would be left who can open one of them; nothing was changed. Who left,
            or lost the key of his row, cannot.
    """
    his = sorted(read_by(session, record_ids, person_id))
    other = aliased(EnvelopeReaderRow)
    others = select(other.id).where(
        other.record_id == EnvelopeReaderRow.record_id,
        or_(other.person_id.is_(None), other.person_id != person_id),
        keeps_open(other),
    )
    if keepers is not None:
        counts = other.person_id.in_(list(keepers))
        others = others.where(or_(other.person_id.is_(None), counts))
    for start in range(0, len(his), CHUNK):
        here = EnvelopeReaderRow.record_id.in_(his[start : start + CHUNK])
        alone = select(EnvelopeReaderRow.record_id).where(here, ~others.exists())
        if session.execute(alone.limit(1)).first() is not None:
            raise LastReader
    for start in range(0, len(his), CHUNK):
        here = EnvelopeReaderRow.record_id.in_(his[start : start + CHUNK])
        session.execute(
            delete(EnvelopeReaderRow).where(here, EnvelopeReaderRow.person_id == person_id)
        )
    return his


def read_by(
    session: Session, record_ids: Collection[UUID], person_id: UUID, *, now: bool = False
) -> set[UUID]:
    """Which of these records a person is a reader of.

    Args:
        session: where readers are.
        record_ids: which records.
        person_id: the reader.
        now: only those whose key he has now; not what a key opened that he lost.
    """
    wanted = list(record_ids)
    more = [has_key()] if now else []
    found: set[UUID] = set()
    for start in range(0, len(wanted), CHUNK):
        here = EnvelopeReaderRow.record_id.in_(wanted[start : start + CHUNK])
        found.update(
            session.scalars(
                select(EnvelopeReaderRow.record_id).where(
                    here, EnvelopeReaderRow.person_id == person_id, *more
                )
            )
        )
    return found


def keepers_of(session: Session, record_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """By record, the people who are here and can open it now."""
    wanted = list(record_ids)
    found: dict[UUID, set[UUID]] = {}
    for start in range(0, len(wanted), CHUNK):
        here = EnvelopeReaderRow.record_id.in_(wanted[start : start + CHUNK])
        rows = session.execute(
            select(EnvelopeReaderRow.record_id, EnvelopeReaderRow.person_id).where(
                here, EnvelopeReaderRow.person_id.is_not(None), keeps_open(EnvelopeReaderRow)
            )
        )
        for record_id, reader in rows:
            if reader is not None:
                found.setdefault(record_id, set()).add(reader)
    return found


def hang_on(session: Session, person_id: UUID, kinds: Iterable[Kind]) -> set[UUID]:
    """The records of some kinds that a person opens, or could when a former key comes back."""
    return set(
        session.scalars(
            select(EnvelopeReaderRow.record_id)
            .join(EnvelopeRow, EnvelopeRow.id == EnvelopeReaderRow.record_id)
            .where(
                EnvelopeReaderRow.person_id == person_id,
                EnvelopeRow.kind.in_([kind.value for kind in kinds]),
                may_have_again(),
            )
        )
    )


def waits_for(session: Session, record_id: UUID) -> bool:
    """Whether somebody who is here opens a record, or could when a former key comes back."""
    rows = select(EnvelopeReaderRow.id).where(
        EnvelopeReaderRow.record_id == record_id, is_here(EnvelopeReaderRow), may_have_again()
    )
    return session.execute(rows.limit(1)).first() is not None


def records_of(
    session: Session, person_ids: Collection[UUID], kinds: Iterable[Kind]
) -> dict[UUID, list[UUID]]:
    """The records of some kinds that each of these people is a reader of."""
    rows = session.execute(
        select(EnvelopeReaderRow.person_id, EnvelopeReaderRow.record_id)
        .join(EnvelopeRow, EnvelopeRow.id == EnvelopeReaderRow.record_id)
        .where(
            EnvelopeReaderRow.person_id.in_(list(person_ids)),
            EnvelopeRow.kind.in_([kind.value for kind in kinds]),
        )
    )
    found: dict[UUID, list[UUID]] = {}
    for person_id, record_id in rows:
        if person_id is not None:
            found.setdefault(person_id, []).append(record_id)
    return found
