"""The caseload: one page of the cases a person can open, the last worked on first.

Days stand in the clear, moments do not. So the days choose which cases a page is about, and only
those are opened; within a day the sealed moment of the last contact decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.vault import Vault
from weerbaar.intake import content
from weerbaar.intake.casefile import WHAT, keys_of
from weerbaar.intake.content import What
from weerbaar.intake.models import CaseRow
from weerbaar.intake.taxonomy import CaseStatus

PAGE_ROWS = 25

# Cases worked on upon one day that are opened to put them in exact order; beyond it, any order.
DAY_AT_MOST = 200

# Pages after the one shown that are counted: further on nobody leafs, and all would take long.
AHEAD = 8


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

    Of a long caseload only so many pages ahead are counted (`AHEAD`).
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
    asked = max(page, 1)
    count = _count(session, keys, state, (asked + AHEAD) * PAGE_ROWS)
    pages = max(1, -(-count // PAGE_ROWS))
    number = min(asked, pages)
    start, stop = (number - 1) * PAGE_ROWS, number * PAGE_ROWS
    wanted = _readable(session, keys, state)
    known = _known(session, wanted.offset(start).limit(PAGE_ROWS))
    lines: list[CaseLine] = []
    damaged: list[UUID] = []
    place = start
    for day, group in groupby(known, key=lambda case: case.day):
        of_page = list(group)
        same_day, before = of_page, 0
        # A day may begin on the page before, and go on upon the next.
        if day in {known[0].day, known[-1].day}:
            same_day = _known(
                session, wanted.where(CaseRow.worked_day == day).limit(DAY_AT_MOST + 1)
            )
            if place == start > 0:
                before = place - _count(session, keys, state, start, CaseRow.worked_day > day)
        if len(same_day) > DAY_AT_MOST:
            lines.extend(_in_order(_open(session, vault, keys, of_page, damaged)))
        else:
            opened = _in_order(_open(session, vault, keys, same_day, damaged))
            lines.extend(opened[before : before + stop - place])
        place += len(of_page)
    if lines:
        trail.record(session, actor, "caseload.read", "caseload", None, now)
    return Page(tuple(lines), number, pages, count, len(damaged))


def _readable(session: Session, keys: OpenKeys, state: CaseStatus) -> Any:
    return (
        select(CaseRow.id, CaseRow.what_record, CaseRow.who_record, CaseRow.is_open,
               CaseRow.worked_day)
        .where(
            CaseRow.is_open == (state == CaseStatus.OPEN),
            envelopes.is_reader(session, keys, CaseRow.what_record),
        )
        .order_by(CaseRow.worked_day.desc(), CaseRow.id.desc())
    )  # fmt: skip


def _known(session: Session, wanted: Any) -> list[_Known]:
    return [_Known(*row) for row in session.execute(wanted)]


def _count(
    session: Session,
    keys: OpenKeys,
    state: CaseStatus,
    most: int,
    *conditions: ColumnElement[bool],
) -> int:
    """How many cases there are; counting stops at so many."""
    some = _readable(session, keys, state).where(*conditions).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


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
