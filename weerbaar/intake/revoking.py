"""Taking back a right to read: it ends at once, and what it opened is re-keyed.

The reader loses his place in one act, with nobody's keys. The records that he could open are
listed; a reader who is signed in gives each a new half and a new secret, in steps that can be
broken off and taken up by another. The old secrets go seven days later, out of every backup.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, people, trail
from weerbaar.accounts.actors import SYSTEM, Actor
from weerbaar.accounts.envelopes import Kind, LastReader
from weerbaar.accounts.house import House
from weerbaar.accounts.vault import Vault
from weerbaar.accounts.withdrawing import CHUNK, records_of, withdraw
from weerbaar.config.clock import local
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import (
    attachments,
    casefile,
    disclosures,
    drafts,
    grants,
    lasting,
    private_notes,
    recordings,
    sharing,
)
from weerbaar.intake.casefile import WHAT, WHO, keys_of
from weerbaar.intake.errors import CaseworkRefused, NotYourCase
from weerbaar.intake.models import CaseRow
from weerbaar.intake.sharing_models import CaseRekeyRow

# What one step does at most: a note counts for one, a file or a spoken message for `LONG`.
STEP, LONG = 60, 20
# Rights of who is gone that one round of the worker ends: the rest waits for the next.
MOST_ENDED = 50
# Cases of which one request re-keys a part.
AT_ONCE = 5
_FORMS = ("edit", "note", "closing", "disclosure")
_PARTS = (Kind.CASE_WHO, Kind.CASE_WHAT)


class NothingToRevoke(CaseworkRefused):
    """This person reads none of it."""


class NobodyLeft(CaseworkRefused):
    """Nobody else would be left who can open all of the case, and goes on doing so."""


@dataclass(frozen=True)
class Progress:
    """How many records of a case are still to be re-keyed: by this reader, and by others."""

    mine: int
    others: int
    damaged: int = 0


def revoke(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    person_id: UUID,
    now: datetime,
    *,
    who_only: bool = False,
) -> None:
    """End somebody's right to read a case, with the commit of this session.

    What he could open stands listed after it: `step` re-keys it.

    Args:
        session: the database.
        vault: the key store.
        actor: who revokes; he reads both parts himself, and may take himself away.
        case_id: the case.
        person_id: who reads it no longer.
        now: the present instant, aware.
        who_only: he goes on reading what happened, and loses who it is, voices and files.

    Raises:
        NotYourCase: unknown, or not shared with whoever revokes.
        NotYoursToShare: he reads the *what* part only.
        NothingToRevoke: this person reads none of it.
        NobodyLeft: nobody else would be left who can open all of it, and not for a while only.
    """
    row = casefile.case_row(session, case_id, lock=True)
    if not sharing.decides(session, vault, keys_of(actor), row):
        raise sharing.NotYoursToShare
    lost = _voices_and_files(session, row) + sharing.records_of_part(session, row, WHO)
    if not who_only:
        lost += sharing.records_of_part(session, row, WHAT)
    try:
        taken = _take_away(session, row, person_id, lost)
    except LastReader:
        raise NobodyLeft from None
    if not taken:
        raise NothingToRevoke
    disclosures.ask_no_more(session, case_id, person_id)
    if not who_only:
        grants.drop(session, case_id, person_id)
        private_notes.drop(session, vault, case_id, person_id, now, actor=actor)
        for form in _FORMS:
            # A draft of a change holds the whole case.
            drafts.drop_all(session, vault, person_id, f"{form}-{case_id}", now)
    action = "case.revoke-who" if who_only else "case.revoke"
    trail.record(session, actor, action, "case", case_id, now)
    trail.record(session, actor, "case.revoke-from", "person", person_id, now)


def _voices_and_files(session: Session, row: CaseRow) -> list[UUID]:
    return [*recordings.records_of(session, row.id), *attachments.records_of(session, row.id)]


def _take_away(session: Session, row: CaseRow, person_id: UUID, records: Iterable[UUID]) -> int:
    keepers = lasting.keepers(session, row.id)
    taken = withdraw(session, list(records), person_id, keepers=keepers)
    listed = set(session.scalars(_listed(row.id)))
    fresh = [record for record in taken if record not in listed]
    if fresh:
        session.execute(
            insert(CaseRekeyRow), [{"record_id": one, "case_id": row.id} for one in fresh]
        )
    if taken:
        grants.note_former(session, row.id, person_id)
    return len(taken)


def _listed(case_id: UUID) -> Select[UUID]:
    return (
        select(CaseRekeyRow.record_id)
        .where(CaseRekeyRow.case_id == case_id)
        .order_by(CaseRekeyRow.record_id)
    )


def end_what_is_over(
    session: Session, vault: Vault, now: datetime, *, person_id: UUID | None = None
) -> int:
    """End the rights whose last day is over; what they opened is listed for re-keying.

    A right stays where nobody else is left who reads the case for good: who comes after him would
    find it closed. The page of who may read it says so, and he can share it then.

    Args:
        session: the caller commits.
        vault: the key store.
        now: the present instant, aware.
        person_id: those of this person alone, before he reads anything.

    Returns:
        How many rights ended.
    """
    ended = 0
    for grant in grants.over(session, local(now).date(), person_id):
        try:
            row = casefile.case_row(session, grant.case_id, lock=True)
        except NotYourCase:
            grants.drop(session, grant.case_id, grant.person_id)
            continue
        ended += _end(session, vault, row, grant.person_id, now)
    return ended


def _end(session: Session, vault: Vault, row: CaseRow, person_id: UUID, now: datetime) -> bool:
    """End all of a right in the name of the house; not where nobody would be left to keep it."""
    records = [
        *sharing.records_of_part(session, row, WHO),
        *sharing.records_of_part(session, row, WHAT),
        *_voices_and_files(session, row),
    ]
    try:
        _take_away(session, row, person_id, records)
    except LastReader:
        return False
    grants.drop(session, row.id, person_id)
    private_notes.drop(session, vault, row.id, person_id, now)
    for form in _FORMS:
        drafts.drop_all(session, vault, person_id, f"{form}-{row.id}", now)
    trail.record(session, SYSTEM, "case.right-over", "case", row.id, now)
    trail.record(session, SYSTEM, "case.revoke-from", "person", person_id, now)
    return True


def end_of_who_is_gone(session: Session, vault: Vault, now: datetime) -> int:
    """End the rights of those who left or work on cases no longer; all of it is listed.

    Args:
        session: the caller commits.
        vault: the key store.
        now: the present instant, aware.

    Returns:
        How many rights ended, at most `MOST_ENDED`; of cases that nobody else keeps they stay.
    """
    gone = [
        card.id
        for card in people.cards(session, vault).values()
        if card.state != "invited" and not sharing.works_on_cases(card)
    ]
    ended = 0
    for person_id, records in records_of(session, gone, _PARTS).items():
        for case_id in _cases_of(session, records):
            if ended == MOST_ENDED:
                return ended
            row = casefile.case_row(session, case_id, lock=True)
            ended += _end(session, vault, row, person_id, now)
    return ended


def _cases_of(session: Session, records: Sequence[UUID]) -> list[UUID]:
    found: set[UUID] = set()
    for start in range(0, len(records), CHUNK):
        some = records[start : start + CHUNK]
        wanted = or_(CaseRow.what_record.in_(some), CaseRow.who_record.in_(some))
        found.update(session.scalars(select(CaseRow.id).where(wanted)))
    return sorted(found)


def end_rights(house: House, now: datetime) -> int:
    """The worker's duty: end every right whose last day is over, and those of who is gone."""
    with house.database.session() as session:
        ended = end_what_is_over(session, house.vault, now)
        ended += end_of_who_is_gone(session, house.vault, now)
        session.commit()
    return ended


def progress(session: Session, actor: Actor, case_id: UUID) -> Progress:
    """How much of a case is still to be re-keyed; the door has opened the case before."""
    listed = list(session.scalars(_listed(case_id)))
    mine = envelopes.can_open(session, keys_of(actor), listed)
    return Progress(len(mine), len(listed) - len(mine))


def step(session: Session, vault: Vault, actor: Actor, case_id: UUID, now: datetime) -> Progress:
    """Re-key the next records of a case that stand listed; repeating it goes on from there.

    Args:
        session: the caller commits.
        vault: public keys and the key store.
        actor: a reader of the case.
        case_id: the case.
        now: the present instant, aware.

    Returns:
        What is left; a record that does not open is counted, and stays listed.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        KeyNotTrusted: a remaining reader's key is not the pinned one.
    """
    keys = keys_of(actor)
    row = casefile.case_row(session, case_id, lock=True)
    casefile.open_what(session, vault, keys, row)
    long = set(_voices_and_files(session, row))
    listed = list(session.scalars(_listed(case_id)))
    mine = envelopes.can_open(session, keys, listed)
    room, damaged = STEP, 0
    for record in listed:
        weight = LONG if record in long else 1
        if record not in mine or room < weight:
            continue
        try:
            with session.begin_nested():
                stamp = envelopes.reseal(session, vault, keys, record, now)
                session.execute(delete(CaseRekeyRow).where(CaseRekeyRow.record_id == record))
        except CannotOpen:
            damaged += 1
            continue
        trail.record(
            session, actor, "case.reseal", "envelope", record, now,
            version=stamp.version, digest=stamp.digest,
        )  # fmt: skip
        room -= weight
    left = progress(session, actor, case_id)
    if not left.mine and not left.others:
        grants.forget_former(session, case_id)
    return Progress(left.mine, left.others, damaged)


@dataclass(frozen=True)
class Waiting:
    """A case that waits for new keys: how many records, and whose rights to it ended."""

    case_id: UUID
    records: int
    former: tuple[UUID, ...]


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """The cases of this reader in which something is to be re-keyed; nothing is opened for it."""
    counted = dict(
        session.execute(
            select(CaseRekeyRow.case_id, func.count()).group_by(CaseRekeyRow.case_id)
        ).all()
    )
    rows = session.execute(
        select(CaseRow.what_record, CaseRow.id).where(CaseRow.id.in_(list(counted)))
    )
    records = {record: case_id for record, case_id in rows if record is not None}
    mine = sorted(
        records[one] for one in envelopes.can_open(session, keys_of(actor), list(records))
    )
    former = grants.former(session, mine)
    return [
        Waiting(case_id, counted[case_id], tuple(sorted(former.get(case_id, ()))))
        for case_id in mine
    ]


def step_all(session: Session, vault: Vault, actor: Actor, now: datetime) -> int:
    """Re-key the next part of every case that waits, a few at a time; how many still wait.

    Raises:
        KeyNotTrusted: a remaining reader's key is not the pinned one.
    """
    for one in waiting(session, actor)[:AT_ONCE]:
        step(session, vault, actor, one.case_id, now)
    return len(waiting(session, actor))
