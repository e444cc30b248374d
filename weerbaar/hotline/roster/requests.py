"""Requests to swap as pages list them, and what becomes of those that nobody answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import notices
from weerbaar.accounts.actors import Actor
from weerbaar.hotline.roster import absences, changes, swaps, verbs
from weerbaar.hotline.roster.models import ShiftRow
from weerbaar.hotline.roster.rules import Placed
from weerbaar.hotline.roster.swaps_models import SwapRefusalRow, SwapRow, SwapState

EXPIRED, STALE = "swap_expired", "swap_stale"
# How long it stays known who swapped with whom.
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Request:
    """One request: about which shift, in return for which, between whom."""

    id: UUID
    shift: Placed
    returned: Placed | None
    in_return: bool
    asker_id: UUID
    asked_id: UUID | None
    taken_by: UUID | None
    starts: datetime


@dataclass(frozen=True)
class Requests:
    """What one person sees: asked of him, his own, done and to be undone, and those of others."""

    asked: tuple[Request, ...]
    mine: tuple[Request, ...]
    done: tuple[Request, ...]
    others: tuple[Request, ...]


def seen_by(session: Session, actor: Actor, now: datetime) -> Requests:
    """The requests that matter to somebody; to a planner every open one.

    What has changed or begun since is left out, also before the worker closes it.

    Args:
        session: any session.
        actor: who looks.
        now: the present instant, UTC.
    """
    me = actor.person_id
    rows = session.scalars(
        select(SwapRow)
        .where(SwapRow.state.in_((SwapState.ASKED, SwapState.DONE)), SwapRow.starts > now)
        .order_by(SwapRow.starts, SwapRow.id)
    ).all()
    shifts = _shifts(session, rows)
    takers = verbs.takers(session)
    said_no = set(session.scalars(
        select(SwapRefusalRow.swap_id).where(SwapRefusalRow.person_id == me)
    ))  # fmt: skip
    tiers = {row.tier: swaps.colleagues(session, row.tier, now) for row in rows}
    asked, mine, done, others = [], [], [], []
    for row in rows:
        shown = _request(row, shifts)
        if shown is None:
            continue
        if row.state == SwapState.DONE:
            if me in {row.asker_id, row.taken_by} or absences.plans(actor):
                done.append(shown)
            continue
        if _is_stale(row, shifts, takers):
            continue
        if row.asker_id == me:
            mine.append(shown)
        elif row.asked_id == me or (
            row.asked_id is None and me in tiers[row.tier] and row.id not in said_no
        ):
            asked.append(shown)
        elif absences.plans(actor):
            others.append(shown)
    return Requests(tuple(asked), tuple(mine), tuple(done), tuple(others))


def close_old(session: Session, now: datetime) -> int:
    """End the requests whose time is over or whose shift has changed; tell who asked, once.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.

    Returns:
        How many were ended.
    """
    rows = session.scalars(
        select(SwapRow)
        .where(SwapRow.state == SwapState.ASKED)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    shifts, takers = _shifts(session, rows), verbs.takers(session)
    ended = 0
    for row in rows:
        if row.starts <= now:
            state, code = SwapState.EXPIRED, EXPIRED
        elif _is_stale(row, shifts, takers):
            state, code = SwapState.STALE, STALE
        else:
            continue
        row.state = state.value
        notices.post(session, row.asker_id, code, now, key=f"swap-{row.id}-{state.value}")
        ended += 1
    session.execute(
        delete(SwapRow).where(SwapRow.state != SwapState.ASKED, SwapRow.starts <= now - KEPT)
    )
    session.flush()
    return ended


def _shifts(session: Session, rows: Iterable[SwapRow]) -> dict[UUID, ShiftRow]:
    wanted = {one for row in rows for one in (row.shift_id, row.return_id) if one is not None}
    found = session.scalars(
        select(ShiftRow).where(ShiftRow.id.in_(wanted)).execution_options(populate_existing=True)
    )
    return {row.id: row for row in found}


def _is_stale(row: SwapRow, shifts: dict[UUID, ShiftRow], takers: frozenset[UUID]) -> bool:
    pairs = [(row.shift_id, row.shift_version)]
    if row.return_id is not None and row.return_version is not None:
        pairs.append((row.return_id, row.return_version))
    return row.asker_id not in takers or any(
        shift_id not in shifts or shifts[shift_id].version != version for shift_id, version in pairs
    )


def _request(row: SwapRow, shifts: dict[UUID, ShiftRow]) -> Request | None:
    shift = shifts.get(row.shift_id)
    returned = None if row.return_id is None else shifts.get(row.return_id)
    if shift is None or (row.return_id is not None and returned is None):
        return None
    return Request(
        id=row.id,
        shift=changes.placed_of(shift),
        returned=None if returned is None else changes.placed_of(returned),
        in_return=row.in_return,
        asker_id=row.asker_id,
        asked_id=row.asked_id,
        taken_by=row.taken_by,
        starts=row.starts,
    )
