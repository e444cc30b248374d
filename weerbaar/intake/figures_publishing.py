"""Figures, counted in the session of somebody who may and published once a quarter.

Only what may be published is ever shown (`figures_suppression`), before it is published too.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, groups, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keys import KeysLocked
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.crypto.errors import CannotOpen
from weerbaar.intake import figures, figures_facts, figures_suppression, figures_tables
from weerbaar.intake.content import ContentUnreadable
from weerbaar.intake.figures_facts import Quarter
from weerbaar.intake.figures_models import FigureCellRow, FigureFactRow, FigureQuarterRow
from weerbaar.intake.figures_tables import Cell


class FiguresRefused(Exception):
    """Figures cannot be counted or published; which of its kinds says why."""


class QuarterRuns(FiguresRefused):
    """The quarter is not over yet."""


class PublishedAlready(FiguresRefused):
    """A quarter is published once; then it is frozen."""


class NothingToCount(FiguresRefused):
    """No case of this quarter has facts."""


class NotAnAnalyst(FiguresRefused):
    """This person has not been admitted to the key of the figures."""


class CannotCount(FiguresRefused):
    """Some facts do not open, or do not fit together: a table would be wrong."""


def waiting(session: Session, now: datetime) -> list[Quarter]:
    """The quarters that are over and can be published, oldest first.

    Args:
        session: the database.
        now: the present instant, aware.
    """
    codes = session.scalars(
        select(FigureQuarterRow.quarter)
        .where(
            FigureQuarterRow.published_on.is_(None),
            select(FigureFactRow.id)
            .where(FigureFactRow.quarter == FigureQuarterRow.quarter)
            .exists(),
        )
        .order_by(FigureQuarterRow.quarter)
    ).all()
    return [one for one in map(Quarter.parse, codes) if _is_over(one, now)]


def _is_over(quarter: Quarter, now: datetime) -> bool:
    return local(now).date() > quarter.last_day


def published(session: Session) -> dict[Quarter, date]:
    """The quarters that were published, newest first, each with its day."""
    rows = session.execute(
        select(FigureQuarterRow.quarter, FigureQuarterRow.published_on)
        .where(FigureQuarterRow.published_on.is_not(None))
        .order_by(FigureQuarterRow.quarter.desc())
    ).all()
    return {Quarter.parse(code): day for code, day in rows if day is not None}


def numbers(session: Session, quarter: Quarter) -> dict[Cell, int | None]:
    """The published numbers of a quarter; empty where it was not published."""
    rows = session.execute(
        select(
            FigureCellRow.table_code, FigureCellRow.row_code, FigureCellRow.column_code,
            FigureCellRow.count,
        ).where(FigureCellRow.quarter == quarter.code)
    ).all()  # fmt: skip
    return {(table, row, column): number for table, row, column, number in rows}


def preview(
    session: Session, vault: Vault, actor: Actor, quarter: Quarter, now: datetime
) -> dict[Cell, int | None]:
    """What would be published of a quarter now; the reading leaves a trail.

    Args:
        session: the database; the door commits, a first opening writes.
        vault: the key store.
        actor: a member of the group `figures`, with open keys.
        quarter: one that is over.
        now: the present instant, aware.

    Raises:
        KeysLocked: the session is locked.
        QuarterRuns, PublishedAlready, NothingToCount, NotAnAnalyst, CannotCount: as they say.
    """
    if not _is_over(quarter, now):
        raise QuarterRuns
    if quarter in published(session):
        raise PublishedAlready
    shown = _counted(session, vault, actor, quarter)
    trail.record(session, actor, "figures.count", "quarter", quarter.code, now)
    return shown


def publish(session: Session, vault: Vault, actor: Actor, quarter: Quarter, now: datetime) -> None:
    """Publish a quarter for good: its numbers stay, every fact behind them is destroyed.

    Args:
        session: the door commits; the secrets go with the commit.
        vault: the key store.
        actor: a member of the group `figures`, with open keys.
        quarter: one that is over.
        now: the present instant, aware.

    Raises:
        KeysLocked: the session is locked.
        QuarterRuns, PublishedAlready, NothingToCount, NotAnAnalyst, CannotCount: as they say.
    """
    if not _is_over(quarter, now):
        raise QuarterRuns
    row = session.execute(
        select(FigureQuarterRow.published_on)
        .where(FigureQuarterRow.quarter == quarter.code)
        .with_for_update()
    ).first()
    if row is not None and row.published_on is not None:
        raise PublishedAlready
    shown = _counted(session, vault, actor, quarter)
    session.execute(
        update(FigureQuarterRow)
        .where(FigureQuarterRow.quarter == quarter.code)
        .values(published_on=local(now).date())
        .execution_options(synchronize_session=False)
    )
    session.execute(
        insert(FigureCellRow),
        [
            {
                "quarter": quarter.code, "table_code": table, "row_code": of_row,
                "column_code": column, "count": number,
            }
            for (table, of_row, column), number in shown.items()
        ],
    )  # fmt: skip
    # The key store's log tells of one of them, under the quarter's name: a database that is put
    # back from before this day learns from it that the quarter was published.
    first, *rest = _records(session, quarter)
    figures.destroy_published(session, vault, actor, first, quarter, now)
    figures.destroy(session, vault, rest, now)
    figures.unlink(session, quarter)
    trail.record(session, actor, "figures.publish", "quarter", quarter.code, now)


def told(session: Session, actor: Actor, quarter: Quarter, now: datetime) -> None:
    """Leave a trail of a file with the published numbers of a quarter.

    Raises:
        NothingToCount: it was not published.
    """
    if quarter not in published(session):
        raise NothingToCount
    trail.record(session, actor, "figures.export", "quarter", quarter.code, now)


def _records(session: Session, quarter: Quarter, *parts: str) -> list[UUID]:
    wanted = select(FigureFactRow.id).where(FigureFactRow.quarter == quarter.code)
    if parts:
        wanted = wanted.where(FigureFactRow.part.in_(parts))
    return list(session.scalars(wanted))


def _counted(
    session: Session, vault: Vault, actor: Actor, quarter: Quarter
) -> dict[Cell, int | None]:
    if actor.keys is None or actor.person_id is None:
        raise KeysLocked
    if actor.person_id not in groups.members(session, figures.GROUP.group_name):
        raise NotAnAnalyst
    found: dict[str, list[bytes]] = {figures.INCIDENT: [], figures.REGION: []}
    for part, contents in found.items():
        records = _records(session, quarter, part)
        try:
            opened = envelopes.open_many(
                session, vault, actor.keys, records, kind=Kind.FIGURES, part=part
            )
            contents += [plaintext for _record, plaintext in opened]
        except CannotOpen:
            raise CannotCount from None
        if len(contents) != len(records):
            raise CannotCount
    if len(found[figures.INCIDENT]) != len(found[figures.REGION]):
        raise CannotCount
    if not found[figures.INCIDENT]:
        raise NothingToCount
    try:
        incidents = [figures_facts.incident_from(one) for one in found[figures.INCIDENT]]
        regions = [figures_facts.region_from(one) for one in found[figures.REGION]]
    except ContentUnreadable:
        raise CannotCount from None
    # A row that says another quarter than its seal was changed by somebody else.
    quarters = {one.quarter for one in incidents} | {one.quarter for one in regions}
    if quarters != {quarter.code}:
        raise CannotCount
    return figures_suppression.protect(figures_tables.count(incidents, regions))
