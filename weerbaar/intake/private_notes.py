"""Notes that somebody keeps for himself with a case: sealed to him alone, gone with his right."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import SYSTEM, Actor
from weerbaar.accounts.vault import Vault
from weerbaar.accounts.withdrawing import read_by
from weerbaar.intake import attachments, casefile, parts
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import NothingToRecord
from weerbaar.intake.part_contents import Bond, PrivateNote


def add(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, text: str, now: datetime
) -> UUID:
    """Keep a note that its author alone reads.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        NothingToRecord: the text is empty.
    """
    row = casefile.case_row(session, case_id, lock=True)
    casefile.open_what(session, vault, keys_of(actor), row)
    if not text.strip():
        raise NothingToRecord
    note = PrivateNote(
        case_id=str(case_id), at=now, by=str(keys_of(actor).person_id), text=text.strip()
    )
    return parts.add(session, vault, actor, row, note, now)


def of_case(
    session: Session, vault: Vault, actor: Actor, case_id: UUID
) -> list[tuple[UUID, PrivateNote]]:
    """A reader's own private notes of a case, the oldest first; the door has opened the case."""
    return parts.of_case(session, vault, keys_of(actor), case_id, PrivateNote)


def look(session: Session, vault: Vault, actor: Actor, case_id: UUID, record: UUID) -> PrivateNote:
    """One private note of a reader's own.

    Raises:
        NotYourCase: there is no such note for this person.
    """
    row = casefile.case_row(session, case_id)
    casefile.open_what(session, vault, keys_of(actor), row)
    _row, note = parts.one(session, vault, keys_of(actor), record, PrivateNote, case_id=case_id)
    return note


def remove(
    session: Session, vault: Vault, actor: Actor, case_id: UUID, record: UUID, now: datetime
) -> None:
    """Destroy a private note of one's own.

    Raises:
        NotYourCase: there is no such note for this person.
        attachments.Held: the case is held; so nothing of it goes.
    """
    row = casefile.case_row(session, case_id, lock=True)
    casefile.open_what(session, vault, keys_of(actor), row)
    if attachments.is_held(row, now):
        raise attachments.Held
    parts.one(session, vault, keys_of(actor), record, PrivateNote, case_id=case_id)
    parts.destroy(session, vault, [record], now, actor=actor)
    trail.record(session, actor, "private_note.remove", "case", case_id, now)


def drop(
    session: Session,
    vault: Vault,
    case_id: UUID,
    person_id: UUID,
    now: datetime,
    *,
    actor: Actor = SYSTEM,
) -> int:
    """Destroy the private notes of somebody who may read the case no longer; gives how many.

    Of a case that is held none go: they go with its other notes, when their time has come.
    """
    if attachments.is_held(casefile.case_row(session, case_id), now):
        return 0
    own = parts.records_of(session, case_id, (Bond.OWN,))
    his = sorted(read_by(session, own, person_id))
    parts.destroy(session, vault, his, now, actor=actor)
    return len(his)
