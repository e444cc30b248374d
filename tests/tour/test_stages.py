"""What follows on what, who pays, and what counts as visited."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weerbaar.tour import needs, stages
from weerbaar.tour.stages import Bearer, Stage, Standing, State


@pytest.mark.parametrize("stage", list(Stage))
def test_every_state_a_stage_can_reach_has_a_row_and_only_held_is_final(stage):
    moves = stages.MOVES[stage]
    reached, todo = set(), [State.NOT_APPROACHED]
    while todo:
        state = todo.pop()
        if state not in reached:
            reached.add(state)
            todo += moves[state]
    assert reached == moves.keys()
    assert [state for state in moves if not moves[state]] == [State.HELD]
    # Held only after a day was planned: what never stood in the agenda was not held.
    assert [state for state in moves if State.HELD in moves[state]] == [State.PLANNED]


def test_only_a_session_and_a_training_are_offered_and_accepted():
    assert State.OFFERED not in stages.MOVES[Stage.CONVERSATION]
    assert State.INVITED not in stages.MOVES[Stage.SESSION]


def test_trainings_are_paid_by_the_government_and_nothing_else_is():
    assert {stage: stages.bearer(stage) for stage in Stage} == {
        Stage.CONVERSATION: Bearer.TEAM,
        Stage.SESSION: Bearer.TEAM,
        Stage.TRAINING: Bearer.GOVERNMENT,
    }


@pytest.mark.parametrize(
    ("states", "visited"),
    [([], False), ([State.PLANNED], False), ([State.SKIPPED], False), ([State.DECLINED], False),
     ([State.HELD], True), ([State.HELD, State.PLANNED], True)],
)  # fmt: skip
def test_visited_is_a_conversation_that_was_held(states, visited):
    day = date(2026, 3, 3)
    found = stages.standing((Stage.CONVERSATION, state, day) for state in states)
    assert found.visited is visited
    assert found.visited_on == (day if visited else None)
    # A session that was held without a conversation is no visit.
    assert not stages.standing([(Stage.SESSION, State.HELD, day)]).visited


def test_the_next_stage_begins_when_the_one_before_is_over_or_left_out():
    assert stages.may_begin(Stage.CONVERSATION, Standing())
    assert not stages.may_begin(Stage.SESSION, Standing(conversation=State.PLANNED))
    for over in (State.HELD, State.SKIPPED, State.DECLINED):
        assert stages.may_begin(Stage.SESSION, Standing(conversation=over))
        assert not stages.may_begin(Stage.TRAINING, Standing(conversation=over))
    assert stages.may_begin(
        Stage.TRAINING, Standing(conversation=State.SKIPPED, session=State.HELD)
    )


def test_several_trainings_run_side_by_side_and_a_second_conversation_waits_for_the_first():
    assert stages.may_repeat(Stage.TRAINING, [State.PLANNED, State.OFFERED])
    assert stages.may_repeat(Stage.CONVERSATION, [State.HELD])
    assert not stages.may_repeat(Stage.CONVERSATION, [State.HELD, State.INVITED])


_ACTIVITIES = st.lists(
    st.tuples(st.sampled_from(Stage), st.sampled_from(State), st.dates() | st.none())
)


@given(_ACTIVITIES, st.randoms())
def test_how_far_a_government_is_does_not_depend_on_the_order_of_its_activities(many, luck):
    shuffled = list(many)
    luck.shuffle(shuffled)
    assert stages.standing(many) == stages.standing(shuffled)


def test_each_need_shows_whether_the_programme_covers_it():
    found = needs.coverage(
        ["Omgaan met dreigbrieven", "Grenzen stellen"],
        ["Spel met acteurs", "Juridisch kader"],
        [("Grenzen stellen", "Spel met acteurs")],
    )
    assert [(each.need, each.part) for each in found] == [
        ("Omgaan met dreigbrieven", None),
        ("Grenzen stellen", "Spel met acteurs"),
    ]


def test_a_need_or_a_part_that_was_written_anew_is_looked_at_again():
    covers = [("Grenzen stellen", "Spel met acteurs")]
    for wanted, parts in ((["Grenzen"], ["Spel met acteurs"]), (["Grenzen stellen"], ["Spel"])):
        assert [each.part for each in needs.coverage(wanted, parts, covers)] == [None]


def test_lines_are_taken_apart_once_each():
    assert needs.lines("  a  b \n\n a b\nc") == ("a b", "c")
    assert needs.lines(None) == ()
