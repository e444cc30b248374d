"""Asking to read a case that a colleague named aloud, and answering it.

Whoever asks learns nothing from asking: the same is done and said whether there is such a case or
not, the worker tells its readers afterwards, and a refusal looks like no answer. Saying yes is
sharing, by the verbs and on the page of sharing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, notices, people, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.house import House
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.intake import case_marks, casefile, grants, sharing
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import CaseworkRefused
from weerbaar.intake.models import CaseRow
from weerbaar.intake.requests_models import CaseRequestRow

# How long a request stands; nobody is told why it was not answered.
STANDS = timedelta(days=14)
MOST = 20
KIND = "case_request"


class Wish(StrEnum):
    """What is asked for."""

    WHAT = "what"
    WHO_WHAT = "who_what"
    HAND_OVER = "hand_over"


NOTICES = {
    Wish.WHAT: "access_asked",
    Wish.WHO_WHAT: "access_asked",
    Wish.HAND_OVER: "hand_over_asked",
}


class TooManyRequests(CaseworkRefused):
    """This person has `MOST` requests that nobody answered."""


class NotYoursToAsk(CaseworkRefused):
    """Only a coordinator asks for a case to be handed over to somebody else."""


class NoSuchRequest(CaseworkRefused):
    """There is no such request, or it is not for this person to answer or to take back."""


@dataclass(frozen=True)
class Asked:
    """A request as whoever made it sees it; `until` is the last day on which it stands."""

    id: UUID
    mark: str
    wish: Wish
    reader_id: UUID
    until: date


@dataclass(frozen=True)
class ToAnswer:
    """A request about a case, for those who read both parts of it."""

    id: UUID
    case_id: UUID
    wish: Wish
    asker_id: UUID
    reader_id: UUID
    until: date

    @property
    def parts(self) -> str:
        """What would be shared, as the form of sharing names it."""
        return "what" if self.wish is Wish.WHAT else "who_what"


def ask(
    session: Session,
    vault: Vault,
    actor: Actor,
    seed: str,
    wish: Wish,
    now: datetime,
    *,
    reader_id: UUID | None = None,
) -> None:
    """Ask for what a mark names; asking the same again changes nothing.

    Args:
        session: the door commits.
        vault: opens the cards of people.
        actor: who asks.
        seed: of `case_marks.seed_from`.
        wish: what is asked for.
        now: the present instant, aware.
        reader_id: who would read it, where a coordinator asks for a case to be handed over.

    Raises:
        NotYoursToAsk: for somebody else, without being a coordinator.
        CannotReceive: the other does not work on cases or has left.
        TooManyRequests: enough of them wait.
    """
    asker = keys_of(actor).person_id
    if wish is Wish.HAND_OVER and not allows(actor.roles, Permission.CASES_ASK_HAND_OVER):
        raise NotYoursToAsk
    receiver = reader_id if wish is Wish.HAND_OVER and reader_id is not None else asker
    sharing.check_receiver(session, vault, receiver)
    mine = select(func.count()).where(CaseRequestRow.asker_id == asker)
    if (session.scalar(mine) or 0) >= MOST:
        raise TooManyRequests
    row = {
        "id": uuid4(), "seed": seed, "asker_id": asker, "reader_id": receiver, "wish": wish.value,
        "told": False, "refused": False, "created_day": local(now).date(),
    }  # fmt: skip
    session.execute(
        notices.insert_once(session, CaseRequestRow)
        .values(**row)
        .on_conflict_do_nothing(index_elements=["asker_id", "reader_id", "seed", "wish"])
    )
    # Without an object: the row of the trail must not name a case either.
    trail.record(session, actor, "request.ask", KIND, None, now)


def mine(session: Session, actor: Actor) -> list[Asked]:
    """What this person asked and is still waiting for, the oldest first."""
    rows = session.scalars(
        select(CaseRequestRow)
        .where(CaseRequestRow.asker_id == actor.person_id)
        .order_by(CaseRequestRow.created_day, CaseRequestRow.id)
    )
    return [
        Asked(
            row.id,
            case_marks.words_of(row.seed),
            Wish(row.wish),
            row.reader_id,
            row.created_day + STANDS,
        )
        for row in rows
    ]


def withdraw(session: Session, actor: Actor, request_id: UUID, now: datetime) -> None:
    """Take a request back; raises NoSuchRequest where it is not his."""
    gone = session.execute(
        delete(CaseRequestRow)
        .where(CaseRequestRow.id == request_id, CaseRequestRow.asker_id == actor.person_id)
        .returning(CaseRequestRow.id)
    ).first()
    if gone is None:
        raise NoSuchRequest
    trail.record(session, actor, "request.withdraw", KIND, request_id, now)


def to_answer(session: Session, actor: Actor) -> list[ToAnswer]:
    """The requests that this person can answer; nothing of a case is opened for it."""
    keys = keys_of(actor)
    rows = session.scalars(
        select(CaseRequestRow)
        .where(CaseRequestRow.refused.is_(False), CaseRequestRow.asker_id != keys.person_id)
        .order_by(CaseRequestRow.created_day, CaseRequestRow.id)
    ).all()
    limited = grants.limited(session, keys.person_id)
    found = []
    for row in rows:
        for case in _cases(session, row.seed):
            if case.id in limited or _has(session, case, row):
                continue
            records = [one for one in (case.what_record, case.who_record) if one is not None]
            if len(envelopes.can_open(session, keys, records)) == len(records):
                found.append(_to_answer(row, case.id))
    return found


def _to_answer(row: CaseRequestRow, case_id: UUID) -> ToAnswer:
    until = row.created_day + STANDS
    return ToAnswer(row.id, case_id, Wish(row.wish), row.asker_id, row.reader_id, until)


def one_to_answer(session: Session, actor: Actor, request_id: UUID) -> ToAnswer:
    """A request that this person can answer; raises NoSuchRequest."""
    for one in to_answer(session, actor):
        if one.id == request_id:
            return one
    raise NoSuchRequest


def refuse(session: Session, actor: Actor, request_id: UUID, now: datetime) -> None:
    """Say no. Whoever asked sees no answer until the request is over, as for a mark of no case.

    Raises:
        NoSuchRequest: there is none that this person can answer.
    """
    session.get(CaseRequestRow, request_id, with_for_update=True, populate_existing=True)
    one = one_to_answer(session, actor, request_id)
    row = session.get_one(CaseRequestRow, request_id)
    row.refused = True
    session.flush()
    trail.record(session, actor, "case.request-refuse", "case", one.case_id, now)


def settle(session: Session, actor: Actor, case_id: UUID, person_id: UUID, now: datetime) -> int:
    """Let the requests go that were met by sharing a case with somebody; how many there were."""
    case = casefile.case_row(session, case_id)
    rows = session.scalars(
        select(CaseRequestRow).where(
            CaseRequestRow.seed == case_marks.seed_of(case_id),
            CaseRequestRow.reader_id == person_id,
        )
    ).all()
    met = [row for row in rows if _has(session, case, row)]
    for row in met:
        session.delete(row)
        trail.record(session, actor, "case.request-accept", "case", case_id, now)
    session.flush()
    return len(met)


def _cases(session: Session, seed: str) -> list[CaseRow]:
    first, last = case_marks.bounds(seed)
    wanted = select(CaseRow).where(
        CaseRow.id.between(first, last), CaseRow.what_record.is_not(None)
    )
    return list(session.scalars(wanted))


def _has(session: Session, case: CaseRow, row: CaseRequestRow) -> bool:
    """Whether a reader already has what a request asks for him."""
    for reader in casefile.readers(session, case):
        if reader.person_id == row.reader_id:
            return reader.what and (row.wish == Wish.WHAT or reader.who or case.who_record is None)
    return False


# ---- the worker --------------------------------------------------------------------------


def tend(house: House, now: datetime) -> int:
    """The worker's duty: tell who may answer a new request, and let old ones go.

    Args:
        house: database and vault.
        now: the present instant, aware.

    Returns:
        How many rows it moved.
    """
    with house.database.session() as session:
        moved = _tell(session, house.vault, now) + _forget(session, house.vault, now)
        session.commit()
    return moved


def _tell(session: Session, vault: Vault, now: datetime) -> int:
    rows = session.scalars(
        select(CaseRequestRow)
        .where(CaseRequestRow.told.is_(False))
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        for person_id in _who_may_answer(session, vault, row):
            code = NOTICES[Wish(row.wish)]
            notices.post(session, person_id, code, now, key=f"{code}:{row.id}")
        row.told = True
    session.flush()
    return len(rows)


def _who_may_answer(session: Session, vault: Vault, row: CaseRequestRow) -> Iterator[UUID]:
    for case in _cases(session, row.seed):
        if _has(session, case, row):
            continue
        both = [
            one.person_id
            for one in casefile.readers(session, case)
            if one.what and (one.who or case.who_record is None)
        ]
        given = grants.of_case(session, case.id)
        for card in people.cards(session, vault, both).values():
            limited = card.id in given and given[card.id].ends_on is not None
            if sharing.works_on_cases(card) and card.id != row.asker_id and not limited:
                yield card.id


def _forget(session: Session, vault: Vault, now: datetime) -> int:
    rows = session.execute(select(CaseRequestRow.asker_id, CaseRequestRow.reader_id)).all()
    named = {one for row in rows for one in row}
    if not named:
        return 0
    cards = people.cards(session, vault, list(named))
    gone = [one for one in named if one not in cards or not sharing.works_on_cases(cards[one])]
    over: ColumnElement[bool] = CaseRequestRow.created_day < local(now).date() - STANDS
    theirs = or_(CaseRequestRow.asker_id.in_(gone), CaseRequestRow.reader_id.in_(gone))
    done = session.scalars(
        delete(CaseRequestRow).where(or_(over, theirs)).returning(CaseRequestRow.id)
    ).all()
    return len(done)
