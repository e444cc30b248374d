"""The forms of requests of persons, and the words for what is asked and how it is answered."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.fields import choices as choice_fields
from wtforms.validators import DataRequired
from wtforms.widgets import DateInput

from weerbaar.face.forms import Form
from weerbaar.intake.forms import ADVICE, LINE, SEALED, AtMost, cleaned
from weerbaar.intake.rights_rules import Answer as How
from weerbaar.intake.rights_rules import Ground, Piece, Right
from weerbaar.intake.sharing import Colleague

RadioField: Any = choice_fields.RadioField
SelectField: Any = choice_fields.SelectField
SelectChoice: Any = vars(choice_fields)["SelectChoice"]


def _l(text: str) -> Any:
    return lazy_gettext(text)


RIGHTS = {
    Right.ACCESS: _l("Inzage: weten wat er van mij is vastgelegd"),
    Right.RECTIFICATION: _l("Verbetering: iets klopt niet"),
    Right.ERASURE: _l("Wissen"),
    Right.RESTRICTION: _l("Beperking: bewaren, maar niet gebruiken"),
    Right.OBJECTION: _l("Bezwaar tegen het gebruik"),
}
PIECES = {
    Piece.DISCLOSURE: _l("Dat zonder toestemming iets is verteld"),
    Piece.HOLD: _l("Waarom de casus langer wordt bewaard"),
}
GROUNDS = {
    Ground.OTHERS: _l("om de melder zelf of anderen te beschermen"),
    Ground.CRIME: _l("om een strafbaar feit te voorkomen of te onderzoeken"),
    Ground.PUBLIC_SAFETY: _l("voor de openbare veiligheid"),
    Ground.COURT: _l("voor een zaak bij de rechter"),
    Ground.CLAIM: _l("om geld te kunnen eisen bij de rechter"),
}
HOW = {
    How.GRANTED: _l("Gedaan wat werd gevraagd"),
    How.PARTLY: _l("Voor een deel gedaan"),
    How.REFUSED: _l("Geweigerd"),
    How.WITHDRAWN: _l("De melder trok het verzoek in"),
}


def _text(label: Any, *, rows: int = 3, description: Any = "", needed: Any = None) -> Any:
    checks = [DataRequired(needed)] if needed is not None else []
    return TextAreaField(
        label,
        description=description,
        filters=[cleaned],
        validators=[*checks, AtMost(ADVICE)],
        render_kw={**SEALED, "rows": rows},
    )


class ReceiveForm(Form):
    """What a person asks, who he is and when he asked it."""

    right = RadioField(
        _l("Wat wordt gevraagd"),
        choices=lambda: [SelectChoice(one.value, str(text)) for one, text in RIGHTS.items()],
        default="",
        invalid_choice_message=_l("Kies wat wordt gevraagd."),
    )
    received = StringField(
        _l("Op welke dag binnengekomen"),
        description=_l("Ook een vraag per telefoon telt. De maand begint op deze dag."),
        widget=DateInput(),
    )
    person = StringField(
        _l("Wie vraagt het, en hoe antwoordt u"),
        description=_l("Gebruik alleen een manier die veilig is."),
        filters=[cleaned],
        validators=[DataRequired(_l("Vul in wie het vraagt.")), AtMost(LINE)],
        render_kw=SEALED,
    )
    proof = _text(
        _l("Hoe weet u dat hij het zelf is"), rows=2,
        description=_l("Bijvoorbeeld: gebeld op het nummer dat was afgesproken, met codewoord."),
    )  # fmt: skip
    text = _text(_l("De vraag in zijn woorden"))
    handler = SelectField(
        _l("Wie behandelt het"), choices=[], invalid_choice_message=_l("Kies een collega.")
    )
    case = HiddenField()

    def offer(self, colleagues: Iterable[Colleague]) -> None:
        """Who can handle it."""
        self.handler.choices = [SelectChoice(str(one.person_id), one.name) for one in colleagues]

    @property
    def case_id(self) -> str:
        """The case it is about; empty without one."""
        try:
            return str(UUID(self.case.data or ""))
        except ValueError:
            return ""


class ReasonForm(Form):
    """Why a period is extended, or what is to be put right."""

    why = _text(_l("Waarom"), rows=3, needed=_l("Vul een reden in."))


class AnswerForm(Form):
    """How a request was answered."""

    how = RadioField(
        _l("Hoe is het beantwoord"),
        choices=lambda: [SelectChoice(one.value, str(text)) for one, text in HOW.items()],
        default="",
        invalid_choice_message=_l("Kies hoe het is beantwoord."),
    )
    reason = _text(
        _l("Wat is geantwoord, en waarom"), rows=3,
        description=_l(
            "Nodig als u niet alles doet. Vertel dan ook dat iemand kan klagen bij de Autoriteit"
            " Persoonsgegevens."
        ),
    )  # fmt: skip


class HandOnForm(Form):
    """Who handles it from now on."""

    handler = SelectField(
        _l("Geef het aan"), choices=[], invalid_choice_message=_l("Kies een collega.")
    )

    def offer(self, colleagues: Iterable[Colleague]) -> None:
        """Who can handle it."""
        self.handler.choices = [SelectChoice(str(one.person_id), one.name) for one in colleagues]


class RectifyForm(Form):
    """What a person says is wrong, and what is right."""

    wrong = _text(
        _l("Wat klopt er niet, volgens de melder"), needed=_l("Vul in wat er niet klopt.")
    )
    right = _text(_l("Wat moet er staan"), needed=_l("Vul in wat er moet staan."))


class EraseForm(Form):
    """Destroying a case because the person it is about asks for it."""

    sure = RadioField(
        _l("Weet u het zeker"),
        choices=lambda: [
            SelectChoice("no", _("Nee, bewaar de casus")),
            SelectChoice("yes", _("Ja, vernietig de hele casus voor iedereen")),
        ],
        default="no",
    )
