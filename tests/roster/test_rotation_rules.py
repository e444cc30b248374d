"""Random rules over ten years with all their changes of clocks, judged by a second reckoning.

The judge lays a rule out day by day with the calendar alone; the three faults that are planted in
the rules must each be found by it.
"""

from bisect import bisect_left
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weerbaar.config.clock import AMSTERDAM
from weerbaar.hotline.roster import rotation_blocks, rotation_edits, rotation_rules, rules
from weerbaar.hotline.roster.rotation_blocks import DAY, WEEK, Block, Pattern
from weerbaar.hotline.roster.rotation_plans import Made, Scene, What, Why, anew, onward
from weerbaar.hotline.roster.rotation_rules import Event, Kind, Phase, Rule, Turns
from weerbaar.hotline.roster.rules import Interval, Placed

PEOPLE = tuple(UUID(int=number) for number in range(1, 9))
ANNA, BRAM, CARLA, DINA, *_ = PEOPLE
MONDAY = date(2026, 1, 5)
TEN_YEARS = timedelta(days=3653)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def phase(order=(ANNA, BRAM, CARLA), pattern=Pattern.DAYS, turns=Turns.BLOCK, **more):
    given = {"from_on": MONDAY, "tier": 1, "blocks": rotation_blocks.usual(pattern)} | more
    return Phase(turns=turns, order=tuple(order), **given)


def scene(now, until, **more):
    given = {"made": [], "others": [], "beside": [], "able": frozenset(PEOPLE)} | more
    return Scene(now=now, until=until, **given)


# ---- random rules ------------------------------------------------------------------------------


@st.composite
def blocks(draw):
    """Blocks of a week that follow each other, some with a pause between them."""
    usual = st.sampled_from([each for each in Pattern if each is not Pattern.OWN])
    if draw(st.booleans()):
        return rotation_blocks.usual(draw(usual))
    # Many begin and end in the hours that a change of clocks touches.
    minute = st.one_of(st.integers(0, WEEK - 1), st.integers(6 * DAY, 6 * DAY + 240))
    edges = sorted(draw(st.sets(minute, min_size=1, max_size=6)))
    made = [Block(one, other) for one, other in pairwise(edges)] + [Block(edges[-1], edges[0])]
    kept = [each for each in made if len(made) == 1 or draw(st.integers(0, 4))]
    return rotation_blocks.in_week(kept or made[:1])


DATES = st.dates(date(2026, 1, 1), date(2027, 3, 1))
ORDERS = st.lists(st.sampled_from(PEOPLE[:6]), min_size=1, max_size=6, unique=True)


@st.composite
def rules_of_rotations(draw):
    """One to three phases, with people who join and leave."""
    starts = sorted(draw(st.sets(DATES, min_size=1, max_size=3)))
    tier = draw(st.integers(1, 3))
    phases = []
    for start in starts:
        events = draw(
            st.lists(
                st.builds(
                    Event, st.sampled_from(Kind), st.dates(start, start + timedelta(days=900)),
                    st.sampled_from(PEOPLE),
                ),
                max_size=3,
            )
        )  # fmt: skip
        phases.append(
            Phase(
                start, tier, draw(blocks()), draw(st.sampled_from(Turns)), tuple(draw(ORDERS)),
                tuple(sorted(events, key=lambda each: each.from_on)),
            )
        )  # fmt: skip
    return Rule(tuple(phases))


# ---- the judge ---------------------------------------------------------------------------------


def instants(wall):
    return sorted(
        wall.replace(tzinfo=AMSTERDAM, fold=fold).astimezone(UTC) for fold in (0, 1)
    )  # fmt: skip


def walls(each, until):
    """The blocks of a phase on the wall, one day of the calendar after the other."""
    day = each.from_on
    while day < until:
        for block in each.blocks:
            if block.start // DAY == day.weekday():
                starts = datetime.combine(day, time(*divmod(block.start % DAY, 60)))
                yield starts, starts + timedelta(minutes=block.minutes)
        day += timedelta(days=1)


def asked(rule, start, end):
    """When the rule wants somebody, from the calendar alone."""
    until = end.date() + timedelta(days=10)
    begins = [
        min(walls(each, each.from_on + timedelta(days=8)))[0] for each in rule.phases
    ]  # fmt: skip
    for number, each in enumerate(rule.phases):
        ends = min(begins[number + 1 :], default=None)
        for one, other in walls(each, until):
            if ends is not None and one >= ends:
                continue
            over = other if ends is None else min(other, ends)
            found = Interval(instants(one)[0], instants(over)[1])
            if found.starts < end and found.ends > start:
                yield found


def near(ordered, each):
    """Those of an ordered list that can touch a stretch; a block lasts at most a week."""
    first = bisect_left(ordered, each.starts - timedelta(days=8), key=lambda one: one.starts)
    return ordered[first : bisect_left(ordered, each.ends, key=lambda one: one.starts)]


def judge(rule, start, end):
    """Lay the rule out and compare with the calendar; also with nobody in two places."""
    difference = anew(rule, scene(start, end))
    nobody = [one for one in difference.lines if one.what is What.NOBODY]
    placed = sorted((turn.placed for turn in difference.added), key=lambda each: each.starts)
    told = sorted([*placed, *nobody], key=lambda each: each.starts)
    wanted = sorted(asked(rule, start, end), key=lambda each: each.starts)
    for each in wanted:
        holes = rules.holes(near(told, each), max(each.starts, start), each.ends)
        assert holes == [], "a gap"
    own_ends = {(each.person_id, each.ends) for each in placed}
    for each in placed:
        # Each is one block, to the minute; only behind his own shift it begins where that ends.
        begins = {one.starts for one in near(wanted, each) if one.ends == each.ends}
        met = (each.person_id, each.starts) in own_ends or each.starts == start
        assert begins, "another end than the rule has"
        assert met or each.starts in begins, "another start than the rule has"
    for person in PEOPLE:
        own = [each for each in placed if each.person_id == person]
        assert all(one.ends <= other.starts for one, other in pairwise(own)), "twice at once"
    return placed


RANDOM = settings(
    max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@given(rules_of_rotations())
@RANDOM
def test_ten_years_of_a_random_rule_have_no_gap_and_nobody_twice(rule):
    start = datetime.combine(rule.phases[0].from_on, time(), UTC)
    judge(rule, start, start + TEN_YEARS)


# Both change nights from close by, for many more rules: a fortnight around each.
@given(rules_of_rotations(), st.sampled_from([utc(2028, 3, 26), utc(2027, 10, 31)]))
@settings(RANDOM, max_examples=150)
def test_random_rules_around_a_change_of_clocks(rule, night):
    judge(rule, night - timedelta(days=7), night + timedelta(days=8))


def as_seconds(tier, turn, start, end, holder, then):
    """24 hours added as seconds: the end of a block is its length after its start."""
    ends = start.first + (end.wall - start.wall)
    return SLOT(tier, turn, start, rules.Reading(ends, ends, end.wall), holder, then)


def inclusive_end(tier, turn, start, end, holder, then):
    """The end taken for the last minute of a block."""
    ends = end.last - timedelta(minutes=1)
    return SLOT(tier, turn, start, rules.Reading(ends, ends, end.wall), holder, then)


def offset_of_today(tier, turn, start, end, holder, then):
    """Every local time read with the offset that holds in winter."""
    one, other = ((each.wall - timedelta(hours=1)).replace(tzinfo=UTC) for each in (start, end))
    return SLOT(
        tier, turn, rules.Reading(one, one, start.wall), rules.Reading(other, other, end.wall),
        holder, then,
    )  # fmt: skip


SLOT = rotation_rules.Slot


@pytest.mark.parametrize("fault", [as_seconds, inclusive_end, offset_of_today])
def test_the_judge_finds_a_planted_fault(monkeypatch, fault):
    rule = rotation_edits.begun(phase(), None)
    start = datetime.combine(MONDAY, time(), UTC)
    judge(rule, start, start + timedelta(days=400))
    monkeypatch.setattr(rotation_rules, "Slot", fault)
    with pytest.raises(AssertionError, match=r"gap|than the rule has"):
        judge(rule, start, start + timedelta(days=400))


# ---- whose turn --------------------------------------------------------------------------------


def holders(rule, days=900):
    start = datetime.combine(rule.phases[0].from_on, time(), UTC)
    found = rotation_rules.slots(rule, start, start + timedelta(days=days))
    return {each.start.first: each.holder for each in found}


@given(rules_of_rotations(), st.integers(0, 700), st.randoms(use_true_random=False))
@settings(RANDOM, max_examples=60)
def test_who_leaves_changes_nobody_elses_turn(rule, days, chance):
    day = rule.phases[0].from_on + timedelta(days=days)
    people = rotation_edits.people_on(rule, day)
    if len(people) == 1:
        with pytest.raises(rotation_edits.NobodyInOrder):
            rotation_edits.left(rule, people[0], day, day)
        return
    who = chance.choice(people)
    lasting = rotation_edits.lapsed(rule, day)
    before, after = holders(lasting), holders(rotation_edits.left(rule, who, day, day))
    assert before.keys() == after.keys()
    for at, holder in before.items():
        if at.astimezone(AMSTERDAM).date() < day - timedelta(days=7) or holder != who:
            assert after[at] == holder
    # From that day on he has none, and those who remain get as many of his as the others, or one.
    late = [at for at in before if at.astimezone(AMSTERDAM).date() >= day + timedelta(days=7)]
    assert all(after[at] != who for at in late)
    got = Counter(after[at] for at in late if before[at] == who)
    if rule.phases[-1].turns is Turns.BLOCK and got:
        assert max(got.values()) - min(got[each] for each in people if each != who) <= 1


@given(rules_of_rotations(), st.integers(0, 700))
@settings(RANDOM, max_examples=60)
def test_who_joins_takes_his_turns_and_moves_no_other(rule, days):
    day, who = rule.phases[0].from_on + timedelta(days=days), UUID(int=99)
    count = len(rotation_edits.people_on(rule, day))
    lasting = rotation_edits.lapsed(rule, day)
    before, after = holders(lasting), holders(rotation_edits.joined(rule, who, day, day))
    assert before.keys() == after.keys()
    assert all(after[at] in {holder, who} for at, holder in before.items())
    early = [at for at in before if at.astimezone(AMSTERDAM).date() < day - timedelta(days=7)]
    assert all(after[at] == before[at] for at in early)
    if lasting.phases[-1].turns is Turns.BLOCK:
        late = [at for at in after if at.astimezone(AMSTERDAM).date() >= day]
        turns = sum(after[at] == who for at in late)
        assert abs(turns - len(late) / (count + 1)) <= 1


def test_order_goes_round_and_a_new_order_counts_anew():
    rule = rotation_edits.begun(phase(), None)
    found = list(holders(rule, 9).values())
    assert found[:7] == [ANNA, BRAM, CARLA, ANNA, BRAM, CARLA, ANNA]
    later = MONDAY + timedelta(days=4)
    other = phase((CARLA, ANNA), from_on=later)
    found = list(holders(rotation_edits.changed(rule, other, None, MONDAY), 9).values())
    assert found[:8] == [ANNA, BRAM, CARLA, ANNA, CARLA, ANNA, CARLA, ANNA]


def test_a_turn_can_be_a_whole_week_of_nights():
    rule = rotation_edits.begun(phase(pattern=Pattern.NIGHTS, turns=Turns.WEEK), None)
    found = list(holders(rule, 22).values())
    assert found[:21] == [ANNA] * 7 + [BRAM] * 7 + [CARLA] * 7


def test_where_other_times_begin_the_old_block_ends():
    rule = rotation_edits.begun(phase(), None)
    later = MONDAY + timedelta(days=3)
    evening = tuple(
        Block(day * DAY + 20 * 60, ((day + 1) * DAY + 20 * 60) % WEEK) for day in range(7)
    )
    rule = rotation_edits.changed(rule, phase(from_on=later, blocks=evening), None, MONDAY)
    found = rotation_rules.slots(rule, utc(2026, 1, 7, 12), utc(2026, 1, 9, 12))
    assert [(each.start.first, each.end.last) for each in found] == [
        (utc(2026, 1, 7, 7), utc(2026, 1, 8, 7)),
        (utc(2026, 1, 8, 7), utc(2026, 1, 8, 19)),
        (utc(2026, 1, 8, 19), utc(2026, 1, 9, 19)),
    ]


def test_the_last_day_is_the_last_on_which_a_block_begins():
    rule = rotation_edits.begun(phase(), MONDAY + timedelta(days=2))
    assert [at.day for at in holders(rule)] == [5, 6, 7]
    assert [at.day for at in holders(rotation_edits.ended(rule, MONDAY, MONDAY))] == [5]


# ---- what stands already -----------------------------------------------------------------------

NOW = utc(2026, 1, 5, 12)


def made(difference):
    """The rotation's rows, as if kept."""
    return [
        Made(turn.slot, Placed(turn.placed.tier, turn.placed.person_id, turn.placed.starts,
             turn.placed.ends, UUID(int=100 + number)), by_hand=False)
        for number, turn in enumerate(difference.added)
    ]  # fmt: skip


def test_the_same_rule_again_changes_nothing():
    rule = rotation_edits.begun(phase(), None)
    until = NOW + timedelta(days=120)
    first = anew(rule, scene(NOW, until))
    # The block that runs is filled from now on, not from this morning.
    assert first.added[0].placed.starts == NOW
    rows = made(first)
    later = NOW + timedelta(days=30)
    for again in (anew, onward):
        second = again(rule, scene(later, until, made=rows))
        assert (second.changes, second.gone, second.added) == ((), (), ())


def test_a_running_shift_stays_and_so_does_what_a_hand_changed():
    rule = rotation_edits.begun(phase(), None)
    until = NOW + timedelta(days=10)
    running, first, second, third, *rest = made(anew(rule, scene(NOW, until)))
    changed = Made(first.slot, first.placed, by_hand=True)
    taken_off = Made(second.slot, None, by_hand=True)
    rows = [running, changed, taken_off, third, *rest]
    other = rotation_edits.changed(
        rule, phase((DINA,), from_on=MONDAY), None, MONDAY
    )  # fmt: skip
    difference = anew(other, scene(NOW + timedelta(hours=1), until, made=rows))
    assert difference.gone == tuple(one.placed for one in (third, *rest))
    assert {turn.placed.person_id for turn in difference.added} == {DINA}
    assert min(turn.placed.starts for turn in difference.added) == third.placed.starts
    said = [(one.what, one.starts, one.after) for one in difference.lines[:2]]
    assert said == [
        (What.BY_HAND, first.placed.starts, first.placed.person_id),
        (What.BY_HAND, second.placed.starts, None),
    ]
    assert {one.what for one in difference.lines[2:]} == {What.OTHER}


def test_a_rotation_makes_room_for_a_shift_by_hand():
    rule = rotation_edits.begun(phase(), None)
    by_hand = Placed(1, DINA, utc(2026, 1, 7, 10), utc(2026, 1, 7, 14), UUID(int=50))
    difference = anew(rule, scene(NOW, NOW + timedelta(days=4), others=[by_hand], beside=[by_hand]))
    here = [t.placed for t in difference.added if t.slot == utc(2026, 1, 7, 7)]
    assert [(each.starts.hour, each.ends.hour) for each in here] == [(7, 10), (14, 7)]
    assert {each.person_id for each in here} == {CARLA}
    assert [(one.what, one.after) for one in difference.lines if one.what is What.ROOM] == [
        (What.ROOM, DINA)
    ]


def test_a_turn_of_who_is_away_goes_to_the_next_and_no_other_moves():
    rule = rotation_edits.begun(phase(), None)
    until = NOW + timedelta(days=12)
    usual = anew(rule, scene(NOW, until))
    away = {BRAM: [Interval(utc(2026, 1, 9), utc(2026, 1, 10))]}
    shifted = anew(rule, scene(NOW, until, away=away))
    moved = [
        (turn.holder, turn.placed.person_id, turn.why)
        for turn, before in zip(shifted.added, usual.added, strict=True)
        if turn.placed != before.placed
    ]
    assert moved == [(BRAM, CARLA, Why.AWAY)]


def test_who_has_another_shift_or_left_gets_no_turn_and_without_anybody_it_is_said():
    rule = rotation_edits.begun(phase((ANNA, BRAM)), None)
    busy = Placed(2, ANNA, utc(2026, 1, 7, 9), utc(2026, 1, 7, 10), UUID(int=50))
    until = utc(2026, 1, 8)
    found = anew(rule, scene(NOW, until, others=[busy], able=frozenset({ANNA, BRAM})))
    assert [(t.placed.person_id, t.why) for t in found.added] == [
        (ANNA, None), (BRAM, None), (BRAM, Why.BUSY),
    ]  # fmt: skip
    found = anew(rule, scene(NOW, until, others=[busy], able=frozenset({ANNA})))
    assert [(t.placed.person_id, t.why) for t in found.added] == [
        (ANNA, None), (ANNA, Why.NOT_STAFF),
    ]  # fmt: skip
    (nobody,) = [one for one in found.lines if one.what is What.NOBODY]
    assert (nobody.starts, nobody.holder, nobody.why) == (utc(2026, 1, 7, 7), ANNA, Why.BUSY)


@given(rules_of_rotations(), rules_of_rotations())
@settings(RANDOM, max_examples=30)
def test_two_rotations_of_the_same_people_never_put_one_in_two_places(one, other):
    start = max(each.phases[0].from_on for each in (one, other))
    start = datetime.combine(start, time(), UTC)
    until = start + timedelta(days=300)
    first = [turn.placed for turn in anew(one, scene(start, until)).added]
    second = anew(other, scene(start, until, others=first))
    every = [*first, *(turn.placed for turn in second.added)]
    for person in PEOPLE:
        own = sorted(
            (each for each in every if each.person_id == person), key=lambda each: each.starts
        )
        assert all(a.ends <= b.starts for a, b in pairwise(own))
    nobody = [line for line in second.lines if line.what is What.NOBODY]
    filled = [turn.placed for turn in second.added]
    for each in asked(other, start, until):
        assert rules.holes([*filled, *nobody], max(each.starts, start), each.ends) == []


# ---- blocks as people write them ---------------------------------------------------------------


def test_blocks_are_read_as_people_write_them():
    read = rotation_blocks.read_blocks("Ma 08:00 tot di 8.00\n\n  vrijdag 17:00 - maandag 08:00 \n")
    assert read == (Block(480, DAY + 480), Block(4 * DAY + 17 * 60, 480))


def test_what_is_no_block_is_refused_with_its_line():
    with pytest.raises(rotation_blocks.BlocksOverlap):
        rotation_blocks.read_blocks("ma 08:00 tot di 08:00\nma 20:00 tot di 09:00")
    with pytest.raises(rotation_blocks.NotBlocks) as refused:
        rotation_blocks.read_blocks("ma 08:00 tot di 08:00\nma 25:00 tot di 08:00")
    assert refused.value.line == 2
    for text in ("", "ma", "ma 08:00", "xx 08:00 tot di 08:00", "ma 08:60 tot di 08:00"):
        with pytest.raises(rotation_blocks.NotBlocks):
            rotation_blocks.read_blocks(text)


@given(blocks())
@settings(RANDOM, max_examples=60)
def test_blocks_that_are_written_are_read_again(some):
    assert rotation_blocks.read_blocks(rotation_blocks.write_blocks(some)) == some


@pytest.mark.parametrize("pattern", [each for each in Pattern if each is not Pattern.OWN])
def test_patterns_have_the_names_people_use(pattern):
    assert rotation_blocks.pattern_of(rotation_blocks.usual(pattern)) is pattern
    assert rotation_blocks.pattern_of((Block(0, 60),)) is Pattern.OWN


def test_what_a_change_may_not_do():
    rule = rotation_edits.begun(phase(), None)
    tomorrow = MONDAY + timedelta(days=1)
    with pytest.raises(rotation_edits.InThePast):
        rotation_edits.changed(rule, phase(from_on=MONDAY), None, tomorrow)
    with pytest.raises(rotation_edits.AlreadyInOrder):
        rotation_edits.joined(rule, ANNA, tomorrow, MONDAY)
    with pytest.raises(rotation_edits.NotInOrder):
        rotation_edits.left(rule, DINA, tomorrow, MONDAY)
    with pytest.raises(rotation_edits.NobodyInOrder):
        rotation_edits.begun(phase(()), None)
    with pytest.raises(rotation_edits.TwiceInOrder):
        rotation_edits.begun(phase((ANNA, ANNA)), None)
    with pytest.raises(rotation_edits.EndsBeforeItStarts):
        rotation_edits.begun(phase(), MONDAY - timedelta(days=1))
    with pytest.raises(rotation_edits.NotATier):
        rotation_edits.begun(phase(tier=0), None)
