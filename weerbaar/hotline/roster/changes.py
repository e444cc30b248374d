"""The one place where shifts are written: under one lock, counted, trailed, remembered.

Every act begins with `begin`, which waits until no other change is under way. What the act then
adds, alters and removes is one change of the roster: its version goes up once, every shift leaves
a row in the trail, and the state before and after it is kept, so that the roster of any moment in
the past can be read again.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from weerbaar.accounts import trail
from weerbaar.accounts.actors import Actor
from weerbaar.hotline.roster import history
from weerbaar.hotline.roster.errors import NoSuchShift, ShiftChanged
from weerbaar.hotline.roster.models import RosterRevisionRow, ShiftChangeRow, ShiftRow
from weerbaar.hotline.roster.rules import Placed

_ASIDE = datetime(1900, 1, 1, tzinfo=UTC)


class Change:
    """One act of one person on the roster; holds the lock until the commit."""

    def __init__(
        self, session: Session, revision: RosterRevisionRow, actor: Actor, now: datetime
    ) -> None:
        self._session = session
        self._revision = revision
        self._actor = actor
        self._now = now
        self._found = revision.number

    @property
    def version(self) -> str:
        """The version of the roster as it is in this act."""
        return str(self._revision.number)

    def row(self, shift_id: UUID, seen: int | None = None) -> ShiftRow:
        """A shift as the last change left it.

        Args:
            shift_id: which.
            seen: the version of it that the actor looked at, if he did.

        Raises:
            NoSuchShift: it is gone, or never was.
            ShiftChanged: it is not as the actor saw it.
        """
        row = self._session.get(ShiftRow, shift_id, populate_existing=True)
        if row is None:
            raise NoSuchShift
        if seen is not None and row.version != seen:
            raise ShiftChanged
        return row

    def add(self, placed: Iterable[Placed], act: str = "shift.add") -> list[UUID]:
        """Write new shifts.

        Args:
            placed: where they stand; that their people are free is checked already.
            act: the code of what is done, for the trail.

        Returns:
            Their ids, in order.
        """
        rows = [
            ShiftRow(
                id=uuid4(),
                tier=each.tier,
                person_id=each.person_id,
                starts=each.starts,
                ends=each.ends,
                version=1,
            )
            for each in placed
        ]
        self._session.add_all(rows)
        self._session.flush()
        for row in rows:
            self._note(act, row, None, placed_of(row))
        self._session.flush()
        return [row.id for row in rows]

    def alter(
        self,
        row: ShiftRow,
        act: str,
        *,
        person_id: UUID | None = None,
        tier: int | None = None,
        starts: datetime | None = None,
        ends: datetime | None = None,
    ) -> None:
        """Give a shift another person, tier or hours; what is not named stays.

        Args:
            row: the shift, read with `row`.
            act: the code of what is done, for the trail.
            person_id: whose it becomes.
            tier: the tier it goes to.
            starts: its new start, UTC.
            ends: its new end, UTC, not included.
        """
        before = placed_of(row)
        row.person_id = person_id or row.person_id
        row.tier = tier or row.tier
        row.starts, row.ends = starts or row.starts, ends or row.ends
        if placed_of(row) == before:
            return
        row.version += 1
        self._session.flush()
        self._remember(act, row, before, placed_of(row))

    def exchange(
        self,
        row: ShiftRow,
        becomes: Placed,
        other: ShiftRow,
        other_becomes: Placed,
        act: str,
    ) -> None:
        """Give two shifts each other's people at once, also when the shifts overlap.

        Args:
            row: a shift, read with `row`.
            becomes: its new person and hours.
            other: the other shift.
            other_becomes: the same for it.
            act: the code of what is done, for the trail.
        """
        before, other_before = placed_of(row), placed_of(other)
        # Both engines look at one row at a time, and half-way one person would be in both shifts:
        # the one steps aside, to before any roster, until the other has its new person.
        row.starts, row.ends = _ASIDE, _ASIDE + timedelta(seconds=1)
        self._session.flush()
        for each, then, after in ((other, other_before, other_becomes), (row, before, becomes)):
            each.person_id, each.starts, each.ends = after.person_id, after.starts, after.ends
            each.version += 1
            self._session.flush()
            self._remember(act, each, then, placed_of(each))

    def remove(self, row: ShiftRow, act: str = "shift.remove") -> None:
        """Take a shift off the roster.

        Args:
            row: the shift, read with `row`.
            act: the code of what is done, for the trail.
        """
        self._remember(act, row, placed_of(row), None)
        self._session.delete(row)
        self._session.flush()

    def _remember(
        self, act: str, row: ShiftRow, before: Placed | None, after: Placed | None
    ) -> None:
        self._note(act, row, before, after)
        self._session.flush()

    def _note(self, act: str, row: ShiftRow, before: Placed | None, after: Placed | None) -> None:
        self._revision.number = self._found + 1
        change = ShiftChangeRow(
            id=uuid4(),
            revision=self._revision.number,
            version=row.version,
            at=self._now,
            act=act,
            actor_id=self._actor.person_id,
            shift_id=row.id,
            tier_before=before and before.tier,
            person_before=before and before.person_id,
            starts_before=before and before.starts,
            ends_before=before and before.ends,
            tier_after=after and after.tier,
            person_after=after and after.person_id,
            starts_after=after and after.starts,
            ends_after=after and after.ends,
        )
        self._session.add(change)
        trail.record(
            self._session,
            self._actor,
            act,
            history.KIND,
            row.id,
            self._now,
            version=row.version,
            digest=history.digest(change),
        )


def begin(session: Session, actor: Actor, now: datetime) -> Change:
    """Begin an act: wait until no other change of the roster is under way.

    What is read after it is as the last change left it.

    Args:
        session: the caller commits, and so lets the next change begin.
        actor: who does it.
        now: the present instant, UTC.
    """
    return Change(session, _locked(session), actor, now)


def placed_of(row: ShiftRow) -> Placed:
    """A row as a value."""
    return Placed(row.tier, row.person_id, row.starts, row.ends, row.id)


def _locked(session: Session) -> RosterRevisionRow:
    query = select(RosterRevisionRow).with_for_update().execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is not None:
        return row
    try:
        with session.begin_nested():
            session.add(RosterRevisionRow(id=1, number=0))
    except IntegrityError:  # the very first change, made twice at once
        pass
    return session.scalars(query).one()
