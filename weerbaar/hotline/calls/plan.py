"""Who is rung for a call, in which order, and who is passed over and why.

Values in, values out. The plan is made once, at the start of a call, and stamped on it, so that
"why was she called at 03:12" has an answer after the roster has changed.
"""

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any
from uuid import UUID

from weerbaar.hotline.calls.conversation import REST

# No more of one line than this are rung before the next tier had a turn.
FIRST_LINE_LEGS = 2


class Reason(StrEnum):
    """Why somebody on duty is not rung."""

    NO_PHONE = "no_phone"
    IN_CALL = "in_call"
    TOO_MANY_CALLS = "too_many_calls"  # the caller's number calls too often: others come first


class Because(StrEnum):
    """Why somebody is rung before his turn."""

    SPOKE_BEFORE = "spoke_before"  # this caller, or one of a few, was just cut off from him


@dataclass(frozen=True)
class Turn:
    """One person's turn to be rung; `tier` 1 is the first line."""

    person_id: UUID
    tier: int
    because: Because | None = None

    def facts(self) -> dict[str, Any]:
        """The turn in plain values."""
        why = {} if self.because is None else {"because": self.because.value}
        return {"person": str(self.person_id), "tier": self.tier, **why}


@dataclass(frozen=True)
class Skipped:
    """Somebody who was passed over, and why."""

    person_id: UUID
    tier: int
    reason: Reason


@dataclass(frozen=True)
class Plan:
    """One round of turns, repeated until the time is spent; and who was passed over.

    The turns of a tier that rings all at once stand side by side and are one turn.
    """

    order: tuple[Turn, ...]
    skipped: tuple[Skipped, ...]
    roster_version: str
    all_at_once: tuple[int, ...] = ()

    def passing_over(self, turn: Turn, reason: Reason) -> "Plan":
        """The same plan, noting once that this turn was passed over."""
        note = Skipped(turn.person_id, turn.tier, reason)
        return self if note in self.skipped else replace(self, skipped=(*self.skipped, note))

    def ringing_nobody(self) -> "Plan":
        """The same plan, with everybody passed over: the caller's number calls too often."""
        passed = tuple(
            Skipped(turn.person_id, turn.tier, Reason.TOO_MANY_CALLS) for turn in self.order
        )
        return replace(self, order=(), skipped=(*self.skipped, *passed))

    def to_json(self) -> str:
        """The plan as the call carries it."""
        return json.dumps(self.facts(), separators=(",", ":"))

    def facts(self) -> dict[str, Any]:
        """The plan in plain values: ids as text, tiers, order and reasons."""
        return {
            "roster_version": self.roster_version,
            "all_at_once": list(self.all_at_once),
            "order": [turn.facts() for turn in self.order],
            "skipped": [
                {"person": str(one.person_id), "tier": one.tier, "reason": one.reason.value}
                for one in self.skipped
            ],
        }


def from_json(text: str) -> Plan:
    """The plan a call carries.

    Raises:
        ValueError: the text is not a plan.
    """
    facts = json.loads(text)
    return Plan(
        order=tuple(_turn(turn) for turn in facts["order"]),
        skipped=tuple(
            Skipped(UUID(one["person"]), one["tier"], Reason(one["reason"]))
            for one in facts["skipped"]
        ),
        roster_version=facts["roster_version"],
        all_at_once=tuple(facts.get("all_at_once", ())),
    )


def _turn(facts: dict[str, Any]) -> Turn:
    because = facts.get("because")
    return Turn(UUID(facts["person"]), facts["tier"], Because(because) if because else None)


def make(
    on_duty: Iterable[Turn],
    *,
    last_rung: Mapping[UUID, int],
    with_phone: Container[object],
    roster_version: str,
    all_at_once: Container[int] = (),
    spoke_before: UUID | None = None,
) -> Plan:
    """The plan of one call.

    Args:
        on_duty: who is on duty, in which tier; a person in two tiers counts in the first.
        last_rung: how long ago each was rung, as a number that grows with every ring; absent
            means never.
        with_phone: who has a telephone.
        roster_version: by which roster this was decided.
        all_at_once: the tiers whose people are rung at the same moment.
        spoke_before: who talked with this caller a moment ago; he is rung first when on duty.
    """
    tiers: dict[int, dict[UUID, Turn]] = {}
    seen: set[UUID] = set()
    skipped = []
    for turn in sorted(on_duty, key=lambda turn: turn.tier):
        if turn.person_id in seen:
            continue
        seen.add(turn.person_id)
        if turn.person_id in with_phone:
            tiers.setdefault(turn.tier, {})[turn.person_id] = turn
        else:
            skipped.append(Skipped(turn.person_id, turn.tier, Reason.NO_PHONE))
    lines = [
        _units(tiers[tier].values(), last_rung, spoke_before, together=tier in all_at_once)
        for tier in sorted(tiers)
    ]
    order = [turn for unit in _interleave(lines) for turn in unit]
    # Whoever spoke with this caller comes first, wherever his tier stands.
    order.sort(key=lambda turn: turn.because is None)
    together = tuple(tier for tier in sorted(tiers) if tier in all_at_once)
    return Plan(tuple(order), tuple(skipped), roster_version, together)


def _units(
    turns: Iterable[Turn],
    last_rung: Mapping[UUID, int],
    spoke_before: UUID | None,
    *,
    together: bool,
) -> list[tuple[Turn, ...]]:
    line = sorted(turns, key=lambda turn: (last_rung.get(turn.person_id, 0), turn.person_id))
    first = [turn for turn in line if turn.person_id == spoke_before]
    rest = [turn for turn in line if turn.person_id != spoke_before]
    units: list[tuple[Turn, ...]] = [
        (replace(turn, because=Because.SPOKE_BEFORE),) for turn in first
    ]
    if together:
        return [*units, tuple(rest)] if rest else units
    return [*units, *((turn,) for turn in rest)]


def _interleave(lines: Sequence[Sequence[tuple[Turn, ...]]]) -> Iterator[tuple[Turn, ...]]:
    # Two of this line, one of what stands behind it, and again; an empty tier is not a line.
    if not lines:
        return
    mine, behind = iter(lines[0]), _interleave(lines[1:])
    while chunk := [*islice(mine, FIRST_LINE_LEGS)]:
        yield from chunk
        yield from islice(behind, 1)
    yield from behind


@dataclass(frozen=True)
class Group:
    """Whoever may be rung next: one person, or several at the same moment."""

    turns: tuple[Turn, ...]
    # The place in the plan of the last of them; None where the round does not go on from it.
    position: int | None


def groups(
    plan: Plan,
    last_position: int | None,
    rung: Mapping[UUID, datetime],
    now: datetime,
    *,
    acute: bool = False,
    one_by_one: bool = False,
) -> Iterator[Group]:
    """Who may be rung next, best first.

    Args:
        plan: the plan of the call.
        last_position: the place of the telephone rung last; None before the first.
        rung: when each telephone was last rung for this call, aware, UTC.
        now: this instant, aware, UTC. Who was rung a moment ago is left alone for a while.
        acute: everybody on duty is rung at the same moment.
        one_by_one: several at once cannot be rung; each has a turn of his own.
    """
    found = list(candidates(plan, last_position, rung, now))
    if acute and not one_by_one:
        if found:
            yield Group(tuple(turn for _, turn in found), None)
        return
    tiers_done: set[int] = set()
    for position, turn in found:
        if one_by_one or turn.because is not None or turn.tier not in plan.all_at_once:
            yield Group((turn,), position)
        elif turn.tier not in tiers_done:
            tiers_done.add(turn.tier)
            unit = [
                (place, one)
                for place, one in found
                if one.tier == turn.tier and one.because is None
            ]
            yield Group(tuple(one for _, one in unit), max(place for place, _ in unit))


def candidates(
    plan: Plan, last_position: int | None, rung: Mapping[UUID, datetime], now: datetime
) -> Iterator[tuple[int, Turn]]:
    """Who may be rung next, best first, each with the place in the plan.

    Args:
        plan: the plan of the call.
        last_position: the place of the telephone rung last; None before the first.
        rung: when each telephone was last rung for this call, aware, UTC.
        now: this instant, aware, UTC. Who was rung a moment ago is left alone for a while.
    """
    size = len(plan.order)
    start = 0 if last_position is None else last_position + 1
    for step in range(size):
        position = (start + step) % size
        turn = plan.order[position]
        before = rung.get(turn.person_id)
        if before is None or now - before >= REST:
            yield position, turn
