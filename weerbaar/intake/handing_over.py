"""Handing over all cases of somebody who goes, or who is away for long: in one act, in steps.

The person does it himself; for who is gone already a fellow reader does it, for the cases that both
of them read. What was done is found again in the readers of the envelopes: whoever is broken off
goes on where it stopped.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, notices, people, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.vault import NoKeysYet, Vault
from weerbaar.accounts.withdrawing import read_by
from weerbaar.config.clock import local
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import casefile, grants, sharing
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import CaseworkRefused
from weerbaar.intake.grants import Grant
from weerbaar.intake.models import CaseAttachmentRow, CaseEntryRow, CaseRecordingRow, CaseRow
from weerbaar.intake.part_contents import Bond
from weerbaar.intake.part_models import CasePartRow
from weerbaar.intake.sharing import Colleague

# Records that one step hands over.
STEP = 200


class NotToOneself(CaseworkRefused):
    """Whoever hands over and whoever receives are one person."""


@dataclass(frozen=True)
class Left:
    """What is left to hand over: cases, and records in them that did not open."""

    cases: int
    damaged: int = 0


def step(
    session: Session,
    vault: Vault,
    actor: Actor,
    receiver: UUID,
    now: datetime,
    *,
    of: UUID | None = None,
) -> Left:
    """Let a colleague open the next of the cases, with voices and files; repeating it goes on.

    Args:
        session: the caller commits.
        vault: public keys and the key store.
        actor: who hands over; only cases of which he decides who reads them.
        receiver: the colleague.
        now: the present instant, aware.
        of: only cases that this person reads too, or read until he was gone.

    Raises:
        NotToOneself: the receiver is the actor.
        CannotReceive: the colleague is no confidant or coordinator, has left, or has no keys yet.
            An expert or peer is given single cases, each with the consent for it.
    """
    keys = keys_of(actor)
    if receiver == keys.person_id:
        raise NotToOneself
    _check_receiver(session, vault, receiver)
    missing = _missing(session, actor, receiver, of)
    room, damaged = STEP, 0
    for case_id in sorted(missing):
        if not room:
            break
        casefile.case_row(session, case_id, lock=True)
        given = 0
        for record in missing[case_id][:room]:
            try:
                with session.begin_nested():
                    envelopes.grant(session, vault, keys, record, Person(receiver), now)
            except CannotOpen:
                damaged += 1
            except NoKeysYet:
                raise sharing.CannotReceive from None
            else:
                given += 1
        room -= given
        if given:
            grants.keep(session, Grant(case_id, receiver, keys.person_id, None))
            trail.record(session, actor, "case.hand-over", "case", case_id, now)
    if room < STEP:
        trail.record(session, actor, "case.share-with", "person", receiver, now)
        day = local(now).date().isoformat()
        notices.post(session, receiver, sharing.NOTICE, now, key=f"{sharing.NOTICE}:{day}")
    left = _missing(session, actor, receiver, of)
    return Left(len(left), damaged)


def _check_receiver(session: Session, vault: Vault, receiver: UUID) -> None:
    sharing.check_receiver(session, vault, receiver)
    if receiver not in sharing.inside(session):
        raise sharing.CannotReceive


def colleagues(session: Session, vault: Vault, actor: Actor) -> list[Colleague]:
    """To whom all cases can be handed over: the other confidants and coordinators."""
    inside = sharing.inside(session)
    return [one for one in sharing.colleagues(session, vault, actor) if one.person_id in inside]


def gone(session: Session, vault: Vault, actor: Actor) -> list[Colleague]:
    """Who left, or works on cases no longer, and reads cases that this person can hand over."""
    mine = _mine(session, actor, None)
    readers: set[UUID] = set()
    for row in mine:
        readers |= {one.person_id for one in casefile.readers(session, row)}
    for former in grants.former(session, [row.id for row in mine]).values():
        readers |= former
    found = [
        Colleague(card.id, card.name)
        for card in people.cards(session, vault, list(readers)).values()
        if not sharing.works_on_cases(card)
    ]
    return sorted(found, key=lambda one: one.name.casefold())


def _mine(session: Session, actor: Actor, of: UUID | None) -> list[CaseRow]:
    keys = keys_of(actor)
    rows = session.scalars(select(CaseRow).where(CaseRow.what_record.is_not(None))).all()
    records = [one for row in rows for one in (row.what_record, row.who_record) if one is not None]
    opens = envelopes.can_open(session, keys, records)
    if of is not None:
        opens_too, before = read_by(session, records, of), grants.read_before(session, of)
        rows = [row for row in rows if row.what_record in opens_too or row.id in before]
    return [
        row
        for row in rows
        if row.what_record in opens and (row.who_record is None or row.who_record in opens)
    ]


def _missing(
    session: Session, actor: Actor, receiver: UUID, of: UUID | None
) -> dict[UUID, list[UUID]]:
    """By case, the records that the actor opens and the receiver does not."""
    limited = grants.limited(session, keys_of(actor).person_id)
    mine = {
        row.id: [one for one in (row.what_record, row.who_record, row.hold_record) if one]
        for row in _mine(session, actor, of)
        if row.id not in limited
    }
    for case_id, record in _entries(session):
        if case_id in mine:
            mine[case_id].append(record)
    every = [record for records in mine.values() for record in records]
    opens = envelopes.can_open(session, keys_of(actor), every)
    has = read_by(session, every, receiver, now=True)
    found = {
        case_id: [one for one in records if one in opens and one not in has]
        for case_id, records in mine.items()
    }
    return {case_id: records for case_id, records in found.items() if records}


def _entries(session: Session) -> Iterable[tuple[UUID, UUID]]:
    for table in (CaseEntryRow, CaseRecordingRow, CaseAttachmentRow):
        for row in session.execute(select(table.case_id, table.id)):
            yield row.case_id, row.id
    # What somebody noted for himself alone is not handed over.
    shared = select(CasePartRow.case_id, CasePartRow.id).where(CasePartRow.bond != Bond.OWN.value)
    for row in session.execute(shared):
        yield row.case_id, row.id
