"""The forms of calls: closing, assigning, a contact moment, what came of a call-back."""

from typing import Any

from flask_babel import lazy_gettext
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from weerbaar.face.forms import Form
from weerbaar.hotline.calls.items import REASONS
from weerbaar.hotline.calls.listing import DONE_LABELS
from weerbaar.hotline.calls.models import BackOutcome


def _l(text: str) -> Any:
    # The field library has no type for a text that is translated when it is shown.
    return lazy_gettext(text)


LONGEST_TEXT = 20_000
SEALED = {"autocomplete": "off", "spellcheck": "false", "translate": "no"}

OUTCOMES: dict[BackOutcome, str] = {
    BackOutcome.REACHED: "Gesproken",
    BackOutcome.NOT_REACHED: "Niet opgenomen",
    BackOutcome.VOICEMAIL: "Voicemail",
    BackOutcome.OTHER_PERSON: "Iemand anders nam op",
}


def _choose(label: Any, problem: Any, choices: list[tuple[str, str]]) -> Any:
    return RadioField(
        label, choices=choices, validators=[InputRequired(problem)], validate_choice=True
    )


class CloseForm(Form):
    """Why a piece of work needs no record."""

    reason = _choose(
        _l("Reden"),
        _l("Kies een reden."),
        [(reason.value, DONE_LABELS[reason]) for reason in REASONS],
    )


class AssignForm(Form):
    """To whom a piece of work goes."""

    person = SelectField(_l("Vertrouwenspersoon"), validators=[InputRequired(_l("Kies iemand."))])


class MomentForm(Form):
    """A contact moment on an existing case."""

    case_id = SelectField(_l("Casus"), validators=[InputRequired(_l("Kies een casus."))])
    text = TextAreaField(
        _l("Wat is er besproken"),
        validators=[Length(max=LONGEST_TEXT, message=_l("De tekst is te lang."))],
        render_kw={**SEALED, "rows": 4},
    )


class OutcomeForm(Form):
    """What came of a call-back."""

    outcome = _choose(
        _l("Wat is eruit gekomen"),
        _l("Kies wat eruit is gekomen."),
        [(outcome.value, label) for outcome, label in OUTCOMES.items()],
    )
