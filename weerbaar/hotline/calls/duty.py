"""Who is on duty, read from the roster as seldom as is exact.

Every call asks who is on duty, and the answer seldom changes. It is kept for half a minute under
the version of the roster, which is asked each time, and only while nobody's shift begins or ends
in that half minute. People without a telephone are looked at again each time, so that whoever
gets one rings at once; whoever loses one is passed over when his turn comes.
"""

import weakref
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls.phones import telephones
from weerbaar.hotline.calls.plan import Turn
from weerbaar.hotline.roster import verbs as roster

KEPT = timedelta(seconds=30)


@dataclass(frozen=True)
class OnDuty:
    """Who is on duty, and who of them has a telephone, by one version of the roster."""

    version: str
    since: datetime
    turns: tuple[Turn, ...]
    with_phone: frozenset[object]
    # Which tiers ring all at once; asked anew each time.
    all_at_once: frozenset[int] = frozenset()

    def holds(self, version: str, now: datetime) -> bool:
        """Whether this still answers."""
        return self.version == version and self.since <= now < self.since + KEPT


_kept: weakref.WeakKeyDictionary[Engine | Connection, OnDuty] = weakref.WeakKeyDictionary()


def on_duty(session: Session, vault: Vault, now: datetime) -> OnDuty:
    """Who is on duty at an instant.

    Args:
        session: any session.
        vault: opens telephones.
        now: the instant, aware, UTC.
    """
    place, manner = session.get_bind(), roster.manner(session)
    kept = _kept.get(place)
    if kept is not None and kept.holds(manner.version, now):
        same = kept.all_at_once == manner.all_at_once
        return kept if same else replace(kept, all_at_once=manner.all_at_once)
    shifts = roster.on_duty(session, now)
    turns = tuple(Turn(one.person_id, one.tier) for one in shifts)
    phones = frozenset(telephones(session, vault, {one.person_id for one in turns}))
    found = OnDuty(manner.version, now, turns, phones, manner.all_at_once)
    steady = shifts == roster.on_duty(session, now + KEPT)
    if steady and turns and all(one.person_id in phones for one in turns):
        _kept[place] = found
    else:
        _kept.pop(place, None)
    return found
