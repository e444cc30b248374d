"""The forms of a case. What is typed comes back as it was typed when something is refused."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    StringField,
    TextAreaField,
    ValidationError,
    widgets,
)
from wtforms.fields import choices as choice_fields
from wtforms.validators import DataRequired

from weerbaar.face.forms import Form
from weerbaar.governments import registry
from weerbaar.intake import merging, numbers, taxonomy, windows
from weerbaar.intake.agreement import REASON_LABELS
from weerbaar.intake.content import WHO_FIELDS, CaseFields, What, Who
from weerbaar.intake.taxonomy import CodeList

# The published types of WTForms know neither lazy texts nor choices as objects.
RadioField: Any = choice_fields.RadioField
SelectField: Any = choice_fields.SelectField
SelectMultipleField: Any = choice_fields.SelectMultipleField
SelectChoice: Any = vars(choice_fields)["SelectChoice"]


def _l(text: str) -> Any:
    """A text for the page, translated when it is shown."""
    return lazy_gettext(text)


STORY = 20_000
ADVICE = 8_000
LINE = 200
AGREEMENT = 1_000

# Text boxes of fewer rows are drawn low, and grow with what is typed.
SHORT = 4

# Sealed text stays in this browser: no cloud spell-check, no translation, no memory of fields.
SEALED = {"translate": "no", "spellcheck": "false", "autocomplete": "off"}


def _unknown(title: str) -> Any:
    """What is said of a code that the list does not have; the summary names the field by it."""
    return lazy_gettext("%(field)s: kies een mogelijkheid uit de lijst.", field=lazy_gettext(title))


def cleaned(value: str | None) -> str:
    """A text without what stands around it, its lines ended in one way."""
    return (value or "").replace("\r\n", "\n").replace("\r", "\n").strip()


class AtMost:
    """A limit in characters; the error says how many are too many."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, _form: Any, field: Field) -> None:
        over = len(field.data or "") - self.limit
        if over > 0:
            raise ValidationError(
                _(
                    "%(field)s: dit is %(over)d tekens te lang. Er passen %(limit)d tekens in.",
                    field=field.label.text,
                    over=over,
                    limit=self.limit,
                )
            )


def _text(label: Any, limit: int, *, description: Any = "", rows: int = 0) -> Any:
    kind = TextAreaField if rows else StringField
    return kind(
        label,
        description=description,
        filters=[cleaned],
        validators=[AtMost(limit)],
        render_kw={**SEALED, **_size(rows)},
    )


def _size(rows: int) -> dict[str, Any]:
    if not rows:
        return {}
    return {"rows": rows, **({"class": "utrecht-textarea--short"} if rows < SHORT else {})}


def _choices(codes: CodeList, *, blank: Any = None, hints: bool = False) -> Callable[[], Any]:
    def build() -> list[SelectChoice]:
        first = [] if blank is None else [SelectChoice("", str(blank))]
        return first + [SelectChoice(code.code, _label(code, hints=hints)) for code in codes]

    return build


def _label(code: taxonomy.Code, *, hints: bool) -> str:
    label = _(code.label)
    return f"{label}: {_(code.hint)}" if hints and code.hint else label


def _one(codes: CodeList) -> Any:
    return SelectField(
        _l(codes.title),
        choices=_choices(codes, blank=_l("niet ingevuld")),
        default="",
        invalid_choice_message=_unknown(codes.title),
        render_kw={"autocomplete": "off"},
    )


class Boxes(SelectMultipleField):
    """Several choices from a short list, as boxes to tick."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


def _several(codes: CodeList, *, hints: bool = False, description: Any = "") -> Any:
    return Boxes(
        _l(codes.title),
        choices=_choices(codes, hints=hints),
        default=list,
        description=description,
        invalid_choice_message=_unknown(codes.title),
    )


def _organisations() -> list[SelectChoice]:
    return [SelectChoice("", _("niet ingevuld")), *organisation_choices()]


def organisation_choices() -> list[Any]:
    """Municipalities and provinces to choose from, by name."""
    groups = {"GM": _("Gemeenten"), "PV": _("Provincies")}
    known = [
        SelectChoice(code, label, optgroup=groups.get(code[:2]))
        for code, label in registry.organisations(fictitious=True)
    ]
    # Browsers draw one group per run of equal names: the order of the codes decides.
    return sorted(known, key=lambda choice: choice.optgroup or "")


def other_names() -> dict[str, dict[str, tuple[str, ...]]]:
    """By field and code: the names under which people look for it besides its label."""
    places = {
        code: tuple(name for name in registry.names(code) if name != label)
        for code, label in registry.organisations(fictitious=True)
    }
    return {
        "function": {code.code: code.names for code in taxonomy.FUNCTIONS if code.names},
        "organisation": {code: names for code, names in places.items() if names},
    }


class _Paper(Form):
    """A form of this room."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class CaseForm(_Paper):
    """A call or talk as a case. Everything is optional but the story or a code word."""

    narrative = _text(
        _l("Wat is er gebeurd"),
        STORY,
        rows=10,
        description=_l("In de woorden van de beller. Noem zo min mogelijk namen."),
    )
    urgency = RadioField(
        _l("Urgentie"),
        choices=_choices(taxonomy.URGENCIES, blank=_l("nog niet ingeschat"), hints=True),
        default="",
        description=_l("Uw eigen inschatting van wat voorgaat. Geen oordeel over de dreiging."),
        invalid_choice_message=_unknown("Urgentie"),
    )
    types = _several(taxonomy.TYPES, hints=True, description=_l("U kunt er meer kiezen."))
    main_type = SelectField(
        _l("Belangrijkste soort"),
        choices=_choices(taxonomy.TYPES, blank=_l("niet ingevuld")),
        default="",
        description=_l("Alleen nodig als u meer soorten koos."),
        invalid_choice_message=_unknown("Belangrijkste soort"),
        render_kw={"autocomplete": "off"},
    )
    channel = _one(taxonomy.CHANNELS)
    place = _one(taxonomy.PLACES)
    target = _one(taxonomy.TARGETS)
    alleged_offender = _one(taxonomy.ALLEGED_OFFENDERS)
    frequency = _one(taxonomy.FREQUENCIES)
    request = _text(_l("Hulpvraag"), ADVICE, rows=3, description=_l("Wat wil de beller?"))
    advice = _text(_l("Advies en afspraken"), ADVICE, rows=3)
    reporting_status = _several(taxonomy.REPORTING)

    function = _one(taxonomy.FUNCTIONS)
    organisation = SelectField(
        _l("Gemeente of provincie"),
        choices=_organisations,
        default="",
        invalid_choice_message=_unknown("Gemeente of provincie"),
        render_kw={"autocomplete": "off"},
    )
    name = _text(_l("Naam"), LINE, description=_l("Een beller mag anoniem blijven."))
    caller_number = _text(_l("Telefoonnummer van de beller"), LINE)
    code_word = _text(
        _l("Codewoord"), LINE, description=_l("Hiermee laat de beller later weten wie het is.")
    )
    duress_word = _text(
        _l("Noodwoord"),
        LINE,
        description=_l("Hiermee zegt de beller dat praten nu niet kan. Een gewoon woord."),
    )
    word_plan = _text(
        _l("Wat u dan doet"),
        AGREEMENT,
        rows=2,
        description=_l("Als de ander het noodwoord zegt, of het codewoord niet weet."),
    )

    safe_number = _text(
        _l("Veilig nummer om te bellen"), LINE, description=_l("Als het een ander nummer is.")
    )
    safe_hours = _text(
        _l("Vaste dagen en uren om te bellen"),
        AGREEMENT,
        rows=2,
        description=_l(
            "Eén regel per afspraak, bijvoorbeeld: ma t/m vr 19.00-22.00. Of: weekend na 10.00."
        ),
    )
    safe_windows = _text(
        _l("Wanneer bellen veilig is"),
        AGREEMENT,
        rows=2,
        description=_l("Wat niet in vaste uren past. Dit leest u zelf voordat u belt."),
    )
    voicemail_allowed = BooleanField(_l("De voicemail mag ingesproken worden"))
    may_identify_as = _text(
        _l("Zo mag u zich noemen"), AGREEMENT, description=_l("Als u niet zegt wie u bent.")
    )
    if_other_answers = _text(
        _l("Als iemand anders opneemt"), AGREEMENT, rows=2, description=_l("Wat u dan zegt.")
    )

    def validate_caller_number(self, field: Field) -> None:
        """The number of the caller, in any notation."""
        _check_number(field)

    def validate_safe_number(self, field: Field) -> None:
        """The safe number, in any notation."""
        _check_number(field)

    def validate_safe_hours(self, field: Field) -> None:
        """Days and hours that the house can judge."""
        try:
            windows.read(field.data or "")
        except windows.NotUnderstood as refused:
            raise ValidationError(
                _(
                    "%(field)s: regel %(line)d is niet duidelijk. Schrijf het zo: "
                    "ma t/m vr 19.00-22.00.",
                    field=field.label.text,
                    line=refused.line,
                )
            ) from None

    def validate_duress_word(self, field: Field) -> None:
        """Another word than the code word."""
        if field.data and field.data == self._code_word():
            raise ValidationError(_("Het noodwoord moet een ander woord zijn dan het codewoord."))

    def validate_reporting_status(self, field: Field) -> None:
        """Not reported and reported do not go together."""
        chosen = set(field.data or ())
        if chosen & taxonomy.NOT_REPORTED and len(chosen) > 1:
            raise ValidationError(
                _("Melding en aangifte: “geen” of “wil nog niet” gaat niet samen met iets anders.")
            )

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Check every field, and that there is something to keep: a story or a code word."""
        valid = super().validate(extra_validators=extra_validators)
        if not self.narrative.data and not self._code_word():
            self.narrative.errors = [
                *self.narrative.errors,
                _("Schrijf op wat er is gebeurd, of vul een codewoord in."),
            ]
            return False
        return bool(valid)

    def _code_word(self) -> str:
        return (self.code_word.data or "") if "code_word" in self else ""

    @property
    def other_names(self) -> str:
        """Under which other names functions and places are looked for, as the page carries it."""
        return json.dumps(other_names(), ensure_ascii=False)

    def case_fields(self) -> CaseFields:
        """What was filled in, normalised; only for a form that was found valid."""
        values: dict[str, Any] = {
            name: self[name].data for name in CaseFields.__dataclass_fields__ if name in self
        }
        for name in ("types", "reporting_status"):
            values[name] = tuple(values[name] or ())
        for name in ("caller_number", "safe_number"):
            if values.get(name):
                values[name] = numbers.e164(values[name])
        if values.get("safe_hours"):
            values["safe_hours"] = windows.shown(windows.read(values["safe_hours"]))
        return CaseFields(**values).settled()


def _check_number(field: Field) -> None:
    if not field.data:
        return
    try:
        numbers.e164(field.data)
    except numbers.NotATelephoneNumber:
        raise ValidationError(
            _(
                "%(field)s: dit is geen telefoonnummer. Schrijf het zo: 06 12345601.",
                field=field.label.text,
            )
        ) from None


WORDS = ("code_word", "duress_word")


class EditForm(CaseForm):
    """A case that is changed; it carries which state of each part the writer had before him.

    The words that prove who speaks do not come with the page: an empty field leaves one as it is.
    """

    who_version = HiddenField(default="")
    what_version = HiddenField(default="")
    # What stood in each field then, as digests; see merging.
    stood = HiddenField(default="")
    drop_words = BooleanField(_l("Codewoord en noodwoord verwijderen"))
    kept_words: Mapping[str, str]

    def case_fields(self) -> CaseFields:
        """What was filled in, with the words that were not typed anew."""
        fields = super().case_fields()
        if "code_word" not in self:
            return fields
        return replace(
            fields, code_word=self._word("code_word"), duress_word=self._word("duress_word")
        )

    def _word(self, name: str) -> str:
        dropped = "drop_words" in self and self.drop_words.data
        kept = "" if dropped else self.kept_words[name]
        return self[name].data or kept

    def _code_word(self) -> str:
        return self._word("code_word") if "code_word" in self else ""


def edit_form(what: What, who: Who | None, **kwargs: Any) -> EditForm:
    """The form for changing a case; without the *who* part its fields are not there.

    Args:
        what: the *what* part as it is.
        who: the *who* part, or None for a reader of the *what* part alone.
        kwargs: handed to the form, e.g. `formdata`.
    """
    filled = typed(what, who)
    versions = {
        "what_version": str(what.revision),
        "who_version": str(who.revision if who else ""),
        "stood": merging.stood(filled),
    }
    form = EditForm(data={**filled, **versions}, **kwargs)
    form.kept_words = {name: getattr(who, name, "") for name in WORDS}
    if not any(form.kept_words.values()):
        del form.drop_words
    if who is None:
        for name in WHO_FIELDS:
            del form[name]
    return form


def typed(what: What, who: Who | None) -> dict[str, Any]:
    """The fields of a case as a person would type them, by the name of the field."""
    values: dict[str, Any] = {}
    for name in CaseFields.__dataclass_fields__:
        if hasattr(what, name):
            values[name] = getattr(what, name)
        elif who is not None:
            values[name] = getattr(who, name)
    for name in ("caller_number", "safe_number"):
        if values.get(name):
            values[name] = numbers.national(values[name])
    for name in ("types", "reporting_status"):
        values[name] = list(values[name])
    # Shown on request alone, with a reason.
    return {name: "" if name in WORDS else value for name, value in values.items()}


class EntryForm(_Paper):
    """A note or a contact moment."""

    text = TextAreaField(
        _l("Tekst"),
        filters=[cleaned],
        validators=[DataRequired(_l("Schrijf eerst een tekst.")), AtMost(STORY)],
        render_kw={**SEALED, "rows": 4},
    )


class ClosingForm(_Paper):
    """Closing or reopening, with a word why."""

    reason = TextAreaField(
        _l("Toelichting (niet verplicht)"),
        filters=[cleaned],
        validators=[AtMost(ADVICE)],
        render_kw={**SEALED, **_size(2)},
    )


def _day(text: str | None) -> date | None:
    for written in ("%Y-%m-%d", "%d-%m-%Y"):
        try:
            return datetime.strptime((text or "").strip(), written).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


class ShareForm(_Paper):
    """With whom a case is shared, and what of it."""

    person = RadioField(
        _l("Met wie"),
        choices=[],
        default="",
        invalid_choice_message=_l("Kies met wie u de casus deelt."),
    )
    parts = RadioField(
        _l("Wat u deelt"),
        choices=lambda: [
            SelectChoice("what", _("Alleen wat er is gebeurd: verhaal, advies, notities, contact")),
            SelectChoice(
                "who_what", _("Ook wie het is: naam, functie, plaats, nummers, afspraken")
            ),
        ],
        default="",
        invalid_choice_message=_l("Kies wat u deelt."),
    )

    until = StringField(
        _l("Tot en met welke dag"),
        description=_l(
            "Alleen als u deelt wat er is gebeurd. Daarna kan de ander de casus niet meer openen."
        ),
        widget=widgets.DateInput(),
    )

    spoken = BooleanField(
        _l("Ook wat er is ingesproken"),
        description=_l("Aan een stem is te horen wie het is, en een naam is zo gezegd."),
    )

    attachments = Boxes(
        _l("Bijlagen die u deelt"),
        choices=[],
        description=_l(
            "Alleen wat u aanvinkt. Op een foto of in een brief kan staan wie het is. In een PDF "
            "of geluidsbestand kan ook staan wie het maakte: dat halen wij er niet uit."
        ),
    )

    def offer(self, colleagues: Iterable[Any], files: Iterable[Any] = ()) -> None:
        """What there is to choose from: people and files, each with its id and a name."""
        self.person.choices = [SelectChoice(str(one.person_id), one.name) for one in colleagues]
        self.attachments.choices = [SelectChoice(str(one.id), one.name) for one in files]
        if not self.attachments.choices:
            del self.attachments

    @property
    def last_day(self) -> date | None:
        """The last local day of a right to *what* alone; None for a right to both parts."""
        return _day(self.until.data) if self.parts.data == "what" else None

    def validate_until(self, field: Field) -> None:
        """A right to *what* alone has a last day."""
        if self.parts.data == "what" and _day(field.data) is None:
            raise ValidationError(_("Vul een dag in, zoals 24-11-2027."))

    def chosen_files(self) -> frozenset[UUID]:
        """The ids of the files that were ticked."""
        ticked = self.attachments.data if "attachments" in self else ()
        return frozenset(UUID(one) for one in ticked or ())

    def chosen_parts(self) -> frozenset[str]:
        """The parts that were chosen, as sharing names them."""
        return frozenset(self.parts.data.split("_"))


class WordsForm(_Paper):
    """Why somebody wants to see the code word."""

    reason = RadioField(
        _l("Waarom wilt u de woorden zien"),
        choices=lambda: [SelectChoice(code.value, _(text)) for code, text in REASON_LABELS.items()],
        default="",
        invalid_choice_message=_l("Kies waarom u de woorden wilt zien."),
    )
