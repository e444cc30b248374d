"""Hand-over notes: sealed from shift to shift, read by the successor, destroyed after a while.

The roster knows nothing of calls. What a note says is sealed to the confidants, as a waiting call
is; of open work only numbers stand beside it. Doors commit.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, groups, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keys import KeysLocked
from weerbaar.accounts.recipients import Group, GroupName
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.hotline.roster import verbs
from weerbaar.hotline.roster.swaps_models import HandoverNoteRow

PART = "note"
SCHEMA = 1
LONGEST = 20_000
KEPT = timedelta(days=14)
# Looking again at what one has just read is the same reading.
SAME_READING = timedelta(minutes=10)


class NotAdmitted(Exception):
    """The actor holds no key of the confidants."""


class NoSuchNote(Exception):
    """There is no such note, or it is not his to acknowledge."""


@dataclass(frozen=True)
class OpenTask:
    """One task as the hand-over names it: what kind, whose, by when; `page` is where it is done."""

    kind: str
    owner_id: UUID | None
    due_at: datetime
    late: bool
    page: str


@dataclass(frozen=True)
class OpenWork:
    """What work is open, the most urgent first, and how much of it is whoever looks' own."""

    tasks: tuple[OpenTask, ...]
    mine: int

    @property
    def every(self) -> int:
        """How much is open."""
        return len(self.tasks)

    @property
    def late(self) -> int:
        """How much is too late."""
        return sum(task.late for task in self.tasks)


@dataclass(frozen=True)
class Note:
    """A note that was opened; without `text` it could not be."""

    id: UUID
    author_id: UUID
    tier: int | None
    read_by: UUID | None
    read_day: date | None
    day: date
    at: datetime | None = None
    text: str | None = field(default=None, repr=False)


def write(session: Session, vault: Vault, actor: Actor, text: str, now: datetime) -> UUID:
    """Leave a note for the next one on duty.

    Args:
        session: the caller commits.
        vault: key store and keyring.
        actor: who writes; a confidant with an unlocked session.
        text: what it says.
        now: the present instant, UTC.

    Raises:
        KeysLocked: the session is locked.
        NotAdmitted: the actor could not read it himself.
        KeyStoreGone: it cannot be sealed, and so it is not kept.
    """
    _admitted(session, actor)
    document = {"schema": SCHEMA, "at": now.astimezone(UTC).isoformat(), "text": text[:LONGEST]}
    note_id = envelopes.seal(
        session,
        vault,
        kind=Kind.HANDOVER_NOTE,
        part=PART,
        plaintext=json.dumps(document, ensure_ascii=False).encode(),
        recipients=[Group(GroupName.CONFIDANTS)],
        now=now,
    )
    duty = next(
        (one for one in verbs.on_duty(session, now) if one.person_id == actor.person_id), None
    )
    session.add(
        HandoverNoteRow(
            id=note_id,
            author_id=actor.person_id,
            tier=None if duty is None else duty.tier,
            created_day=local(now).date(),
        )
    )
    session.flush()
    version, digest = envelopes.stamp(session, note_id)
    trail.record(
        session, actor, "handover.write", "envelope", note_id, now, version=version, digest=digest
    )
    return note_id


def notes(session: Session, vault: Vault, actor: Actor, now: datetime) -> list[Note]:
    """The notes there are, what nobody acknowledged first, then the newest; each is trailed.

    Args:
        session: the door commits before it answers.
        vault: key store and keyring.
        actor: who reads; a confidant with an unlocked session.
        now: the present instant, UTC.

    Raises:
        KeysLocked: the session is locked.
        NotAdmitted: the actor holds no key of the confidants.
    """
    _admitted(session, actor)
    rows = session.scalars(
        select(HandoverNoteRow).order_by(
            HandoverNoteRow.read_day.is_not(None),
            HandoverNoteRow.created_day.desc(),
            HandoverNoteRow.id,
        )
    ).all()
    damaged: list[UUID] = []
    texts = dict(
        envelopes.open_many(
            session, vault, actor.keys, [row.id for row in rows],
            kind=Kind.HANDOVER_NOTE, part=PART, damaged=damaged,
        )
    )  # fmt: skip
    for note_id in texts:
        trail.record_once(
            session, actor, "handover.read", "handover", note_id, now, within=SAME_READING
        )
    found = [_note(row, texts.get(row.id)) for row in rows]
    oldest = datetime.min.replace(tzinfo=UTC)
    found.sort(key=lambda one: one.at or oldest, reverse=True)
    return sorted(found, key=lambda one: one.read_by is not None)


def acknowledge(session: Session, actor: Actor, note_id: UUID, now: datetime) -> None:
    """Say that a note was read; the first who does is kept, the second time nothing changes.

    Args:
        session: the caller commits.
        actor: the successor: any confidant who did not write it.
        note_id: which.
        now: the present instant, UTC.

    Raises:
        KeysLocked, NotAdmitted: as for reading.
        NoSuchNote: it is gone, or it is his own.
    """
    _admitted(session, actor)
    row = session.get(HandoverNoteRow, note_id, with_for_update=True, populate_existing=True)
    if row is None or row.author_id == actor.person_id:
        raise NoSuchNote
    if row.read_by is not None:
        return
    row.read_by, row.read_day = actor.person_id, local(now).date()
    session.flush()
    trail.record(session, actor, "handover.acknowledge", "handover", note_id, now)


def waiting(session: Session, actor: Actor) -> int:
    """How many notes of others nobody has acknowledged."""
    count = select(func.count()).where(
        HandoverNoteRow.read_by.is_(None), HandoverNoteRow.author_id != actor.person_id
    )
    return session.scalar(count) or 0


def destroy_old(session: Session, vault: Vault, now: datetime) -> int:
    """Destroy the notes that were acknowledged and are a fortnight old, for good.

    Args:
        session: the worker commits.
        vault: whose key store holds their secrets.
        now: this instant, aware, UTC.

    Returns:
        How many were destroyed.
    """
    rows = session.scalars(
        select(HandoverNoteRow)
        .where(
            HandoverNoteRow.read_by.is_not(None),
            HandoverNoteRow.created_day <= local(now).date() - KEPT,
        )
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        session.delete(row)
        session.flush()
        envelopes.destroy(session, vault, row.id, now)
    return len(rows)


def _admitted(session: Session, actor: Actor) -> None:
    if actor.keys is None:
        raise KeysLocked
    if actor.person_id not in groups.members(session, GroupName.CONFIDANTS):
        raise NotAdmitted


def _note(row: HandoverNoteRow, content: bytes | None) -> Note:
    document = {} if content is None else json.loads(content)
    at = document.get("at")
    return Note(
        id=row.id,
        author_id=row.author_id,
        tier=row.tier,
        read_by=row.read_by,
        read_day=row.read_day,
        day=row.created_day,
        at=None if at is None else datetime.fromisoformat(at),
        text=document.get("text"),
    )
