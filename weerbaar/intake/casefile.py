"""The parts of a case, opened and sealed; only casework, sharing and search come here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, people, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.accounts.recipients import Person, Recipient
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import content
from weerbaar.intake.caseview import CaseView, Reader
from weerbaar.intake.content import Entry, EntryKind, What, Who
from weerbaar.intake.errors import NotYourCase
from weerbaar.intake.models import CaseEntryRow, CaseRow

WHO, WHAT, ENTRY = "who", "what", "entry"

# The roles that work on cases.
WORKS = tuple(role for role in Role if allows([role], Permission.CASES_WORK))


def keys_of(actor: Actor) -> OpenKeys:
    """The keys of an unlocked session.

    Raises:
        envelopes.KeysLocked: the session holds none.
    """
    if actor.keys is None:
        raise envelopes.KeysLocked
    return actor.keys


def case_row(session: Session, case_id: UUID, *, lock: bool = False) -> CaseRow:
    """The row of a case that still has content, locked for whoever changes a part of it.

    Raises:
        NotYourCase: there is none.
    """
    row = session.get(CaseRow, case_id, with_for_update=lock or None, populate_existing=lock)
    if row is None or row.what_record is None:
        raise NotYourCase(case_id)
    return row


def open_what(session: Session, vault: Vault, keys: OpenKeys, row: CaseRow) -> What:
    """The *what* part; raises NotYourCase for who is no reader of it."""
    try:
        plaintext = envelopes.open_one(
            session, vault, keys, _present(row.what_record), kind=Kind.CASE_WHAT, part=WHAT
        )
    except envelopes.NotAReader:
        raise NotYourCase(row.id) from None
    what = content.what_from(plaintext)
    _same_case(row, what.case_id)
    return what


def open_who(session: Session, vault: Vault, keys: OpenKeys, row: CaseRow) -> Who | None:
    """The *who* part; None where it was destroyed or is not shared with this reader."""
    if row.who_record is None:
        return None
    try:
        plaintext = envelopes.open_one(
            session, vault, keys, row.who_record, kind=Kind.CASE_WHO, part=WHO
        )
    except envelopes.NotAReader:
        return None
    who = content.who_from(plaintext)
    _same_case(row, who.case_id)
    return who


def _same_case(row: CaseRow, named_inside: str) -> None:
    if named_inside != str(row.id):
        raise CannotOpen


def _present(record: UUID | None) -> UUID:
    if record is None:
        raise CannotOpen
    return record


def see(session: Session, vault: Vault, keys: OpenKeys, row: CaseRow) -> CaseView:
    """The whole case as this reader may see it; raises NotYourCase."""
    what = open_what(session, vault, keys, row)
    found = readers(session, row)
    return CaseView(
        id=row.id,
        is_open=row.is_open,
        created_day=row.created_day,
        retention_on=row.retention_on,
        what=what,
        who=open_who(session, vault, keys, row),
        entries=open_entries(session, vault, keys, row),
        readers=found,
        here=people.with_role(session, *WORKS) & {one.person_id for one in found},
        hold_until=row.hold_until,
        who_gone=row.who_record is None,
    )


def open_entries(session: Session, vault: Vault, keys: OpenKeys, row: CaseRow) -> tuple[Entry, ...]:
    """The timeline, oldest first."""
    records = session.scalars(select(CaseEntryRow.id).where(CaseEntryRow.case_id == row.id)).all()
    entries = []
    for _record, plaintext in envelopes.open_many(
        session, vault, keys, records, kind=Kind.CASE_NOTE, part=ENTRY
    ):
        entry = content.entry_from(plaintext)
        _same_case(row, entry.case_id)
        entries.append(entry)
    return tuple(sorted(entries, key=_place))


def _place(entry: Entry) -> tuple[datetime, datetime, bool]:
    # A talk that opens a closed case again comes after the reopening of the same instant.
    return entry.at, entry.recorded_at, entry.kind == EntryKind.CONTACT_MOMENT


def readers(session: Session, row: CaseRow) -> tuple[Reader, ...]:
    """With whom a case is shared, and who can open which part now.

    Who lost the key of his part, and has a new one, stands there as one who opens neither.
    """
    who = _people(session, row.who_record)
    what = _people(session, row.what_record)
    return tuple(
        Reader(person, who.get(person, False), what.get(person, False))
        for person in sorted(who.keys() | what.keys())
    )


def _people(session: Session, record: UUID | None) -> dict[UUID, bool]:
    if record is None:
        return {}
    return {
        reader.recipient.person_id: reader.has_key
        for reader in envelopes.readers(session, record)
        if isinstance(reader.recipient, Person)
    }


def recipients_of_what(session: Session, row: CaseRow) -> list[Recipient]:
    """To whom everything new in the *what* part is sealed.

    Somebody with a new key pair is a newcomer: his share of the former one gives him nothing new.
    """
    found = envelopes.readers(session, _present(row.what_record))
    return [reader.recipient for reader in found if reader.has_key]


def seal_part(
    session: Session, vault: Vault, actor: Actor, part: Who | What, now: datetime
) -> UUID:
    """Seal a new part to its author alone; gives the envelope's id."""
    record = envelopes.seal(
        session,
        vault,
        kind=Kind.CASE_WHO if isinstance(part, Who) else Kind.CASE_WHAT,
        part=WHO if isinstance(part, Who) else WHAT,
        plaintext=content.to_bytes(part),
        recipients=[Person(keys_of(actor).person_id)],
        now=now,
    )
    _tell(session, actor, "case.seal", record, envelopes.stamp(session, record), now)
    return record


def save(
    session: Session, vault: Vault, actor: Actor, row: CaseRow, part: Who | What, now: datetime
) -> None:
    """Put a changed part in its envelope, for the same readers."""
    is_who = isinstance(part, Who)
    record = _present(row.who_record if is_who else row.what_record)
    stamp = envelopes.replace(
        session,
        vault,
        keys_of(actor),
        record,
        kind=Kind.CASE_WHO if is_who else Kind.CASE_WHAT,
        part=WHO if is_who else WHAT,
        plaintext=content.to_bytes(part),
        now=now,
    )
    _tell(session, actor, "case.reseal", record, stamp, now)


def _tell(
    session: Session,
    actor: Actor,
    action: str,
    record: UUID,
    stamp: envelopes.Stamp,
    now: datetime,
) -> None:
    # Rows with a digest carry the envelope's id: so `trail verify` finds an older version.
    trail.record(
        session, actor, action, "envelope", record, now, version=stamp.version, digest=stamp.digest
    )


def add_entry(
    session: Session,
    vault: Vault,
    actor: Actor,
    row: CaseRow,
    kind: EntryKind,
    text: str,
    now: datetime,
    *,
    at: datetime | None = None,
    call_id: UUID | None = None,
) -> UUID:
    """Add an entry to the timeline, sealed to every reader of the *what* part."""
    entry = Entry(
        case_id=str(row.id),
        kind=kind,
        at=at or now,
        recorded_at=now,
        author=str(keys_of(actor).person_id),
        text=text.strip(),
        call_id=str(call_id or ""),
    )
    record = envelopes.seal(
        session, vault, kind=Kind.CASE_NOTE, part=ENTRY, plaintext=content.to_bytes(entry),
        recipients=recipients_of_what(session, row), now=now,
    )  # fmt: skip
    _tell(session, actor, "case.seal", record, envelopes.stamp(session, record), now)
    today = local(now).date()
    session.add(CaseEntryRow(id=record, case_id=row.id, created_day=today))
    row.worked_day = max(row.worked_day, today)
    session.flush()
    return record
