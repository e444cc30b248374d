"""The form in which a planner says how many people a tier needs."""

import re
from datetime import time
from typing import Any

from flask_babel import lazy_gettext
from wtforms import IntegerField, SelectMultipleField, StringField
from wtforms.fields import choices as choice_fields
from wtforms.validators import InputRequired, NumberRange, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget, TimeInput

from weerbaar.face.forms import Form
from weerbaar.hotline.roster import coverage_rules, coverage_words, rules
from weerbaar.hotline.roster.coverage_rules import Hours

# The published types of WTForms know neither lazy texts nor choices as objects.
SelectChoice: Any = vars(choice_fields)["SelectChoice"]
_CLOCK = re.compile(r"([01]?\d|2[0-4])[:.]([0-5]\d)", re.ASCII)
MIDNIGHT = (24, 0)


def _l(text: str) -> Any:
    return lazy_gettext(text)


class ClockField(StringField):
    """A local time of the day; what was typed is kept, `reading` is the time. 24:00 is midnight."""

    widget = TimeInput()

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(label, **more)
        self.reading: time | None = None

    def pre_validate(self, form: Any) -> None:
        """Read the time, or say how to write it."""
        _ = form
        self.reading = None
        written = (self.data or "").strip()
        if not written:
            return
        found = _CLOCK.fullmatch(written)
        at = (0, 0) if found is None else (int(found[1]), int(found[2]))
        if found is None or (at > MIDNIGHT):
            raise StopValidation(str(_l("Vul een tijd in, zoals 22:00.")))
        self.reading = time() if at == MIDNIGHT else time(*at)


class WeekdaysField(SelectMultipleField):
    """Boxes for the days of a week."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Any, **more: Any) -> None:
        choices = [SelectChoice(day, str(name)) for day, name in coverage_words.WEEKDAYS.items()]
        super().__init__(label, coerce=int, choices=choices, **more)


class NeedForm(Form):
    """How many people a tier needs: all the time, or on some days between two times."""

    tier = IntegerField(
        _l("Lijn"),
        description=_l("1 is de eerste lijn, 2 en hoger is achterwacht."),
        validators=[
            InputRequired(_l("Vul de lijn in, bijvoorbeeld 1.")),
            NumberRange(1, rules.HIGHEST_TIER, _l("De lijn is een getal van 1 tot en met 99.")),
        ],
    )
    depth = IntegerField(
        _l("Aantal mensen"),
        description=_l("De eerste lijn heeft altijd ten minste 1 persoon nodig."),
        validators=[
            InputRequired(_l("Vul een aantal in.")),
            NumberRange(
                0, coverage_rules.DEEPEST, _l("Het aantal is een getal van 0 tot en met 20.")
            ),
        ],
    )
    weekdays = WeekdaysField(
        _l("Alleen op deze dagen"),
        description=_l("Kies niets als het aantal altijd geldt."),
        validators=[Optional()],
    )
    starts = ClockField(
        _l("Van"), description=_l("Bijvoorbeeld 22:00 tot 08:00."), validators=[Optional()]
    )
    ends = ClockField(
        _l("Tot"),
        description=_l("Is de eindtijd niet later dan de begintijd? Dan is die op de dag erna."),
        validators=[Optional()],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field, then whether days and times belong together."""
        sound = bool(super().validate(extra_validators))
        if self.depth.data == 0 and self.tier.data == coverage_rules.FIRST_LINE:
            return self._blame(
                self.depth, _l("In de eerste lijn is altijd ten minste 1 persoon nodig.")
            )
        if not self.is_for_hours:
            return sound
        if not self.weekdays.data:
            return self._blame(self.weekdays, _l("Kies op welke dagen dit geldt."))
        if not self.starts.data:
            return self._blame(self.starts, _l("Vul in vanaf welke tijd dit geldt."))
        if not self.ends.data:
            return self._blame(self.ends, _l("Vul in tot welke tijd dit geldt."))
        return sound

    @property
    def is_for_hours(self) -> bool:
        """Whether it is about some hours and not about all the time."""
        return bool(self.weekdays.data or self.starts.data or self.ends.data)

    def hours(self) -> Hours:
        """The stated hours, after validation."""
        starts, ends = self.starts.reading, self.ends.reading
        assert starts is not None and ends is not None  # noqa: PT018 - one fact
        return Hours(
            self.tier.data or 0, frozenset(self.weekdays.data or ()), starts, ends,
            self.depth.data or 0,
        )  # fmt: skip

    @staticmethod
    def _blame(field: Any, text: Any) -> bool:
        field.errors = [*field.errors, str(text)]
        return False
