"""Notes about a government: sealed to the group of the tour."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, groups, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keys import KeysLocked
from weerbaar.accounts.recipients import Group, GroupName
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.tour import places
from weerbaar.tour.errors import NoSuchNote, NotAdmitted
from weerbaar.tour.models import NoteRow
from weerbaar.tour.places import Place

SCHEMA = 1
LONGEST = 20_000
# Looking again at what one has just read is the same reading.
SAME_READING = timedelta(minutes=10)


@dataclass(frozen=True)
class Note:
    """A note that was opened; without `text` it could not be."""

    id: UUID
    code: str
    author_id: UUID
    day: date
    text: str | None = field(default=None, repr=False)


def admitted(session: Session, actor: Actor) -> None:
    """Let nobody by who holds no key of the tour.

    Raises:
        KeysLocked: the session is locked.
        NotAdmitted: he is no member of the group.
    """
    if actor.keys is None:
        raise KeysLocked
    if actor.person_id not in groups.members(session, GroupName.TOUR):
        raise NotAdmitted


def write(
    session: Session, vault: Vault, actor: Actor, code: str, text: str, now: datetime
) -> UUID:
    """Write a note about a government.

    Args:
        session: the caller commits.
        vault: key store and keyring.
        actor: who writes, with an unlocked session.
        code: of the government.
        text: what it says.
        now: the instant, aware.

    Raises:
        KeysLocked, NotAdmitted: as for `admitted`.
        NoSuchGovernment: no government has the code.
        KeyStoreGone: it cannot be sealed, and so it is not kept.
    """
    admitted(session, actor)
    code = places.place(code).code
    document = {"schema": SCHEMA, "text": text[:LONGEST]}
    note_id = envelopes.seal(
        session,
        vault,
        kind=Kind.TOUR_NOTE,
        plaintext=json.dumps(document, ensure_ascii=False).encode(),
        recipients=[Group(GroupName.TOUR)],
        now=now,
    )
    session.add(
        NoteRow(id=note_id, code=code, author_id=actor.person_id, created_day=local(now).date())
    )
    session.flush()
    version, digest = envelopes.stamp(session, note_id)
    trail.record(
        session, actor, "tour.note", "envelope", note_id, now, version=version, digest=digest
    )
    return note_id


def of_place(
    session: Session, vault: Vault, actor: Actor, place: Place, now: datetime
) -> list[Note]:
    """The notes about a government, the newest first; each reading is trailed.

    Args:
        session: the door commits before it answers.
        vault: key store and keyring.
        actor: who reads, with an unlocked session.
        place: which government.
        now: the instant, aware.

    Raises:
        KeysLocked, NotAdmitted: as for `admitted`.
    """
    admitted(session, actor)
    rows = session.scalars(
        select(NoteRow)
        .where(NoteRow.code.in_(place.codes))
        .order_by(NoteRow.created_day.desc(), NoteRow.id)
    ).all()
    damaged: list[UUID] = []
    texts = dict(
        envelopes.open_many(
            session, vault, actor.keys, [row.id for row in rows],
            kind=Kind.TOUR_NOTE, damaged=damaged,
        )
    )  # fmt: skip
    for note_id in texts:
        trail.record_once(
            session, actor, "tour.read", "tour_note", note_id, now, within=SAME_READING
        )
    return [_note(row, texts.get(row.id)) for row in rows]


def destroy(session: Session, vault: Vault, actor: Actor, note_id: UUID, now: datetime) -> str:
    """Destroy a note of one's own, for good.

    Args:
        session: the caller commits.
        vault: whose key store holds its secret.
        actor: who wrote it.
        note_id: which.
        now: the instant, aware.

    Returns:
        The code of the government.

    Raises:
        NoSuchNote: it is gone, or somebody else wrote it.
    """
    row = session.get(NoteRow, note_id, with_for_update=True)
    if row is None or row.author_id != actor.person_id:
        raise NoSuchNote
    code = row.code
    session.delete(row)
    session.flush()
    envelopes.destroy(session, vault, note_id, now, actor=actor)
    return code


def _note(row: NoteRow, content: bytes | None) -> Note:
    document = {} if content is None else json.loads(content)
    return Note(row.id, row.code, row.author_id, row.created_day, document.get("text"))
