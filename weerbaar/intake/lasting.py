"""Who keeps a case: whoever reads it without an end, works on cases, and has the key.

A right that ends, an account that is closed or a key that is lost must not take a case with it
unseen. Who reads for a while keeps nothing: his right ends by itself.
"""

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import people
from weerbaar.accounts.alone import Alone
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.withdrawing import CHUNK, hang_on, keepers_of, waits_for
from weerbaar.intake import grants
from weerbaar.intake.casefile import WORKS
from weerbaar.intake.models import CaseRow


def keepers(session: Session, case_id: UUID) -> frozenset[UUID]:
    """Who counts when it is asked who is left: works on cases, and reads this one without an end.

    Whether he opens a part of it at all is not looked at.
    """
    some = grants.for_a_while(session, [case_id]).get(case_id, set())
    return people.with_role(session, *WORKS) - some


def kept(session: Session, row: CaseRow) -> bool:
    """Whether somebody keeps what happened."""
    if row.what_record is None:
        return False
    readers = keepers_of(session, [row.what_record]).get(row.what_record, set())
    return not readers.isdisjoint(keepers(session, row.id))


def opens_who(session: Session, row: CaseRow) -> bool:
    """Whether anybody here opens who it is, or could when a former key comes back to him."""
    return row.who_record is not None and waits_for(session, row.who_record)


class Standing(StrEnum):
    """How it stands with a case beside whoever reads it."""

    NOBODY = "nobody"  # nobody keeps it
    SOLE = "sole"  # he alone keeps it, others read it for a while
    SOLE_WHO = "sole_who"  # he alone reads who it is


def of_case(session: Session, row: CaseRow, person_id: UUID) -> Standing | None:
    """What a reader of a case must know of who keeps it; None where it is in good hands.

    That he alone reads it at all is not among it.

    Args:
        session: where readers are.
        row: the case.
        person_id: the reader.
    """
    records = [one for one in (row.what_record, row.who_record) if one is not None]
    readers = keepers_of(session, records)
    works = people.with_role(session, *WORKS)
    what, who = (
        readers.get(one, set()) & works if one is not None else set()
        for one in (row.what_record, row.who_record)
    )
    stays = what - grants.for_a_while(session, [row.id]).get(row.id, set())
    if not stays:
        return Standing.NOBODY
    if stays == {person_id} and what != stays:
        return Standing.SOLE
    return Standing.SOLE_WHO if who == {person_id} and what != who else None


def alone(session: Session, person_id: UUID) -> Alone:
    """The cases that nobody keeps but one person: what is lost with his keys.

    Args:
        session: where readers are.
        person_id: who may be the only one.
    """
    mine = hang_on(session, person_id, (Kind.CASE_WHAT, Kind.CASE_WHO))
    rows = _cases(session, mine)
    others = keepers_of(session, [one for row in rows for one in row[1:] if one is not None])
    some = grants.for_a_while(session, [row[0] for row in rows])
    works = people.with_role(session, *WORKS) - {person_id}
    cases = for_a_while = who = 0
    for case_id, what_record, who_record in rows:
        reads = others.get(what_record, set()) & works
        stays = reads - some.get(case_id, set())
        if what_record in mine and not stays:
            if reads:
                for_a_while += 1
            else:
                cases += 1
        elif who_record in mine and not others.get(who_record, set()) & works:
            who += 1
    return Alone(cases, for_a_while, who)


def _cases(session: Session, records: Collection[UUID]) -> list[tuple[UUID, UUID, UUID | None]]:
    wanted = sorted(records)
    found: dict[UUID, tuple[UUID, UUID, UUID | None]] = {}
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        rows = session.execute(
            select(CaseRow.id, CaseRow.what_record, CaseRow.who_record).where(
                CaseRow.what_record.in_(some) | CaseRow.who_record.in_(some)
            )
        )
        for case_id, what_record, who_record in rows:
            if what_record is not None:
                found[case_id] = (case_id, what_record, who_record)
    return list(found.values())
