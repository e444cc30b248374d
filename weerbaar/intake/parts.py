"""The parts of a case beside *who* and *what*: sealed, opened, changed; each with keys of its own.

What a part is about is the matter of the verbs above; here is to whom it is sealed.
"""

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.recipients import Person, Recipient
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import casefile, part_contents
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import NotYourCase, WhoNotShared
from weerbaar.intake.models import CaseRow
from weerbaar.intake.part_contents import Bond, Part
from weerbaar.intake.part_models import CasePartRow

PART = "part"
# What goes with the *who* part when a case is shared, and what with the *what* part.
OF_WHO = (Bond.BOTH, Bond.CONSENT)
OF_WHAT = (Bond.WHAT,)

P = TypeVar("P", bound=Part)


def add(
    session: Session,
    vault: Vault,
    actor: Actor,
    row: CaseRow,
    part: Part,
    now: datetime,
    *,
    also: Collection[UUID] = (),
) -> UUID:
    """Seal a new part of a case to whom it goes with; the verb that calls tells the trail why.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: who makes it; a reader of the case.
        row: the case, locked.
        part: what it says.
        now: the present instant, aware.
        also: people who read this part alone.

    Raises:
        NotYourCase: not shared with this person.
        WhoNotShared: it goes with the *who* part, which this person does not read.
    """
    recipients = recipients_of(session, vault, actor, row, part.BOND)
    record = envelopes.seal(
        session, vault, kind=Kind.CASE_PART, part=PART, plaintext=part_contents.to_bytes(part),
        recipients=[*recipients, *(Person(one) for one in sorted(also))], now=now,
    )  # fmt: skip
    _tell(session, actor, "case.seal", record, envelopes.stamp(session, record), now)
    session.add(
        CasePartRow(id=record, case_id=row.id, bond=part.BOND.value, created_day=local(now).date())
    )
    session.flush()
    return record


def recipients_of(
    session: Session, vault: Vault, actor: Actor, row: CaseRow, bond: Bond
) -> list[Recipient]:
    """To whom a new part is sealed.

    Raises:
        NotYourCase: the case is not shared with this person.
        WhoNotShared: it goes with the *who* part, which this person does not read.
    """
    keys = keys_of(actor)
    casefile.open_what(session, vault, keys, row)
    if bond is Bond.OWN:
        return [Person(keys.person_id)]
    if bond in OF_WHAT or row.who_record is None:
        return casefile.recipients_of_what(session, row)
    if casefile.open_who(session, vault, keys, row) is None:
        raise WhoNotShared
    return [Person(one.person_id) for one in casefile.readers(session, row) if one.who and one.what]


def change(
    session: Session,
    vault: Vault,
    actor: Actor,
    record: UUID,
    part: Part,
    now: datetime,
) -> None:
    """Put a changed part in its envelope, for the same readers.

    Raises:
        NotAReader, CannotOpen, ChangedMeanwhile: as `envelopes.replace`.
    """
    stamp = envelopes.replace(
        session, vault, keys_of(actor), record, kind=Kind.CASE_PART, part=PART,
        plaintext=part_contents.to_bytes(part), now=now,
    )  # fmt: skip
    _tell(session, actor, "case.reseal", record, stamp, now)


def _tell(
    session: Session,
    actor: Actor,
    action: str,
    record: UUID,
    stamp: envelopes.Stamp,
    now: datetime,
) -> None:
    trail.record(
        session, actor, action, "envelope", record, now, version=stamp.version, digest=stamp.digest
    )


def all_of_case(
    session: Session,
    vault: Vault,
    keys: OpenKeys,
    case_id: UUID,
    bonds: Collection[Bond] = tuple(Bond),
) -> list[tuple[UUID, Part]]:
    """The parts of a case that this reader can open, in the order in which they were made.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: the key store.
        keys: of the reader; whether he may read the case is for whoever calls.
        case_id: the case.
        bonds: only those with one of these.
    """
    records = records_of(session, case_id, bonds)
    found = []
    for record, plaintext in envelopes.open_many(
        session, vault, keys, records, kind=Kind.CASE_PART, part=PART, damaged=[]
    ):
        part = part_contents.from_bytes(plaintext)
        if part.case_id == str(case_id):
            found.append((record, part))
    return sorted(found, key=lambda pair: (pair[1].at, pair[0]))


def of_case(
    session: Session, vault: Vault, keys: OpenKeys, case_id: UUID, shape: type[P]
) -> list[tuple[UUID, P]]:
    """The same, of one sort alone."""
    found = all_of_case(session, vault, keys, case_id, (shape.BOND,))
    return [(record, part) for record, part in found if isinstance(part, shape)]


def one(
    session: Session,
    vault: Vault,
    keys: OpenKeys,
    record: UUID,
    shape: type[P],
    *,
    case_id: UUID | None = None,
) -> tuple[CasePartRow, P]:
    """One part with its row, which is locked for whoever changes it.

    Args:
        session: the database.
        vault: the key store.
        keys: of the reader.
        record: which part.
        shape: which sort it is believed to be.
        case_id: the case it must belong to; any without.

    Raises:
        NotYourCase: there is no such part for this person, or it does not open.
    """
    row = session.get(CasePartRow, record, with_for_update=True, populate_existing=True)
    if row is None or case_id not in {None, row.case_id}:
        raise NotYourCase(case_id or record)
    try:
        plaintext = envelopes.open_one(session, vault, keys, record, kind=Kind.CASE_PART, part=PART)
    except (envelopes.NotAReader, CannotOpen):
        raise NotYourCase(row.case_id) from None
    part = part_contents.from_bytes(plaintext)
    if part.case_id != str(row.case_id) or not isinstance(part, shape):
        raise NotYourCase(row.case_id)
    return row, part


def records_of(session: Session, case_id: UUID, bonds: Collection[Bond]) -> list[UUID]:
    """The envelopes of the parts of a case with one of these bonds, whoever can open them."""
    wanted = select(CasePartRow.id).where(
        CasePartRow.case_id == case_id, CasePartRow.bond.in_([bond.value for bond in bonds])
    )
    return list(session.scalars(wanted.order_by(CasePartRow.id)))


def take_rows(session: Session, case_id: UUID, bonds: Collection[Bond]) -> list[UUID]:
    """Let the rows of these parts go; gives the envelopes that are to be destroyed with them."""
    records = records_of(session, case_id, bonds)
    session.execute(delete(CasePartRow).where(CasePartRow.id.in_(records)))
    return records


def destroy(
    session: Session,
    vault: Vault,
    records: Collection[UUID],
    now: datetime,
    *,
    actor: Actor,
    why: str | None = None,
) -> None:
    """Destroy parts for good with the commit of this session.

    Args:
        session: the caller commits.
        vault: whose key store holds the secrets.
        records: which parts.
        now: the present instant, aware.
        actor: in whose name.
        why: a fixed code, where it must be accounted for in the destruction log.
    """
    session.execute(delete(CasePartRow).where(CasePartRow.id.in_(records)))
    for record in records:
        envelopes.destroy(session, vault, record, now, actor=actor, why=why)
