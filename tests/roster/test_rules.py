import itertools
import operator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weerbaar.hotline.roster import rules, weeks
from weerbaar.hotline.roster.rules import Interval, Placed, Wish

ANNA, BRAM = UUID(int=1), UUID(int=2)
MARCH, OCTOBER = datetime(2027, 3, 28), datetime(2026, 10, 25)  # noqa: DTZ001


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def wish(start, end, person=ANNA, tier=1):
    return Wish(tier, person, rules.read(start), rules.read(end))


# --- readings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2026-11-24T08:00", utc(2026, 11, 24, 7), utc(2026, 11, 24, 7)),
        ("2026-07-01T08:00", utc(2026, 7, 1, 6), utc(2026, 7, 1, 6)),
        ("2026-11-24 08:00:30", utc(2026, 11, 24, 7, 0, 30), utc(2026, 11, 24, 7, 0, 30)),
        ("2026-11-24T08:00Z", utc(2026, 11, 24, 8), utc(2026, 11, 24, 8)),
        ("2026-11-24T08:00-05:00", utc(2026, 11, 24, 13), utc(2026, 11, 24, 13)),
        # Twice in October: in summer time, and an hour later in winter time.
        ("2026-10-25T02:30", utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)),
        ("2026-10-25T02:30+02:00", utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 0, 30)),
        ("2026-10-25T02:30+01:00", utc(2026, 10, 25, 1, 30), utc(2026, 10, 25, 1, 30)),
        # Absent in March: as winter time has it, and as summer time has it.
        ("2027-03-28T02:30", utc(2027, 3, 28, 0, 30), utc(2027, 3, 28, 1, 30)),
        # The edges of the doubtful hour.
        ("2026-10-25T01:59", utc(2026, 10, 24, 23, 59), utc(2026, 10, 24, 23, 59)),
        ("2026-10-25T03:00", utc(2026, 10, 25, 2), utc(2026, 10, 25, 2)),
        ("2027-03-28T02:00", utc(2027, 3, 28, 0), utc(2027, 3, 28, 1)),
        ("2027-03-28T03:00", utc(2027, 3, 28, 1), utc(2027, 3, 28, 1)),
    ],
)
def test_a_written_time_is_one_instant_or_the_two_of_a_change_of_clocks(written, first, last):
    reading = rules.read(written)
    assert (reading.first, reading.last) == (first, last)


@pytest.mark.parametrize(
    "written",
    [
        "", "24-11-2026 08:00", "2026-11-24", "2026-02-29T08:00", "2026-13-01T08:00", "2026-11-24T24:00",
        "2026-11-24T08:60", "2026-11-24T8:00", "2026-11-24T08:00+25:00", "2026-W48-2T08:00", "0001-01-01T00:00",
        "2026-11-24T08:00 Europe", "\uff12\uff10\uff12\uff16-11-24T08:00", "9999-12-31T23:59-12:00",
    ],
)  # fmt: skip
def test_what_no_calendar_has_is_refused(written):
    with pytest.raises(rules.NotATime):
        rules.read(written)


def test_a_shift_runs_forward_on_the_wall_clock_too():
    assert rules.in_order(rules.read("2026-10-25T02:15"), rules.read("2026-10-25T02:45"))
    # On the wall 02:45 to 02:15 runs backwards; with offsets it can be meant.
    assert not rules.in_order(rules.read("2026-10-25T02:45"), rules.read("2026-10-25T02:15"))
    assert rules.in_order(
        rules.read("2026-10-25T02:45+02:00"), rules.read("2026-10-25T02:15+01:00")
    )
    assert not rules.in_order(rules.read("2026-11-24T08:00"), rules.read("2026-11-24T08:00"))


# --- the nights of the change of clocks ----------------------------------------------------------

NIGHTS = st.sampled_from([MARCH, OCTOBER])


@st.composite
def chains(draw, shortest=1):
    """Local times of one night, in order: each shift ends on the wall where the next starts."""
    wall = draw(NIGHTS) + timedelta(minutes=draw(st.integers(-240, 180)))
    steps = draw(st.lists(st.integers(shortest, 200), min_size=1, max_size=6))
    walls = list(
        itertools.accumulate(
            (timedelta(minutes=step) for step in steps), operator.add, initial=wall
        )
    )
    return [each.isoformat(timespec="minutes") for each in walls]


def written(walls, persons, tiers=(1,) * 10):
    pairs = zip(itertools.pairwise(walls), persons, tiers, strict=False)
    return [wish(start, end, person, tier) for (start, end), person, tier in pairs]


def placed_one_by_one(wishes):
    placed = []
    for each in wishes:
        placed.append(rules.place(each, placed))
    return placed


def gaps(walls, placed):
    return rules.holes(placed, rules.read(walls[0]).first, rules.read(walls[-1]).last)


# Whatever the times, shifts of different people that meet on the wall clock leave no gap.
@given(chains())
@settings(max_examples=150)
def test_shifts_that_meet_on_the_wall_never_leave_a_gap(walls):
    placed = placed_one_by_one(written(walls, [UUID(int=number) for number in range(10)]))
    assert all(one.ends >= other.starts for one, other in itertools.pairwise(placed))


# One person's own shifts meet exactly, in whatever order they are written down.
@given(chains(shortest=61), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_one_persons_shifts_never_overlap_and_never_leave_a_gap(walls, chance):
    wishes = written(walls, [ANNA] * 10)
    chance.shuffle(wishes)
    placed = sorted(placed_one_by_one(wishes), key=lambda each: each.starts)
    assert all(one.ends == other.starts for one, other in itertools.pairwise(placed))
    assert gaps(walls, placed) == []
    # And the same text again is recognised.
    assert all(rules.standing_for(each, placed) is not None for each in wishes)


# Two people who change places, first line and back-up, at every hand-over: in the order of a file
# always possible, in any other order refused rather than left with a gap.
@given(chains(shortest=61), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_two_people_who_swap_tiers_never_leave_a_gap(walls, chance):
    wishes = written(walls, itertools.cycle([ANNA, BRAM])) + written(
        walls, itertools.cycle([BRAM, ANNA]), itertools.repeat(2)
    )
    orders = [sorted(wishes, key=rules.by_wall), wishes]
    chance.shuffle(wishes)
    for number, order in enumerate(orders):
        try:
            placed = placed_one_by_one(order)
        except rules.Overlaps:
            assert number == 1
            continue
        for tier in (1, 2):
            assert gaps(walls, [each for each in placed if each.tier == tier]) == []


def test_in_march_the_night_shift_ends_at_the_last_reading():
    night = rules.place(wish("2027-03-27T22:00", "2027-03-28T02:30"), [])
    assert night.ends == utc(2027, 3, 28, 1, 30)
    morning = rules.place(wish("2027-03-28T02:30", "2027-03-28T08:00", BRAM), [night])
    assert morning.starts == utc(2027, 3, 28, 0, 30)
    own = rules.place(wish("2027-03-28T02:30", "2027-03-28T08:00"), [night])
    assert own.starts == night.ends


def test_the_same_person_twice_at_once_is_refused_in_whatever_tier():
    first = rules.place(wish("2026-11-24T08:00", "2026-11-24T16:00"), [])
    with pytest.raises(rules.Overlaps) as refused:
        rules.place(wish("2026-11-24T15:59", "2026-11-24T20:00", tier=2), [first])
    assert refused.value.shift == first
    assert rules.place(wish("2026-11-24T16:00", "2026-11-24T20:00"), [first])
    assert rules.place(wish("2026-11-24T08:00", "2026-11-24T16:00", BRAM), [first])
    # A doubtful hour is no excuse for a real overlap.
    night = rules.place(wish("2026-10-24T20:00", "2026-10-25T06:00"), [])
    with pytest.raises(rules.Overlaps):
        rules.place(wish("2026-10-25T02:30", "2026-10-25T04:00"), [night])


def test_taking_over_keeps_the_hours_and_counts_a_doubtful_hour_once():
    night = Placed(1, ANNA, utc(2026, 10, 24, 20), utc(2026, 10, 25, 1, 30), UUID(int=10))
    morning = Placed(1, BRAM, utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 7), UUID(int=11))
    taken = rules.take_over(morning, ANNA, [night])
    assert (taken.starts, taken.ends) == (night.ends, morning.ends)
    taken = rules.take_over(night, BRAM, [morning])
    assert (taken.starts, taken.ends) == (night.starts, morning.starts)
    with pytest.raises(rules.Overlaps):
        rules.take_over(morning, ANNA, [Placed(2, ANNA, night.starts, night.ends, UUID(int=10))])
    late = Placed(1, ANNA, utc(2026, 10, 25, 6), utc(2026, 10, 25, 12), UUID(int=12))
    with pytest.raises(rules.Overlaps):
        rules.take_over(morning, ANNA, [late])


# --- holes ---------------------------------------------------------------------------------------

ZERO = utc(2026, 10, 24, 20)
HOURS = st.integers(0, 48)
STRETCHES = st.lists(
    st.tuples(HOURS, st.integers(1, 20)).map(
        lambda pair: Interval(ZERO + timedelta(hours=pair[0]), ZERO + timedelta(hours=sum(pair)))
    ),
    max_size=8,
)


# Every hour is either covered by a shift or lies in exactly one hole; holes do not touch.
@given(STRETCHES, HOURS, st.integers(1, 48))
@settings(max_examples=200)
def test_holes_are_exactly_what_no_shift_covers(shifts, begin, length):
    start = ZERO + timedelta(hours=begin)
    end = start + timedelta(hours=length)
    found = rules.holes(shifts, start, end)
    for hour in range(begin, begin + length):
        at = ZERO + timedelta(hours=hour)
        covered = any(shift.starts <= at < shift.ends for shift in shifts)
        assert covered != any(hole.starts <= at < hole.ends for hole in found)
    assert all(start <= hole.starts < hole.ends <= end for hole in found)
    assert all(one.ends < other.starts for one, other in itertools.pairwise(found))


def test_cover_looks_at_each_required_tier_apart():
    shifts = [
        Placed(1, ANNA, ZERO, ZERO + timedelta(hours=4)),
        Placed(2, BRAM, ZERO, ZERO + timedelta(hours=8)),
    ]
    holes = rules.cover(shifts, ZERO, ZERO + timedelta(hours=6), (1, 2))
    assert holes == [rules.Hole(1, ZERO + timedelta(hours=4), ZERO + timedelta(hours=6))]


# --- weeks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 10, 19), 25), (date(2027, 3, 22), 23), (date(2026, 11, 23), 24)]
)
def test_a_sunday_has_as_many_hours_as_the_clocks_give_it(day, hours):
    sunday = rules.week_days(day)[6]
    assert sunday.ends - sunday.starts == timedelta(hours=hours)


def test_a_week_shows_shifts_by_day_and_holes_of_the_first_line():
    shift = Placed(1, ANNA, utc(2026, 11, 23, 19), utc(2026, 11, 24, 7), UUID(int=5))
    backup = Placed(2, BRAM, utc(2026, 11, 24, 7), utc(2026, 11, 24, 19), UUID(int=6))
    days = rules.week_days(date(2026, 11, 23))
    holes = rules.cover([shift], days[0].starts, days[-1].ends)
    week = weeks.lay_out(date(2026, 11, 23), [shift, backup], holes)
    first, second = week.rows
    assert (first.tier, second.tier) == (1, 2)
    assert [stretch.is_hole for stretch in first.days[0]] == [True, False]
    assert [stretch.is_hole for stretch in first.days[1]] == [False, True]
    assert first.days[1][0].starts == utc(2026, 11, 23, 23)
    assert [len(day) for day in second.days] == [0, 1, 0, 0, 0, 0, 0]
    assert (week.code, week.dates[0], week.dates[-1]) == (
        "2026-W48",
        date(2026, 11, 23),
        date(2026, 11, 29),
    )


def test_the_turn_of_the_year_belongs_to_the_iso_week():
    assert weeks.read_week("2026-W53") == date(2026, 12, 28)
    assert weeks.week_code(date(2027, 1, 3)) == "2026-W53"
    assert weeks.monday_of(utc(2026, 11, 22, 23, 30)) == date(2026, 11, 23)


@pytest.mark.parametrize(
    "code",
    ["", "2026", "2027-W53", "2026-W00", "x-W01", "0001-W01", "9999-W52", "2026W48", "-1-W01"],
)
def test_a_week_that_does_not_exist_is_refused(code):
    with pytest.raises(weeks.NoSuchWeek):
        weeks.read_week(code)
