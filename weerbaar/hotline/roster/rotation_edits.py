"""What may become of the rule of a rotation. Values in, values out.

A change begins today or later. What was to change after it lapses: otherwise nobody could say what
the two would do together.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from weerbaar.hotline.roster.rotation_blocks import NotBlocks, RuleRefused, in_week
from weerbaar.hotline.roster.rotation_rules import Event, Kind, Phase, Rule, first_start
from weerbaar.hotline.roster.rules import HIGHEST_TIER

_ONE_DAY = timedelta(days=1)


class NobodyInOrder(RuleRefused):
    """The rotation would have nobody."""


class TwiceInOrder(RuleRefused):
    """Somebody stands in the order twice."""


class InThePast(RuleRefused):
    """The change would begin before today."""


class NotInOrder(RuleRefused):
    """Who would leave is not in the rotation on that day."""


class AlreadyInOrder(RuleRefused):
    """Who would join is in the rotation on that day."""


class EndsBeforeItStarts(RuleRefused):
    """The last day lies before the first."""


class NotATier(RuleRefused):
    """A tier is a whole number from 1."""


def begun(phase: Phase, end_on: date | None) -> Rule:
    """A new rotation.

    Args:
        phase: how it goes round; its day is the first on which a block may begin.
        end_on: the last day on which a block begins, if there is one.

    Raises:
        RuleRefused: why it cannot be one.
    """
    return _checked(Rule((phase,), end_on))


def changed(rule: Rule, phase: Phase, end_on: date | None, today: date) -> Rule:
    """The rule with another order or other times from a day on; later changes lapse.

    Where order and times are what they would be that day anyway, no turn is counted anew.

    Args:
        rule: as it is.
        phase: how it goes round from its day on.
        end_on: the last day on which a block begins, if there is one.
        today: the local day.

    Raises:
        RuleRefused: why it cannot be so.
    """
    _ahead(phase.from_on, today)
    present = phase_on(rule, phase.from_on)
    same = (present.tier, present.blocks, present.turns, people_on(rule, phase.from_on))
    if present.from_on <= phase.from_on and same == (
        phase.tier, phase.blocks, phase.turns, phase.order,
    ):  # fmt: skip
        return _checked(replace(lapsed(rule, phase.from_on), end_on=end_on))
    kept = tuple(
        replace(each, events=_until(each.events, phase.from_on))
        for each in rule.phases
        if each.from_on < phase.from_on
    )
    return _checked(Rule((*kept, phase), end_on))


def joined(rule: Rule, person_id: UUID, from_on: date, today: date) -> Rule:
    """The rule with one person more from a day on; later changes lapse.

    Raises:
        RuleRefused: why it cannot be so.
    """
    _ahead(from_on, today)
    if person_id in people_on(rule, from_on):
        raise AlreadyInOrder
    return _with_event(rule, Event(Kind.JOIN, from_on, person_id))


def left(rule: Rule, person_id: UUID, from_on: date, today: date) -> Rule:
    """The rule with one person less from a day on; later changes lapse.

    Raises:
        RuleRefused: why it cannot be so.
    """
    _ahead(from_on, today)
    people = people_on(rule, from_on)
    if person_id not in people:
        raise NotInOrder
    if len(people) == 1:
        raise NobodyInOrder
    return _with_event(rule, Event(Kind.LEAVE, from_on, person_id))


def ended(rule: Rule, end_on: date, today: date) -> Rule:
    """The rule with a last day on which a block begins.

    Args:
        rule: as it is.
        end_on: the last day; yesterday ends it at once.
        today: the local day.

    Raises:
        RuleRefused: why it cannot be so.
    """
    _ahead(end_on + _ONE_DAY, today)
    first, *others = rule.phases
    begun_by_then = [each for each in others if first_start(each).date() <= end_on]
    return replace(rule, phases=(first, *begun_by_then), end_on=end_on)


def people_on(rule: Rule, day: date) -> tuple[UUID, ...]:
    """Who is in a rotation on a day, in order; before its start, who begin it."""
    phase = phase_on(rule, day)
    people = list(phase.order)
    for event in sorted(phase.events, key=lambda each: each.from_on):
        if event.from_on > day:
            break
        if event.kind is Kind.JOIN and event.person_id not in people:
            people.append(event.person_id)
        elif event.kind is Kind.LEAVE and event.person_id in people and len(people) > 1:
            people.remove(event.person_id)
    return tuple(people)


def phase_on(rule: Rule, day: date) -> Phase:
    """The phase that holds on a day; before the first it is the first."""
    return next((each for each in reversed(rule.phases) if each.from_on <= day), rule.phases[0])


def lapsed(rule: Rule, day: date) -> Rule:
    """The rule without what changes after a day, as a change from that day on leaves it."""
    first, *others = rule.phases
    kept = [first, *(each for each in others if each.from_on <= day)]
    return replace(
        rule,
        phases=tuple(
            replace(each, events=tuple(one for one in each.events if one.from_on <= day))
            for each in kept
        ),
    )


def _with_event(rule: Rule, event: Event) -> Rule:
    day = max(event.from_on, rule.phases[0].from_on)
    lasting = lapsed(rule, day)
    *before, last = lasting.phases
    last = replace(last, events=(*last.events, replace(event, from_on=day)))
    return replace(rule, phases=(*before, last))


def _until(events: Iterable[Event], day: date) -> tuple[Event, ...]:
    return tuple(event for event in events if event.from_on < day)


def _ahead(day: date, today: date) -> None:
    if day < today:
        raise InThePast


def _checked(rule: Rule) -> Rule:
    for phase in rule.phases:
        if not phase.order:
            raise NobodyInOrder
        if len(set(phase.order)) != len(phase.order):
            raise TwiceInOrder
        if not 1 <= phase.tier <= HIGHEST_TIER:
            raise NotATier
        if not phase.blocks:
            raise NotBlocks(0)
        in_week(phase.blocks)
    if rule.end_on is not None and rule.end_on < rule.phases[-1].from_on:
        raise EndsBeforeItStarts
    return rule
