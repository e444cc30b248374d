"""Rotations: rules that fill the roster ahead. Doors commit.

A change of a rule is a proposal. It is shown as a difference first, and carried out only when what
was shown still holds. It touches shifts that begin after now, that the rotation made itself, and
that nobody changed by hand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from weerbaar.accounts import groups, trail
from weerbaar.accounts.actors import SYSTEM, Actor
from weerbaar.config.clock import local
from weerbaar.hotline.roster import (
    absences,
    changes,
    coverage,
    coverage_depths,
    coverage_rules,
    rotation_edits,
    rotation_rows,
    rotation_rules,
    verbs,
)
from weerbaar.hotline.roster.changes import Change, placed_of
from weerbaar.hotline.roster.coverage_rules import Absence
from weerbaar.hotline.roster.errors import RosterRefused
from weerbaar.hotline.roster.models import ShiftRow
from weerbaar.hotline.roster.rotation_models import RotationTurnRow
from weerbaar.hotline.roster.rotation_plans import Difference, Made, Scene, anew, onward
from weerbaar.hotline.roster.rotation_proposals import Begin, Proposal
from weerbaar.hotline.roster.rotation_rows import (
    NoSuchRotation,
    Rotation,
    every,
    find,
    seniority,
)
from weerbaar.hotline.roster.rotation_rules import Rule, Slot
from weerbaar.hotline.roster.rules import Hole, Interval, Placed

MADE, TAKEN_BACK = "shift.plan", "shift.unplan"
READERS = "confidants"
_UNTOUCHED = 1
_A_MINUTE = timedelta(minutes=1)


class DifferenceMoved(RosterRefused):
    """What the change does is not what was shown any more; `shown` is what it does now."""

    def __init__(self, shown: "Preview") -> None:
        self.shown = shown
        super().__init__("the difference is another one")


class Trouble(StrEnum):
    """What is wrong with somebody in a rotation."""

    LEFT = "left"
    NO_PHONE = "no_phone"
    NOT_ADMITTED = "not_admitted"


@dataclass(frozen=True)
class Preview:
    """What a proposal does; `mark` is what its confirmation must bring along.

    `holes` are those of required tiers that the proposal makes.
    """

    rule: Rule
    difference: Difference
    holes: tuple[Hole, ...]
    until: datetime
    mark: str


def preview(
    session: Session, rotation_id: UUID | None, proposal: Proposal, *, now: datetime, weeks: int
) -> Preview:
    """What a proposal would do to the roster; nothing is changed.

    Args:
        session: any session.
        rotation_id: which rotation; None for a new one.
        proposal: what should become of it.
        now: the present instant, UTC.
        weeks: how far ahead the roster is filled.

    Raises:
        NoSuchRotation: it does not exist.
        RuleRefused: the proposal is not possible.
    """
    present = None if rotation_id is None else find(session, rotation_id)
    rule = _becomes(present, proposal, local(now).date())
    made = _made(session, present, now)
    # As far as shifts stand already, when somebody once filled further ahead.
    until = max([now + timedelta(weeks=weeks), *(one.slot + _A_MINUTE for one in made)])
    scene = _scene(session, present, rule, made, now, until)
    difference = anew(rule, scene)
    mark = difference.mark(verbs.version(session), present and present.version)
    return Preview(rule, difference, _new_holes(session, difference, now, until), until, mark)


def carry_out(
    session: Session,
    actor: Actor,
    rotation_id: UUID | None,
    proposal: Proposal,
    *,
    shown: str,
    now: datetime,
    weeks: int,
) -> tuple[UUID, Difference]:
    """Do what a preview showed: keep the rule, and change the shifts ahead.

    Args:
        session: the caller commits.
        actor: who does it.
        rotation_id: which rotation; None for a new one.
        proposal: what should become of it.
        shown: the mark of the preview that the actor saw.
        now: the present instant, UTC.
        weeks: how far ahead the roster is filled.

    Returns:
        The rotation's id, and what was done.

    Raises:
        NoSuchRotation: it does not exist.
        RuleRefused: the proposal is not possible.
        DifferenceMoved: it would do something else than what was shown; nothing was changed.
    """
    change = changes.begin(session, actor, now)
    seen = preview(session, rotation_id, proposal, now=now, weeks=weeks)
    if seen.mark != shown:
        raise DifferenceMoved(seen)
    row = rotation_rows.keep(session, rotation_id, seen.rule)
    _apply(session, change, row.id, seen.difference)
    trail.record(session, actor, proposal.act, "rotation", row.id, now, version=row.version)
    return row.id, seen.difference


def generate(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    weeks: int,
    only: UUID | None = None,
) -> int:
    """Fill the roster ahead where rotations have no shift yet; what stands is left alone.

    Args:
        session: the caller commits.
        actor: who does it.
        now: the present instant, UTC.
        weeks: how far ahead.
        only: one rotation; all of them by default.

    Returns:
        How many shifts were added.

    Raises:
        NoSuchRotation: `only` does not exist.
    """
    change = changes.begin(session, actor, now)
    until = now + timedelta(weeks=weeks)
    added = 0
    for rotation in every(session) if only is None else [find(session, only)]:
        made = _made(session, rotation, now)
        scene = _scene(session, rotation, rotation.rule, made, now, until)
        difference = onward(rotation.rule, scene)
        _apply(session, change, rotation.id, difference)
        added += len(difference.added)
    return added


def generate_ahead(session: Session, now: datetime, weeks: int) -> int:
    """The worker's duty: keep the roster filled.

    Args:
        session: the worker commits.
        now: this instant, aware, UTC.
        weeks: how far ahead.

    Returns:
        How many shifts were added.
    """
    return generate(session, SYSTEM, now=now, weeks=weeks)


def troubles(session: Session, rotation: Rotation, today: date) -> dict[UUID, Trouble]:
    """Who of a rotation's people, today or later, cannot take calls as he should; the worst of it.

    Args:
        session: any session.
        rotation: which.
        today: the local day.
    """
    days = [today, *(phase.from_on for phase in rotation.rule.phases)]
    days += [event.from_on for phase in rotation.rule.phases for event in phase.events]
    people = {
        person_id
        for day in days
        if day >= today
        for person_id in rotation_edits.people_on(rotation.rule, day)
    }
    able, reachable = verbs.takers(session), verbs.reachable(session)
    admitted = groups.members(session, READERS)
    found: dict[UUID, Trouble] = {}
    for person_id in people:
        if person_id not in able:
            found[person_id] = Trouble.LEFT
        elif person_id not in reachable:
            found[person_id] = Trouble.NO_PHONE
        elif person_id not in admitted:
            found[person_id] = Trouble.NOT_ADMITTED
    return found


def next_turns(session: Session, rotation_id: UUID, now: datetime, limit: int) -> list[Placed]:
    """The shifts that a rotation made and that have not ended, the first one first."""
    query = (
        select(ShiftRow)
        .join(RotationTurnRow, RotationTurnRow.shift_id == ShiftRow.id)
        .where(RotationTurnRow.rotation_id == rotation_id, ShiftRow.ends > now)
        .order_by(ShiftRow.starts, ShiftRow.id)
        .limit(limit)
    )
    return [placed_of(row) for row in session.scalars(query)]


def made_by(session: Session, shift_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Which rotation made which of these shifts; others are not in it."""
    query = select(RotationTurnRow.shift_id, RotationTurnRow.rotation_id).where(
        RotationTurnRow.shift_id.in_(set(shift_ids))
    )
    return {
        shift_id: rotation_id
        for shift_id, rotation_id in session.execute(query)
        if shift_id is not None
    }


def _becomes(present: Rotation | None, proposal: Proposal, today: date) -> Rule:
    if isinstance(proposal, Begin):
        return proposal.rule()
    if present is None:
        raise NoSuchRotation
    return proposal.rule(present.rule, today)


def _new_holes(
    session: Session, difference: Difference, now: datetime, until: datetime
) -> tuple[Hole, ...]:
    gone = set(difference.gone)
    before = verbs.between(session, now, until)
    after = [each for each in before if each not in gone]
    after += [turn.placed for turn in difference.added]
    needs = coverage_depths.needs(session, now, until)
    flaws = coverage.flaws(session, {each.person_id for each in [*before, *after]}, now)
    away = [
        Absence(each.person_id, each.starts, each.ends)
        for each in absences.away(session, now, until)
    ]
    known = coverage_rules.survey(before, needs, flaws, away).holes
    return tuple(
        hole
        for hole in coverage_rules.survey(after, needs, flaws, away).holes
        if not any(_within(hole, each) for each in known)
    )


def _within(hole: Hole, other: Hole) -> bool:
    return (
        hole.tier == other.tier and other.starts <= hole.starts and hole.ends <= other.ends
    )  # fmt: skip


# ---- the roster around it ----------------------------------------------------------------------


def _made(session: Session, rotation: Rotation | None, now: datetime) -> list[Made]:
    """What a rotation made that has not ended; of what was taken off, from a week back on."""
    if rotation is None:
        return []
    query = (
        select(RotationTurnRow.slot, ShiftRow)
        .outerjoin(ShiftRow, ShiftRow.id == RotationTurnRow.shift_id)
        .where(
            RotationTurnRow.rotation_id == rotation.id,
            RotationTurnRow.slot > now - timedelta(weeks=2),
        )
        .order_by(RotationTurnRow.slot, RotationTurnRow.id)
        .execution_options(populate_existing=True)
    )
    return [
        Made(
            slot,
            None if shift is None else placed_of(shift),
            shift is None or shift.version > _UNTOUCHED,
        )
        for slot, shift in session.execute(query)
    ]


def _scene(
    session: Session,
    rotation: Rotation | None,
    rule: Rule,
    made: Sequence[Made],
    now: datetime,
    until: datetime,
) -> Scene:
    own = {one.placed.shift_id for one in made if one.placed is not None}
    end = until + timedelta(weeks=2)
    others = [
        each
        for each in verbs.between(session, now - timedelta(weeks=2), end)
        if each.shift_id not in own
    ]
    ruled = made_by(session, [each.shift_id for each in others if each.shift_id is not None])
    by_hand = [each for each in others if each.shift_id not in ruled]
    return Scene(
        now=now,
        until=until,
        made=made,
        others=others,
        beside=_beside(session, rotation, rule, by_hand, Interval(now, end)),
        able=verbs.takers(session),
        away=_away(session, now, end),
    )


def _away(session: Session, start: datetime, end: datetime) -> dict[UUID, list[Interval]]:
    found: dict[UUID, list[Interval]] = {}
    for each in absences.away(session, start, end):
        found.setdefault(each.person_id, []).append(Interval(each.starts, each.ends))
    return found


def _beside(
    session: Session,
    rotation: Rotation | None,
    rule: Rule,
    by_hand: Sequence[Placed],
    ahead: Interval,
) -> list[Placed]:
    """The shifts made by hand for which this rotation makes room.

    Of several rotations that have a block at that time in that tier, the eldest does: an extra
    person by hand takes the place of one, not of all.
    """
    tiers = {phase.tier for phase in rule.phases}
    found = [each for each in by_hand if each.tier in tiers]
    if not found:
        return []
    for elder in every(session):
        if rotation is not None and seniority(elder) >= seniority(rotation):
            break
        if elder.rule.phases[0].from_on > rule.phases[0].from_on:
            break
        theirs = rotation_rules.slots(elder.rule, ahead.starts, ahead.ends)
        found = [each for each in found if not any(_covers(slot, each) for slot in theirs)]
    return found


def _covers(slot: Slot, shift: Placed) -> bool:
    """Whether a block and a shift of its tier are at the same time."""
    return (
        slot.tier == shift.tier
        and slot.start.first < shift.ends
        and shift.starts < slot.end.last
    )  # fmt: skip


def _apply(session: Session, change: Change, rotation_id: UUID, difference: Difference) -> None:
    gone = [each.shift_id for each in difference.gone if each.shift_id is not None]
    if gone:
        # A turn that loses its shift in another way was taken off by hand.
        session.execute(delete(RotationTurnRow).where(RotationTurnRow.shift_id.in_(gone)))
    for shift_id in gone:
        change.remove(change.row(shift_id), TAKEN_BACK)
    added = change.add([turn.placed for turn in difference.added], MADE)
    session.add_all(
        RotationTurnRow(id=uuid4(), rotation_id=rotation_id, slot=turn.slot, shift_id=shift_id)
        for turn, shift_id in zip(difference.added, added, strict=True)
    )
    session.flush()
