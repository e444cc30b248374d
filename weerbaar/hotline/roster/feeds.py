"""What stands in a calendar feed of the roster: shifts, and nothing but shifts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from weerbaar.accounts import feeds
from weerbaar.accounts.permissions import Permission
from weerbaar.accounts.vault import Vault
from weerbaar.hotline.roster.feed_models import FeedRow
from weerbaar.hotline.roster.models import ShiftChangeRow, ShiftRow

# How long a shift that is over stays in a feed.
KEPT = timedelta(days=30)


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


def fetch(session: Session, vault: Vault, token: str, now: datetime) -> list[Entry]:
    """What stands in the feed of an address: the past thirty days, and all that is ahead.

    Args:
        session: the caller commits; the day of use is noted once a day.
        vault: opens the card that tells whether its owner may still see the roster.
        token: of the address.
        now: the present instant, UTC.

    Raises:
        NoSuchFeed: see there; one answer for all.
    """
    found = feeds.owner(session, vault, FeedRow, token, Permission.ROSTER_SEE, now)
    return _entries(session, found.only, now - KEPT)


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
