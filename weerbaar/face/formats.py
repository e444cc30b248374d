"""How instants, days and telephone numbers are written. Always Europe/Amsterdam, 24 hours."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import phonenumbers
from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_locale, gettext, ngettext

from weerbaar.config.clock import local

# The number of the hotline, and the one way it is written.
HOTLINE = "+31703738314"
HOTLINE_SHOWN = "070 - 37 38 314"

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
KILO = 1024


@dataclass(frozen=True)
class Hotline:
    """The number people call, for templates: `hotline.shown`.

    Args:
        number: E.164.
    """

    number: str

    @property
    def shown(self) -> str:
        """As people read it."""
        return telephone(self.number)


def moment(instant: datetime) -> str:
    """Day and time, `05-04-2026 14:30`.

    Args:
        instant: an aware datetime.
    """
    return local(instant).strftime("%d-%m-%Y %H:%M")


def day(instant: datetime | date) -> str:
    """The day, `05-04-2026`.

    Args:
        instant: an aware datetime, or a date.
    """
    return _day_of(instant).strftime("%d-%m-%Y")


def long_day(instant: datetime | date) -> str:
    """The day in words, `zondag 5 april 2026`.

    Args:
        instant: an aware datetime, or a date.
    """
    return _in_words(_day_of(instant), "EEEE d MMMM y")


def clock_time(instant: datetime) -> str:
    """The time, `14:30`.

    Args:
        instant: an aware datetime.
    """
    return local(instant).strftime("%H:%M")


def since(instant: datetime, now: datetime) -> str:
    """How long ago, roughly: `zojuist`, `12 minuten geleden`, `2 uur geleden`, `3 dagen geleden`.

    Args:
        instant: an aware datetime.
        now: the present, aware.
    """
    seconds = (now - instant).total_seconds()
    if seconds < MINUTE:
        return str(gettext("zojuist"))
    return str(gettext("%(span)s geleden", span=span(seconds)))


def span(seconds: float) -> str:
    """A length of time in its largest whole unit: `40 seconden`, `12 minuten`, `2 uur`, `3 dagen`.

    Args:
        seconds: the length.
    """
    whole = int(seconds)
    if whole < MINUTE:
        return str(ngettext("%(num)d seconde", "%(num)d seconden", whole))
    if whole < HOUR:
        return str(ngettext("%(num)d minuut", "%(num)d minuten", whole // MINUTE))
    if whole < DAY:
        return str(ngettext("%(num)d uur", "%(num)d uur", whole // HOUR))
    return str(ngettext("%(num)d dag", "%(num)d dagen", whole // DAY))


def file_size(count: int) -> str:
    """How large a file is: `640 bytes`, `312 kB`, `2,4 MB`.

    Args:
        count: bytes.
    """
    if count < KILO:
        return str(ngettext("%(num)d byte", "%(num)d bytes", count))
    if count < KILO * KILO:
        return f"{round(count / KILO)} kB"
    return f"{format_decimal(count / KILO / KILO, '0.0', locale=get_locale() or 'nl')} MB"


def week_label(instant: datetime | date) -> str:
    """The ISO week and its days, `Week 15: 6 t/m 12 april 2026`.

    Args:
        instant: an aware datetime, or a date in that week.
    """
    inside = _day_of(instant)
    monday = inside - timedelta(days=inside.weekday())
    sunday = monday + timedelta(days=6)
    first = "d" if monday.month == sunday.month else "d MMMM"
    if monday.year != sunday.year:
        first = "d MMMM y"
    return str(
        gettext(
            "Week %(week)d: %(first)s t/m %(last)s",
            week=inside.isocalendar().week,
            first=_in_words(monday, first),
            last=_in_words(sunday, "d MMMM y"),
        )
    )


def telephone(number: str) -> str:
    """A number in national notation, `06 12345678`; foreign ones keep their country.

    Args:
        number: E.164. What is no number is given back as it is.
    """
    if number == HOTLINE:
        return HOTLINE_SHOWN
    try:
        parsed = phonenumbers.parse(number, "NL")
    except phonenumbers.NumberParseException:
        return number
    notation = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if parsed.country_code == phonenumbers.country_code_for_region("NL")
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return str(phonenumbers.format_number(parsed, notation))


def machine(instant: datetime | date) -> str:
    """For the `datetime` of a `<time>` element: local ISO 8601 with its offset, or the date."""
    if isinstance(instant, datetime):
        return local(instant).isoformat(timespec="minutes")
    return instant.isoformat()


def _day_of(instant: datetime | date) -> date:
    return local(instant).date() if isinstance(instant, datetime) else instant


def _in_words(value: date, pattern: str) -> str:
    return format_date(value, pattern, locale=get_locale() or "nl")


def plug(app: Flask) -> None:
    """Give templates the formats as filters."""
    app.jinja_env.filters.update(
        moment=moment,
        day=day,
        long_day=long_day,
        clock_time=clock_time,
        since=since,
        span=span,
        file_size=file_size,
        week_label=week_label,
        telephone=telephone,
        machine=machine,
    )
