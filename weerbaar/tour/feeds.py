"""Calendar feeds of the tour: secret addresses at which a calendar fetches appointments."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import people, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.tour.errors import NoSuchFeed, TooManyFeeds
from weerbaar.tour.models import ActivityRow, MoveRow
from weerbaar.tour.stages import Stage, State
from weerbaar.tour.working_models import Scope, TourFeedRow

TOKEN_BYTES = 32
# How long an appointment that is over stays in a feed.
KEPT = timedelta(days=30)
MOST = 10
_IN_AGENDA = (State.PLANNED.value, State.HELD.value)


@dataclass(frozen=True)
class Feed:
    """One feed as its owner sees it; its address is not kept."""

    id: UUID
    scope: Scope
    created_day: date
    used_day: date | None


@dataclass(frozen=True)
class Appointment:
    """One planned or held activity, as an agenda shows it: no name of anybody."""

    id: UUID
    code: str
    stage: Stage
    state: State
    on_day: date
    at: time | None
    officer_id: UUID | None
    personal: bool
    # How often it was changed, and on which day last.
    sequence: int
    changed_on: date


def agenda(session: Session, since: date, officer_id: UUID | None = None) -> list[Appointment]:
    """What stands in the agenda, in order.

    Args:
        session: any session.
        since: the first day that is shown, in the Netherlands.
        officer_id: only what this person is responsible for.
    """
    return _appointments(
        session, officer_id, ActivityRow.state.in_(_IN_AGENDA), ActivityRow.on_day >= since
    )


def unrecorded(session: Session, today: date, officer_id: UUID | None = None) -> list[Appointment]:
    """What was planned on a day that is over, and of which nobody said how it went, in order.

    Args:
        session: any session.
        today: in the Netherlands.
        officer_id: only what this person is responsible for.
    """
    return _appointments(
        session, officer_id, ActivityRow.state == State.PLANNED.value, ActivityRow.on_day < today
    )


def _appointments(
    session: Session, officer_id: UUID | None, *wanted: ColumnElement[bool]
) -> list[Appointment]:
    changed = (
        select(MoveRow.activity_id, func.max(MoveRow.day).label("day"))
        .group_by(MoveRow.activity_id)
        .subquery()
    )
    query = (
        select(ActivityRow, changed.c.day)
        .outerjoin(changed, changed.c.activity_id == ActivityRow.id)
        .where(*wanted)
    )
    if officer_id is not None:
        query = query.where(ActivityRow.officer_id == officer_id)
    found = [
        Appointment(
            row.id, row.code, Stage(row.stage), State(row.state), row.on_day, row.at,
            row.officer_id, row.personal, row.version - 1, day or row.created_day,
        )
        for row, day in session.execute(query)
        if row.on_day is not None
    ]  # fmt: skip
    return sorted(found, key=lambda each: (each.on_day, each.at or time(), each.code, str(each.id)))


def make(session: Session, actor: Actor, scope: Scope, now: datetime) -> str:
    """Make a feed for whoever asks.

    Args:
        session: the caller commits.
        actor: whose feed it becomes.
        scope: his own appointments, or everybody's.
        now: the instant, aware.

    Returns:
        The token of its address; only its hash is kept.

    Raises:
        NoSuchFeed: nobody asks.
        TooManyFeeds: he has enough of them.
    """
    if actor.person_id is None:
        raise NoSuchFeed
    own = select(func.count()).where(TourFeedRow.person_id == actor.person_id)
    if (session.scalar(own) or 0) >= MOST:
        raise TooManyFeeds
    token, feed_id = secrets.token_urlsafe(TOKEN_BYTES), uuid4()
    session.add(
        TourFeedRow(
            id=feed_id,
            token_hash=_hash(token),
            person_id=actor.person_id,
            scope=scope.value,
            created_day=local(now).date(),
        )
    )
    session.flush()
    trail.record(session, actor, "feed.make", "feed", feed_id, now, outcome=scope.value)
    return token


def of_person(session: Session, person_id: UUID) -> list[Feed]:
    """The feeds of a person, the oldest first."""
    rows = session.scalars(
        select(TourFeedRow)
        .where(TourFeedRow.person_id == person_id)
        .order_by(TourFeedRow.created_day, TourFeedRow.id)
    )
    return [Feed(row.id, Scope(row.scope), row.created_day, row.used_day) for row in rows]


def revoke(session: Session, actor: Actor, feed_id: UUID, now: datetime) -> None:
    """Take a feed away: its address answers as if it had never been.

    Args:
        session: the caller commits.
        actor: whose feed it is.
        feed_id: which.
        now: the instant, aware.

    Raises:
        NoSuchFeed: there is none, or it is somebody else's.
    """
    row = session.get(TourFeedRow, feed_id, with_for_update=True)
    if row is None or row.person_id != actor.person_id:
        raise NoSuchFeed
    session.delete(row)
    session.flush()
    trail.record(session, actor, "feed.revoke", "feed", feed_id, now)


def fetch(session: Session, vault: Vault, token: str, now: datetime) -> list[Appointment]:
    """What stands in the feed of an address: the past thirty days, and all that is ahead.

    Args:
        session: the caller commits; the day of use is noted once a day.
        vault: opens the card that tells whether its owner still works on the tour.
        token: of the address.
        now: the instant, aware.

    Raises:
        NoSuchFeed: see there; one answer for all.
    """
    row = session.scalar(select(TourFeedRow).where(TourFeedRow.token_hash == _hash(token)))
    if row is None:
        raise NoSuchFeed
    card = people.card(session, vault, row.person_id)
    if card.state == people.LEFT or not allows(card.roles, Permission.TOUR_SEE):
        raise NoSuchFeed
    today = local(now).date()
    if row.used_day != today:
        row.used_day = today
        session.flush()
    own = row.scope == Scope.OWN
    return agenda(session, today - KEPT, row.person_id if own else None)


def _hash(token: str) -> bytes:
    # 256 random bits need no stretching.
    return hashlib.sha256(token.encode()).digest()
