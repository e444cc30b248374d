from datetime import UTC, date, datetime, timedelta

import pytest

from weerbaar.hotline.roster import holidays_nl

# Domain reference section 12: Goede Vrijdag, both Easter days, Koningsdag, Bevrijdingsdag,
# Hemelvaart, both days of Whitsun and of Christmas.
TABLE = {
    2026: ["01-01", "04-03", "04-05", "04-06", "04-27", "05-05", "05-14", "05-24", "05-25", "12-25", "12-26"],
    2027: ["01-01", "03-26", "03-28", "03-29", "04-27", "05-05", "05-06", "05-16", "05-17", "12-25", "12-26"],
    2028: ["01-01", "04-14", "04-16", "04-17", "04-27", "05-05", "05-25", "06-04", "06-05", "12-25", "12-26"],
}  # fmt: skip


@pytest.mark.parametrize("year", TABLE)
def test_the_days_are_those_of_the_reference(year):
    found = holidays_nl.between(date(year, 1, 1), date(year, 12, 31))
    assert [f"{one.day:%m-%d}" for one in found] == TABLE[year]


def test_koningsdag_is_never_on_a_sunday():
    kings = {
        one.day
        for one in holidays_nl.between(date(2025, 1, 1), date(2036, 12, 31))
        if one.name == "Koningsdag"
    }
    assert {date(2025, 4, 26), date(2031, 4, 26), date(2036, 4, 26)} <= kings
    assert all(day.isoweekday() != 7 for day in kings)


def test_two_holidays_on_one_day_share_it():
    (found,) = holidays_nl.between(date(2016, 5, 5), date(2016, 5, 5))
    assert set(found.name.split(", ")) == {"Bevrijdingsdag", "Hemelvaartsdag"}


def test_a_holiday_runs_from_midnight_to_midnight_on_the_wall():
    (easter,) = holidays_nl.between(date(2027, 3, 28), date(2027, 3, 28))
    # The clocks change on this Easter Sunday.
    assert easter.hours.starts == datetime(2027, 3, 27, 23, tzinfo=UTC)
    assert easter.hours.ends - easter.hours.starts == timedelta(hours=23)
    assert holidays_nl.is_holiday(date(2027, 5, 5))
    assert not holidays_nl.is_holiday(date(2027, 5, 4))
