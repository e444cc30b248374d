"""Rights to single cases that end on a day, counted by person: for whoever reviews rights."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.intake.sharing_models import CaseGrantRow


def counted(session: Session) -> dict[UUID, tuple[int, date]]:
    """How many such rights somebody has, and the last day of the longest; who has none is missing.

    Args:
        session: any session.
    """
    rows = session.execute(
        select(CaseGrantRow.person_id, func.count(), func.max(CaseGrantRow.ends_on))
        .where(CaseGrantRow.ends_on.is_not(None))
        .group_by(CaseGrantRow.person_id)
    )
    return {person_id: (number, last) for person_id, number, last in rows if last is not None}
