"""What the roster was: every change read back, the roster of an earlier moment, and its proof.

`changes` writes what each act did to each shift. Here that is read, from the newest back. The
digest of every such row stands in the chain of the trail, so that `weerbaar trail verify` finds a
past that was rewritten.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.trail_proof import Finding
from weerbaar.crypto.encoding import Part, encode
from weerbaar.hotline.roster.models import RosterRevisionRow, ShiftChangeRow, ShiftRow
from weerbaar.hotline.roster.rules import Placed

KIND = "shift"
CHUNK = 2_000

# Within one act a shift may change more than once, and then be removed.
_IN_ORDER = (ShiftChangeRow.revision, ShiftChangeRow.version, ShiftChangeRow.ends_after.is_(None))
_SHIFTS = select(
    ShiftRow.tier, ShiftRow.person_id, ShiftRow.starts, ShiftRow.ends, ShiftRow.id
).order_by(ShiftRow.id)


@dataclass(frozen=True)
class Changed:
    """What one act did to one shift; a new shift has no `before`, a removed one no `after`."""

    revision: int
    at: datetime
    act: str
    actor_id: UUID | None
    shift_id: UUID
    before: Placed | None
    after: Placed | None
    digest: bytes


@dataclass(frozen=True)
class Past:
    """The roster as it stood at a moment, for a stretch of time, and what became of it since.

    `remembered` is False where changes of that time are older than the first one that was kept:
    then shifts are shown as they were first known.
    """

    version: str
    shifts: tuple[Placed, ...]
    since: tuple[Changed, ...]
    remembered: bool


def digest(row: ShiftChangeRow) -> bytes:
    """The SHA-256 of one change as the trail's row carries it: every field, before and after.

    Args:
        row: as written or read; instants are aware.
    """
    fields: list[Part] = [
        row.revision, row.version, _stamp(row.at), row.act, row.actor_id, row.shift_id,
        row.tier_before, row.person_before, _stamp(row.starts_before), _stamp(row.ends_before),
        row.tier_after, row.person_after, _stamp(row.starts_after), _stamp(row.ends_after),
    ]  # fmt: skip
    return hashlib.sha256(encode(*fields)).digest()


def of_shift(session: Session, shift_id: UUID) -> list[Changed]:
    """Everything that was done to a shift, the oldest first; also of one that is gone."""
    query = select(ShiftChangeRow).where(ShiftChangeRow.shift_id == shift_id)
    return [_changed(row) for row in session.scalars(query.order_by(*_IN_ORDER))]


def by_digest(session: Session, shift_ids: Iterable[UUID]) -> dict[bytes, Changed]:
    """The changes of some shifts, each under the digest that its row in the trail carries."""
    query = select(ShiftChangeRow).where(ShiftChangeRow.shift_id.in_(set(shift_ids)))
    return {each.digest: each for each in map(_changed, session.scalars(query))}


def people_in(changed: Iterable[Changed]) -> frozenset[UUID]:
    """Everybody who is named in some changes: who had a shift, and who changed it."""
    found: set[UUID] = set()
    for each in changed:
        found |= {shift.person_id for shift in (each.before, each.after) if shift is not None}
        found |= {each.actor_id} if each.actor_id is not None else set()
    return frozenset(found)


def roster_of(session: Session, seen: datetime, start: datetime, end: datetime) -> Past:
    """The shifts that touch `[start, end)`, as the roster stood at another moment.

    Args:
        session: any session.
        seen: the moment at which somebody would have looked; one ahead sees the roster of now.
        start: from when.
        end: until when, not included.
    """
    revision, remembered = _revision_at(session, seen)
    shifts = {shift.shift_id: shift for shift in _standing(session, start, end)}
    later = _later(session, revision, start, end)
    undone: set[UUID] = set()
    for each in later:
        if each.shift_id in undone:
            continue
        # The first change after that moment knows how the shift stood at it.
        undone.add(each.shift_id)
        shifts.pop(each.shift_id, None)
        if each.before is not None and _touches(each.before, start, end):
            shifts[each.shift_id] = each.before
    since = [
        one for one in later if _touches(one.before, start, end) or _touches(one.after, start, end)
    ]
    ordered = sorted(shifts.values(), key=lambda one: (one.tier, one.starts, str(one.shift_id)))
    return Past(str(revision), tuple(ordered), tuple(since), remembered)


def _revision_at(session: Session, seen: datetime) -> tuple[int, bool]:
    """The version of the roster at a moment, and whether what was done before it was kept."""
    before = session.scalar(
        select(func.max(ShiftChangeRow.revision)).where(ShiftChangeRow.at <= seen)
    )
    if before is not None:
        return before, True
    first = session.scalar(select(func.min(ShiftChangeRow.revision)))
    present = session.scalar(select(RosterRevisionRow.number)) or 0
    if first is None:
        return present, present == 0
    # Nothing stood on the roster before its very first change.
    return first - 1, first == 1


def _standing(session: Session, start: datetime, end: datetime) -> list[Placed]:
    query = _SHIFTS.where(ShiftRow.ends > start, ShiftRow.starts < end)
    return [Placed(*row) for row in session.execute(query)]


def _later(session: Session, revision: int, start: datetime, end: datetime) -> list[Changed]:
    """Every later change of the shifts that touch a stretch of time, or once did, in order."""
    row = ShiftChangeRow
    concerned = select(row.shift_id).where(
        row.revision > revision,
        or_(
            (row.ends_before > start) & (row.starts_before < end),
            (row.ends_after > start) & (row.starts_after < end),
        ),
    )
    query = select(row).where(row.revision > revision, row.shift_id.in_(concerned))
    return [_changed(each) for each in session.scalars(query.order_by(*_IN_ORDER))]


def _touches(shift: Placed | None, start: datetime, end: datetime) -> bool:
    return shift is not None and shift.starts < end and shift.ends > start


def _changed(row: ShiftChangeRow) -> Changed:
    return Changed(
        row.revision,
        row.at,
        row.act,
        row.actor_id,
        row.shift_id,
        _placed(row, row.tier_before, row.person_before, row.starts_before, row.ends_before),
        _placed(row, row.tier_after, row.person_after, row.starts_after, row.ends_after),
        digest(row),
    )


def _placed(
    row: ShiftChangeRow,
    tier: int | None,
    person_id: UUID | None,
    starts: datetime | None,
    ends: datetime | None,
) -> Placed | None:
    if tier is None or person_id is None or starts is None or ends is None:
        return None
    return Placed(tier, person_id, starts, ends, row.shift_id)


def _stamp(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="microseconds")


# ---- proof -----------------------------------------------------------------------------------


def differences(session: Session, told: Mapping[str, Sequence[bytes]]) -> Iterator[Finding]:
    """What of the kept past, or of the shifts themselves, is not as the trail tells it.

    Codes: `history-differs` (a kept change is not the one that was made), `history-missing` (a
    change is not kept any more), `history-untold` (a change is kept that nobody made),
    `shift-differs` (a shift is not as its last change left it, or is gone, or is back).

    Args:
        session: any session.
        told: by the id of each shift, the digests of its changes in the order of the trail.
    """
    open_digests = {shift_id: list(digests) for shift_id, digests in told.items()}
    untold: list[UUID] = []
    last: dict[UUID, Placed | None] = {}
    query = select(ShiftChangeRow).order_by(*_IN_ORDER).execution_options(yield_per=CHUNK)
    for row in session.scalars(query):
        change = _changed(row)
        last[change.shift_id] = change.after
        waiting = open_digests.get(str(change.shift_id), [])
        if change.digest in waiting:
            waiting.remove(change.digest)
        else:
            untold.append(change.shift_id)
    for shift_id in untold:
        waiting = open_digests.get(str(shift_id), [])
        yield Finding("history-differs" if waiting else "history-untold", record_id=shift_id)
        if waiting:
            waiting.pop(0)
    for text, digests in sorted(open_digests.items()):
        yield from (Finding("history-missing", record_id=UUID(text)) for _one in digests)
    yield from _changed_shifts(session, last)


def _changed_shifts(session: Session, last: Mapping[UUID, Placed | None]) -> Iterator[Finding]:
    missing = {shift_id for shift_id, shift in last.items() if shift is not None}
    for row in session.execute(_SHIFTS.execution_options(yield_per=CHUNK)):
        shift = Placed(*row)
        missing.discard(row.id)
        # What stood before changes were kept has no past to be held against.
        if row.id in last and last[row.id] != shift:
            yield Finding("shift-differs", record_id=row.id)
    yield from (
        Finding("shift-differs", record_id=shift_id) for shift_id in sorted(missing, key=str)
    )


trail.bind(KIND, differences)
