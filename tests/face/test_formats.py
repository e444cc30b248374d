"""How instants, days and numbers are written."""

from datetime import UTC, date, datetime, timedelta

import pytest

from weerbaar.face import formats

SPRING = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _context(site):
    with site.test_request_context("/"):
        yield


def test_clock_of_the_netherlands_skips_the_missing_hour():
    assert formats.moment(SPRING) == "29-03-2026 01:59"
    assert formats.clock_time(SPRING + timedelta(minutes=1)) == "03:00"
    assert formats.machine(SPRING) == "2026-03-29T01:59+01:00"
    assert formats.machine(SPRING + timedelta(minutes=1)) == "2026-03-29T03:00+02:00"


def test_day_is_the_day_here_and_not_in_utc():
    late = datetime(2026, 4, 4, 22, 30, tzinfo=UTC)
    assert formats.day(late) == "05-04-2026"
    assert formats.long_day(late) == "zondag 5 april 2026"
    assert formats.day(date(2026, 4, 5)) == "05-04-2026"


def test_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        formats.moment(datetime(2026, 4, 5, 12, 0))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2026, 4, 12), "Week 15: 6 t/m 12 april 2026"),
        (date(2026, 4, 1), "Week 14: 30 maart t/m 5 april 2026"),
        (date(2027, 1, 1), "Week 53: 28 december 2026 t/m 3 januari 2027"),
    ],
)
def test_week(day, label):
    assert formats.week_label(day) == label


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5, "zojuist"),
        (60, "1 minuut geleden"),
        (720, "12 minuten geleden"),
        (7200, "2 uur geleden"),
        (90000, "1 dag geleden"),
        (200000, "2 dagen geleden"),
        (-30, "zojuist"),
    ],
)
def test_since(seconds, text):
    assert formats.since(SPRING - timedelta(seconds=seconds), SPRING) == text


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+31703738314", "070 - 37 38 314"),
        ("+31612345601", "06 12345601"),
        ("+31201234567", "020 123 4567"),
        ("+3225551234", "+32 2 555 12 34"),
        ("anoniem", "anoniem"),
    ],
)
def test_telephone(number, shown):
    assert formats.telephone(number) == shown
