"""Agreed hours for calling: read from what a confidant typed, judged at an instant.

Each line names days and hours: `ma t/m vr 19.00-22.00`. Hours are those of the clock on the wall in
Amsterdam, because that is the clock the person lives by: at the change of clocks an hour that comes
twice is safe twice, and one that does not come is not there to call in.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from weerbaar.config.clock import AMSTERDAM, local

DAY_MINUTES = 24 * 60
WEEK = 7
SHORTEST_RANGE = 3
# The clocks of the European Union change at one o'clock UTC (Directive 2000/84/EC).
CHANGE_HOUR = 1

_NAMES = ("ma", "di", "wo", "do", "vr", "za", "zo")
_WHOLE_NAMES = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_DAY = {
    **{name: day for day, name in enumerate(_NAMES)},
    **{name: day for day, name in enumerate(_WHOLE_NAMES)},
}
_GROUPS = {
    "werkdagen": range(5),
    "doordeweeks": range(5),
    "weekend": range(5, 7),
    "elke dag": range(7),
    "alle dagen": range(7),
    "dagelijks": range(7),
}

_CLOCK = r"([01]?\d|2[0-4])(?:[.:]([0-5]\d))?(?:\s*uur)?"
_BETWEEN = re.compile(rf"(?:van\s+)?{_CLOCK}\s*(?:-|tot|t/m)\s*{_CLOCK}")
_AFTER = re.compile(rf"(?:na|vanaf)\s+{_CLOCK}")
_BEFORE = re.compile(rf"(?:voor|vóór|tot)\s+{_CLOCK}")
_ALL_DAY = re.compile(r"(?:de\s+)?hele\s+dag")
_RANGE = re.compile(r"\s*(?:-|t/m)\s*")
_LIST = re.compile(r"\s*(?:,|\ben\b|\+)\s*")


class NotUnderstood(ValueError):
    """A line that names no days and hours; `line` is its number, from 1. It does not quote it."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"line {line} names no days and hours")


@dataclass(frozen=True)
class Window:
    """Hours on some days: minutes of the wall clock, half-open; `until` may lie past midnight.

    `days` are 0 (Monday) to 6; `until` is above `since` and at most a day later.
    """

    days: frozenset[int]
    since: int
    until: int


def read(text: str) -> tuple[Window, ...]:
    """The windows of a text, one a line or set apart by semicolons; empty lines are skipped.

    Args:
        text: as typed.

    Raises:
        NotUnderstood: with the number of the first line that is not understood.
    """
    lines = re.split(r"[\n;]", text)
    return tuple(
        _line(_plain(line), number) for number, line in enumerate(lines, 1) if line.strip()
    )


def _plain(line: str) -> str:
    return " ".join(line.lower().replace("\u2013", "-").split()).replace("tot en met", "t/m")


def _line(line: str, number: int) -> Window:
    for pattern in (_ALL_DAY, _BETWEEN, _AFTER, _BEFORE):
        found = re.search(rf"(?:^|\s){pattern.pattern}\.?$", line)
        if found:
            days = _days(line[: found.start()].strip(" :,"))
            hours = _hours(pattern, found.groups())
            if days and hours:
                return Window(days, *hours)
            break
    raise NotUnderstood(number)


def _hours(pattern: re.Pattern[str], found: Sequence[str | None]) -> tuple[int, int] | None:
    if pattern is _ALL_DAY:
        return 0, DAY_MINUTES
    first = _minutes(found[0], found[1])
    if pattern is _AFTER:
        return (first, DAY_MINUTES) if first < DAY_MINUTES else None
    if pattern is _BEFORE:
        return (0, first) if 0 < first <= DAY_MINUTES else None
    until = _minutes(found[2], found[3])
    if first >= DAY_MINUTES or until > DAY_MINUTES or first == until:
        return None
    return first, until if until > first else until + DAY_MINUTES


def _minutes(hours: str | None, minutes: str | None) -> int:
    return int(hours or 0) * 60 + int(minutes or 0)


def _days(text: str) -> frozenset[int]:
    if text in _GROUPS:
        return frozenset(_GROUPS[text])
    days: set[int] = set()
    for part in _LIST.split(text):
        if part in _GROUPS:
            days.update(_GROUPS[part])
            continue
        ends = [_DAY.get(name.rstrip(".")) for name in _RANGE.split(part)]
        first, last = ends[0], ends[-1]
        if first is None or last is None or len(ends) > len((first, last)):
            return frozenset()
        days.update((first + step) % WEEK for step in range((last - first) % WEEK + 1))
    return frozenset(days)


def shown(windows: Sequence[Window]) -> str:
    """Windows as the house writes them, one a line; reading this gives the same windows."""
    return "\n".join(f"{_shown_days(one.days)} {_shown_hours(one)}" for one in windows)


def _shown_days(days: frozenset[int]) -> str:
    if len(days) == WEEK:
        return "elke dag"
    ordered = sorted(days)
    if len(ordered) >= SHORTEST_RANGE and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{_NAMES[ordered[0]]} t/m {_NAMES[ordered[-1]]}"
    return ", ".join(_NAMES[day] for day in ordered)


def _shown_hours(window: Window) -> str:
    if (window.since, window.until) == (0, DAY_MINUTES):
        return "hele dag"
    until = window.until if window.until <= DAY_MINUTES else window.until - DAY_MINUTES
    return f"{_clock(window.since)}-{_clock(until)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}.{minutes % 60:02}"


def is_open(windows: Sequence[Window], at: datetime) -> bool:
    """Whether an instant (aware) lies in one of the windows."""
    here = local(at)
    day, minute = here.weekday(), here.hour * 60 + here.minute
    return any(
        (day in one.days and one.since <= minute < one.until)
        or ((day - 1) % WEEK in one.days and minute + DAY_MINUTES < one.until)
        for one in windows
    )


def next_opening(windows: Sequence[Window], at: datetime) -> datetime | None:
    """The first instant after another at which a window is open, in UTC; None: there is none.

    Args:
        windows: the agreed hours.
        at: aware; an instant in a window has its own next opening in a later one, or none nearby.
    """
    today = local(at).date()
    begins: list[datetime] = []
    for ahead in range(WEEK + 2):
        day = today + timedelta(days=ahead)
        begins.append(datetime.combine(day, time(CHANGE_HOUR), UTC))
        for one in windows:
            if day.weekday() in one.days:
                wall = datetime.combine(day, time(one.since // 60, one.since % 60), AMSTERDAM)
                begins.extend(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return min((one for one in begins if one > at and is_open(windows, one)), default=None)
