"""The forms in which people arrange shifts among themselves."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext
from wtforms import IntegerField, TextAreaField
from wtforms.fields import choices as choice_fields
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from weerbaar.face.forms import Form
from weerbaar.hotline.roster import rules
from weerbaar.hotline.roster.forms import PersonField, SelectChoice, WallField


def _l(text: str) -> Any:
    """A text for the page, translated when it is shown."""
    return lazy_gettext(text)


class OneOfField(choice_fields.SelectField):
    """One of some ids; the first choice, which has no id, may be left standing."""

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(label, coerce=str, choices=[], **more)

    def offer(self, first: str, others: Iterable[tuple[UUID, str]]) -> None:
        """Set what one can choose: what the first choice says, then ids with texts, in order."""
        self.choices = [SelectChoice("", first), *(SelectChoice(str(i), t) for i, t in others)]

    @property
    def id_chosen(self) -> UUID | None:
        """The chosen id, after validation; None for the first choice."""
        return UUID(self.data) if self.data else None


class TakeOverForm(Form):
    """A shift, or a part of it, for somebody else; `person` is asked of planners alone."""

    person = PersonField(_l("Wie neemt deze dienst over?"))
    start = WallField(
        _l("Vanaf"), description=_l("Laat leeg voor het begin van de dienst, of voor nu.")
    )
    end = WallField(_l("Tot"), description=_l("Laat leeg voor het einde van de dienst."))
    seen = IntegerField(widget=HiddenInput())


class AskForm(Form):
    """Asking a colleague, or all of them, to take over a shift of mine."""

    asked = OneOfField(_l("Aan wie vraagt u het?"))
    wanted = OneOfField(_l("Wilt u er een dienst voor terug?"))
    seen = IntegerField(widget=HiddenInput())


class ReturnForm(Form):
    """Which shift of mine I give in return."""

    returned = OneOfField(_l("Welke dienst geeft u terug?"))


class SettleForm(Form):
    """Who takes the shift; or, where one is wanted in return, which shift is given for it."""

    person = OneOfField(_l("Wie neemt de dienst over?"))
    returned = OneOfField(_l("Tegen welke dienst wordt geruild?"))


class CannotForm(Form):
    """The sick call, to a named colleague or to whoever stands behind."""

    person = OneOfField(_l("Wie neemt het over?"))


class AbsenceForm(Form):
    """When somebody cannot have duty; `person` is asked of planners alone."""

    person = PersonField(_l("Wie"))
    start = WallField(_l("Van"), validators=[InputRequired(_l("Vul in vanaf wanneer."))])
    end = WallField(_l("Tot"), validators=[InputRequired(_l("Vul in tot wanneer."))])

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field, then whether the time runs forward."""
        sound = bool(super().validate(extra_validators))
        start, end = self.start.reading, self.end.reading
        if start is not None and end is not None and not rules.in_order(start, end):
            self.end.errors = [*self.end.errors, str(_l("Het einde moet na het begin liggen."))]
            return False
        return sound


class NoteForm(Form):
    """What the next one on duty should know."""

    text = TextAreaField(
        _l("Wat moet uw opvolger weten?"),
        description=_l("Noem zo min mogelijk namen: wat bij een casus hoort, hoort in de casus."),
        validators=[InputRequired(_l("Schrijf op wat uw opvolger moet weten."))],
    )
