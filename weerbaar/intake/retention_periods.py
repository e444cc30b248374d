"""The periods as they are set; everything that is not set is kept as proposed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import Actor
from weerbaar.intake import retention_rules as rules
from weerbaar.intake.models import CaseRow, RetentionPeriodRow
from weerbaar.intake.retention_rules import Category, Periods


def periods(session: Session) -> Periods:
    """Every category with the days it is kept."""
    stored = session.execute(select(RetentionPeriodRow.category, RetentionPeriodRow.days)).all()
    known = {one.value for one in Category}
    return {
        **rules.PROPOSED,
        **{Category(category): days for category, days in stored if category in known},
    }


def set_period(
    session: Session, actor: Actor, category: Category, days: int, now: datetime
) -> bool:
    """Keep a category for another number of days from now on; closed cases follow.

    A shorter period destroys nothing by itself: the next run lists what is due, and waits for a
    coordinator where that is much.

    Args:
        session: the door commits.
        actor: who sets it.
        category: which.
        days: how many days.
        now: the present instant, aware.

    Returns:
        Whether anything changed.

    Raises:
        PeriodRefused: too short or too long.
    """
    present = periods(session)
    rules.check(category, days, present)
    if present[category] == days:
        return False
    session.execute(delete(RetentionPeriodRow).where(RetentionPeriodRow.category == category.value))
    session.execute(insert(RetentionPeriodRow).values(category=category.value, days=days))
    if category is Category.CASE_WHAT:
        _move_cases(session, timedelta(days=days - present[category]))
    trail.record(
        session, actor, "retention.period", "category", category.value, now, outcome=f"{days}-days"
    )
    return True


def _move_cases(session: Session, by: timedelta) -> None:
    # Day by day, in the order in which no moved day meets one that is still to be moved.
    days = session.scalars(
        select(CaseRow.retention_on).where(CaseRow.retention_on.is_not(None)).distinct()
    ).all()
    for day in sorted((one for one in days if one), reverse=by > timedelta(0)):
        session.execute(
            update(CaseRow)
            .where(CaseRow.retention_on == day)
            .values(retention_on=day + by)
            .execution_options(synchronize_session=False)
        )


def counting(table: type, *conditions: object) -> Callable[[Session], int]:
    """A function that counts the rows of a table under some conditions."""

    def count(session: Session) -> int:
        wanted = select(func.count()).select_from(table).where(*conditions)  # type: ignore[arg-type]
        return session.scalar(wanted) or 0

    return count
