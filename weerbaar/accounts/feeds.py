"""Calendar feeds: secret addresses at which a calendar fetches. What stands in one is its room's.

Each room has a table of its own, made of `AddressRow`: an address of the one opens nothing of the
other.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Date, ForeignKey, LargeBinary, String, Uuid, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from weerbaar.accounts import people, trail
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.accounts.vault import Vault
from weerbaar.config.clock import local
from weerbaar.config.database import Model

TOKEN_BYTES = 32
MOST = 10


class NoSuchFeed(Exception):
    """There is none: revoked, never made, of somebody who has left, or somebody else's."""


class TooManyFeeds(Exception):
    """Somebody has as many feeds as he may have."""


class Scope(StrEnum):
    """Whose appointments a feed shows."""

    OWN = "own"
    TEAM = "team"


class AddressRow(Model):
    """A secret address at which somebody's calendar fetches; revoked, the row is gone."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    scope: Mapped[str] = mapped_column(String(4))
    created_day: Mapped[date] = mapped_column(Date)
    # The last day on which something fetched it, so that its owner knows which one is in use.
    used_day: Mapped[date | None] = mapped_column(Date)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"


@dataclass(frozen=True)
class Feed:
    """One feed as its owner sees it; its address is not kept."""

    id: UUID
    scope: Scope
    created_day: date
    used_day: date | None


@dataclass(frozen=True)
class Owner:
    """Whose feed an address is, and whose appointments it shows: his own, or everybody's."""

    person_id: UUID
    scope: Scope

    @property
    def only(self) -> UUID | None:
        """Of whom appointments are shown; None for everybody."""
        return self.person_id if self.scope is Scope.OWN else None


def make(
    session: Session, actor: Actor, table: type[AddressRow], scope: Scope, now: datetime
) -> str:
    """Make a feed for whoever asks.

    Args:
        session: the caller commits.
        actor: whose feed it becomes.
        table: of the room that has the feed.
        scope: his own appointments, or everybody's.
        now: the present instant, UTC.

    Returns:
        The token of its address; only its hash is kept.

    Raises:
        NoSuchFeed: nobody asks.
        TooManyFeeds: he has enough of them.
    """
    if actor.person_id is None:
        raise NoSuchFeed
    own = select(func.count()).where(table.person_id == actor.person_id)
    if (session.scalar(own) or 0) >= MOST:
        raise TooManyFeeds
    token, feed_id = secrets.token_urlsafe(TOKEN_BYTES), uuid4()
    session.add(
        table(
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


def of_person(session: Session, table: type[AddressRow], person_id: UUID | None) -> list[Feed]:
    """The feeds of a person, the oldest first; none of nobody."""
    rows = session.scalars(
        select(table).where(table.person_id == person_id).order_by(table.created_day, table.id)
    )
    return [Feed(row.id, Scope(row.scope), row.created_day, row.used_day) for row in rows]


def revoke(
    session: Session, actor: Actor, table: type[AddressRow], feed_id: UUID, now: datetime
) -> None:
    """Take a feed away: its address answers as if it had never been.

    Args:
        session: the caller commits.
        actor: whose feed it is.
        table: of the room that has the feed.
        feed_id: which.
        now: the present instant, UTC.

    Raises:
        NoSuchFeed: there is none, or it is somebody else's.
    """
    row = session.get(table, feed_id, with_for_update=True)
    if row is None or row.person_id != actor.person_id:
        raise NoSuchFeed
    session.delete(row)
    session.flush()
    trail.record(session, actor, "feed.revoke", "feed", feed_id, now)


def owner(
    session: Session,
    vault: Vault,
    table: type[AddressRow],
    token: str,
    permission: Permission,
    now: datetime,
) -> Owner:
    """Whose feed an address is; that it was used today is noted.

    Args:
        session: the caller commits; the day of use is noted once a day.
        vault: opens the card that tells whether its owner is still here.
        table: of the room that has the feed.
        token: of the address.
        permission: what its owner must still be allowed.
        now: the present instant, UTC.

    Raises:
        NoSuchFeed: see there; one answer for all.
    """
    row = session.scalar(select(table).where(table.token_hash == _hash(token)))
    if row is None:
        raise NoSuchFeed
    card = people.card(session, vault, row.person_id)
    if card.state == people.LEFT or not allows(card.roles, permission):
        raise NoSuchFeed
    today = local(now).date()
    if row.used_day != today:
        row.used_day = today
        session.flush()
    return Owner(row.person_id, Scope(row.scope))


def _hash(token: str) -> bytes:
    # 256 random bits need no stretching.
    return hashlib.sha256(token.encode()).digest()
