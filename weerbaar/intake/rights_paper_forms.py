"""The form of a document of a case: what is left out of it, and for what reason."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import SelectMultipleField, TextAreaField, widgets
from wtforms.fields import choices as choice_fields

from weerbaar.face import formats
from weerbaar.face.forms import Form
from weerbaar.intake.forms import ADVICE, SEALED, AtMost, cleaned
from weerbaar.intake.rights import Line
from weerbaar.intake.rights_forms import GROUNDS
from weerbaar.intake.rights_paper import Delicate, Source
from weerbaar.intake.rights_rules import Ground

RadioField: Any = choice_fields.RadioField
SelectChoice: Any = vars(choice_fields)["SelectChoice"]
# The choice that a delicate piece goes in; every other one is the ground on which it does not.
GIVEN = "given"


def _l(text: str) -> Any:
    return lazy_gettext(text)


class Boxes(SelectMultipleField):
    """Several choices, as boxes to tick."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class PaperForm(Form):
    """What is left out of a document."""

    out = Boxes(
        _l("Deze woorden laten wij weg"),
        choices=[],
        description=_l(
            "Wij stellen voor wat op een ander lijkt te wijzen. U kent de mensen: kijk alles na."
        ),
        validate_choice=False,
    )
    more = TextAreaField(
        _l("Nog meer woorden weglaten"),
        description=_l("Eén woord of naam op elke regel."),
        filters=[cleaned],
        validators=[AtMost(ADVICE)],
        render_kw={**SEALED, "rows": 3},
    )
    kept = Boxes(_l("Deze teksten komen erin"), choices=[], validate_choice=False)
    request = RadioField(
        _l("Bij welk verzoek om inzage hoort dit"), choices=[], default="", validate_choice=False
    )
    says = RadioField(
        _l("Mag in het overzicht staan dat er iets is weggelaten"),
        description=_l("Ja, tenzij juist dat het doel schaadt."),
        choices=lambda: [
            SelectChoice("yes", _("Ja, dat mag de melder weten")),
            SelectChoice("no", _("Nee, ook dat mag de melder niet weten")),
        ],
        default="yes",
        validate_choice=False,
    )

    def offer(self, source: Source, requests: Iterable[Line]) -> None:
        """What there is to leave out and to keep, and with which requests a reason is sealed."""
        self.out.choices = [SelectChoice(one.text, one.text) for one in source.others]
        self.kept.choices = [SelectChoice(one.key, one.title) for one in source.passages]
        self.request.choices = [
            SelectChoice(str(one.id), _("Binnengekomen op") + f" {formats.day(one.received_on)}")
            for one in requests
        ]
        if not self.request.data and len(self.request.choices) == 1:
            self.request.data = self.request.choices[0].value

    def fill(self, source: Source) -> None:
        """What is proposed."""
        self.out.data = [one.text for one in source.others if one.sure]
        self.kept.data = [one.key for one in source.passages]

    def words(self) -> list[str]:
        """What is left out of every text."""
        return [*(self.out.data or ()), *filter(None, (self.more.data or "").splitlines())]

    def choice_of(self, piece: Delicate) -> Any:
        """The field with what is decided of a delicate piece."""
        return self[_choice(piece)]

    def why_of(self, piece: Delicate) -> Any:
        """The field with the reason why a delicate piece is left out."""
        return self[_why(piece)]

    def keys(self, source: Source) -> list[str]:
        """The passages and the delicate pieces that go in."""
        given = [one for one in source.delicate if self.choice_of(one).data == GIVEN]
        return [*(self.kept.data or ()), *(one.passage.key for one in given)]

    def withheld(self, source: Source) -> list[tuple[Delicate, Ground, str]]:
        """The delicate pieces that do not go in, each with its ground and reason."""
        return [
            (one, Ground(choice), self.why_of(one).data or "")
            for one in source.delicate
            if (choice := self.choice_of(one).data) in set(Ground)
        ]

    def is_decided(self, source: Source) -> bool:
        """Whether each delicate piece goes in, or is left out for a reason; else it says what not.

        What is left out is sealed with a request for access: so there must be one.
        """
        good = True
        for one in source.delicate:
            choice = self.choice_of(one).data
            if choice != GIVEN and choice not in set(Ground):
                self.choice_of(one).errors = [_("Kies of dit erin komt.")]
                good = False
            elif choice != GIVEN and not (self.why_of(one).data or "").strip():
                self.why_of(one).errors = [_("Vul in waarom u dit weglaat.")]
                good = False
        if good and self.withheld(source) and self.request_id is None:
            self.form_errors.append(
                _("Leg eerst het verzoek om inzage vast. Daar bewaren wij waarom u iets weglaat.")
            )
            good = False
        return good

    @property
    def request_id(self) -> UUID | None:
        """The request with which a reason is sealed."""
        offered = {choice.value for choice in self.request.choices}
        return UUID(self.request.data) if self.request.data in offered else None


def _choice(piece: Delicate) -> str:
    return f"choice_{piece.passage.key}"


def _why(piece: Delicate) -> str:
    return f"why_{piece.passage.key}"


def form_of(source: Source, requests: Iterable[Line]) -> PaperForm:
    """The form of a document, with a choice for each of its delicate pieces.

    Args:
        source: what may go on paper.
        requests: the open requests for access to the case.
    """
    fields: dict[str, Any] = {}
    for one in source.delicate:
        given = [SelectChoice(GIVEN, _("Dit komt erin"))] if one.passage.text else []
        grounds = [
            SelectChoice(ground.value, _("Weglaten,") + f" {text}")
            for ground, text in GROUNDS.items()
        ]
        fields[_choice(one)] = RadioField(
            _("Komt dit erin"), choices=[*given, *grounds], default="", validate_choice=False
        )
        fields[_why(one)] = TextAreaField(
            _("Waarom u dit weglaat"),
            description=_("Alleen als u dit weglaat. Het wordt bij het verzoek bewaard."),
            filters=[cleaned],
            validators=[AtMost(ADVICE)],
            render_kw={**SEALED, "rows": 2},
        )
    form: PaperForm = type("DelicatePaperForm", (PaperForm,), fields)()
    form.offer(source, requests)
    return form
