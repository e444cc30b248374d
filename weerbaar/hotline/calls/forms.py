"""The forms of calls: closing, assigning, a contact moment, what came of a call-back."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import choices as choice_fields
from wtforms.validators import DataRequired, InputRequired, Length

from weerbaar.face.forms import Form
from weerbaar.hotline.calls.gate import REASON_LABELS as REASONS_TO_CALL
from weerbaar.hotline.calls.gate import Reason
from weerbaar.hotline.calls.items import REASONS
from weerbaar.hotline.calls.listing import DONE_LABELS
from weerbaar.hotline.calls.outcomes import LABELS


def _l(text: str) -> Any:
    # The field library has no type for a text that is translated when it is shown.
    return lazy_gettext(text)


# The published types of the field library do not know this class yet.
_Choice: Any = vars(choice_fields)["SelectChoice"]

LONGEST_TEXT = 20_000
LONGEST_WORD = 200
SEALED = {"autocomplete": "off", "spellcheck": "false", "translate": "no"}


def options(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    """Values and texts as a field of choices wants them."""
    return [_Choice(value, text) for value, text in pairs]


def _choose(label: Any, problem: Any, pairs: list[tuple[str, str]]) -> Any:
    # Made when the form is: only then is it known in which language.
    return RadioField(
        label,
        choices=lambda: options((value, gettext(text)) for value, text in pairs),
        validators=[InputRequired(problem)],
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


class GateForm(Form):
    """The button that calls back; outside what was agreed it wants a reason.

    `once` is the id that the call-back will have: sent twice, it begins one.
    """

    once = HiddenField(default="")
    reason = RadioField(
        _l("Waarom belt u nu toch"),
        choices=lambda: options(
            (code.value, gettext(text)) for code, text in REASONS_TO_CALL.items()
        ),
        default="",
        validate_choice=False,
    )
    reason_text = TextAreaField(
        _l("Toelichting"),
        validators=[Length(max=LONGEST_TEXT, message=_l("De tekst is te lang."))],
        render_kw={**SEALED, "rows": 2, "class": "utrecht-textarea--short"},
    )
    needed = False

    def validate_reason(self, field: Any) -> None:
        """One of the list, where a reason is needed."""
        if self.needed and field.data not in {one.value for one in Reason}:
            raise ValidationError(gettext("Kies waarom u nu toch belt."))

    def validate_reason_text(self, field: Any) -> None:
        """Another reason needs its words."""
        if self.needed and self.reason.data == Reason.OTHER and not (field.data or "").strip():
            raise ValidationError(gettext("Schrijf op waarom u nu toch belt."))


class WordForm(Form):
    """The word that the other says."""

    word = StringField(
        _l("Welk woord zegt de ander"),
        validators=[
            DataRequired(_l("Vul het woord in dat de ander zegt.")),
            Length(max=LONGEST_WORD, message=_l("De tekst is te lang.")),
        ],
        render_kw=SEALED,
    )


class OutcomeForm(Form):
    """What came of a call-back."""

    outcome = _choose(
        _l("Wat is eruit gekomen"),
        _l("Kies wat eruit is gekomen."),
        [(outcome.value, label) for outcome, label in LABELS.items()],
    )
    text = TextAreaField(
        _l("Wat wilt u vastleggen"),
        validators=[Length(max=LONGEST_TEXT, message=_l("De tekst is te lang."))],
        render_kw={**SEALED, "rows": 4},
    )
    still_safe = BooleanField(_l("De ander zegt: de afspraken over veilig bellen kloppen nog"))
