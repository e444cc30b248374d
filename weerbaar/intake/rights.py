"""The register of requests of persons about their own data (AVG articles 12 to 21).

In the clear stand the days and who handles it; what is asked, by whom and about which case is
sealed to whoever wrote it down and whoever handles it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import envelopes, notices, people, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.envelopes import Kind
from weerbaar.accounts.house import House
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.accounts.recipients import Person
from weerbaar.accounts.vault import NoKeysYet, Vault
from weerbaar.config.clock import local
from weerbaar.intake import reminding, rights_content, sharing
from weerbaar.intake import rights_rules as rules
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import CaseworkRefused
from weerbaar.intake.reminding import Reminder
from weerbaar.intake.retention_periods import periods
from weerbaar.intake.retention_rules import Category
from weerbaar.intake.rights_content import LeftOut, Request
from weerbaar.intake.rights_models import RightsRequestRow
from weerbaar.intake.rights_rules import Answer, Right
from weerbaar.intake.sharing import Colleague

PART = "rights-request"
KIND = "rights_request"
GIVEN = "rights_given"


class NoSuchRequest(CaseworkRefused):
    """There is none, or it is not sealed to this person."""


class CannotHandle(CaseworkRefused):
    """This person does not handle such requests, has left, or has no keys yet."""


class ReceivedLater(CaseworkRefused):
    """It was received on a day that is still to come."""


class TooLateToExtend(CaseworkRefused):
    """The first month is over, or it was extended already."""


class WantsReason(CaseworkRefused):
    """Extending, and an answer that gives less than was asked, say why."""


class Answered(CaseworkRefused):
    """It was answered."""


@dataclass(frozen=True)
class Line:
    """A request as the register shows it to whoever may see that there is one."""

    id: UUID
    handler_id: UUID
    received_on: date
    due_on: date
    extended: bool
    is_open: bool
    closed_day: date | None
    mine: bool = False
    request: Request | None = field(default=None, repr=False)


def handlers(session: Session, vault: Vault) -> list[Colleague]:
    """Everybody who can handle requests, by name."""
    found = [
        Colleague(card.id, card.name)
        for card in people.cards(session, vault).values()
        if _handles(card)
    ]
    return sorted(found, key=lambda one: one.name.casefold())


def _handles(card: people.PersonCard) -> bool:
    return sharing.works_on_cases(card) and allows(card.roles, Permission.RIGHTS_WORK)


def _check_handler(session: Session, vault: Vault, person_id: UUID) -> None:
    card = people.cards(session, vault, [person_id]).get(person_id)
    if card is None or not _handles(card):
        raise CannotHandle


def receive(
    session: Session,
    vault: Vault,
    actor: Actor,
    request: Request,
    received: date,
    handler_id: UUID,
    now: datetime,
) -> UUID:
    """Put a request in the register.

    Args:
        session: the door commits.
        vault: public keys and the key store.
        actor: who writes it down.
        request: what is asked, by whom.
        received: the local day on which it came in, in whatever way.
        handler_id: who handles it.
        now: the present instant, aware.

    Raises:
        ReceivedLater: that day is still to come.
        CannotHandle: the handler does not handle requests, has left, or has no keys yet.
    """
    if received > local(now).date():
        raise ReceivedLater
    _check_handler(session, vault, handler_id)
    ids = {keys_of(actor).person_id, handler_id}
    try:
        record = envelopes.seal(
            session, vault, kind=Kind.RIGHTS_REQUEST, part=PART,
            plaintext=rights_content.to_bytes(request),
            recipients=[Person(one) for one in sorted(ids)], now=now,
        )  # fmt: skip
    except NoKeysYet:
        raise CannotHandle from None
    _tell(session, actor, "rights.receive", record, envelopes.stamp(session, record), now)
    session.add(
        RightsRequestRow(
            id=record,
            handler_id=handler_id,
            received_on=received,
            due_on=rules.due(received),
            created_day=local(now).date(),
        )
    )
    session.flush()
    if handler_id != actor.person_id:
        notices.post(session, handler_id, GIVEN, now, key=f"{GIVEN}:{record}")
    return record


def _tell(
    session: Session,
    actor: Actor,
    action: str,
    record: UUID,
    stamp: envelopes.Stamp,
    now: datetime,
) -> None:
    trail.record(
        session, actor, action, "envelope", record, now, version=stamp.version, digest=stamp.digest
    )


def register(session: Session, vault: Vault, actor: Actor) -> list[Line]:
    """Every request, open ones first and the most urgent of them at the top.

    What is asked is in it where the reader can open it.
    """
    rows = session.scalars(
        select(RightsRequestRow).order_by(
            RightsRequestRow.is_open.desc(), RightsRequestRow.due_on, RightsRequestRow.id
        )
    ).all()
    opened: dict[UUID, Request] = {}
    if actor.keys is not None:
        opened = {
            record: rights_content.from_bytes(plaintext)
            for record, plaintext in envelopes.open_many(
                session, vault, actor.keys, [row.id for row in rows],
                kind=Kind.RIGHTS_REQUEST, part=PART,
            )
        }  # fmt: skip
    return [_line(row, actor, opened.get(row.id)) for row in rows]


def _line(row: RightsRequestRow, actor: Actor, request: Request | None) -> Line:
    return Line(
        id=row.id,
        handler_id=row.handler_id,
        received_on=row.received_on,
        due_on=row.due_on,
        extended=row.extended,
        is_open=row.is_open,
        closed_day=row.closed_day,
        mine=row.handler_id == actor.person_id,
        request=request,
    )


def about_case(session: Session, vault: Vault, actor: Actor, case_id: UUID) -> list[Line]:
    """The requests about a case that this reader can open."""
    return [
        line
        for line in register(session, vault, actor)
        if line.request is not None and line.request.case_id == str(case_id)
    ]


def read(
    session: Session, vault: Vault, actor: Actor, request_id: UUID, now: datetime
) -> tuple[Line, Request]:
    """A request; the reading leaves a trail.

    Raises:
        NoSuchRequest: there is none, or it is not sealed to this person.
    """
    row, request = _open(session, vault, actor, request_id)
    trail.record(session, actor, "rights.read", KIND, request_id, now)
    return _line(row, actor, request), request


def readers(session: Session, request_id: UUID) -> list[UUID]:
    """Who can open a request."""
    return [
        one.recipient.person_id
        for one in envelopes.readers(session, request_id)
        if isinstance(one.recipient, Person)
    ]


def _open(
    session: Session, vault: Vault, actor: Actor, request_id: UUID, *, lock: bool = False
) -> tuple[RightsRequestRow, Request]:
    keys = keys_of(actor)
    row = session.get(
        RightsRequestRow, request_id, with_for_update=lock or None, populate_existing=lock
    )
    if row is None:
        raise NoSuchRequest
    try:
        plaintext = envelopes.open_one(
            session, vault, keys, request_id, kind=Kind.RIGHTS_REQUEST, part=PART
        )
    except envelopes.NotAReader:
        raise NoSuchRequest from None
    return row, rights_content.from_bytes(plaintext)


def _open_to_change(
    session: Session, vault: Vault, actor: Actor, request_id: UUID
) -> tuple[RightsRequestRow, Request]:
    row, request = _open(session, vault, actor, request_id, lock=True)
    if not row.is_open:
        raise Answered
    return row, request


def extend(
    session: Session, vault: Vault, actor: Actor, request_id: UUID, reason: str, now: datetime
) -> None:
    """Add two months, for a reason that the person hears within the first month.

    Raises:
        NoSuchRequest: there is none, or it is not sealed to this person.
        Answered: it was answered.
        TooLateToExtend: the first month is over, or it was extended already.
        WantsReason: without a reason.
    """
    row, request = _open_to_change(session, vault, actor, request_id)
    if row.extended or not rules.may_extend(row.received_on, local(now).date()):
        raise TooLateToExtend
    if not reason.strip():
        raise WantsReason
    row.extended, row.due_on = True, rules.due(row.received_on, extended=True)
    fresh = replace(request, extension=reason.strip())
    _save(session, vault, actor, row, fresh, "rights.extend", now)


def answer(
    session: Session,
    vault: Vault,
    actor: Actor,
    request_id: UUID,
    how: Answer,
    reason: str,
    now: datetime,
) -> None:
    """Note how a request was answered, and close it.

    Raises:
        NoSuchRequest: there is none, or it is not sealed to this person.
        Answered: it was answered already.
        WantsReason: less was given than was asked, without a reason.
    """
    row, request = _open_to_change(session, vault, actor, request_id)
    if how in rules.WANTS_REASON and not reason.strip():
        raise WantsReason
    row.is_open, row.closed_day = False, local(now).date()
    fresh = replace(request, answer=how.value, reason=reason.strip())
    _save(session, vault, actor, row, fresh, "rights.answer", now)


def leave_out(
    session: Session,
    vault: Vault,
    actor: Actor,
    request_id: UUID,
    decided: Sequence[LeftOut],
    now: datetime,
) -> None:
    """Seal with a request for access what its paper does not hold, and why; twice adds nothing.

    Args:
        session: the door commits.
        vault: the key store.
        actor: who makes the paper.
        request_id: the request.
        decided: what was left out, each with its reason.
        now: the present instant, aware.

    Raises:
        NoSuchRequest: there is none, it is not sealed to this person, or it asks something else.
        Answered: it was answered.
        WantsReason: something is left out without a reason.
    """
    row, request = _open_to_change(session, vault, actor, request_id)
    if request.right is not Right.ACCESS:
        raise NoSuchRequest
    if not all(one.why.strip() for one in decided):
        raise WantsReason
    fresh = [one for one in decided if one not in request.left_out]
    if fresh:
        grown = replace(request, left_out=(*request.left_out, *fresh))
        _save(session, vault, actor, row, grown, "rights.leave-out", now)


def open_access(session: Session, vault: Vault, actor: Actor, case_id: UUID) -> list[Line]:
    """The requests for access to a case that are not answered yet, as far as this reader opens."""
    return [
        line
        for line in about_case(session, vault, actor, case_id)
        if line.is_open and line.request is not None and line.request.right is Right.ACCESS
    ]


def _save(
    session: Session,
    vault: Vault,
    actor: Actor,
    row: RightsRequestRow,
    request: Request,
    action: str,
    now: datetime,
) -> None:
    stamp = envelopes.replace(
        session, vault, keys_of(actor), row.id, kind=Kind.RIGHTS_REQUEST, part=PART,
        plaintext=rights_content.to_bytes(request), now=now,
    )  # fmt: skip
    session.flush()
    _tell(session, actor, action, row.id, stamp, now)


def hand_on(
    session: Session, vault: Vault, actor: Actor, request_id: UUID, handler_id: UUID, now: datetime
) -> None:
    """Let somebody else handle a request, who reads it from now on; earlier readers go on reading.

    Raises:
        NoSuchRequest: there is none, or it is not sealed to this person.
        Answered: it was answered.
        CannotHandle: the other does not handle requests, has left, or has no keys yet.
    """
    row, _request = _open_to_change(session, vault, actor, request_id)
    _check_handler(session, vault, handler_id)
    if handler_id == row.handler_id:
        return
    try:
        envelopes.grant(session, vault, keys_of(actor), request_id, Person(handler_id), now)
    except NoKeysYet:
        raise CannotHandle from None
    row.handler_id = handler_id
    session.flush()
    trail.record(session, actor, "rights.hand-on", KIND, request_id, now)
    notices.post(session, handler_id, GIVEN, now, key=f"{GIVEN}:{request_id}")


def remind(house: House, now: datetime) -> int:
    """The worker's duty: tell handlers of what is nearly due, coordinators too of what is late.

    Args:
        house: the database.
        now: the present instant, aware.

    Returns:
        How many requests somebody was to be told of; each stage is told once to each person.
    """
    return reminding.remind(house, now, _due)


def _due(session: Session, now: datetime) -> Iterator[Reminder]:
    today = local(now).date()
    rows = session.scalars(
        select(RightsRequestRow).where(
            RightsRequestRow.is_open.is_(True), RightsRequestRow.due_on <= today + rules.SOON
        )
    ).all()
    for row in rows:
        code = rules.stage(row.due_on, today)
        if code is not None:
            key = f"{code}:{row.id}:{row.due_on.isoformat()}"
            yield Reminder(code, key, row.handler_id, coordinators=code == rules.OVERDUE)


# ---- what is kept, and for how long ----------------------------------------------------------


def due_to_go(session: Session, on: date, *, only: UUID | None = None) -> list[UUID]:
    """Answered requests whose period is over on a local day, the earliest first."""
    oldest = on - timedelta(days=periods(session)[Category.RIGHTS_REQUEST])
    wanted = select(RightsRequestRow.id).where(RightsRequestRow.closed_day <= oldest)
    if only is not None:
        wanted = wanted.where(RightsRequestRow.id == only)
    return list(session.scalars(wanted.order_by(RightsRequestRow.closed_day, RightsRequestRow.id)))


def destroy(
    session: Session, vault: Vault, actor: Actor, request_id: UUID, now: datetime, why: str
) -> None:
    """Destroy a request for good; one that is gone changes nothing."""
    gone = session.execute(
        delete(RightsRequestRow)
        .where(RightsRequestRow.id == request_id)
        .returning(RightsRequestRow.id)
    ).first()
    if gone is not None:
        envelopes.destroy(session, vault, request_id, now, actor=actor, why=why)
