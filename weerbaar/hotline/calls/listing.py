"""Work as lists show it: what kind, whose, by when; never a number."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.accounts.actors import Actor
from weerbaar.hotline.calls.conversation import TAKEN
from weerbaar.hotline.calls.errors import NoSuchItem
from weerbaar.hotline.calls.models import (
    CallBackRow,
    CallRow,
    CameBy,
    DoneReason,
    ItemKind,
    ItemState,
    WorkItemRow,
)
from weerbaar.hotline.roster.handover import OpenTask, OpenWork

# What people read of each kind; pages translate it.
LABELS: dict[ItemKind, str] = {
    ItemKind.CONVERSATION: "Gesprek vastleggen",
    ItemKind.CALLBACK_ASKED: "Terugbellen gevraagd",
    ItemKind.MISSED: "Gemist, niet om gevraagd",
    ItemKind.ACCEPTED_NOT_BRIDGED: "Aangenomen, maar niet verbonden",
    ItemKind.MESSAGE_LEFT: "Bericht ingesproken",
}
DONE_LABELS: dict[DoneReason, str] = {
    DoneReason.RECORDED: "Vastgelegd",
    DoneReason.WRONG_NUMBER: "Verkeerd verbonden",
    DoneReason.SILENT: "Stil",
    DoneReason.MISUSE: "Misbruik",
    DoneReason.TEST_CALL: "Proefoproep",
    DoneReason.NO_RECORD_WANTED: "Wil geen vastlegging",
    DoneReason.NUMBER_WRONG: "Het nummer klopt niet",
    DoneReason.NOT_SAFE: "Terugbellen is niet veilig",
    DoneReason.PERIOD_OVER: "Bewaartermijn voorbij",
}
# Why it is with its owner, as he reads it.
WHY_LABELS: dict[CameBy, str] = {
    CameBy.DUTY: "was aan de beurt volgens het rooster",
    CameBy.ANSWERED: "nam de oproep aan",
    CameBy.SHIFT: "kreeg dit bij de wisseling van dienst",
    CameBy.LATE: "kreeg dit omdat het niet op tijd was gedaan",
    CameBy.ATTEMPTS: "kreeg dit omdat terugbellen niet lukte",
    CameBy.ASSIGNED: "kreeg dit van een coördinator",
    CameBy.TAKEN: "heeft dit zelf opgepakt",
}
DONE_SHOWN = 50


@dataclass(frozen=True)
class ItemLine:
    """One piece of work. `at` is known until the course of the call is sealed; `day` stays."""

    id: UUID
    call_id: UUID
    kind: ItemKind
    state: ItemState
    done_reason: DoneReason | None
    owner_id: UUID | None
    answered_by: UUID | None
    due_at: datetime
    asked: bool
    number_record: UUID | None
    number_confirmed: bool
    came_by: CameBy
    tries: int
    at: datetime | None
    day: date
    talking: bool
    drill: bool

    @property
    def label(self) -> str:
        """What people read of its kind."""
        return LABELS[self.kind]

    @property
    def why(self) -> str:
        """Why it is with its owner; follows his name."""
        return WHY_LABELS[self.came_by]

    @property
    def done_label(self) -> str:
        """What people read of how it ended; empty while it has not."""
        return DONE_LABELS[self.done_reason] if self.done_reason else ""

    def is_late(self, now: datetime) -> bool:
        """Whether its time has come and nobody did it; `now` is aware, UTC."""
        return self.state is not ItemState.DONE and self.due_at <= now


_COLUMNS = (
    WorkItemRow.id, WorkItemRow.call_id, WorkItemRow.kind, WorkItemRow.state,
    WorkItemRow.done_reason, WorkItemRow.owner_id, WorkItemRow.answered_by, WorkItemRow.due_at,
    WorkItemRow.asked, WorkItemRow.number_record, WorkItemRow.number_confirmed,
    WorkItemRow.came_by,
    select(func.count())
    .select_from(CallBackRow)
    .where(CallBackRow.item_id == WorkItemRow.id, CallBackRow.tried_at.is_not(None))
    .scalar_subquery()
    .label("tries"),
    CallRow.started_at, WorkItemRow.created_day, CallRow.state.label("call_state"),
    CallRow.drill,
)  # fmt: skip


def _lines(session: Session, *conditions: Any, newest_first: bool = False) -> list[ItemLine]:
    query = select(*_COLUMNS).join(CallRow, CallRow.id == WorkItemRow.call_id).where(*conditions)
    if newest_first:
        query = query.order_by(WorkItemRow.created_day.desc(), WorkItemRow.due_at.desc())
        query = query.limit(DONE_SHOWN)
    else:
        query = query.order_by(WorkItemRow.due_at, WorkItemRow.id)
    return [_line(row) for row in session.execute(query)]


def _line(row: Any) -> ItemLine:
    return ItemLine(
        id=row.id,
        call_id=row.call_id,
        kind=ItemKind(row.kind),
        state=ItemState(row.state),
        done_reason=None if row.done_reason is None else DoneReason(row.done_reason),
        owner_id=row.owner_id,
        answered_by=row.answered_by,
        due_at=row.due_at,
        asked=row.asked,
        number_record=row.number_record,
        number_confirmed=row.number_confirmed,
        came_by=CameBy(row.came_by),
        tries=row.tries,
        at=row.started_at,
        day=row.created_day,
        talking=row.call_state in TAKEN,
        drill=row.drill,
    )


def waiting(session: Session) -> list[ItemLine]:
    """All work that is not done, the most urgent first."""
    return _lines(session, WorkItemRow.state != ItemState.DONE)


def done(session: Session) -> list[ItemLine]:
    """The work that was done last, newest first."""
    return _lines(session, WorkItemRow.state == ItemState.DONE, newest_first=True)


def mine(session: Session, actor: Actor) -> list[ItemLine]:
    """The work of a person that is not done, the most urgent first."""
    return _lines(
        session, WorkItemRow.state != ItemState.DONE, WorkItemRow.owner_id == actor.person_id
    )


def line(session: Session, item_id: UUID) -> ItemLine:
    """One piece of work.

    Raises:
        NoSuchItem: there is none.
    """
    found = _lines(session, WorkItemRow.id == item_id)
    if not found:
        raise NoSuchItem
    return found[0]


def open_count(session: Session) -> int:
    """How much work is not done."""
    return (
        session.scalar(
            select(func.count()).select_from(WorkItemRow).where(WorkItemRow.state != ItemState.DONE)
        )
        or 0
    )


def open_work(session: Session, actor: Actor, now: datetime) -> OpenWork:
    """The tasks there are, for whoever hands over: kinds, owners and due times, nothing else.

    Args:
        session: any session.
        actor: who hands over.
        now: this instant, aware, UTC.
    """
    every = waiting(session)
    return OpenWork(
        tasks=tuple(
            OpenTask(
                LABELS[one.kind],
                one.owner_id,
                one.due_at,
                one.is_late(now),
                f"/calls/{one.id}/record",
            )
            for one in every
        ),
        mine=sum(one.owner_id == actor.person_id for one in every),
    )
