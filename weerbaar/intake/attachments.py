"""Files of a case: received, kept, shown, saved elsewhere, shared, destroyed; each with own keys.

A picture or a letter may say who it is, whatever it shows. So a file is sealed to those who read
both parts of the case and to whoever added it; anybody else gets it when it is ticked in sharing.
Its name, what was said of it, its kind, its SHA-256 and when it was added are sealed with it.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind, LongContent
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.recipients import Person, Recipient
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import casefile, deciding
from weerbaar.intake.attachment_kinds import KINDS, FileKind
from weerbaar.intake.attachment_receiving import PART, NotTaken, Received
from weerbaar.intake.attachment_veils import Mark
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import CaseworkRefused, NotYourCase
from weerbaar.intake.models import CaseAttachmentRow, CaseRow

# Of one case: more is another way of keeping evidence.
MOST = 50
# One reading of the trail for whoever looks, goes away and looks again, or plays it in bits.
ONE_LOOK = timedelta(minutes=30)
# As the destruction log says why, where somebody destroyed one file.
BY_HAND = "by-hand"


class TooMany(NotTaken):
    """The case has `MOST` of them."""


class Held(CaseworkRefused):
    """The case is held: its files stay through the last day of the hold."""


class AlreadyThere(NotTaken):
    """The very same file stands in the case; `record` is where."""

    def __init__(self, name: str, record: UUID) -> None:
        self.record = record
        super().__init__(name)


@dataclass(frozen=True, repr=False)
class Attachment:
    """A file of a case, as its reader knows it before it is opened.

    Args:
        id: of its envelope.
        name: how whoever added it called it.
        note: what was said of it.
        kind: what it is.
        size: bytes.
        sha256: of the original, in hexadecimal.
        at: when it was added, aware.
        by: who added it.
        marks: what is not shown of it; None for what is kept only.
        charset: of a text.
    """

    id: UUID
    name: str
    note: str
    kind: FileKind
    size: int
    sha256: str
    at: datetime
    by: UUID
    marks: tuple[Mark, ...] | None
    charset: str

    def __repr__(self) -> str:
        return f"<Attachment {self.id}>"

    @property
    def shown(self) -> str:
        """How a page shows it; empty where it does not."""
        return self.kind.shown if self.marks is not None else ""

    @property
    def neutral_name(self) -> str:
        """What it is called where it is saved: says nothing of anybody."""
        return f"bijlage-{str(self.id)[:8]}.{self.kind.ending}"


def check(session: Session, vault: Vault, actor: Actor, case_id: UUID) -> None:
    """Refuse to receive a file for a case before it comes.

    Raises:
        NotYourCase: unknown, or not shared with this person.
    """
    casefile.open_what(session, vault, keys_of(actor), casefile.case_row(session, case_id))


def keep(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    received: Received,
    note: str,
    now: datetime,
) -> UUID:
    """Put a received file in a case.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: who adds it; a reader of the case.
        case_id: the case.
        received: what `receive` gave; whoever calls gives it back where this fails.
        note: what is said of it.
        now: the present instant, aware.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        AlreadyThere: the very same file stands there and this person can open it.
        TooMany: the case is full.
    """
    keys = keys_of(actor)
    row = casefile.case_row(session, case_id, lock=True)
    casefile.open_what(session, vault, keys, row)
    if len(records_of(session, case_id)) >= MOST:
        raise TooMany(received.name)
    for one in of_case(session, vault, keys, row):
        if one.sha256 == received.sha256:
            raise AlreadyThere(received.name, one.id)
    both = {one.person_id for one in casefile.readers(session, row) if one.who and one.what}
    recipients: list[Recipient] = [Person(one) for one in sorted(both | {keys.person_id})]
    facts = {
        "case_id": str(case_id),
        "name": received.name,
        "note": note.strip(),
        "kind": received.kind.code,
        "sha256": received.sha256,
        "at": now.astimezone(UTC).isoformat(),
        "by": str(keys.person_id),
        "charset": received.charset,
        "marks": None if received.marks is None else [
            [place, length, instead.hex()] for place, length, instead in received.marks
        ],
    }  # fmt: skip
    stamp = received.arrival.settle(session, facts, recipients, now)
    record = received.arrival.record_id
    trail.record(
        session, actor, "case.seal", "envelope", record, now,
        version=stamp.version, digest=stamp.digest,
    )  # fmt: skip
    trail.record(session, actor, "attachment.add", "attachment", record, now)
    session.add(CaseAttachmentRow(id=record, case_id=case_id, created_day=local(now).date()))
    session.flush()
    return record


def records_of(session: Session, case_id: UUID) -> list[UUID]:
    """The envelopes of all files of a case, whoever can open them."""
    query = select(CaseAttachmentRow.id).where(CaseAttachmentRow.case_id == case_id)
    return list(session.scalars(query.order_by(CaseAttachmentRow.id)))


def of_case(session: Session, vault: Vault, keys: OpenKeys, row: CaseRow) -> tuple[Attachment, ...]:
    """The files of a case that this reader can open, oldest first; damaged ones are left out."""
    damaged: list[UUID] = []
    notes = envelopes.open_many(
        session, vault, keys, records_of(session, row.id), kind=Kind.ATTACHMENT, part=PART,
        damaged=damaged,
    )  # fmt: skip
    found = [read_note(record, note) for record, note in notes]
    mine = [one for case_id, one in found if case_id == str(row.id)]
    return tuple(sorted(mine, key=lambda one: (one.at, one.id)))


def read_note(record: UUID, note: bytes) -> tuple[str, Attachment]:
    """What the opened note of a file says: the id of its case, and the file.

    Raises:
        CannotOpen: it is no such note.
    """
    try:
        document = json.loads(note)
        return document["facts"]["case_id"], _attachment(
            record, document["facts"], document["size"]
        )
    except (ValueError, KeyError, TypeError):
        raise CannotOpen from None


def _attachment(record: UUID, facts: dict[str, Any], size: int) -> Attachment:
    marks = facts["marks"]
    return Attachment(
        id=record,
        name=facts["name"],
        note=facts["note"],
        kind=KINDS[facts["kind"]],
        size=size,
        sha256=facts["sha256"],
        at=datetime.fromisoformat(facts["at"]),
        by=UUID(facts["by"]),
        marks=None if marks is None else tuple(
            (place, length, bytes.fromhex(instead)) for place, length, instead in marks
        ),
        charset=facts["charset"],
    )  # fmt: skip


def look(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, record: UUID, now: datetime
) -> tuple[Attachment, LongContent]:
    """A file, to be shown; a look leaves a trail once.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: the key store.
        actor: who looks.
        case_id: the case.
        record: which file.
        now: the present instant, aware.

    Raises:
        NotYourCase: there is no such file for this person, or it does not open.
    """
    found = _open(session, vault, actor, case_id, record)
    trail.record_once(session, actor, "attachment.read", "attachment", record, now, within=ONE_LOOK)
    return found


def save_elsewhere(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, record: UUID, now: datetime
) -> tuple[Attachment, LongContent]:
    """The original of a file, as it came; each time leaves a trail. Args as `look`.

    It may tell where, when and by whom it was made: so it is for who decides over the case, and
    for whoever added it.

    Raises:
        NotYourCase: there is no such file for this person, or it does not open.
        NotYoursToDecide: he gets what is shown of it, and no more.
    """
    found = _open(session, vault, actor, case_id, record)
    if found[0].by != actor.person_id:
        deciding.check(session, vault, actor, casefile.case_row(session, case_id))
    trail.record(session, actor, "attachment.download", "attachment", record, now)
    return found


def destroy(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, record: UUID, now: datetime
) -> None:
    """Destroy a file for good with the commit of this session; the destruction log tells of it.

    Args:
        session: the database.
        vault: whose key store holds the secret.
        actor: who decides over the case.
        case_id: the case.
        record: which file.
        now: the present instant, aware.

    Raises:
        NotYourCase: there is no such file for this person, or it does not open.
        NotYoursToDecide: he reads a part of the case, or for a while only.
        Held: the case is held.
    """
    row = casefile.case_row(session, case_id, lock=True)
    _open(session, vault, actor, case_id, record)
    deciding.check(session, vault, actor, row)
    if is_held(row, now):
        raise Held
    _destroy(session, vault, record, now, actor, BY_HAND)


def is_held(row: CaseRow, now: datetime) -> bool:
    """Whether a hold keeps all of a case today."""
    return row.hold_until is not None and row.hold_until >= local(now).date()


def destroy_all(
    session: Session,
    vault: Vault,
    case_id: UUID,
    now: datetime,
    *,
    actor: Actor,
    why: str | None = None,
) -> int:
    """Destroy every file of a case with its content, whoever can open them; for retention.

    Args:
        session: the caller commits.
        vault: whose key store holds the secrets.
        case_id: the case.
        now: the present instant, aware.
        actor: in whose name.
        why: a fixed code, where it must be accounted for in the destruction log.

    Returns:
        How many there were.
    """
    records = records_of(session, case_id)
    for record in records:
        _destroy(session, vault, record, now, actor, why)
    return len(records)


def _destroy(
    session: Session,
    vault: Vault,
    record: UUID,
    now: datetime,
    actor: Actor,
    why: str | None = None,
) -> None:
    session.execute(delete(CaseAttachmentRow).where(CaseAttachmentRow.id == record))
    envelopes.destroy(session, vault, record, now, actor=actor, why=why)
    trail.record(session, actor, "attachment.destroy", "attachment", record, now)


def _open(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, record: UUID
) -> tuple[Attachment, LongContent]:
    keys = keys_of(actor)
    row = casefile.case_row(session, case_id)
    casefile.open_what(session, vault, keys, row)
    if record not in records_of(session, case_id):
        raise NotYourCase(case_id)
    try:
        content = envelopes.open_long(session, vault, keys, record, kind=Kind.ATTACHMENT, part=PART)
    except (envelopes.NotAReader, CannotOpen):
        raise NotYourCase(case_id) from None
    if content.facts.get("case_id") != str(case_id):
        raise NotYourCase(case_id)
    return _attachment(record, content.facts, content.size), content


def to_share(
    session: Session, vault: Vault, keys: OpenKeys, row: CaseRow, person_id: UUID | None = None
) -> tuple[Attachment, ...]:
    """The files of a case that the reader with these keys can pass on.

    Args:
        session: the database.
        vault: the key store.
        keys: of the reader.
        row: the case.
        person_id: only those that this person cannot open yet.
    """
    return tuple(
        one
        for one in of_case(session, vault, keys, row)
        if person_id is None or not _reads(session, one.id, person_id)
    )


def share(
    session: Session,
    vault: Vault,
    actor: Actor,
    row: CaseRow,
    person_id: UUID,
    chosen: Collection[UUID],
    now: datetime,
) -> int:
    """Let somebody open some files of a case; `sharing` decides whether that may be.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: who shares; only what he can open himself is shared.
        row: the case.
        person_id: the reader to be.
        chosen: which files.
        now: the present instant, aware.

    Returns:
        How many he could not open before.

    Raises:
        NoKeysYet: the reader to be has no key pair.
    """
    given = [
        one.id
        for one in to_share(session, vault, keys_of(actor), row, person_id)
        if one.id in chosen
    ]
    for record in given:
        envelopes.grant(session, vault, keys_of(actor), record, Person(person_id), now)
        trail.record(session, actor, "attachment.share", "attachment", record, now)
    return len(given)


def _reads(session: Session, record: UUID, person_id: UUID) -> bool:
    found = envelopes.readers(session, record)
    return any(one.recipient == Person(person_id) and one.has_key for one in found)
