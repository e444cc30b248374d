"""Sharing a case: *what* without *who*, or both, with one colleague at a time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, notices, people, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.vault import NoKeysYet, Vault
from weerbaar.config.clock import local
from weerbaar.intake import attachments, casefile, deciding, grants, recordings
from weerbaar.intake.casefile import WHAT, WHO, keys_of
from weerbaar.intake.errors import CaseworkRefused
from weerbaar.intake.grants import Grant
from weerbaar.intake.models import CaseEntryRow, CaseRow
from weerbaar.intake.parts import OF_WHAT, OF_WHO, records_of

NOTICE = "case-shared"
# Who decides over a case decides who else reads it.
decides = deciding.decides
# How long an expert reads along, unless another last day is chosen.
USUAL = timedelta(days=14)
PARTS = (frozenset({WHAT}), frozenset({WHO, WHAT}))


class NotYoursToShare(CaseworkRefused):
    """Only who reads both parts decides who else may read."""


class CannotReceive(CaseworkRefused):
    """This person does not work on cases, has left, or has no keys yet."""


class NothingToShare(CaseworkRefused):
    """This person can open all of that already, or the part was destroyed."""


class EndsTooEarly(CaseworkRefused):
    """The last day of the right lies before today."""


@dataclass(frozen=True)
class Colleague:
    """Somebody with whom a case can be shared."""

    person_id: UUID
    name: str

    def __repr__(self) -> str:
        return f"<Colleague {self.person_id}>"


def colleagues(session: Session, vault: Vault, actor: Actor) -> list[Colleague]:
    """Everybody else who works on cases and has keys, by name."""
    found = [
        Colleague(card.id, card.name)
        for card in people.cards(session, vault).values()
        if card.id != actor.person_id and works_on_cases(card)
    ]
    return sorted(found, key=lambda colleague: colleague.name.casefold())


def share(
    session: Session,
    vault: Vault,
    actor: Actor,
    case_id: UUID,
    person_id: UUID,
    parts: Collection[str],
    now: datetime,
    *,
    spoken: bool = False,
    files: Collection[UUID] = (),
    until: date | None = None,
) -> None:
    """Let a colleague read a case with its notes and contact moments, later ones included.

    Args:
        session: the database.
        vault: public keys and the key store.
        actor: who shares; he reads both parts himself.
        case_id: the case.
        person_id: the colleague.
        parts: `{"what"}` or `{"who", "what"}`.
        now: the present instant, aware.
        spoken: whether the spoken messages of today are shared too; a voice says who speaks.
        files: the attachments that are shared too; none of them unless it is named.
        until: the last local day of a right to *what* alone; it ends by itself. A right to both
            parts has no end but `revoking.revoke`.

    Raises:
        NotYourCase: unknown, or not shared with this person.
        NotYoursToShare: he reads the *what* part only.
        CannotReceive: the colleague does not work on cases, has left, or has no keys yet.
        NothingToShare: the colleague can open all of that already, or it was destroyed.
        EndsTooEarly: the last day lies before today.
        ValueError: the parts are neither of the two sets.
    """
    wanted = frozenset(parts)
    if wanted not in PARTS:
        raise ValueError("share what, or who and what")
    keys = keys_of(actor)
    row = casefile.case_row(session, case_id, lock=True)
    if not decides(session, vault, keys, row):
        raise NotYoursToShare
    check_receiver(session, vault, person_id)
    already = {part for part in wanted if _reads(session, row, person_id, part)}
    voices = recordings.to_share(session, keys, row, person_id) if spoken else []
    given_files = attachments.to_share(session, vault, keys, row, person_id) if files else ()
    limited = wanted == {WHAT} and not _reads(session, row, person_id, WHO)
    ends_on = _last_day(until, now, limited=limited)
    moved = grants.keep(session, Grant(case_id, person_id, keys.person_id, ends_on))
    more = bool(voices) or any(one.id in files for one in given_files)
    fresh = wanted - already
    given = [one for part in sorted(fresh) for one in records_of_part(session, row, part)]
    # Where nobody opens any more who it is, the rest is shared without it.
    mine = envelopes.can_open(session, keys, given)
    given = [one for one in given if one in mine]
    fresh -= frozenset({WHO} if row.who_record not in mine else ())
    if not given and not more and not moved:
        raise NothingToShare
    try:
        for record in (*given, *voices):
            envelopes.grant(session, vault, keys, record, Person(person_id), now)
        if files:
            attachments.share(session, vault, actor, row, person_id, files, now)
    except NoKeysYet:
        raise CannotReceive from None
    done = [f"share-{part}" for part in sorted(fresh)] or (["share-until"] if moved else [])
    for one in (*done, *(["share-spoken"] if voices else [])):
        trail.record(session, actor, f"case.{one}", "case", case_id, now)
    trail.record(session, actor, "case.share-with", "person", person_id, now)
    if fresh or more:
        # Each time anew: also where a right that was taken back is given again.
        notices.post(session, person_id, NOTICE, now)


def check_receiver(session: Session, vault: Vault, person_id: UUID) -> None:
    """Refuse somebody who does not work on cases or has left; raises CannotReceive."""
    card = people.cards(session, vault, [person_id]).get(person_id)
    if card is None or not works_on_cases(card):
        raise CannotReceive


def _last_day(until: date | None, now: datetime, *, limited: bool) -> date | None:
    if until is None or not limited:
        return None
    if until < local(now).date():
        raise EndsTooEarly
    return until


def records_of_part(session: Session, row: CaseRow, part: str) -> list[UUID]:
    """The envelopes of a part of a case: with *what* its notes and contact moments too.

    With each go the parts that are bound to it; a private note goes with neither.
    """
    if part == WHO:
        who = [row.who_record] if row.who_record is not None else []
        return [*who, *records_of(session, row.id, OF_WHO)]
    entries = session.scalars(select(CaseEntryRow.id).where(CaseEntryRow.case_id == row.id))
    whole = (row.what_record, row.hold_record)
    bound = records_of(session, row.id, OF_WHAT)
    return [*(one for one in whole if one is not None), *entries, *bound]


def inside(session: Session) -> frozenset[UUID]:
    """Who stands in for the confidant, by the opening text of every talk: no consent is needed."""
    return people.with_role(session, Role.CONFIDANT, Role.COORDINATOR)


def works_on_cases(card: people.PersonCard) -> bool:
    """Whether somebody is here and works on cases: with nobody else a case is shared."""
    return card.state == "active" and allows(card.roles, Permission.CASES_WORK)


def _reads(session: Session, row: CaseRow, person_id: UUID, part: str) -> bool:
    return any(
        reader.person_id == person_id and (reader.who if part == WHO else reader.what)
        for reader in casefile.readers(session, row)
    )
