"""Carrying notices out of the house: who is told by which channel, once, and what came of it.

A delivery is one notice by one channel. It is claimed and committed before its sender is asked,
so that of two workers one asks; what no answer came to is *unknown* and is never sent again. A
claim that nobody finished counts as unknown too. The senders are plugged in by the roof.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import notice_rules, notices, people
from weerbaar.accounts.house import House
from weerbaar.accounts.models import DeliveryRow, NoticePreferenceRow, NoticeRow, PersonRow
from weerbaar.accounts.notice_rules import Channel, Group, Reach, SmsRefusal
from weerbaar.accounts.notices import insert_once
from weerbaar.accounts.vault import Vault
from weerbaar.config.log import logger
from weerbaar.crypto.errors import CannotOpen

AT_ONCE = 20
# No sender takes as long as this: a claim that is older was left by a process that died.
CLAIM = timedelta(minutes=2)
KEPT = timedelta(days=30)
NOTICE_SMS = "sms_refused"
NOTICE_UNREACHED = "sms_unreached"

_STILL_TRIED = (None, SmsRefusal.UNREACHED)

_log = logger("accounts.notices")


class State(StrEnum):
    """Where a delivery is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"  # it may have gone out; it is never sent again
    FAILED = "failed"


class Problem(StrEnum):
    """Why a delivery did not go out."""

    STOPPED = "stopped"
    LANDLINE = "landline"
    REFUSED = "refused"
    NO_SENDER = "no_sender"
    NO_ADDRESS = "no_address"
    NO_ANSWER = "no_answer"
    NO_ARRIVAL = "no_arrival"  # it went out, and the provider says that it did not arrive


class NotNow(Exception):
    """Nothing went out; it may be tried again later."""


class Unanswered(Exception):
    """It may have gone out, or not: it must not be sent again."""


class Refused(Exception):
    """Nothing went out, and trying again will not help."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.value)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One text for one person by one channel; its repr shows nobody."""

    id: UUID
    address: str = field(repr=False)
    text: str


class Sender(Protocol):
    """Carries one parcel. Raises `NotNow`, `Unanswered` or `Refused`; returning means sent."""

    def __call__(self, house: House, parcel: Parcel, now: datetime) -> None:
        """Carry it, once."""
        ...


Senders = Mapping[Channel, Sender]

# It is out, or on its way out: the word about it may come before its sender's answer is kept.
_CARRIED = (State.SENDING, State.SENT, State.UNKNOWN)


# ---- who is told by which channel --------------------------------------------------------


def plan(session: Session, vault: Vault, senders: Iterable[Channel], now: datetime) -> int:
    """Make deliveries of the notices that nobody has handed out yet.

    Args:
        session: the worker commits.
        vault: opens telephones.
        senders: the channels this installation has.
        now: this instant, aware, UTC.

    Returns:
        How many notices were handed out.
    """
    rows = session.scalars(
        select(NoticeRow)
        .where(NoticeRow.sent_at.is_(None))
        .order_by(NoticeRow.posted_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    told = {row.person_id for row in rows}
    reaches = reach(session, vault, told, senders)
    chosen = preferences(session, told)
    for row in rows:
        row.sent_at = now
        news = row.read_at is None or row.code in notice_rules.ABOUT_ACCESS
        fresh = now - row.posted_at < notice_rules.STALE_AFTER
        if not (news and fresh) or row.person_id not in reaches:
            continue
        ways = notice_rules.channels(row.code, chosen[row.person_id], reaches[row.person_id])
        for channel in sorted(ways):
            _add(session, row, channel, now)
    session.flush()
    return len(rows)


def _add(session: Session, notice: NoticeRow, channel: Channel, now: datetime) -> None:
    session.execute(
        insert_once(session, DeliveryRow)
        .values(
            id=uuid4(), notice_id=notice.id, person_id=notice.person_id, channel=channel.value,
            state=State.WAITING.value, attempts=0, next_try_at=now,
        )
        .on_conflict_do_nothing(index_elements=["notice_id", "channel"])
    )  # fmt: skip


def reach(
    session: Session, vault: Vault, ids: Iterable[UUID], senders: Iterable[Channel]
) -> dict[UUID, Reach]:
    """By which channels people can be reached; who has left is missing.

    Args:
        session: where people are.
        vault: opens telephones; one that does not open gets no SMS.
        ids: of whom.
        senders: the channels this installation has.
    """
    wanted, ways = list(ids), set(senders)
    if not wanted:
        return {}
    rows = session.execute(
        select(PersonRow.id, PersonRow.sms_refused).where(
            PersonRow.id.in_(wanted), PersonRow.state != people.LEFT
        )
    ).all()
    found = {}
    for person_id, refused in rows:
        sms = (
            Channel.SMS in ways
            and refused in _STILL_TRIED
            and notice_rules.takes_sms(_phone(session, vault, person_id))
        )
        unsure = refused == SmsRefusal.UNREACHED
        found[person_id] = Reach(sms=sms, mail=Channel.MAIL in ways, unsure=unsure)
    return found


def _phone(session: Session, vault: Vault, person_id: UUID) -> str | None:
    try:
        return people.phones(session, vault, [person_id]).get(person_id)
    except CannotOpen:
        _log.error("telephone does not open", person=str(person_id))
        return None


# ---- carrying ----------------------------------------------------------------------------


def carry(house: House, senders: Senders, now: datetime) -> int:
    """Hand out new notices and carry what is due, each delivery once.

    Args:
        house: settings, database, vault and clock.
        senders: by channel; a channel without one carries nothing.
        now: this instant, aware, UTC.

    Returns:
        How many deliveries were tried.
    """
    with house.database.session() as session:
        plan(session, house.vault, senders, now)
        _give_up_lost(session, senders, now)
        session.commit()
    tried, unwell = 0, set[Channel]()
    while tried < AT_ONCE:
        with house.database.session() as session:
            one = _claim(session, unwell, now)
            session.commit()
        if one is None:
            break
        tried += 1
        if not _carry(house, senders, one, now):
            # The worker has more to do than to wait for a far end that does not answer.
            unwell.add(one.channel)
    return tried


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: UUID
    person_id: UUID
    channel: Channel
    code: str


def _claim(session: Session, without: Iterable[Channel], now: datetime) -> _Claimed | None:
    found = session.execute(
        select(DeliveryRow, NoticeRow.code)
        .join(NoticeRow, NoticeRow.id == DeliveryRow.notice_id)
        .where(
            DeliveryRow.state == State.WAITING,
            DeliveryRow.next_try_at <= now,
            DeliveryRow.channel.not_in([channel.value for channel in without]),
        )
        .order_by(DeliveryRow.next_try_at, DeliveryRow.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=DeliveryRow)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        return None
    row, code = found
    row.state = State.SENDING.value
    row.attempts += 1
    row.next_try_at = now + CLAIM
    return _Claimed(row.id, row.person_id, Channel(row.channel), code)


def _carry(house: House, senders: Senders, one: _Claimed, now: datetime) -> bool:
    """Carry one delivery; whether its far end is well enough for the next."""
    mails = Channel.MAIL in senders
    try:
        parcel = Parcel(one.id, _address(house, one), notice_rules.text_of(one.code))
        senders.get(one.channel, _nobody)(house, parcel, now)
    except NotNow:
        _finish(house, one, None, now, mails=mails)
        return False
    except Unanswered:
        _finish(house, one, State.UNKNOWN, now, Problem.NO_ANSWER, mails=mails)
        return False
    except Refused as refused:
        _finish(house, one, State.FAILED, now, refused.problem, mails=mails)
        return True
    except Exception:  # noqa: BLE001 - it stays claimed, counts as lost later, and is not repeated
        _log.exception("delivery broke off", record=str(one.id), kind=one.channel.value)
        return False
    _finish(house, one, State.SENT, now, mails=mails)
    return True


def _nobody(house: House, parcel: Parcel, now: datetime) -> None:
    _ = house, parcel, now
    raise Refused(Problem.NO_SENDER)


def _address(house: House, one: _Claimed) -> str:
    try:
        with house.database.session() as session:
            card = people.card(session, house.vault, one.person_id)
    except CannotOpen:
        raise Refused(Problem.NO_ADDRESS) from None
    address = card.phone if one.channel is Channel.SMS else card.mail
    if card.state == people.LEFT or not address:
        raise Refused(Problem.NO_ADDRESS)
    return address


def _finish(
    house: House,
    one: _Claimed,
    state: State | None,
    now: datetime,
    problem: Problem | None = None,
    *,
    mails: bool,
) -> None:
    with house.database.session() as session:
        row = session.get(DeliveryRow, one.id, with_for_update=True)
        if row is None or row.state != State.SENDING:
            return
        if state is None:
            wait = notice_rules.next_try(row.attempts)
            if wait is not None:
                row.state, row.next_try_at = State.WAITING.value, now + wait
                session.commit()
                return
            state, problem = State.FAILED, Problem.REFUSED
        _end(session, row, state, now, problem, mails=mails)
        session.commit()


def _end(
    session: Session,
    row: DeliveryRow,
    state: State,
    now: datetime,
    problem: Problem | None,
    *,
    mails: bool,
) -> None:
    row.state, row.next_try_at, row.ended_day = state.value, None, now.date()
    row.problem = None if problem is None else problem.value
    if state is State.SENT:
        return
    _log.warning(
        "not delivered", record=str(row.id), kind=row.channel, reason=row.problem or "",
        state=row.state,
    )  # fmt: skip
    if row.channel != Channel.SMS:
        return
    notice = session.get(NoticeRow, row.notice_id)
    if notice is not None and mails:
        _add(session, notice, Channel.MAIL, now)
    if problem in {Problem.STOPPED, Problem.LANDLINE}:
        _refuse_sms(session, row.person_id, SmsRefusal(problem.value), now)
    elif problem is Problem.NO_ARRIVAL:
        people.sms_fared(session, row.person_id, arrived=False)
        key = f"sms-unreached-{now.date()}"
        notices.post(session, row.person_id, NOTICE_UNREACHED, now, key=key)


def _refuse_sms(session: Session, person_id: UUID, refusal: SmsRefusal, now: datetime) -> None:
    people.refuse_sms(session, person_id, refusal)
    notices.post(session, person_id, NOTICE_SMS, now, key=f"sms-refused-{now.date()}")


# ---- what is told afterwards -------------------------------------------------------------


def not_arrived(
    session: Session, delivery_id: UUID, problem: Problem, now: datetime, *, mails: bool
) -> bool:
    """What was carried did not arrive; repeating it changes nothing.

    Args:
        session: the door commits.
        delivery_id: which delivery, of an SMS.
        problem: `NO_ARRIVAL`, or what more was told.
        now: this instant, aware, UTC.
        mails: whether mail can go instead.

    Returns:
        Whether that was news.
    """
    row = session.get(DeliveryRow, delivery_id, with_for_update=True, populate_existing=True)
    if row is None or row.channel != Channel.SMS or row.state not in _CARRIED:
        return False
    _end(session, row, State.FAILED, now, problem, mails=mails)
    return True


def arrived(session: Session, delivery_id: UUID) -> None:
    """An SMS arrived: what was thought of that telephone is over.

    Args:
        session: the door commits.
        delivery_id: which delivery, of an SMS.
    """
    row = session.get(DeliveryRow, delivery_id)
    if row is None or row.channel != Channel.SMS or row.state == State.FAILED:
        return
    people.sms_fared(session, row.person_id, arrived=True)


def _give_up_lost(session: Session, senders: Senders, now: datetime) -> None:
    lost = session.scalars(
        select(DeliveryRow)
        .where(DeliveryRow.state == State.SENDING, DeliveryRow.next_try_at <= now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row in lost:
        _end(session, row, State.UNKNOWN, now, Problem.NO_ANSWER, mails=Channel.MAIL in senders)


# ---- what people see of it ---------------------------------------------------------------


def failures(session: Session, person_ids: Iterable[UUID], since: datetime) -> list[DeliveryRow]:
    """What did not arrive, newest first.

    Args:
        session: any session.
        person_ids: of whom.
        since: from which day on.
    """
    return list(
        session.scalars(
            select(DeliveryRow)
            .where(
                DeliveryRow.person_id.in_(list(person_ids)),
                DeliveryRow.problem.is_not(None),
                DeliveryRow.ended_day >= since.date(),
            )
            .order_by(DeliveryRow.ended_day.desc(), DeliveryRow.id)
        )
    )


def forget_old(session: Session, now: datetime) -> int:
    """Forget deliveries that ended a month ago."""
    gone = session.execute(
        delete(DeliveryRow)
        .where(DeliveryRow.ended_day < (now - KEPT).date())
        .returning(DeliveryRow.id)
    )
    return len(gone.all())


# ---- what people choose ------------------------------------------------------------------


def preferences(
    session: Session, ids: Iterable[UUID]
) -> dict[UUID, dict[Group, frozenset[Channel]]]:
    """What people chose, by person and group; who never chose has nothing."""
    wanted = list(ids)
    found: dict[UUID, dict[Group, frozenset[Channel]]] = {one: {} for one in wanted}
    rows = session.scalars(
        select(NoticePreferenceRow).where(NoticePreferenceRow.person_id.in_(wanted))
    )
    for row in rows:
        ways = ((Channel.SMS, row.sms), (Channel.MAIL, row.mail))
        found[row.person_id][Group(row.code_group)] = frozenset(
            channel for channel, is_on in ways if is_on
        )
    return found


def choose(session: Session, person_id: UUID, chosen: Mapping[Group, Iterable[Channel]]) -> None:
    """Keep what somebody chose; what must reach him is no choice and is left out.

    Args:
        session: the door commits.
        person_id: whose choice.
        chosen: the channels of each group.
    """
    for group in notice_rules.CHOSEN:
        if group not in chosen:
            continue
        ways = set(chosen[group])
        values = {"sms": Channel.SMS in ways, "mail": Channel.MAIL in ways}
        session.execute(
            insert_once(session, NoticePreferenceRow)
            .values(person_id=person_id, code_group=group.value, **values)
            .on_conflict_do_update(index_elements=["person_id", "code_group"], set_=values)
        )
