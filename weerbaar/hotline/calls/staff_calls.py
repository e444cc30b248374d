"""Calls to the staff themselves: an alarm that wakes somebody, and the test of one's own phone.

One row is one alarm or one test; each telephone that it rings is a leg, so that nobody is rung
for an alarm while he talks to an official. Placing is claimed and committed before the provider
is asked, and is never repeated for one leg. Doors and the worker commit.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import people, trail
from weerbaar.accounts.actors import Actor, Role
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.hotline.calls import alarms, conversation, traces, waking
from weerbaar.hotline.calls.alarms import Alarm, Source
from weerbaar.hotline.calls.conversation import LegEvent, LegState
from weerbaar.hotline.calls.errors import NoPhone, PersonBusy, TooManyTests
from weerbaar.hotline.calls.line import insert_into, move_leg
from weerbaar.hotline.calls.models import (
    ItemState,
    LegRow,
    StaffCallOutcome,
    StaffCallPurpose,
    StaffCallRow,
    StaffCallState,
    TraceKind,
    WorkItemRow,
)
from weerbaar.hotline.calls.phones import telephones
from weerbaar.hotline.calls.waking import new_row
from weerbaar.hotline.roster import coverage_alarms, coverage_rules, readiness
from weerbaar.hotline.roster import verbs as roster
from weerbaar.hotline.roster.coverage_stages import Kind, Stage, Told

TEST = "test"
# Calls to one telephone, rung once.
OWN = frozenset({StaffCallPurpose.TEST, StaffCallPurpose.DUTY})
# Ringing, the text said twice and the wait for a key; then the provider is asked.
LEG_OVER = timedelta(seconds=75)
STILL_THERE = timedelta(seconds=20)
TESTS_AN_HOUR = 5
HOUR = timedelta(hours=1)
MOMENT = timedelta(seconds=1)
AT_ONCE = 20


@dataclass(frozen=True)
class Ringing:
    """A telephone to ring, once, by whoever holds this."""

    id: UUID
    number: int
    token: str = field(repr=False)
    phone: str = field(repr=False)


class Shown(StrEnum):
    """How a test stands, for the person who began it."""

    NONE = "none"
    WAITING = "waiting"
    RINGING = "ringing"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    NOT_PLACED = "not_placed"


# ---- beginning ---------------------------------------------------------------------------


def begin_test(session: Session, vault: Vault, actor: Actor, now: datetime) -> UUID:
    """Begin to ring the telephone of the person who asks.

    Args:
        session: the door commits, then has it rung.
        vault: opens telephones.
        actor: who tests.
        now: this instant, aware, UTC.

    Raises:
        NoPhone: he has no telephone here.
        PersonBusy: he is being rung or talks.
        TooManyTests: he tested often enough in the last hour.
    """
    person_id = actor.person_id
    if person_id is None or person_id not in telephones(session, vault, {person_id}):
        raise NoPhone
    taken = select(LegRow.id).where(
        LegRow.person_id == person_id, LegRow.state != LegState.ENDED, ~LegRow.rehearsed
    )
    own = select(StaffCallRow.state).where(
        StaffCallRow.purpose == StaffCallPurpose.TEST,
        StaffCallRow.person_id == person_id,
        StaffCallRow.started_at > now - HOUR,
    )
    tests = session.scalars(own).all()
    if session.scalar(taken) is not None or any(one != StaffCallState.ENDED for one in tests):
        raise PersonBusy
    if len(tests) >= TESTS_AN_HOUR:
        raise TooManyTests
    staff_call_id = uuid4()
    session.add(
        StaffCallRow(
            **new_row(staff_call_id, StaffCallPurpose.TEST, TEST, now), person_id=person_id
        )
    )
    session.flush()
    trail.record(session, actor, "test_call.begin", "staff_call", staff_call_id, now)
    return staff_call_id


def warn_of_holes(session: Session, now: datetime) -> bool:
    """Tell of what is wrong ahead in the roster, and raise an alarm where it is near.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.

    Returns:
        Whether an alarm began.
    """
    news = coverage_alarms.tell(session, now)
    if _hole_ahead(session, now):
        return waking.raise_alarm(session, Alarm.HOLE_SOON, now)
    if any(_wakes(one, now) for one in news):
        return waking.raise_alarm(session, Alarm.HOLE_AHEAD, now)
    return False


def _wakes(news: Told, now: datetime) -> bool:
    spot = news.spot
    return (spot.kind, news.stage) == (Kind.HOLE, Stage.TWO_HOURS) and spot.starts > now


def _hole_ahead(session: Session, now: datetime) -> bool:
    # A hole that is there already began to ring before it was; an empty roster rings nobody.
    ahead = roster.coverage(session, now, now + alarms.AHEAD)
    return any(hole.starts > now for hole in ahead)


# ---- ringing -----------------------------------------------------------------------------


def due(session: Session, now: datetime) -> list[UUID]:
    """What is to be rung, or looked after, now (aware, UTC)."""
    return list(
        session.scalars(
            select(StaffCallRow.id)
            .where(StaffCallRow.next_at <= now)
            .order_by(StaffCallRow.next_at)
            .limit(AT_ONCE)
        )
    )


def claim(session: Session, vault: Vault, staff_call_id: UUID, now: datetime) -> Ringing | None:
    """Claim the next telephone of an alarm or test; commit before asking the provider.

    Args:
        session: the caller commits, whatever comes of it.
        vault: opens telephones.
        staff_call_id: which.
        now: this instant, aware, UTC.

    Returns:
        Whom to ring; None when it is not the time, somebody else has it, or it is over.
    """
    row = session.scalar(
        select(StaffCallRow)
        .where(
            StaffCallRow.id == staff_call_id,
            StaffCallRow.state == StaffCallState.WAITING,
            StaffCallRow.next_at <= now,
        )
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    if row.purpose in OWN:
        return _claim_own(session, vault, row, now)
    return _claim_next(session, vault, row, now)


def _claim_next(session: Session, vault: Vault, row: StaffCallRow, now: datetime) -> Ringing | None:
    if not _matters(session, row, now):
        _end(session, row, StaffCallOutcome.OVER, now)
        return None
    order = _order(session, row, now)
    phones = telephones(session, vault, set(order))
    found = alarms.turn((one for one in order if one in phones), _rung(session, row))
    if found is None:
        row.next_at = now + alarms.PAUSES[-1]
        return None
    if found.round > row.round:
        row.round, row.next_at = found.round, now + alarms.pause(found.round)
        return None
    for person_id in found.people:
        ringing = _ring(session, row, person_id, phones[person_id], now)
        if ringing is not None:
            return ringing
    row.next_at = now + alarms.ALL_BUSY
    return None


def _claim_own(session: Session, vault: Vault, row: StaffCallRow, now: datetime) -> Ringing | None:
    person_id = row.person_id
    if row.subject_id is not None and readiness.confirmed(session, {row.subject_id}):
        _end(session, row, StaffCallOutcome.OVER, now)
        return None
    phone = None if person_id is None else telephones(session, vault, {person_id}).get(person_id)
    if person_id is not None and phone is not None:
        ringing = _ring(session, row, person_id, phone, now)
        if ringing is not None:
            return ringing
    _end(session, row, StaffCallOutcome.NOT_PLACED, now)
    return None


def _matters(session: Session, row: StaffCallRow, now: datetime) -> bool:
    match Alarm(row.event):
        case Alarm.NOBODY_ON_DUTY:
            return bool(roster.coverage(session, now, now + MOMENT, {coverage_rules.FIRST_LINE}))
        case Alarm.TASK_OVERDUE:
            state = session.scalar(
                select(WorkItemRow.state).where(WorkItemRow.id == row.subject_id)
            )
            return state is not None and state != ItemState.DONE
        case Alarm.HOLE_SOON:
            return bool(roster.coverage(session, now, now + alarms.AHEAD))
        case Alarm.HOLE_AHEAD:
            # From a quarter of an hour before, the alarm above rings.
            near = _hole_ahead(session, now)
            until = now + alarms.FAR_AHEAD + MOMENT
            return not near and bool(roster.coverage(session, now, until))
        case Alarm.HANDED_OVER | Alarm.NOBODY_TAKES_OVER:
            return _on_shift(session, row, now) is not None


def _on_shift(session: Session, row: StaffCallRow, now: datetime) -> UUID | None:
    """Who has the shift that an alarm is about, while it runs."""
    running = (one for one in roster.on_duty(session, now) if one.shift_id == row.subject_id)
    return next((one.person_id for one in running), None)


def _order(session: Session, row: StaffCallRow, now: datetime) -> list[UUID]:
    found: list[UUID] = []
    for source in alarms.ORDER[Alarm(row.event)]:
        found.extend(_of(session, source, row, now))
    return found


def _of(session: Session, source: Source, row: StaffCallRow, now: datetime) -> Iterable[UUID]:
    match source:
        case Source.SUCCESSOR:
            successor = _on_shift(session, row, now)
            return [] if successor is None else [successor]
        case Source.ON_DUTY:
            return [one.person_id for one in roster.on_duty(session, now)]
        case Source.NEXT_ON_DUTY:
            following = roster.next_on_duty(session, now, roster.takers(session))
            return [] if following is None else [following]
        case Source.ROSTER_MANAGERS:
            return sorted(people.with_role(session, Role.ROSTER_MANAGER))
        case Source.COORDINATORS:
            return sorted(people.with_role(session, Role.COORDINATOR))


def _rung(session: Session, row: StaffCallRow) -> dict[UUID, int]:
    counted = session.execute(
        select(LegRow.person_id, func.count().label("times"))
        .where(LegRow.staff_call_id == row.id)
        .group_by(LegRow.person_id)
    )
    return {one.person_id: one.times for one in counted}


def _ring(
    session: Session, row: StaffCallRow, person_id: UUID, phone: str, now: datetime
) -> Ringing | None:
    # The index "one open leg per person" decides; from here on the leg is unknown until the
    # provider, or a callback, says more.
    session.flush()
    claimed = session.execute(
        insert_into(session, LegRow)
        .values(
            id=uuid4(),
            staff_call_id=row.id,
            number=row.attempts + 1,
            person_id=person_id,
            state=LegState.UNKNOWN.value,
            placed_at=now,
        )
        .on_conflict_do_nothing()
        .returning(LegRow.id)
    ).first()
    if claimed is None:
        return None
    row.attempts += 1
    row.state, row.next_at = StaffCallState.RINGING.value, now + LEG_OVER
    session.flush()
    return Ringing(row.id, row.attempts, row.token, phone)


def placed(session: Session, ringing: Ringing, sid: str, now: datetime) -> None:
    """The provider gave the leg an id."""
    row = _locked(session, StaffCallRow.id == ringing.id)
    leg = None if row is None else leg_of(session, row, ringing.number)
    if leg is not None:
        leg.provider_sid = leg.provider_sid or sid
        move_leg(leg, LegEvent.CREATED, now)


def not_placed(session: Session, ringing: Ringing, now: datetime) -> None:
    """The provider answered no: nobody is rung, the next has his turn."""
    row = _locked(session, StaffCallRow.id == ringing.id)
    if row is None:
        return
    lose(session, row, ringing.number, LegEvent.PROVIDER_ERROR, now)
    if row.purpose in OWN and row.outcome is not None:
        row.outcome = StaffCallOutcome.NOT_PLACED.value


# ---- the telephone -----------------------------------------------------------------------


def by_token(session: Session, token: str) -> StaffCallRow | None:
    """The alarm or test of a token, locked until the door commits."""
    return _locked(session, StaffCallRow.token == token)


def _locked(session: Session, condition: object) -> StaffCallRow | None:
    return session.scalar(
        select(StaffCallRow)
        .where(condition)  # type: ignore[arg-type]
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def leg_of(session: Session, row: StaffCallRow, number: int) -> LegRow | None:
    """One telephone that was rung, by its number."""
    return session.scalar(
        select(LegRow).where(LegRow.staff_call_id == row.id, LegRow.number == number)
    )


def picked_up(session: Session, row: StaffCallRow, number: int, sid: str, now: datetime) -> bool:
    """Somebody, or a voicemail, picked up; whether there is something to ask."""
    leg = leg_of(session, row, number)
    if leg is None or row.state == StaffCallState.ENDED:
        return False
    leg.provider_sid = leg.provider_sid or sid or None
    move_leg(leg, LegEvent.PICKED_UP, now)
    return True


def confirm(
    session: Session,
    vault: Vault,
    row: StaffCallRow,
    number: int,
    *,
    phone: str,
    now: datetime,
) -> bool:
    """Somebody pressed 1: the alarm is heard, or the telephone works.

    A press that comes late, when the next is being rung already, counts too.

    Args:
        session: the door commits.
        vault: opens telephones.
        row: the locked alarm or test.
        number: of the leg.
        phone: the number the provider rang, E.164.
        now: this instant, aware, UTC.

    Returns:
        Whether it was still of use.
    """
    leg = leg_of(session, row, number)
    if leg is None:
        return False
    move_leg(leg, LegEvent.PRESS_1, now)
    if row.state == StaffCallState.ENDED:
        return row.outcome == StaffCallOutcome.CONFIRMED
    row.person_id = leg.person_id
    _end(session, row, StaffCallOutcome.CONFIRMED, now)
    actor = Actor(leg.person_id)
    if row.purpose == StaffCallPurpose.ALARM:
        trail.record(session, actor, "alarm.confirm", "staff_call", row.id, now)
    elif row.purpose == StaffCallPurpose.DUTY:
        assert row.subject_id is not None
        readiness.note(session, row.subject_id, leg.person_id, now)
    elif people.phone_tested(session, vault, leg.person_id, phone, local(now).date()):
        trail.record(session, actor, "test_call.confirm", "staff_call", row.id, now)
    return True


def lose(session: Session, row: StaffCallRow, number: int, event: LegEvent, now: datetime) -> None:
    """A telephone did not confirm: an alarm goes on to the next, a test is over."""
    leg = leg_of(session, row, number)
    if leg is None:
        return
    if not move_leg(leg, LegEvent.OVER if leg.state == LegState.ACCEPTED else event, now):
        return
    if row.state != StaffCallState.RINGING or number != row.attempts:
        return
    if row.purpose in OWN:
        _end(session, row, StaffCallOutcome.NOT_CONFIRMED, now)
        return
    row.state, row.next_at = StaffCallState.WAITING.value, now + alarms.BETWEEN


def progress(
    session: Session, row: StaffCallRow, number: int, *, status: str, sid: str, now: datetime
) -> None:
    """The provider says how a telephone fares, in any order and any number of times.

    Args:
        session: the door commits.
        row: the locked alarm or test.
        number: of the leg.
        status: the provider's word.
        sid: the provider's id of the leg.
        now: this instant, aware, UTC.
    """
    leg = leg_of(session, row, number)
    if leg is None:
        return
    leg.provider_sid = leg.provider_sid or sid or None
    final = conversation.FINAL_WORDS.get(status)
    if final is not None:
        lose(session, row, number, final, now)
    elif status == "ringing":
        move_leg(leg, LegEvent.RINGS, now)


def _end(session: Session, row: StaffCallRow, outcome: StaffCallOutcome, now: datetime) -> None:
    row.state, row.outcome = StaffCallState.ENDED.value, outcome.value
    row.next_at, row.ended_at = None, now
    session.flush()


# ---- the worker --------------------------------------------------------------------------


@dataclass(frozen=True)
class Overdue:
    """A telephone whose last word did not come, to ask the provider about."""

    id: UUID
    number: int
    sid: str | None = field(repr=False)


def overdue(session: Session, now: datetime) -> list[Overdue]:
    """Telephones that should be done by now (aware, UTC)."""
    rows = session.execute(
        select(StaffCallRow.id, LegRow.number, LegRow.provider_sid)
        .join(LegRow, LegRow.staff_call_id == StaffCallRow.id)
        .where(
            StaffCallRow.state == StaffCallState.RINGING,
            StaffCallRow.next_at <= now,
            LegRow.number == StaffCallRow.attempts,
        )
        .limit(AT_ONCE)
    )
    return [Overdue(*row) for row in rows]


def look_after(session: Session, one: Overdue, now: datetime, *, lives: bool) -> None:
    """Wait a little longer for a telephone that is still in the call, or give it up.

    Args:
        session: the worker commits.
        one: which.
        now: this instant, aware, UTC.
        lives: what the provider says of it; what it does not say counts as no.
    """
    row = _locked(session, StaffCallRow.id == one.id)
    if row is None or row.state != StaffCallState.RINGING or row.attempts != one.number:
        return
    if row.next_at is None or row.next_at > now:
        return
    if lives:
        row.next_at = now + STILL_THERE
        return
    lose(session, row, one.number, LegEvent.OVERDUE, now)


def forget(session: Session, now: datetime) -> int:
    """An hour after its end, let an alarm or test fall back to the day, and leave its legs.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.

    Returns:
        How many.
    """
    rows = session.scalars(
        select(StaffCallRow)
        .where(StaffCallRow.ended_at <= now - HOUR)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        for leg in session.scalars(select(LegRow).where(LegRow.staff_call_id == row.id)).all():
            traces.leave(session, TraceKind.CALL, [leg.provider_sid], now)
            session.delete(leg)
        row.started_at = row.ended_at = None
        session.flush()
    return len(rows)


def free_legs(session: Session, now: datetime) -> int:
    """End the legs of ended alarms and tests whose last word never came."""
    legs = session.scalars(
        select(LegRow)
        .join(StaffCallRow, StaffCallRow.id == LegRow.staff_call_id)
        .where(LegRow.state != LegState.ENDED, StaffCallRow.ended_at <= now - LEG_OVER)
        .with_for_update(skip_locked=True, of=LegRow)
        .execution_options(populate_existing=True)
    ).all()
    for leg in legs:
        move_leg(leg, LegEvent.OVERDUE, now)
    return len(legs)


# ---- the person at the page --------------------------------------------------------------


def latest_test(session: Session, person_id: UUID) -> Shown:
    """How the newest test of the last hour stands."""
    row = session.scalars(
        select(StaffCallRow)
        .where(
            StaffCallRow.purpose == StaffCallPurpose.TEST,
            StaffCallRow.person_id == person_id,
            StaffCallRow.started_at.is_not(None),
        )
        .order_by(StaffCallRow.started_at.desc())
        .limit(1)
    ).first()
    if row is None:
        return Shown.NONE
    if row.outcome is not None:
        return Shown(row.outcome)
    leg = leg_of(session, row, row.attempts)
    if leg is None:
        return Shown.WAITING
    return Shown.ANSWERED if leg.state == LegState.SCREENING else Shown.RINGING
