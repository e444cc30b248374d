"""Agreed hours: what is typed is understood or refused, and judged by the clock on the wall."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weerbaar.intake import windows
from weerbaar.intake.windows import DAY_MINUTES, NotUnderstood, Window

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SPRING = datetime(2027, 3, 28, 1, tzinfo=UTC)  # 02:00 becomes 03:00
AUTUMN = datetime(2026, 10, 25, 1, tzinfo=UTC)  # 03:00 becomes 02:00
WORKDAYS = frozenset(range(5))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("text", "days", "hours"),
    [
        ("ma t/m vr 19.00-22.00", WORKDAYS, (19 * 60, 22 * 60)),
        ("Maandag tot en met vrijdag van 19:00 tot 22:00 uur", WORKDAYS, (1140, 1320)),
        ("werkdagen na 20.00 uur", WORKDAYS, (20 * 60, DAY_MINUTES)),
        ("ma, wo en vr 9-17", {0, 2, 4}, (9 * 60, 17 * 60)),
        ("weekend hele dag", {5, 6}, (0, DAY_MINUTES)),
        ("elke dag voor 8.30", set(range(7)), (0, 8 * 60 + 30)),
        ("za-zo: 10.00 \u2013 12.00", {5, 6}, (600, 720)),
        ("vr t/m ma 22.00-02.00", {4, 5, 6, 0}, (22 * 60, 26 * 60)),
        ("za. vanaf 13 uur", {5}, (13 * 60, DAY_MINUTES)),
        ("di 22.00-24.00", {1}, (22 * 60, DAY_MINUTES)),
    ],
)
def test_days_and_hours_are_read_as_people_write_them(text, days, hours) -> None:
    assert windows.read(text) == (Window(frozenset(days), *hours),)


@pytest.mark.parametrize(
    "text",
    ["na acht uur", "ma", "19.00-22.00", "ma 25.00-26.00", "ma 9-9", "ma tot 0.00", "feestdagen 9-17",
     "ma t/m wo t/m vr 9-17", "ma 24.00-2.00", "ma na 24.00", "ma 9.75-10"],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        windows.read(f"elke dag hele dag\n\n{text}")
    assert refused.value.line == 3
    assert text not in str(refused.value)


def test_several_lines_are_several_windows() -> None:
    assert len(windows.read("ma 9-12; di 9-12\nwo 9-12")) == 3
    assert windows.read(" \n ") == ()


def test_a_window_past_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    night = windows.read("vr 22.00-02.00")
    assert windows.is_open(night, at("2026-11-27T22:00"))
    assert windows.is_open(night, at("2026-11-28T01:59"))
    assert not windows.is_open(night, at("2026-11-28T02:00"))
    assert not windows.is_open(night, at("2026-11-27T01:00"))
    assert windows.is_open(windows.read("zo 22.00-02.00"), at("2026-11-23T01:00"))


def test_an_hour_that_comes_twice_is_safe_twice() -> None:
    hours = windows.read("zo 2.15-2.45")
    opened = [
        minute
        for minute in range(-180, 180)
        if windows.is_open(hours, AUTUMN + timedelta(minutes=minute))
    ]
    assert opened == [*range(-45, -15), *range(15, 45)]


def test_an_hour_that_does_not_come_is_not_there() -> None:
    hours = windows.read("zo 2.15-2.45")
    week = (SPRING + timedelta(minutes=minute) for minute in range(-600, 600))
    assert not any(windows.is_open(hours, one) for one in week)
    assert windows.next_opening(windows.read("zo 2.15-4.00"), SPRING - timedelta(hours=2)) == SPRING


# ---- properties ----------------------------------------------------------------------------

days = st.frozensets(st.integers(0, 6), min_size=1)
one_window = st.builds(
    lambda days, since, length: Window(days, since, since + length),
    days, st.integers(0, DAY_MINUTES - 1), st.integers(1, DAY_MINUTES - 1),
)  # fmt: skip
some = st.lists(one_window, min_size=1, max_size=3)
around_changes = st.one_of(
    *(
        st.integers(-60 * 60, 60 * 60).map(lambda minutes, base=base: base + timedelta(minutes=minutes))
        for base in (SPRING, AUTUMN, datetime(2026, 7, 1, tzinfo=UTC))
    )
)  # fmt: skip


def judged_by_hand(window: Window, instant: datetime) -> bool:
    wall = instant.astimezone(AMSTERDAM).replace(tzinfo=None)
    for back in (0, 1):
        day = (wall - timedelta(days=back)).replace(hour=0, minute=0, second=0)
        begin, end = (day + timedelta(minutes=one) for one in (window.since, window.until))
        if day.weekday() in window.days and begin <= wall < end:
            return True
    return False


@given(some)
def test_what_the_house_writes_it_reads_again(given_windows) -> None:
    assert windows.read(windows.shown(given_windows)) == tuple(given_windows)


@given(some, around_changes)
def test_the_wall_clock_alone_decides(given_windows, instant) -> None:
    judged = any(judged_by_hand(one, instant) for one in given_windows)
    assert windows.is_open(given_windows, instant) is judged


@given(some, around_changes)
def test_nothing_opens_between_now_and_the_next_opening(given_windows, instant) -> None:
    opening = windows.next_opening(given_windows, instant)
    assert opening is not None
    assert opening > instant
    assert windows.is_open(given_windows, opening)
    if not windows.is_open(given_windows, instant):
        step = instant
        while step < opening:
            assert not windows.is_open(given_windows, step)
            step += timedelta(minutes=1)


@given(st.text(alphabet="madiwovrzn t/-.:0123456789uurelkdag\n;", max_size=40))
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    try:
        found = windows.read(text)
    except NotUnderstood:
        return
    assert all(0 <= one.since < one.until <= one.since + DAY_MINUTES for one in found)
