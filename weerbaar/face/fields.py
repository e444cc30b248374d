"""Fields that people fill in the Dutch way: a day, a time of day."""

import re
from datetime import date, time
from typing import Any

from flask_babel import lazy_gettext
from wtforms import StringField
from wtforms.validators import StopValidation
from wtforms.widgets import DateInput, TimeInput

_DUTCH = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})", re.ASCII)


def _l(text: str) -> Any:
    return lazy_gettext(text)


def read_day(written: str) -> date | None:
    """The day somebody wrote, `24-11-2026` or `2026-11-24`; None where it is none.

    Args:
        written: as typed.
    """
    dutch, iso = _DUTCH.fullmatch(written), _ISO.fullmatch(written)
    parts = iso.groups() if iso else dutch.groups()[::-1] if dutch else ()
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError:
        return None


class DayField(StringField):
    """A local day; what was typed is kept, `day` is what it means."""

    widget = DateInput()

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(label, **more)
        self.day: date | None = None

    def pre_validate(self, form: Any) -> None:
        """Read the day, or say how to write it."""
        _ = form
        written = (self.data or "").strip()
        self.day = read_day(written)
        if written and self.day is None:
            raise StopValidation(str(_l("Vul een dag in als 24-11-2026.")))


class ClockField(StringField):
    """A local time of day; what was typed is kept, `at` is what it means."""

    widget = TimeInput()

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(label, **more)
        self.at: time | None = None

    def pre_validate(self, form: Any) -> None:
        """Read the time, or say how to write it."""
        _ = form
        written = (self.data or "").strip()
        self.at = None
        if not written:
            return
        found = _CLOCK.fullmatch(written)
        try:
            hour, minute = (int(part) for part in (found.groups() if found else ()))
            self.at = time(hour, minute)
        except ValueError:
            raise StopValidation(str(_l("Vul een tijd in als 19:30."))) from None
