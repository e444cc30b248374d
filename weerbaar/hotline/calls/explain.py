"""Who would ring at an instant, past or ahead, and why: the plan of a call that nobody made."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from weerbaar.accounts.vault import Vault
from weerbaar.hotline.calls import live
from weerbaar.hotline.calls import plan as plans
from weerbaar.hotline.calls.models import RingTurnRow
from weerbaar.hotline.calls.phones import telephones
from weerbaar.hotline.calls.plan import Plan, Reason, Turn
from weerbaar.hotline.roster import history
from weerbaar.hotline.roster import verbs as roster
from weerbaar.hotline.roster.history import Changed
from weerbaar.hotline.roster.rules import Placed

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Explanation:
    """Who would ring at `at`.

    The shifts are those of the roster as it stood then; of an instant ahead, as it stands now.
    Telephones, and who was rung least recently, are always those of now: neither is kept. `since`
    is what was done later to shifts of that instant; `remembered` is False where what was done
    before it is older than what was kept.
    """

    at: datetime
    shifts: tuple[Placed, ...]
    plan: Plan
    since: tuple[Changed, ...]
    remembered: bool

    @property
    def tiers(self) -> dict[int, list[UUID]]:
        """Who has duty, by tier."""
        found: dict[int, list[UUID]] = {}
        for shift in self.shifts:
            found.setdefault(shift.tier, []).append(shift.person_id)
        return dict(sorted(found.items()))

    @property
    def people(self) -> frozenset[UUID]:
        """Everybody who is named in it."""
        here = frozenset(shift.person_id for shift in self.shifts)
        return here | history.people_in(self.since)


def explain(session: Session, vault: Vault, at: datetime, now: datetime) -> Explanation:
    """Who would ring at an instant, in the order of a plan that would be made at this moment.

    Args:
        session: any session.
        vault: opens telephones.
        at: the instant of the call, UTC.
        now: the present instant, UTC; at it alone people can be in a call.
    """
    past = history.roster_of(session, min(at, now), at, at + MOMENT)
    people = {shift.person_id for shift in past.shifts}
    rung = session.execute(
        select(RingTurnRow.person_id, RingTurnRow.number).where(RingTurnRow.person_id.in_(people))
    )
    plan = plans.make(
        [Turn(shift.person_id, shift.tier) for shift in past.shifts],
        last_rung={row.person_id: row.number for row in rung},
        with_phone=telephones(session, vault, people),
        roster_version=past.version,
        all_at_once=roster.manner(session).all_at_once,
    )
    if at == now:
        busy = live.live(session).talking
        for turn in plan.order:
            if turn.person_id in busy:
                plan = plan.passing_over(turn, Reason.IN_CALL)
    return Explanation(at, past.shifts, plan, past.since, past.remembered)


def facts(found: Explanation, mails: dict[UUID, str]) -> dict[str, Any]:
    """An explanation in plain values, people by their mail address, instants in UTC.

    Args:
        found: of `explain`.
        mails: by person, of everybody in it.
    """
    passed = {(one.person_id, one.tier) for one in found.plan.skipped}
    return {
        "at": _zulu(found.at),
        "roster_version": found.plan.roster_version,
        "remembered": found.remembered,
        "tiers": [
            {
                "tier": tier,
                "people": sorted(mails[one] for one in people),
                "all_at_once": tier in found.plan.all_at_once,
            }
            for tier, people in found.tiers.items()
        ],
        "order": [
            {"tier": turn.tier, "person": mails[turn.person_id]}
            for turn in found.plan.order
            if (turn.person_id, turn.tier) not in passed
        ],
        "skipped": [
            {"tier": one.tier, "person": mails[one.person_id], "reason": one.reason.value}
            for one in found.plan.skipped
        ],
        "changed_since": [_changed(each, mails) for each in found.since],
    }


def _changed(change: Changed, mails: dict[UUID, str]) -> dict[str, Any]:
    return {
        "at": _zulu(change.at),
        "act": change.act,
        "by": None if change.actor_id is None else mails.get(change.actor_id),
        "roster_version": str(change.revision),
        "before": _shift(change.before, mails),
        "after": _shift(change.after, mails),
    }


def _shift(shift: Placed | None, mails: dict[UUID, str]) -> dict[str, Any] | None:
    if shift is None:
        return None
    return {
        "tier": shift.tier,
        "person": mails[shift.person_id],
        "start": _zulu(shift.starts),
        "end": _zulu(shift.ends),
    }


def _zulu(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
