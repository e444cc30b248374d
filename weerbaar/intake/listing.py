"""The caseload: one page of the cases a person can open, the last worked on first.

Days stand in the clear, moments do not. So the days choose which cases a page is about, and only
those are opened; within a day the sealed moment of the last contact decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.vault import Vault
from weerbaar.intake import content
from weerbaar.intake.casefile import WHAT, keys_of
from weerbaar.intake.content import What
from weerbaar.intake.models import CaseEntryRow, CaseRow
from weerbaar.intake.taxonomy import CaseStatus

PAGE_ROWS = 25

# Cases worked on upon one day that are opened to put them in exact order; beyond it, any order.
DAY_AT_MOST = 200


@dataclass(frozen=True, repr=False)
class CaseLine:
    """One line of the caseload; the title is empty for a case without a story."""

    case_id: UUID
    title: str
    urgency: str
    last_contact: datetime
    is_open: bool

    def __repr__(self) -> str:
        return f"<CaseLine {self.case_id}>"


@dataclass(frozen=True)
class Page:
    """A page of the caseload: its lines, its number from 1, and how many pages and cases are.

    `damaged` tells how many cases of this page could not be opened and are not among the lines.
    """

    lines: tuple[CaseLine, ...]
    number: int
    pages: int
    count: int
    damaged: int = 0


@dataclass(frozen=True)
class _Known:
    """What the clear columns tell of a case."""

    case_id: UUID
    what_record: UUID
    who_record: UUID | None
    is_open: bool
    day: date


def caseload(
    session: Session,
    vault: Vault,
    actor: Actor,
    now: datetime,
    *,
    state: CaseStatus = CaseStatus.OPEN,
    page: int = 1,
) -> Page:
    """One page of the cases this person can open; the reading leaves a trail.

    Args:
        session: the database.
        vault: the key store.
        actor: the reader.
        now: the present instant, aware.
        state: open or closed cases.
        page: from 1; a number beyond the last page gives the last page.
    """
    keys = keys_of(actor)
    known = _readable(session, keys, state)
    pages = max(1, -(-len(known) // PAGE_ROWS))
    number = min(max(page, 1), pages)
    start, stop = (number - 1) * PAGE_ROWS, number * PAGE_ROWS
    lines: list[CaseLine] = []
    damaged: list[UUID] = []
    place = 0
    for _day, group in groupby(known, key=lambda case: case.day):
        same_day = list(group)
        first, last = max(start - place, 0), min(stop - place, len(same_day))
        place += len(same_day)
        if last <= first:
            continue
        if len(same_day) > DAY_AT_MOST:
            lines.extend(_in_order(_open(session, vault, keys, same_day[first:last], damaged)))
        else:
            lines.extend(_in_order(_open(session, vault, keys, same_day, damaged))[first:last])
    if lines:
        trail.record(session, actor, "caseload.read", "caseload", None, now)
    return Page(tuple(lines), number, pages, len(known), len(damaged))


def _readable(session: Session, keys: OpenKeys, state: CaseStatus) -> list[_Known]:
    last_day = func.coalesce(func.max(CaseEntryRow.created_day), CaseRow.created_day)
    found = session.execute(
        select(
            CaseRow.id,
            CaseRow.what_record,
            CaseRow.who_record,
            CaseRow.is_open,
            last_day.label("day"),
        )
        .outerjoin(CaseEntryRow, CaseEntryRow.case_id == CaseRow.id)
        .where(CaseRow.is_open == (state == CaseStatus.OPEN), CaseRow.what_record.is_not(None))
        .group_by(CaseRow.id)
        .order_by(last_day.desc(), CaseRow.id)
    ).all()
    mine = envelopes.can_open(session, keys, [row.what_record for row in found if row.what_record])
    return [
        _Known(row.id, row.what_record, row.who_record, row.is_open, row.day)
        for row in found
        if row.what_record is not None and row.what_record in mine
    ]


def _open(
    session: Session,
    vault: Vault,
    keys: OpenKeys,
    cases: Iterable[_Known],
    damaged: list[UUID],
) -> list[CaseLine]:
    by_record = {case.what_record: case for case in cases}
    opened: list[tuple[_Known, What]] = []
    for record, plaintext in envelopes.open_many(
        session, vault, keys, list(by_record), kind=Kind.CASE_WHAT, part=WHAT, damaged=damaged
    ):
        case, what = by_record[record], content.what_from(plaintext)
        if what.case_id != str(case.case_id):
            damaged.append(record)
            continue
        opened.append((case, what))
    return [
        CaseLine(
            case.case_id,
            content.title(what),
            what.urgency,
            what.last_contact,
            case.is_open,
        )
        for case, what in opened
    ]


def _in_order(lines: Iterable[CaseLine]) -> list[CaseLine]:
    return sorted(lines, key=lambda line: (line.last_contact, line.case_id), reverse=True)
