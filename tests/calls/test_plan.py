"""Who is rung in which order: values in, values out."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from weerbaar.hotline.calls import plan
from weerbaar.hotline.calls.conversation import REST
from weerbaar.hotline.calls.plan import Plan, Reason, Turn

NOW = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)


def tiers(*sizes: int) -> list[Turn]:
    return [
        Turn(UUID(int=100 * tier + one), tier)
        for tier, size in enumerate(sizes, start=1)
        for one in range(size)
    ]


def make(duty: list[Turn], **facts: object) -> Plan:
    given_facts = {
        "last_rung": {},
        "with_phone": {turn.person_id for turn in duty},
        "roster_version": "7",
        **facts,
    }
    return plan.make(duty, **given_facts)


def order(made: Plan) -> list[int]:
    return [turn.tier for turn in made.order]


def test_two_of_the_first_line_then_one_of_the_next() -> None:
    assert order(make(tiers(3, 2, 1))) == [1, 1, 2, 1, 2, 3]
    assert order(make(tiers(1, 2))) == [1, 2, 2]


def test_an_empty_tier_is_skipped() -> None:
    assert order(make(tiers(0, 2, 1))) == [2, 2, 3]


def test_who_was_rung_least_recently_comes_first() -> None:
    duty = tiers(3)
    a, b, c = (turn.person_id for turn in duty)
    made = make(duty, last_rung={a: 9, b: 4})
    assert [turn.person_id for turn in made.order] == [c, b, a]


def test_without_a_telephone_one_is_skipped_and_the_plan_says_why() -> None:
    duty = tiers(2)
    made = make(duty, with_phone={duty[1].person_id})
    assert [turn.person_id for turn in made.order] == [duty[1].person_id]
    assert [(one.person_id, one.reason) for one in made.skipped] == [
        (duty[0].person_id, Reason.NO_PHONE)
    ]


def test_somebody_in_two_tiers_has_one_turn() -> None:
    person = uuid4()
    made = make([Turn(person, 2), Turn(person, 1)])
    assert made.order == (Turn(person, 1),)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4))
@settings(max_examples=100)
def test_a_plan_comes_back_from_the_row_it_is_stamped_on(sizes: list[int]) -> None:
    made = make(tiers(*sizes)).passing_over(Turn(uuid4(), 1), Reason.IN_CALL)
    assert plan.from_json(made.to_json()) == made


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4))
@settings(max_examples=100)
def test_everybody_has_one_turn_and_no_tier_waits_for_a_third_of_the_line_before(
    sizes: list[int],
) -> None:
    made = make(tiers(*sizes))
    assert len(set(made.order)) == len(made.order) == sum(sizes)
    present = sorted({turn.tier for turn in made.order})
    for above, below in itertools.pairwise(present):
        before = order(made)[: order(made).index(below)]
        assert before.count(above) <= plan.FIRST_LINE_LEGS


def test_rounds_go_on_where_they_stopped_and_leave_who_was_just_rung_alone() -> None:
    made = make(tiers(2))
    first, second = made.order
    rung = {first.person_id: NOW - timedelta(seconds=30), second.person_id: NOW - REST / 2}
    assert [position for position, _ in plan.candidates(made, None, {}, NOW)] == [0, 1]
    assert [position for position, _ in plan.candidates(made, 0, {}, NOW)] == [1, 0]
    assert [position for position, _ in plan.candidates(made, 1, rung, NOW)] == [0]


def test_passing_over_is_noted_once() -> None:
    made = make(tiers(1))
    noted = made.passing_over(made.order[0], Reason.IN_CALL)
    assert noted.passing_over(made.order[0], Reason.IN_CALL) == noted
