"""The tables of the conversation, whole: what is legal, what ends, what has a deadline."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weerbaar.hotline.calls import conversation
from weerbaar.hotline.calls.conversation import (
    ASKED,
    BACK,
    LEG,
    LINE,
    OPEN_LEGS,
    TAKEN,
    BackState,
    Effect,
    Event,
    LegEvent,
    LegState,
    Outcome,
    State,
)

NOW = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)
LIVE = [state for state in State if state is not State.ENDED]


@pytest.mark.parametrize("state", LIVE)
def test_every_state_but_ended_has_a_deadline(state: State) -> None:
    deadline = conversation.next_deadline(state, NOW)
    assert deadline is not None
    assert deadline > NOW


def test_what_has_ended_has_no_deadline_and_never_moves() -> None:
    assert conversation.next_deadline(State.ENDED, NOW) is None
    assert all(conversation.move(State.ENDED, event) is None for event in Event)
    assert all(conversation.move_leg(LegState.ENDED, event) is None for event in LegEvent)
    assert not any(state is BackState.ENDED for state, _event in BACK)


@pytest.mark.parametrize("state", LIVE)
def test_a_caller_can_hang_up_and_a_deadline_can_pass_anywhere(state: State) -> None:
    assert conversation.move(state, Event.CALLER_GONE) is not None
    assert conversation.move(state, Event.OVERDUE) is not None


def test_an_outcome_stands_exactly_where_a_line_ends() -> None:
    for made in LINE.values():
        assert (made.state is State.ENDED) == (made.outcome is not None)
        assert (made.state is State.ENDED) == (made.effect is Effect.CLOSE)


@pytest.mark.parametrize("state", LIVE)
def test_from_every_state_an_ending_can_be_reached(state: State) -> None:
    reached, grown = {state}, True
    while grown:
        more = {made.state for (start, _), made in LINE.items() if start in reached}
        grown = not more <= reached
        reached |= more
    assert State.ENDED in reached


def test_only_pressing_one_accepts() -> None:
    assert {event for (_, event), made in LINE.items() if made.state is State.ACCEPTED} == {
        Event.PRESS_1,
        Event.LEG_OVER,
        Event.CALLER_GONE,
    }
    assert {event for (start, event), made in LEG.items() if made is LegState.ACCEPTED} == {
        LegEvent.PRESS_1,
        LegEvent.CALLER_GONE,
    }
    assert not any(
        made.state is State.ACCEPTED and start is not State.ACCEPTED and event is not Event.PRESS_1
        for (start, event), made in LINE.items()
    )


def test_talked_needs_a_line_that_somebody_took() -> None:
    assert {start for (start, _), made in LINE.items() if made.outcome is Outcome.TALKED} == {
        State.ACCEPTED,
        State.CONFERRING,
        State.SETTLING,
    }


def reached_without(event: Event) -> set[State]:
    """Where a line can come when something never happens."""
    reached, grown = {State.GREETING}, True
    while grown:
        more = {
            made.state for (start, of), made in LINE.items() if start in reached and of is not event
        }
        grown = not more <= reached
        reached |= more
    return reached


def test_without_a_press_of_one_nobody_has_taken_a_line() -> None:
    assert not reached_without(Event.PRESS_1) & {*TAKEN, State.SETTLING}


def test_in_a_room_only_both_together_talk() -> None:
    assert State.CONFERRING not in reached_without(Event.JOINED)
    ended = [
        made
        for (start, event), made in LINE.items()
        if start is State.SETTLING and made.outcome is Outcome.TALKED and event is not Event.JOINED
    ]
    assert ended == []


@pytest.mark.parametrize("state", [State.GREETING, State.ALL_BUSY, State.RALLYING, *sorted(ASKED)])
def test_key_nine_is_heard_in_every_prompt(state: State) -> None:
    assert conversation.move(state, Event.ACUTE) is not None


def test_key_nine_disturbs_nobody_who_is_connected_or_rung_by_the_provider() -> None:
    assert all(
        conversation.move(state, Event.ACUTE) is None
        for state in (State.RINGING, *TAKEN, State.SETTLING)
    )


@given(st.lists(st.sampled_from(LegEvent), max_size=12))
@settings(max_examples=200)
def test_no_row_of_callbacks_opens_an_ended_leg(events: list[LegEvent]) -> None:
    state, ended = LegState.PLACED, False
    for event in events:
        state = conversation.move_leg(state, event) or state
        assert not (ended and state in OPEN_LEGS)
        ended = state is LegState.ENDED


@given(st.lists(st.sampled_from(Event), max_size=20))
@settings(max_examples=200)
def test_an_illegal_event_changes_nothing(events: list[Event]) -> None:
    state = State.GREETING
    for event in events:
        made = conversation.move(state, event)
        assert (made is not None) == ((state, event) in LINE)
        state = state if made is None else made.state
