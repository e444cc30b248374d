"""Calendar feeds: secret addresses at which a calendar fetches shifts, and nothing but shifts."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import people, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.hotline.roster.feed_models import FeedRow, Scope
from weerbaar.hotline.roster.models import ShiftChangeRow, ShiftRow

TOKEN_BYTES = 32
# How long a shift that is over stays in a feed.
KEPT = timedelta(days=30)
MOST = 10


class NoSuchFeed(Exception):
    """There is none: revoked, never made, of somebody who has left, or somebody else's."""


class TooManyFeeds(Exception):
    """Somebody has as many feeds as he may have."""


@dataclass(frozen=True)
class Feed:
    """One feed as its owner sees it; its address is not kept."""

    id: UUID
    scope: Scope
    created_day: date
    used_day: date | None


@dataclass(frozen=True)
class Entry:
    """One shift in a feed; `tier` is None in a feed of one's own. No name, of anybody."""

    shift_id: UUID
    tier: int | None
    starts: datetime
    ends: datetime
    # How often the shift was changed, and when last.
    sequence: int
    changed_at: datetime


def make(session: Session, actor: Actor, scope: Scope, now: datetime) -> str:
    """Make a feed for whoever asks.

    Args:
        session: the caller commits.
        actor: whose feed it becomes.
        scope: his own shifts, or everybody's without names.
        now: the present instant, UTC.

    Returns:
        The token of its address; only its hash is kept.

    Raises:
        NoSuchFeed: nobody asks.
        TooManyFeeds: he has enough of them.
    """
    if actor.person_id is None:
        raise NoSuchFeed
    own = select(func.count()).where(FeedRow.person_id == actor.person_id)
    if (session.scalar(own) or 0) >= MOST:
        raise TooManyFeeds
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed_id = uuid4()
    session.add(
        FeedRow(
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
        select(FeedRow)
        .where(FeedRow.person_id == person_id)
        .order_by(FeedRow.created_day, FeedRow.id)
    )
    return [Feed(row.id, Scope(row.scope), row.created_day, row.used_day) for row in rows]


def revoke(session: Session, actor: Actor, feed_id: UUID, now: datetime) -> None:
    """Take a feed away: its address answers as if it had never been.

    Args:
        session: the caller commits.
        actor: whose feed it is.
        feed_id: which.
        now: the present instant, UTC.

    Raises:
        NoSuchFeed: there is none, or it is somebody else's.
    """
    row = session.get(FeedRow, feed_id, with_for_update=True)
    if row is None or row.person_id != actor.person_id:
        raise NoSuchFeed
    session.delete(row)
    session.flush()
    trail.record(session, actor, "feed.revoke", "feed", feed_id, now)


def fetch(session: Session, vault: Vault, token: str, now: datetime) -> list[Entry]:
    """What stands in the feed of an address: the past thirty days, and all that is ahead.

    Args:
        session: the caller commits; the day of use is noted once a day.
        vault: opens the card that tells whether its owner is still here.
        token: of the address.
        now: the present instant, UTC.

    Raises:
        NoSuchFeed: see there; one answer for all.
    """
    row = session.scalar(select(FeedRow).where(FeedRow.token_hash == _hash(token)))
    if row is None or people.card(session, vault, row.person_id).state == people.LEFT:
        raise NoSuchFeed
    today = local(now).date()
    if row.used_day != today:
        row.used_day = today
        session.flush()
    own = row.scope == Scope.OWN
    return _entries(session, row.person_id if own else None, now - KEPT)


def _entries(session: Session, person_id: UUID | None, after: datetime) -> list[Entry]:
    changed = (
        select(ShiftChangeRow.shift_id, func.max(ShiftChangeRow.at).label("at"))
        .group_by(ShiftChangeRow.shift_id)
        .subquery()
    )
    query = (
        select(
            ShiftRow.id, ShiftRow.tier, ShiftRow.starts, ShiftRow.ends, ShiftRow.version,
            changed.c.at,
        )
        .outerjoin(changed, changed.c.shift_id == ShiftRow.id)
        .where(ShiftRow.ends > after)
        .order_by(ShiftRow.starts, ShiftRow.tier, ShiftRow.id)
    )  # fmt: skip
    if person_id is not None:
        query = query.where(ShiftRow.person_id == person_id)
    return [
        Entry(
            row.id,
            None if person_id else row.tier,
            row.starts,
            row.ends,
            row.version - 1,
            # A shift from before changes were kept has no other instant than its own.
            row.at or row.starts,
        )
        for row in session.execute(query)
    ]


def _hash(token: str) -> bytes:
    # 256 random bits need no stretching.
    return hashlib.sha256(token.encode()).digest()
