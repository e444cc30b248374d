"""The three stages of the tour: what follows on what, who pays, and what counts as visited. Pure.

Stages and states are those of the domain reference, section 1; `skipped` says that a stage was left
out on purpose, so that the next one may begin.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType


class Stage(StrEnum):
    """What is offered, in this order."""

    CONVERSATION = "conversation"
    SESSION = "session"
    TRAINING = "training"


class State(StrEnum):
    """How far a stage is."""

    NOT_APPROACHED = "not_approached"
    INVITED = "invited"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    PLANNED = "planned"
    HELD = "held"
    POSTPONED = "postponed"
    DECLINED = "declined"
    SKIPPED = "skipped"


class Slip(StrEnum):
    """Why something that was recorded as held is put right; a fixed code, for trail and page."""

    NOT_HELD = "not_held"
    WRONG_GOVERNMENT = "wrong_government"
    WRONG_DAY = "wrong_day"
    INCOMPLETE = "incomplete"


class Bearer(StrEnum):
    """Who bears the costs."""

    TEAM = "team"
    GOVERNMENT = "government"


def _states(*states: State) -> frozenset[State]:
    return frozenset(states)


_ON_OFFER = MappingProxyType({
    State.NOT_APPROACHED: _states(State.OFFERED, State.PLANNED, State.SKIPPED),
    State.OFFERED: _states(State.ACCEPTED, State.PLANNED, State.POSTPONED, State.DECLINED),
    State.ACCEPTED: _states(State.PLANNED, State.POSTPONED, State.DECLINED),
    State.PLANNED: _states(State.PLANNED, State.HELD, State.POSTPONED, State.DECLINED),
    State.POSTPONED: _states(State.OFFERED, State.ACCEPTED, State.PLANNED, State.DECLINED),
    State.DECLINED: _states(State.OFFERED, State.PLANNED),
    State.SKIPPED: _states(State.OFFERED, State.PLANNED),
    State.HELD: _states(),
})  # fmt: skip

# From where an activity stands: where it may go. From PLANNED to PLANNED is another day.
MOVES: Mapping[Stage, Mapping[State, frozenset[State]]] = MappingProxyType({
    Stage.CONVERSATION: MappingProxyType({
        State.NOT_APPROACHED: _states(State.INVITED, State.PLANNED, State.SKIPPED),
        State.INVITED: _states(State.PLANNED, State.POSTPONED, State.DECLINED),
        State.PLANNED: _states(State.PLANNED, State.HELD, State.POSTPONED, State.DECLINED),
        State.POSTPONED: _states(State.INVITED, State.PLANNED, State.DECLINED),
        State.DECLINED: _states(State.INVITED, State.PLANNED),
        State.SKIPPED: _states(State.INVITED, State.PLANNED),
        State.HELD: _states(),
    }),
    Stage.SESSION: _ON_OFFER,
    Stage.TRAINING: _ON_OFFER,
})  # fmt: skip

# What a stage of a government is called when it has several activities: the first of these.
_FURTHEST = (
    State.HELD, State.PLANNED, State.ACCEPTED, State.OFFERED, State.INVITED, State.POSTPONED,
    State.DECLINED, State.SKIPPED, State.NOT_APPROACHED,
)  # fmt: skip
# After these nothing is going on: a new activity of the stage may begin.
OVER = _states(State.HELD, State.DECLINED, State.SKIPPED)
WITH_DAY = _states(State.PLANNED, State.HELD)


def allowed(stage: Stage, state: State) -> tuple[State, ...]:
    """Where an activity may go, in the order of the states."""
    return tuple(each for each in State if each in MOVES[stage][state])


def bearer(stage: Stage) -> Bearer:
    """Who bears the costs: of conversation and session the team, of trainings the government.

    Source: domain reference, section 1 (the founding text of the tour).
    """
    return Bearer.GOVERNMENT if stage is Stage.TRAINING else Bearer.TEAM


def furthest(states: Iterable[State]) -> State:
    """How far a stage is, of all its activities; without any, nobody was approached."""
    found = set(states)
    return next((each for each in _FURTHEST if each in found), State.NOT_APPROACHED)


@dataclass(frozen=True)
class Standing:
    """How far one government is, and on which day the first conversation was held."""

    conversation: State = State.NOT_APPROACHED
    session: State = State.NOT_APPROACHED
    training: State = State.NOT_APPROACHED
    visited_on: date | None = None

    def of(self, stage: Stage) -> State:
        """How far a stage is."""
        found: State = getattr(self, stage.value)
        return found

    @property
    def visited(self) -> bool:
        """Whether it counts as visited: the conversation was held. Defined here, and here alone."""
        return self.conversation is State.HELD

    @property
    def reached(self) -> Stage | None:
        """The furthest stage that was held."""
        held = [stage for stage in Stage if self.of(stage) is State.HELD]
        return held[-1] if held else None

    @property
    def underway(self) -> bool:
        """Whether something was begun, and no stage was held yet."""
        return self.reached is None and any(
            self.of(stage) not in {State.NOT_APPROACHED, *OVER} for stage in Stage
        )

    @property
    def declined(self) -> bool:
        """Whether the conversation was declined and nothing else is going on."""
        return self.reached is None and not self.underway and self.conversation is State.DECLINED


def standing(activities: Iterable[tuple[Stage, State, date | None]]) -> Standing:
    """How far a government is, of its activities: stage, state, and the day it has."""
    states: dict[Stage, list[State]] = {stage: [] for stage in Stage}
    held: list[date] = []
    for stage, state, day in activities:
        states[stage].append(state)
        if stage is Stage.CONVERSATION and state is State.HELD and day is not None:
            held.append(day)
    return Standing(
        **{stage.value: furthest(found) for stage, found in states.items()},
        visited_on=min(held, default=None),
    )


def may_begin(stage: Stage, so_far: Standing) -> bool:
    """Whether the stages before were held, declined or left out."""
    before = list(Stage)[: list(Stage).index(stage)]
    return all(so_far.of(each) in OVER for each in before)


def may_repeat(stage: Stage, states: Iterable[State]) -> bool:
    """Whether another activity of a stage may begin beside those there are.

    Trainings are several at a time; of the others a new one begins when every earlier one was held.
    What was declined, postponed or left out goes on by a move.
    """
    return stage is Stage.TRAINING or all(state is State.HELD for state in states)
