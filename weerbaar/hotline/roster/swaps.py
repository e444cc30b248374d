"""Requests to swap: a colleague is asked for a shift, answers, and it can be undone. Doors commit.

Every answer takes the lock of the roster first, so that of two at once one comes second and finds
the request closed.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts import notices, trail
from weerbaar.accounts.actors import Actor
from weerbaar.config.clock import local
from weerbaar.hotline.roster import absences, changes, verbs
from weerbaar.hotline.roster.changes import Change, placed_of
from weerbaar.hotline.roster.errors import (
    AlreadyAsked,
    CannotUndo,
    ChooseReturn,
    NobodyToAsk,
    NoSuchRequest,
    NoSuchShift,
    NotForTheRoster,
    NotYourShift,
    PersonAway,
    RequestClosed,
    RequestStale,
    ShiftChanged,
    ShiftIsOver,
)
from weerbaar.hotline.roster.models import ShiftChangeRow, ShiftRow
from weerbaar.hotline.roster.rules import Placed
from weerbaar.hotline.roster.swaps_models import SwapRefusalRow, SwapRow, SwapState
from weerbaar.hotline.roster.takeovers import check_able, fit

ASKED, ACCEPTED, DECLINED = "swap_asked", "swap_accepted", "swap_declined"
SETTLED, UNDONE = "swap_settled", "swap_undone"
# Whoever had duty in a tier this lately belongs to it.
LATELY = timedelta(days=28)
# How far ahead shifts are offered to choose from.
OFFERED = timedelta(days=56)


def ask(
    session: Session,
    actor: Actor,
    shift_id: UUID,
    *,
    now: datetime,
    asked_id: UUID | None = None,
    in_return: bool = False,
    return_id: UUID | None = None,
    seen: int | None = None,
) -> UUID:
    """Ask a colleague, or everybody of the tier, to take over one's own shift.

    Args:
        session: the caller commits.
        actor: whose shift it is.
        shift_id: which.
        now: the present instant, UTC.
        asked_id: who is asked; everybody of the tier without.
        in_return: whether a shift is wanted in return, which whoever accepts chooses.
        return_id: the very shift that is wanted in return; its owner is asked.
        seen: the shift's version that the actor looked at, if he did.

    Raises:
        NoSuchShift, ShiftChanged, NotYourShift: it is not (any more) a shift of his.
        ShiftIsOver: one of the shifts has begun.
        NotForTheRoster: whoever is asked has left, takes no calls, or is the actor himself.
        NobodyToAsk: nobody else had duty in the tier lately.
        AlreadyAsked: a request for this shift is open.
        ShiftOverlaps: the actor is on duty already when the shift in return is.
    """
    change = changes.begin(session, actor, now)
    row = _own(change.row(shift_id, seen), actor.person_id, now)
    returned = None if return_id is None else change.row(return_id)
    if returned is not None:
        asked_id = asked_id or returned.person_id
        _own(returned, asked_id, now)
        _fit(session, returned, row.person_id, instead_of=row)
    among = colleagues(session, row.tier, now) - {row.person_id}
    if asked_id is not None:
        if asked_id == row.person_id or asked_id not in verbs.takers(session):
            raise NotForTheRoster
        among = frozenset({asked_id})
    if not among:
        raise NobodyToAsk
    open_one = select(SwapRow.id).where(
        SwapRow.shift_id == shift_id, SwapRow.state == SwapState.ASKED
    )
    if session.scalar(open_one) is not None:
        raise AlreadyAsked
    swap = SwapRow(
        id=uuid4(),
        state=SwapState.ASKED.value,
        shift_id=row.id,
        shift_version=row.version,
        tier=row.tier,
        starts=row.starts if returned is None else min(row.starts, returned.starts),
        asker_id=row.person_id,
        asked_id=asked_id,
        in_return=in_return or returned is not None,
        return_id=returned and returned.id,
        return_version=returned and returned.version,
        created_day=local(now).date(),
    )
    session.add(swap)
    session.flush()
    trail.record(session, actor, "swap.ask", "swap", swap.id, now)
    for person_id in sorted(among):
        notices.post(session, person_id, ASKED, now, key=f"swap-{swap.id}-asked")
    return swap.id


def accept(
    session: Session,
    actor: Actor,
    swap_id: UUID,
    *,
    now: datetime,
    return_id: UUID | None = None,
) -> None:
    """Take the shift over, and give one in return where that is wanted; the second time nothing.

    Args:
        session: the caller commits.
        actor: one of those who are asked.
        swap_id: which request.
        now: the present instant, UTC.
        return_id: the shift that the actor gives in return, where he may choose.

    Raises:
        NoSuchRequest: the actor is not asked.
        RequestClosed: somebody was first, or the shift has begun.
        RequestStale: a shift has changed since, or who asked has left.
        ChooseReturn: a shift in return is wanted.
        NotYourShift, ShiftIsOver: what was chosen in return is not his, or has begun.
        NotForTheRoster, CannotBeRung, ShiftOverlaps: one of the two cannot have the shift.
    """
    change = changes.begin(session, actor, now)
    swap = _locked(session, swap_id)
    if not _is_asked(session, swap, actor.person_id, now) or actor.person_id is None:
        raise NoSuchRequest
    if swap.state == SwapState.DONE and swap.taken_by == actor.person_id:
        return
    _carry_out(session, change, swap, actor.person_id, return_id, now)
    trail.record(session, actor, "swap.accept", "swap", swap.id, now)
    notices.post(session, swap.asker_id, ACCEPTED, now, key=f"swap-{swap.id}-accepted")


def settle(
    session: Session,
    actor: Actor,
    swap_id: UUID,
    person_id: UUID,
    *,
    now: datetime,
    return_id: UUID | None = None,
) -> None:
    """Decide for others who takes the shift over; both are told.

    Args:
        session: the caller commits.
        actor: a planner.
        swap_id: which request.
        person_id: who takes it.
        now: the present instant, UTC.
        return_id: the shift he gives in return, where one is wanted.

    Raises:
        NoSuchRequest: the actor plans nothing, or there is no such request.
        PersonAway: who would take it said that he cannot then.
        As `accept` otherwise.
    """
    if not absences.plans(actor):
        raise NoSuchRequest
    change = changes.begin(session, actor, now)
    swap = _locked(session, swap_id)
    _open(swap, now)
    row = _as_asked(change, swap.shift_id, swap.shift_version)
    if absences.is_away(session, person_id, row.starts, row.ends):
        raise PersonAway
    _carry_out(session, change, swap, person_id, return_id, now)
    trail.record(session, actor, "swap.settle", "swap", swap.id, now)
    for one in {swap.asker_id, person_id} - {actor.person_id}:
        notices.post(session, one, SETTLED, now, key=f"swap-{swap.id}-settled")


def decline(session: Session, actor: Actor, swap_id: UUID, *, now: datetime) -> None:
    """Answer no; the second time nothing changes. A planner declines for everybody.

    Of many who are asked the last no ends the request.

    Args:
        session: the caller commits.
        actor: one of those who are asked, or a planner.
        swap_id: which request.
        now: the present instant, UTC.

    Raises:
        NoSuchRequest: the actor is not asked.
        RequestClosed: it was answered otherwise, or the shift has begun.
    """
    changes.begin(session, actor, now)
    swap = _locked(session, swap_id)
    asked = _is_asked(session, swap, actor.person_id, now)
    if not (asked or absences.plans(actor)):
        raise NoSuchRequest
    if swap.state == SwapState.DECLINED:
        return
    _open(swap, now)
    trail.record(session, actor, "swap.decline", "swap", swap.id, now)
    if asked and swap.asked_id is None and actor.person_id is not None:
        known = session.get(SwapRefusalRow, (swap.id, actor.person_id))
        if known is None:
            session.add(SwapRefusalRow(swap_id=swap.id, person_id=actor.person_id))
            session.flush()
        said_no = select(SwapRefusalRow.person_id).where(SwapRefusalRow.swap_id == swap.id)
        left = colleagues(session, swap.tier, now) - {swap.asker_id}
        if left - set(session.scalars(said_no)):
            return
    _end(session, swap, SwapState.DECLINED)
    if swap.asker_id != actor.person_id:
        notices.post(session, swap.asker_id, DECLINED, now, key=f"swap-{swap.id}-declined")


def withdraw(session: Session, actor: Actor, swap_id: UUID, *, now: datetime) -> None:
    """Take one's own request back; the second time nothing changes.

    Args:
        session: the caller commits.
        actor: who asked.
        swap_id: which request.
        now: the present instant, UTC.

    Raises:
        NoSuchRequest: somebody else asked.
        RequestClosed: it was answered already, or the shift has begun.
    """
    changes.begin(session, actor, now)
    swap = _locked(session, swap_id)
    if swap.asker_id != actor.person_id:
        raise NoSuchRequest
    if swap.state == SwapState.WITHDRAWN:
        return
    _open(swap, now)
    _end(session, swap, SwapState.WITHDRAWN)
    trail.record(session, actor, "swap.withdraw", "swap", swap.id, now)


def undo(session: Session, actor: Actor, swap_id: UUID, *, now: datetime) -> None:
    """Put the shifts back as they were before; until the first of them starts.

    Args:
        session: the caller commits.
        actor: who asked, who took it, or a planner.
        swap_id: which request.
        now: the present instant, UTC.

    Raises:
        NoSuchRequest: the actor has no part in it.
        RequestClosed: it was not carried out, or a shift has begun.
        CannotUndo: a shift was changed again since.
        NotForTheRoster, CannotBeRung, ShiftOverlaps: who would get his shift back cannot have it.
    """
    change = changes.begin(session, actor, now)
    swap = _locked(session, swap_id)
    if actor.person_id not in {swap.asker_id, swap.taken_by} and not absences.plans(actor):
        raise NoSuchRequest
    if swap.state == SwapState.UNDONE:
        return
    if swap.state != SwapState.DONE or swap.revision is None or swap.starts <= now:
        raise RequestClosed
    _put_back(session, change, swap)
    _end(session, swap, SwapState.UNDONE)
    trail.record(session, actor, "swap.undo", "swap", swap.id, now)
    for one in {swap.asker_id, swap.taken_by} - {actor.person_id, None}:
        if one is not None:
            notices.post(session, one, UNDONE, now, key=f"swap-{swap.id}-undone")


def colleagues(session: Session, tier: int, now: datetime) -> frozenset[UUID]:
    """Who belongs to a tier: whoever has, or lately had, duty in it and may take calls.

    Args:
        session: any session.
        tier: which.
        now: the present instant, UTC.
    """
    lately = select(ShiftRow.person_id).where(ShiftRow.tier == tier, ShiftRow.ends > now - LATELY)
    return frozenset(session.scalars(lately)) & verbs.takers(session)


def _own(row: ShiftRow, person_id: UUID | None, now: datetime) -> ShiftRow:
    if row.person_id != person_id:
        raise NotYourShift
    if row.starts <= now:
        raise ShiftIsOver
    return row


def _fit(
    session: Session, row: ShiftRow, person_id: UUID, *, instead_of: ShiftRow | None = None
) -> Placed:
    """Where a shift comes to stand with another person, who gives one away for it."""
    standing = verbs.standing_of(session, {person_id}, row.starts, row.ends)
    kept = [one for one in standing if instead_of is None or one.shift_id != instead_of.id]
    return fit(placed_of(row), person_id, kept)


def _carry_out(
    session: Session,
    change: Change,
    swap: SwapRow,
    person_id: UUID,
    return_id: UUID | None,
    now: datetime,
) -> None:
    _open(swap, now)
    row = _as_asked(change, swap.shift_id, swap.shift_version)
    if row.person_id != swap.asker_id or swap.asker_id not in verbs.takers(session):
        raise RequestStale
    check_able(session, person_id)
    if swap.in_return:
        returned = _returned(change, swap, person_id, return_id, now)
        check_able(session, swap.asker_id)
        becomes = _fit(session, row, person_id, instead_of=returned)
        other = _fit(session, returned, swap.asker_id, instead_of=row)
        change.exchange(row, becomes, returned, other, "shift.swap")
        swap.return_id, swap.return_version = returned.id, returned.version
        swap.starts = min(row.starts, returned.starts)
    else:
        becomes = _fit(session, row, person_id)
        change.alter(
            row, "shift.swap", person_id=person_id, starts=becomes.starts, ends=becomes.ends
        )
    swap.taken_by, swap.revision = person_id, int(change.version)
    _end(session, swap, SwapState.DONE)


def _returned(
    change: Change, swap: SwapRow, person_id: UUID, return_id: UUID | None, now: datetime
) -> ShiftRow:
    if swap.return_id is not None and swap.return_version is not None:
        row = _as_asked(change, swap.return_id, swap.return_version)
        if row.person_id != person_id:
            raise RequestStale
        return row
    if return_id is None:
        raise ChooseReturn
    return _own(change.row(return_id), person_id, now)


def _as_asked(change: Change, shift_id: UUID, version: int) -> ShiftRow:
    try:
        return change.row(shift_id, version)
    except (NoSuchShift, ShiftChanged):
        raise RequestStale from None


def _put_back(session: Session, change: Change, swap: SwapRow) -> None:
    shifts = [swap.shift_id] if swap.return_id is None else [swap.shift_id, swap.return_id]
    since = session.scalars(
        select(ShiftChangeRow).where(
            ShiftChangeRow.shift_id.in_(shifts), ShiftChangeRow.revision >= swap.revision
        )
    ).all()
    were = {one.shift_id: one for one in since if one.revision == swap.revision}
    if len(since) != len(shifts) or were.keys() != set(shifts):
        raise CannotUndo
    for person_id in {one.person_before for one in since}:
        if person_id is not None:
            check_able(session, person_id)
    rows = [change.row(one) for one in shifts]
    befores = [_before(session, were[row.id], instead_of=rows) for row in rows]
    if len(rows) == 1:
        change.alter(
            rows[0], "shift.undo", person_id=befores[0].person_id,
            starts=befores[0].starts, ends=befores[0].ends,
        )  # fmt: skip
        return
    change.exchange(rows[0], befores[0], rows[1], befores[1], "shift.undo")


def _before(session: Session, was: ShiftChangeRow, *, instead_of: list[ShiftRow]) -> Placed:
    if (
        was.tier_before is None
        or was.person_before is None
        or was.starts_before is None
        or was.ends_before is None
    ):
        raise CannotUndo
    before = Placed(
        was.tier_before, was.person_before, was.starts_before, was.ends_before, was.shift_id
    )
    standing = verbs.standing_of(session, {before.person_id}, before.starts, before.ends)
    given = {row.id for row in instead_of}
    return fit(before, before.person_id, [one for one in standing if one.shift_id not in given])


def _locked(session: Session, swap_id: UUID) -> SwapRow:
    row = session.get(SwapRow, swap_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NoSuchRequest
    return row


def _is_asked(session: Session, swap: SwapRow, person_id: UUID | None, now: datetime) -> bool:
    if swap.asked_id is not None:
        return person_id == swap.asked_id
    return person_id != swap.asker_id and person_id in colleagues(session, swap.tier, now)


def _open(swap: SwapRow, now: datetime) -> None:
    if swap.state != SwapState.ASKED or swap.starts <= now:
        raise RequestClosed


def _end(session: Session, swap: SwapRow, state: SwapState) -> None:
    swap.state = state.value
    session.flush()
