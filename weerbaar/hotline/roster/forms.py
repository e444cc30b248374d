"""The forms of the roster's pages."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext
from wtforms import FileField, HiddenField, IntegerField, RadioField, StringField
from wtforms.fields import choices as choice_fields
from wtforms.validators import InputRequired, NumberRange, StopValidation
from wtforms.widgets import DateTimeLocalInput, HiddenInput, MonthInput

from weerbaar.face.forms import Form
from weerbaar.hotline.roster import months, rules

# The published types of WTForms know neither lazy texts nor choices as objects.
SelectChoice: Any = vars(choice_fields)["SelectChoice"]


def _l(text: str) -> Any:
    """A text for the page, translated when it is shown."""
    return lazy_gettext(text)


# A browser without a date picker shows a text field: there people write the Dutch way.
_DUTCH = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})[ T](\d{1,2})[:.](\d{2})", re.ASCII)


class WallField(StringField):
    """A local day and time; what was typed is kept, `reading` is what it can mean."""

    widget = DateTimeLocalInput()

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(label, **more)
        self.reading: rules.Reading | None = None

    def pre_validate(self, form: Any) -> None:
        """Read the time, or say how to write it."""
        _ = form
        self.reading = None
        if not self.data or not self.data.strip():
            return
        try:
            self.reading = rules.read(_iso(self.data.strip()))
        except rules.NotATime:
            raise StopValidation(
                str(_l("Vul een dag en een tijd in die bestaan, zoals 24-11-2026 08:00."))
            ) from None


class MonthField(StringField):
    """A month; what was typed is kept, `day` is its first day."""

    widget = MonthInput()

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(label, **more)
        self.day: date | None = None

    def pre_validate(self, form: Any) -> None:
        """Read the month, or say how to write it."""
        _ = form
        self.day = None
        try:
            self.day = months.read_month(_iso_month((self.data or "").strip()))
        except months.NoSuchMonth:
            raise StopValidation(str(_l("Vul een maand in, zoals 11-2026."))) from None


def _iso_month(written: str) -> str:
    month, dash, year = written.partition("-")
    return f"{year}-{month:0>2}" if dash and len(year) > len(month) else written


def _iso(written: str) -> str:
    dutch = _DUTCH.fullmatch(written)
    if dutch is None:
        return written
    day, month, year, hour, minute = dutch.groups()
    return f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}"


class PersonField(choice_fields.SelectField):
    """One person of those who may be on the roster; the value is a person's id."""

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(label, coerce=str, choices=[], **more)

    def offer(self, people: Iterable[tuple[UUID, str]]) -> None:
        """Set whom one can choose: ids and names, in order."""
        every: list[Any] = [SelectChoice("", str(_l("Kies een persoon")))]
        every += [SelectChoice(str(person_id), name) for person_id, name in people]
        self.choices = every

    @property
    def person_id(self) -> UUID:
        """The chosen person, after validation."""
        return UUID(self.data)


class ShiftForm(Form):
    """A new shift."""

    person = PersonField(_l("Wie"), validators=[InputRequired(_l("Kies wie deze dienst heeft."))])
    tier = IntegerField(
        _l("Lijn"),
        description=_l("1 is de eerste lijn, 2 en hoger is achterwacht."),
        default=1,
        validators=[
            InputRequired(_l("Vul de lijn in, bijvoorbeeld 1.")),
            NumberRange(1, rules.HIGHEST_TIER, _l("De lijn is een getal van 1 tot en met 99.")),
        ],
    )
    start = WallField(_l("Van"), validators=[InputRequired(_l("Vul in wanneer de dienst begint."))])
    end = WallField(
        _l("Tot"),
        description=_l("De tijd waarop de volgende dienst begint."),
        validators=[InputRequired(_l("Vul in wanneer de dienst eindigt."))],
    )
    week = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field, then whether the shift runs forward."""
        sound = bool(super().validate(extra_validators))
        start, end = self.start.reading, self.end.reading
        if start is not None and end is not None and not rules.in_order(start, end):
            self.end.errors = [*self.end.errors, str(_l("De dienst moet eindigen na het begin."))]
            return False
        return sound


class PersonForm(Form):
    """Whose shifts one wants to see; it changes nothing and travels in the address."""

    class Meta(Form.Meta):
        """A form that only asks carries no token."""

        csrf = False

    person = PersonField(_l("Wie"))


class InstantForm(Form):
    """An instant to look at; it changes nothing and travels in the address."""

    class Meta(Form.Meta):
        """A form that only asks carries no token."""

        csrf = False

    at = WallField(_l("Wanneer"), description=_l("Een dag en een tijd, geweest of nog te komen."))


class MonthsForm(Form):
    """Some whole months; it changes nothing and travels in the address."""

    class Meta(Form.Meta):
        """A form that only asks carries no token."""

        csrf = False

    first = MonthField(_l("Van maand"))
    last = MonthField(_l("Tot en met maand"))


class ImportForm(Form):
    """A file with shifts; the page reads it itself, as it comes in."""

    file = FileField(_l("CSV-bestand"))


class ConfirmImportForm(Form):
    """The file that was shown, and the version of the roster that it was held against."""

    text = HiddenField()
    roster_version = HiddenField()


class FeedForm(Form):
    """What a new calendar feed shows."""

    scope = RadioField(
        _l("Wat wilt u in uw agenda zien?"),
        choices=[
            SelectChoice("own", _l("Mijn eigen diensten")),
            SelectChoice("team", _l("Alle diensten, per lijn, zonder namen")),
        ],
        default="own",
        validators=[InputRequired(_l("Kies wat u in uw agenda wilt zien."))],
    )


class RevokeForm(Form):
    """Taking a calendar feed away."""


class ReplaceForm(Form):
    """Another person in a shift; `seen` is the shift's version that the page showed."""

    person = PersonField(
        _l("Wie neemt deze dienst over?"),
        validators=[InputRequired(_l("Kies wie de dienst overneemt."))],
    )
    seen = IntegerField(widget=HiddenInput())


class TierForm(Form):
    """How a tier rings: everybody at the same moment, or one after the other."""

    tier = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    all_at_once = HiddenField()


class RemoveForm(Form):
    """Taking a shift off; `roster_version` comes along once the hole was shown."""

    seen = IntegerField(widget=HiddenInput())
    roster_version = HiddenField()
