"""Hours at night, in weekends and on holidays, against a clock that is read every quarter."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weerbaar.config.clock import AMSTERDAM
from weerbaar.hotline.roster import holidays_nl, hours, rest, rules
from weerbaar.hotline.roster.rules import Interval, Placed

ANNA, BRAM = UUID(int=1), UUID(int=2)
QUARTER = timedelta(minutes=15)
LIMITS = rest.Limits(timedelta(hours=11), 7)


def placed(start, end, person=ANNA, tier=1):
    return Placed(tier, person, rules.read(start).first, rules.read(end).last)


def month(year, number):
    first = date(year, number, 1)
    following = date(year + number // 12, number % 12 + 1, 1)
    starts, ends = (
        rules.read_wall(datetime.combine(day, time())).first for day in (first, following)
    )
    return Interval(starts, ends)


def share(period, *shifts, now=datetime(2020, 1, 1, tzinfo=UTC)):
    days = [
        each.day
        for each in holidays_nl.between(
            period.starts.date() - timedelta(days=1), period.ends.date() + timedelta(days=1)
        )
    ]
    return {each.person_id: each for each in hours.shares(shifts, period, days, now)}


@pytest.mark.parametrize(
    ("start", "end", "whole", "night"),
    [
        ("2026-11-24T20:00", "2026-11-25T08:00", 12, 8),
        ("2026-10-24T20:00", "2026-10-25T08:00", 13, 9),  # an hour comes twice
        ("2026-03-28T20:00", "2026-03-29T08:00", 11, 7),  # an hour is missing
        ("2026-11-24T06:00", "2026-11-24T22:00", 16, 0),
        ("2026-11-24T05:45", "2026-11-24T22:15", 16.5, 0.5),
    ],
)
def test_a_night_is_as_long_as_it_is(start, end, whole, night):
    day = datetime.fromisoformat(start)
    found = share(month(day.year, day.month), placed(start, end))[ANNA]
    assert (found.hours, found.night_hours) == (whole, night)


def test_what_lies_outside_the_period_does_not_count_and_back_up_is_told_apart():
    found = share(
        month(2026, 11),
        placed("2026-10-31T20:00", "2026-11-01T08:00"),
        placed("2026-11-02T08:00", "2026-11-03T08:00", tier=2),
        placed("2026-12-01T00:00", "2026-12-01T08:00", person=BRAM),
    )
    assert found.keys() == {ANNA}
    anna = found[ANNA]
    assert (anna.shifts, anna.hours, anna.first_line, anna.backup) == (2, 32, 8, 24)
    # The first of November is a Sunday: one weekend, the night before it, and one in the week.
    assert (anna.nights, anna.weekends, anna.weekend_hours, anna.holidays) == (2, 1, 8, 0)


def test_what_is_ahead_is_told_apart():
    now = datetime(2026, 11, 24, 11, tzinfo=UTC)
    found = share(month(2026, 11), placed("2026-11-24T08:00", "2026-11-24T20:00"), now=now)[ANNA]
    assert (found.hours, found.ahead) == (12, 8)


@given(
    st.integers(0, 365 * 96), st.integers(1, 4 * 60), st.integers(0, 60 * 96), st.integers(1, 40 * 96)
)  # fmt: skip
@settings(max_examples=60, deadline=None, derandomize=True)
def test_every_kind_of_hour_is_what_a_clock_shows(begin, length, period_begin, period_length):
    new_year = datetime(2026, 1, 1, tzinfo=UTC)
    starts = new_year + begin * QUARTER
    shift = Placed(1, ANNA, starts, starts + length * QUARTER)
    around = starts - 30 * 96 * QUARTER + period_begin * QUARTER
    period = Interval(around, around + period_length * QUARTER)
    free = {each.day for each in holidays_nl.between(date(2025, 1, 1), date(2027, 12, 31))}
    seen = {"hours": 0, "night_hours": 0, "weekend_hours": 0, "holiday_hours": 0}
    for number in range(length):
        at = shift.starts + number * QUARTER
        if not period.starts <= at < period.ends:
            continue
        wall = at.astimezone(AMSTERDAM)
        seen["hours"] += 1
        seen["night_hours"] += wall.hour >= 22 or wall.hour < 6
        seen["weekend_hours"] += wall.weekday() >= 5
        seen["holiday_hours"] += wall.date() in free
    found = share(period, shift).get(ANNA) or hours.Share(ANNA)
    assert {name: getattr(found, name) * 4 for name in seen} == seen


# --- rest ----------------------------------------------------------------------------------------


def test_eleven_hours_are_enough_and_a_minute_less_is_not():
    enough = [
        placed("2026-11-24T08:00", "2026-11-24T20:00"),
        placed("2026-11-25T07:00", "2026-11-25T08:00"),
    ]
    assert rest.warnings(enough, LIMITS) == []
    short = [enough[0], placed("2026-11-25T06:59", "2026-11-25T08:00", tier=2)]
    (warned,) = rest.warnings(short, LIMITS)
    assert isinstance(warned, rest.ShortRest)
    assert round(warned.hours, 2) == 10.98
    # Of two people it says nothing.
    assert (
        rest.warnings([enough[0], placed("2026-11-25T06:00", "2026-11-25T08:00", BRAM)], LIMITS)
        == []
    )


def test_rest_is_measured_in_the_night_that_lacks_an_hour():
    shifts = [
        placed("2026-03-28T10:00", "2026-03-28T20:00"),
        placed("2026-03-29T07:00", "2026-03-29T12:00"),
    ]
    (warned,) = rest.warnings(shifts, LIMITS)
    assert warned.hours == 10
    autumn = [
        placed("2026-10-24T10:00", "2026-10-24T20:00"),
        placed("2026-10-25T06:00", "2026-10-25T12:00"),
    ]
    assert rest.warnings(autumn, LIMITS) == []


def test_shifts_that_meet_are_one_stretch_and_a_week_is_no_run_too_long():
    week = [
        placed(f"2026-10-{day}T08:00", f"2026-10-{day + 1}T08:00", tier=1 + day % 2)
        for day in range(19, 26)
    ]
    assert rest.warnings(week, LIMITS) == []  # seven days, in which the clock goes back
    (warned,) = rest.warnings([*week, placed("2026-10-26T08:00", "2026-10-26T09:00")], LIMITS)
    assert isinstance(warned, rest.LongRun)
    assert warned.days == 8


def test_a_whole_free_day_ends_a_run():
    days = [placed(f"2026-11-{day:02}T08:00", f"2026-11-{day:02}T18:00") for day in range(2, 10)]
    (warned,) = rest.warnings(days, LIMITS)
    assert (warned.days, warned.starts.day, warned.ends.day) == (8, 2, 9)
    free = [each for each in days if each.starts.day != 5]
    assert rest.warnings(free, LIMITS) == []


def test_only_warnings_about_the_period_are_kept():
    shifts = [
        placed("2026-10-31T08:00", "2026-10-31T20:00"),
        placed("2026-11-01T02:00", "2026-11-01T09:00"),
    ]
    found = rest.warnings(shifts, LIMITS)
    assert rest.touching(found, month(2026, 11)) == found
    assert rest.touching(found, month(2026, 12)) == []
