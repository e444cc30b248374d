"""Needs, holes and thin spots against a judge that looks at every quarter of an hour by itself."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weerbaar.config.clock import AMSTERDAM
from weerbaar.hotline.roster.coverage_rules import (
    BARS,
    Absence,
    Depths,
    Flaw,
    Hours,
    Need,
    needs,
    survey,
)
from weerbaar.hotline.roster.rules import Hole, Placed, read_wall

ANNA, BRAM, CARLA = (UUID(int=number) for number in (1, 2, 3))
PEOPLE = (ANNA, BRAM, CARLA)
STEP = timedelta(minutes=15)
# Both nights in which the clocks change, and an ordinary one.
EVENINGS = (
    datetime(2026, 10, 24, 12, tzinfo=UTC),
    datetime(2027, 3, 27, 12, tzinfo=UTC),
    datetime(2026, 11, 24, 12, tzinfo=UTC),
)
LENGTH = 48 * 4


def slow_need(depths, tier, at):
    """How many are needed at an instant, hour by hour from the words of the statement."""
    found = []
    for one in depths.hours:
        if one.tier != tier:
            continue
        for back in (0, 1, 2):
            day = at.astimezone(AMSTERDAM).date() - timedelta(days=back)
            if day.isoweekday() not in one.weekdays:
                continue
            until = day if one.starts < one.ends else day + timedelta(days=1)
            first = min(
                datetime.combine(day, one.starts, AMSTERDAM).replace(fold=fold).astimezone(UTC)
                for fold in (0, 1)
            )
            last = max(
                datetime.combine(until, one.ends, AMSTERDAM).replace(fold=fold).astimezone(UTC)
                for fold in (0, 1)
            )
            if first <= at < last:
                found.append(one.depth)
    usual = depths.always.get(tier, 1 if tier == 1 else 0)
    return max(found) if found else usual


def slow(shifts, depths, flaws, absences, tier, at):
    """What is wrong at an instant: nothing, a hole, or a thin spot with its facts."""
    need = slow_need(depths, tier, at)
    people = {one.person_id for one in shifts if one.tier == tier and one.starts <= at < one.ends}
    away = {one.person_id for one in absences if one.starts <= at < one.ends}
    whole = {
        one: set(flaws.get(one, ())) | ({Flaw.AWAY} if one in away else set()) for one in people
    }
    ringing = [one for one in people if not whole[one] & BARS]
    if need == 0:
        return None
    if not ringing:
        return "hole"
    if len([one for one in people if not whole[one]]) >= need:
        return None
    reasons = set().union(*whole.values()) | ({"too_few"} if len(people) < need else set())
    return len(ringing), need, frozenset(reasons)


quarters = st.integers(0, LENGTH)


def stretches(base):
    return (
        st.tuples(quarters, quarters)
        .filter(lambda two: two[0] < two[1])
        .map(lambda two: (base + two[0] * STEP, base + two[1] * STEP))
    )


@st.composite
def rosters(draw):
    base = draw(st.sampled_from(EVENINGS))
    shifts = [
        Placed(draw(st.sampled_from((1, 2))), draw(st.sampled_from(PEOPLE)), *draw(stretches(base)))
        for _ in range(draw(st.integers(0, 7)))
    ]
    hours = tuple(
        Hours(
            draw(st.sampled_from((1, 2))),
            draw(st.frozensets(st.integers(1, 7), min_size=1)),
            time(draw(st.integers(0, 23)), draw(st.sampled_from((0, 15, 30, 45)))),
            time(draw(st.integers(0, 23)), draw(st.sampled_from((0, 15, 30, 45)))),
            draw(st.integers(1, 3)),
        )
        for _ in range(draw(st.integers(0, 3)))
    )
    depths = Depths(draw(st.dictionaries(st.sampled_from((1, 2)), st.integers(1, 2))), hours)
    flaws = draw(
        st.dictionaries(
            st.sampled_from(PEOPLE),
            st.frozensets(st.sampled_from(tuple(Flaw)[:5]), min_size=1, max_size=2),
        )
    )
    absences = [
        Absence(draw(st.sampled_from(PEOPLE)), *draw(stretches(base)))
        for _ in range(draw(st.integers(0, 2)))
    ]
    return base, shifts, depths, flaws, absences


@settings(max_examples=120, deadline=None, derandomize=True)
@given(rosters())
def test_every_quarter_of_an_hour_is_judged_as_a_slow_judge_does(drawn):
    base, shifts, depths, flaws, absences = drawn
    end = base + LENGTH * STEP
    holes, thin = survey(shifts, needs(depths, base, end), flaws, absences)
    for spots in (holes, thin):
        assert all(base <= one.starts < one.ends <= end for one in spots)
    for tier in (1, 2):
        for number in range(LENGTH):
            at = base + number * STEP
            found = ["hole" for one in holes if one.tier == tier and one.starts <= at < one.ends]
            found += [
                (one.have, one.need, frozenset(one.reasons))
                for one in thin
                if one.tier == tier and one.starts <= at < one.ends
            ]
            wanted = slow(shifts, depths, flaws, absences, tier, at)
            assert found == ([] if wanted is None else [wanted]), (tier, at)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rosters())
def test_the_needs_of_a_tier_leave_no_gap_and_do_not_overlap(drawn):
    base, _shifts, depths, _flaws, _absences = drawn
    end = base + LENGTH * STEP
    for tier in depths.tiers:
        own = [one for one in needs(depths, base, end) if one.tier == tier]
        assert (own[0].starts, own[-1].ends) == (base, end)
        assert all(one.ends == two.starts for one, two in pairwise(own))
        assert all(one.depth != two.depth for one, two in pairwise(own))


def test_spots_that_meet_and_are_alike_are_one():
    start, end = EVENINGS[2], EVENINGS[2] + timedelta(hours=8)
    middle = start + timedelta(hours=3)
    shifts = [Placed(1, ANNA, start, middle), Placed(1, BRAM, middle, end)]
    flaws = dict.fromkeys(PEOPLE, frozenset({Flaw.PHONE_UNTESTED}))
    holes, thin = survey(shifts, needs(Depths(), start, end), flaws)
    assert holes == []
    assert [(one.starts, one.ends, one.have, one.need, one.reasons) for one in thin] == [
        (start, end, 1, 1, ("phone_untested",))
    ]


def test_somebody_sound_beside_somebody_with_a_flaw_is_enough():
    start, end = EVENINGS[2], EVENINGS[2] + timedelta(hours=8)
    shifts = [Placed(1, ANNA, start, end), Placed(1, BRAM, start, end)]
    flaws = {BRAM: {Flaw.PHONE_STALE}}
    assert survey(shifts, needs(Depths(), start, end), flaws) == ([], [])
    two = survey(shifts, needs(Depths({1: 2}), start, end), flaws)
    assert [(one.have, one.need, one.reasons) for one in two.thin] == [(2, 2, ("phone_stale",))]


def test_who_cannot_be_rung_leaves_a_hole_and_beside_another_a_thin_spot():
    start, end = EVENINGS[2], EVENINGS[2] + timedelta(hours=8)
    alone = [Placed(1, ANNA, start, end)]
    flaws = {ANNA: {Flaw.NO_PHONE}}
    assert survey(alone, needs(Depths(), start, end), flaws) == ([Hole(1, start, end)], [])
    both = [*alone, Placed(1, BRAM, start, end)]
    (spot,) = survey(both, needs(Depths({1: 2}), start, end), flaws).thin
    assert (spot.have, spot.need, spot.reasons) == (1, 2, ("no_phone",))


# 22:00 to 08:00 across the night with 25 hours, and the one with 23.
@pytest.mark.parametrize(
    ("night", "hours"), [(date(2026, 10, 24), 11), (date(2027, 3, 27), 9), (date(2026, 11, 24), 10)]
)
def test_stated_hours_follow_the_clock_on_the_wall(night, hours):
    stated = Hours(2, frozenset({night.isoweekday()}), time(22), time(8), 1)
    noon = read_wall(datetime.combine(night, time(12))).first
    found = needs(Depths({}, (stated,)), noon, noon + timedelta(days=1))
    assert [one.depth for one in found if one.tier == 2] == [0, 1, 0]
    second = next(one for one in found if one.tier == 2 and one.depth)
    assert second.ends - second.starts == timedelta(hours=hours)


def test_the_first_line_always_needs_one_and_the_others_nobody_unless_stated():
    assert needs(Depths(), EVENINGS[0], EVENINGS[0] + STEP) == [
        Need(1, EVENINGS[0], EVENINGS[0] + STEP, 1)
    ]
    assert Depths({2: 0}).tiers == (1,)
    assert Depths({2: 1}).tiers == (1, 2)
