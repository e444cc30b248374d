"""The public holidays of the Netherlands, computed; the hotline does not close on them.

The days of article 3 of the Algemene termijnenwet (domain reference section 12), with
Bevrijdingsdag every year and Goede Vrijdag, which counts as equal. When Easter falls and that
Koningsdag moves off a Sunday is the library's knowledge.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import holidays
from flask_babel import lazy_gettext
from holidays.constants import HOLIDAY_NAME_DELIMITER

from weerbaar.hotline.roster.rules import Interval, read_wall


def _l(text: str) -> Any:
    return lazy_gettext(text)


# Bevrijdingsdag is PUBLIC for the library in lustrum years only, and OPTIONAL in the others.
_CATEGORIES = ("public", "optional")
_LANGUAGE = "nl"
_NAMES: Mapping[str, Any] = MappingProxyType({
    "Nieuwjaarsdag": _l("Nieuwjaarsdag"),
    "Goede vrijdag": _l("Goede Vrijdag"),
    "Eerste paasdag": _l("Eerste paasdag"),
    "Tweede paasdag": _l("Tweede paasdag"),
    "Koningsdag": _l("Koningsdag"),
    "Bevrijdingsdag": _l("Bevrijdingsdag"),
    "Hemelvaartsdag": _l("Hemelvaartsdag"),
    "Eerste pinksterdag": _l("Eerste pinksterdag"),
    "Tweede pinksterdag": _l("Tweede pinksterdag"),
    "Eerste kerstdag": _l("Eerste kerstdag"),
    "Tweede kerstdag": _l("Tweede kerstdag"),
})  # fmt: skip


@dataclass(frozen=True)
class Holiday:
    """A public holiday: a local day and its name for the page."""

    day: date
    name: str

    @property
    def hours(self) -> Interval:
        """From local midnight to the next, as instants; 23 or 25 hours at a change of clocks."""
        midnight = datetime.combine(self.day, time())
        return Interval(read_wall(midnight).first, read_wall(midnight + timedelta(days=1)).first)


def between(first: date, last: date) -> list[Holiday]:
    """The public holidays of the Netherlands from a day to a day.

    Args:
        first: a local date.
        last: a local date, included.
    """
    days = {day: name for year in range(first.year, last.year + 1) for day, name in _of(year)}
    return [Holiday(day, text_of(days[day])) for day in sorted(days) if first <= day <= last]


def is_holiday(day: date) -> bool:
    """Whether a local date is a public holiday."""
    return any(day == one for one, _name in _of(day.year))


def text_of(name: str) -> str:
    """A holiday's name in the language of the page; Dutch where there is no page.

    Args:
        name: the library's; two holidays on one day share one text.
    """
    return ", ".join(str(_NAMES.get(one, one)) for one in name.split(HOLIDAY_NAME_DELIMITER))


@lru_cache(maxsize=64)
def _of(year: int) -> tuple[tuple[date, str], ...]:
    found = holidays.country_holidays(
        "NL", years=year, categories=_CATEGORIES, language=_LANGUAGE, expand=False
    )
    return tuple(sorted(found.items()))
