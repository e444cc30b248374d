"""Until when somebody reads a case, and by whom it was shared with him."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.intake.sharing_models import CaseFormerReaderRow, CaseGrantRow


@dataclass(frozen=True)
class Grant:
    """A case shared with somebody; `ends_on` is the last local day, None without an end."""

    case_id: UUID
    person_id: UUID
    given_by: UUID
    ends_on: date | None


def of_case(session: Session, case_id: UUID) -> dict[UUID, Grant]:
    """With whom a case was shared, by person."""
    rows = session.scalars(select(CaseGrantRow).where(CaseGrantRow.case_id == case_id))
    return {
        row.person_id: Grant(row.case_id, row.person_id, row.given_by, row.ends_on) for row in rows
    }


def keep(session: Session, grant: Grant) -> bool:
    """Keep a grant in the place of the one before; gives whether its end differs from that."""
    row = session.get(CaseGrantRow, (grant.case_id, grant.person_id))
    if row is None:
        session.add(
            CaseGrantRow(
                case_id=grant.case_id,
                person_id=grant.person_id,
                given_by=grant.given_by,
                ends_on=grant.ends_on,
            )
        )
        session.flush()
        return grant.ends_on is not None
    if row.ends_on == grant.ends_on:
        return False
    row.given_by, row.ends_on = grant.given_by, grant.ends_on
    session.flush()
    return True


def drop(session: Session, case_id: UUID, person_id: UUID) -> None:
    """Forget a grant whose right ended."""
    session.execute(
        delete(CaseGrantRow).where(
            CaseGrantRow.case_id == case_id, CaseGrantRow.person_id == person_id
        )
    )


def drop_all(session: Session, case_id: UUID) -> None:
    """Forget with whom a case was shared, when it is destroyed."""
    session.execute(delete(CaseGrantRow).where(CaseGrantRow.case_id == case_id))
    forget_former(session, case_id)


def over(session: Session, today: date, person_id: UUID | None = None) -> list[Grant]:
    """The grants whose last day lies before a local day.

    Args:
        session: where they are.
        today: the local day.
        person_id: those of this person alone.
    """
    wanted = select(CaseGrantRow).where(CaseGrantRow.ends_on < today)
    if person_id is not None:
        wanted = wanted.where(CaseGrantRow.person_id == person_id)
    rows = session.scalars(wanted.order_by(CaseGrantRow.case_id, CaseGrantRow.person_id))
    return [Grant(row.case_id, row.person_id, row.given_by, row.ends_on) for row in rows]


def limited(session: Session, person_id: UUID) -> set[UUID]:
    """The cases that a person reads for a while only."""
    return set(
        session.scalars(
            select(CaseGrantRow.case_id).where(
                CaseGrantRow.person_id == person_id, CaseGrantRow.ends_on.is_not(None)
            )
        )
    )


def for_a_while(session: Session, case_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Who reads each of these cases for a while only, by case."""
    rows = session.execute(
        select(CaseGrantRow.case_id, CaseGrantRow.person_id).where(
            CaseGrantRow.case_id.in_(list(case_ids)), CaseGrantRow.ends_on.is_not(None)
        )
    )
    found: dict[UUID, set[UUID]] = {}
    for case_id, person_id in rows:
        found.setdefault(case_id, set()).add(person_id)
    return found


# ---- whose right ended, until the case is re-keyed ------------------------------------------


def note_former(session: Session, case_id: UUID, person_id: UUID) -> None:
    """Note whose right to a case ended; twice changes nothing."""
    if session.get(CaseFormerReaderRow, (case_id, person_id)) is None:
        session.add(CaseFormerReaderRow(case_id=case_id, person_id=person_id))
        session.flush()


def former(session: Session, case_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Whose rights ended, by case, since each of these was re-keyed last."""
    rows = session.execute(
        select(CaseFormerReaderRow.case_id, CaseFormerReaderRow.person_id).where(
            CaseFormerReaderRow.case_id.in_(list(case_ids))
        )
    )
    found: dict[UUID, set[UUID]] = {}
    for case_id, person_id in rows:
        found.setdefault(case_id, set()).add(person_id)
    return found


def read_before(session: Session, person_id: UUID) -> set[UUID]:
    """The cases whose right this person lost, and that were not re-keyed since."""
    wanted = select(CaseFormerReaderRow.case_id)
    return set(session.scalars(wanted.where(CaseFormerReaderRow.person_id == person_id)))


def forget_former(session: Session, case_id: UUID) -> None:
    """Forget whose right ended, once nothing of the case opens with what they had."""
    session.execute(delete(CaseFormerReaderRow).where(CaseFormerReaderRow.case_id == case_id))
