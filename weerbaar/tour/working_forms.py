"""The forms of the work of the tour: next steps, enquiries, calendar feeds."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from weerbaar.accounts.feeds import Scope
from weerbaar.face.fields import DayField
from weerbaar.face.forms import Form
from weerbaar.tour.enquiries import LONGEST, Question
from weerbaar.tour.forms import SEALED, RadioField, SelectChoice, SelectField, _l, _line


def _offer(field: Any, first: Any, others: Iterable[tuple[Any, str]]) -> None:
    field.choices = [
        SelectChoice("", str(first)),
        *(SelectChoice(str(value), name) for value, name in others),
    ]


class StepForm(Form):
    """What is next, by when, by whom."""

    what = SelectField(_l("Wat moet er gebeuren?"), validators=[InputRequired(_l("Kies iets."))])
    due_on = DayField(_l("Uiterlijk op"), validators=[InputRequired(_l("Vul een dag in."))])
    officer = SelectField(_l("Wie doet het?"), validators=[Optional()])

    def offer(self, kinds: Iterable[tuple[str, str]], officers: Iterable[tuple[UUID, str]]) -> None:
        """Set what one can choose."""
        self.what.choices = [SelectChoice(code, name) for code, name in kinds]
        _offer(self.officer, _l("nog niemand"), officers)

    @property
    def officer_id(self) -> UUID | None:
        """Who does it, after validation."""
        return UUID(self.officer.data) if self.officer.data else None


class EnquiryForm(Form):
    """Somebody wants to know more about the tour."""

    government = SelectField(_l("Gemeente of provincie"), validators=[Optional()])
    name = _line(_l("Naam"))
    reach = _line(_l("Telefoon of e-mail"))
    text = TextAreaField(
        _l("Wat wil deze persoon weten?"),
        description=_l("Schrijf hier alleen wat over de tour gaat."),
        validators=[
            InputRequired(_l("Schrijf op wat de vraag is.")),
            Length(max=LONGEST, message=_l("Deze tekst is te lang.")),
        ],
        render_kw=SEALED,
    )

    def offer(self, governments: Iterable[tuple[str, str]]) -> None:
        """Set which governments one can choose."""
        _offer(self.government, _l("niet bekend"), governments)

    @property
    def question(self) -> Question:
        """What was filled in, after validation."""
        text, name, reach = (
            (each.data or "").strip() for each in (self.text, self.name, self.reach)
        )
        return Question(text, name, reach)


class AssignForm(Form):
    """Who answers an enquiry."""

    officer = SelectField(_l("Wie antwoordt?"), validators=[InputRequired(_l("Kies wie."))])

    def offer(self, officers: Iterable[tuple[UUID, str]]) -> None:
        """Set whom one can choose."""
        _offer(self.officer, _l("Kies een persoon"), officers)


class TurnForm(Form):
    """Which government an enquiry is of, where it does not say."""

    government = SelectField(_l("Gemeente of provincie"), validators=[Optional()])

    def offer(self, governments: Iterable[tuple[str, str]]) -> None:
        """Set which governments one can choose."""
        _offer(self.government, _l("Kies een gemeente of provincie"), governments)


class TourFeedForm(Form):
    """Whose appointments come into the calendar."""

    scope = RadioField(
        _l("Wat komt er in uw agenda?"),
        choices=[
            SelectChoice(Scope.OWN.value, _l("Mijn eigen afspraken")),
            SelectChoice(Scope.TEAM.value, _l("Alle afspraken van de tour")),
        ],
        default=Scope.OWN.value,
    )
