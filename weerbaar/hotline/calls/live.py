"""What goes on at this moment: callers' lines, who is rung or talks; never a number."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.hotline.calls.conversation import BackState, LegState, State
from weerbaar.hotline.calls.models import CallBackRow, CallRow, LegRow

# The worker looks every second; what has passed for longer is overdue in earnest.
GRACE = timedelta(seconds=30)


@dataclass(frozen=True)
class LiveLeg:
    """A telephone of the house that is rung or in use."""

    person_id: UUID
    state: LegState
    accepted_at: datetime | None


@dataclass(frozen=True)
class LiveCall:
    """A caller who is on the line."""

    id: UUID
    state: State
    since: datetime | None
    deadline: datetime | None
    drill: bool
    acute: bool
    legs: tuple[LiveLeg, ...]

    @property
    def talking(self) -> LiveLeg | None:
        """Who took the call, as long as that telephone is not done."""
        return next((one for one in self.legs if one.state is LegState.ACCEPTED), None)

    @property
    def rung(self) -> tuple[UUID, ...]:
        """Whose telephones ring for it."""
        return tuple(one.person_id for one in self.legs if one.state is not LegState.ACCEPTED)


@dataclass(frozen=True)
class LiveCallBack:
    """A confidant who calls somebody back."""

    person_id: UUID
    state: BackState
    since: datetime | None
    deadline: datetime | None


@dataclass(frozen=True)
class Live:
    """Everything that goes on, oldest first."""

    calls: tuple[LiveCall, ...]
    call_backs: tuple[LiveCallBack, ...]

    @property
    def talking(self) -> frozenset[UUID]:
        """Who talks with a caller or an official."""
        callers = {one.talking.person_id for one in self.calls if one.talking is not None}
        return frozenset(callers | {one.person_id for one in self.call_backs})

    @property
    def ringing(self) -> frozenset[UUID]:
        """Whose telephone rings for a caller."""
        return frozenset(person for one in self.calls if not one.drill for person in one.rung)

    def overdue(self, now: datetime) -> int:
        """How many lines nobody looked at although their deadline passed; `now` aware, UTC."""
        deadlines = [one.deadline for one in self.calls] + [one.deadline for one in self.call_backs]
        return len([one for one in deadlines if one is not None and one <= now - GRACE])


def live(session: Session) -> Live:
    """What goes on, in two queries."""
    rows = session.execute(
        select(
            CallRow.id, CallRow.state, CallRow.started_at, CallRow.next_deadline, CallRow.drill,
            CallRow.acute_since,
            LegRow.person_id, LegRow.state.label("leg_state"), LegRow.accepted_at,
        )
        .outerjoin(LegRow, (LegRow.call_id == CallRow.id) & (LegRow.state != LegState.ENDED))
        .where(CallRow.next_deadline.is_not(None))
        .order_by(CallRow.started_at, CallRow.id, LegRow.number)
    )  # fmt: skip
    backs = session.execute(
        select(
            CallBackRow.person_id, CallBackRow.state, CallBackRow.started_at,
            CallBackRow.next_deadline,
        )
        .where(CallBackRow.next_deadline.is_not(None))
        .order_by(CallBackRow.started_at, CallBackRow.id)
    )  # fmt: skip
    return Live(
        tuple(_calls(rows)),
        tuple(LiveCallBack(row[0], BackState(row[1]), row[2], row[3]) for row in backs),
    )


def _calls(rows: Iterable[Any]) -> Iterable[LiveCall]:
    by_call: dict[UUID, list[Any]] = {}
    for row in rows:
        by_call.setdefault(row.id, []).append(row)
    for call_id, parts in by_call.items():
        first = parts[0]
        yield LiveCall(
            id=call_id,
            state=State(first.state),
            since=first.started_at,
            deadline=first.next_deadline,
            drill=first.drill,
            acute=first.acute_since is not None,
            legs=tuple(
                LiveLeg(part.person_id, LegState(part.leg_state), part.accepted_at)
                for part in parts
                if part.person_id is not None
            ),
        )


def overdue(session: Session, now: datetime) -> int:
    """How many lines and call-backs nobody looked at although their deadline passed.

    Args:
        session: any session.
        now: this instant, aware, UTC.
    """
    return live(session).overdue(now)
