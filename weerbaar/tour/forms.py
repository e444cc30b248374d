"""The forms of the tour."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext
from wtforms import BooleanField, IntegerField, StringField, TextAreaField
from wtforms.fields import choices as choice_fields
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from weerbaar.accounts import people
from weerbaar.face.fields import ClockField, DayField
from weerbaar.face.forms import Form
from weerbaar.tour import needs
from weerbaar.tour.contacts import Contact, ContactRole
from weerbaar.tour.details import Arranged, Details
from weerbaar.tour.trainers import FEWEST_ANSWERS

# The published types of WTForms know neither lazy texts nor choices as objects.
RadioField: Any = choice_fields.RadioField
SelectField: Any = choice_fields.SelectField
SelectMultipleField: Any = choice_fields.SelectMultipleField
SelectChoice: Any = vars(choice_fields)["SelectChoice"]

# Sealed text stays in this browser: no cloud spell-check, no translation, no memory of fields.
SEALED = {"translate": "no", "spellcheck": "false", "autocomplete": "off"}
LINE, STORY = 200, 8_000
MOST_LINES = 30
FEWEST, MOST = 1, 5_000
LOWEST_MARK, HIGHEST_MARK = 10, 100


def _l(text: str) -> Any:
    """A text for the page, translated when it is shown."""
    return lazy_gettext(text)


def _line(label: Any, **more: Any) -> StringField:
    validators = [*more.pop("validators", ()), Length(max=LINE, message=_l("Dit is te lang."))]
    return StringField(label, validators=validators, render_kw=SEALED, **more)


def _story(label: Any, **more: Any) -> TextAreaField:
    long = Length(max=STORY, message=_l("Deze tekst is te lang."))
    return TextAreaField(label, validators=[long], render_kw=SEALED, **more)


class _Boxes(SelectMultipleField):
    """Several of some choices, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ContactForm(Form):
    """Who somebody is, and how to reach him."""

    role = RadioField(_l("Functie"), validators=[InputRequired(_l("Kies een functie."))])
    name = _line(_l("Naam"), validators=[InputRequired(_l("Vul de naam in."))])
    mail = _line(_l("E-mail"))
    phone = _line(_l("Telefoon"))

    def offer(self, roles: Iterable[tuple[ContactRole, str]]) -> None:
        """Set which functions one can choose."""
        self.role.choices = [SelectChoice(role.value, name) for role, name in roles]

    def validate_mail(self, field: StringField) -> None:
        """A mail address, where there is one."""
        if (field.data or "").strip() and not people.is_mail((field.data or "").strip()):
            raise StopValidation(str(_l("Dit is geen e-mailadres.")))

    @property
    def contact(self) -> Contact:
        """What was filled in, after validation."""
        name, mail, phone = (
            (each.data or "").strip() for each in (self.name, self.mail, self.phone)
        )
        return Contact(ContactRole(self.role.data), name, mail, phone)


class TourNoteForm(Form):
    """A note about a government."""

    text = TextAreaField(
        _l("Nieuwe notitie"),
        description=_l("Alleen mensen van de tour kunnen dit lezen."),
        validators=[
            InputRequired(_l("Schrijf op wat u wilt bewaren.")),
            Length(max=STORY, message=_l("Deze tekst is te lang.")),
        ],
        render_kw=SEALED,
    )


class SearchForm(Form):
    """A name to look for; it is sent, so that it stands in no address."""

    q = StringField(
        _l("Gemeente of provincie"),
        description=_l("Ook een oude naam, een andere naam of een code is goed."),
        validators=[InputRequired(_l("Vul een naam in."))],
    )


class MoveForm(Form):
    """Where an activity goes."""

    state = RadioField(_l("Wat is er gebeurd?"), validators=[InputRequired(_l("Kies wat er is."))])
    on_day = DayField(_l("Dag"), description=_l("Nodig als het gepland of gehouden is."))
    at = ClockField(_l("Tijd"))
    participants = _Boxes(_l("Met wie"), validators=[Optional()])
    officer = SelectField(_l("Wie van ons is verantwoordelijk?"), validators=[Optional()])
    personal = BooleanField(
        _l("Voor één persoon"),
        description=_l("De naam staat alleen bij de training zelf, in geen enkele lijst."),
    )
    seen = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def offer(
        self,
        states: Iterable[tuple[str, str]],
        roles: Iterable[tuple[str, str]],
        officers: Iterable[tuple[UUID, str]],
    ) -> None:
        """Set what one can choose."""
        self.state.choices = [SelectChoice(code, name) for code, name in states]
        self.participants.choices = [SelectChoice(code, name) for code, name in roles]
        self.officer.choices = [
            SelectChoice("", str(_l("nog niemand"))),
            *(SelectChoice(str(person_id), name) for person_id, name in officers),
        ]

    @property
    def officer_id(self) -> UUID | None:
        """Who is responsible, after validation."""
        return UUID(self.officer.data) if self.officer.data else None


def _arranged(label: Any) -> Any:
    return RadioField(
        label,
        choices=[
            SelectChoice(Arranged.YES.value, _l("ja")),
            SelectChoice(Arranged.NO.value, _l("nee")),
            SelectChoice(Arranged.UNKNOWN.value, _l("niet bekend")),
        ],
        default=Arranged.UNKNOWN.value,
    )


class LinesField(TextAreaField):
    """Texts, one on each line; `lines` is what they are."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that say something, each once."""
        return needs.lines(self.data)

    def pre_validate(self, form: Any) -> None:
        """Refuse what nobody could use as a list."""
        _ = form
        if len(self.lines) > MOST_LINES or any(len(line) > LINE for line in self.lines):
            raise StopValidation(
                str(_l("Schrijf hooguit 30 korte regels, van elk hooguit 200 tekens."))
            )


class _DetailsForm(Form):
    """What every activity has."""

    seen = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def details(self) -> Details:
        """What was filled in, after validation."""
        raise NotImplementedError

    @property
    def number_present(self) -> int | None:
        """How many people were there; None where it is not asked or not known."""
        return None

    @property
    def marks(self) -> tuple[int, int] | None:
        """How many answered and the average in tenths; None where it is not asked or not known."""
        return None


class ConversationForm(_DetailsForm):
    """What was said in the conversation."""

    situation = _story(_l("Wat speelt er?"))
    protocol = _arranged(_l("Is er een agressieprotocol?"))
    conduct = _arranged(_l("Is er een gedragscode?"))
    contact = _arranged(_l("Is er een vast aanspreekpunt?"))
    arranged = _story(_l("Wat is er nog meer geregeld?"))
    needs = LinesField(
        _l("Waar is behoefte aan?"),
        description=_l(
            "Eén behoefte op elke regel. Ze komen terug bij het programma van de sessie."
        ),
        render_kw=SEALED,
    )

    def fill(self, details: Details) -> None:
        """Show what stands there."""
        for name in ("situation", "protocol", "conduct", "contact", "arranged"):
            self[name].data = getattr(details, name)
        self.needs.data = "\n".join(details.needs)

    def details(self) -> Details:
        """What was filled in, after validation."""
        return Details(
            situation=(self.situation.data or "").strip(),
            protocol=self.protocol.data,
            conduct=self.conduct.data,
            contact=self.contact.data,
            arranged=(self.arranged.data or "").strip(),
            needs=self.needs.lines,
        )


class _MarkField(StringField):
    """An average mark from 1 to 10, with one decimal; `tenths` is what it means."""

    tenths: int | None = None

    def pre_validate(self, form: Any) -> None:
        """Read the mark, or say how to write it."""
        _ = form
        self.tenths = None
        written = (self.data or "").strip().replace(",", ".")
        if not written:
            return
        try:
            self.tenths = round(float(written) * 10)
        except (ValueError, OverflowError):
            self.tenths = 0
        if not LOWEST_MARK <= self.tenths <= HIGHEST_MARK:
            raise StopValidation(str(_l("Vul een cijfer van 1 tot en met 10 in, zoals 7,5.")))


class _MeetingForm(_DetailsForm):
    """What a session and a training have in common."""

    place = _line(_l("Plaats"), description=_l("Bijvoorbeeld: de raadzaal."))
    present = IntegerField(
        _l("Hoeveel mensen waren er?"),
        validators=[
            Optional(),
            NumberRange(FEWEST, MOST, _l("Vul een getal van 1 tot en met 5000 in.")),
        ],
    )
    answers = IntegerField(
        _l("Hoeveel mensen vulden de evaluatie in?"),
        validators=[
            Optional(),
            NumberRange(FEWEST, MOST, _l("Vul een getal van 1 tot en met 5000 in.")),
        ],
    )
    average = _MarkField(_l("Gemiddeld cijfer"), description=_l("Van 1 tot en met 10, zoals 7,5."))
    evaluation = _story(_l("Wat zeiden zij erover?"))

    # A mark of so few that it is not shown, not even here: number of answers, average in tenths.
    kept: tuple[int, int] | None = None

    def keep(self, answers: int | None, tenths: int | None) -> None:
        """Remember a mark that is not shown: it stays as long as the number of answers does."""
        if answers is None or tenths is None or answers >= FEWEST_ANSWERS:
            return
        self.kept = answers, tenths
        self.average.description = _l(
            "Er staat een cijfer. Het wordt niet getoond, omdat zo weinig mensen antwoordden. "
            "Laat dit leeg om het te bewaren."
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field, then whether number and mark of the evaluation stand together."""
        sound = bool(super().validate(extra_validators))
        if (
            sound
            and self.average.tenths is None
            and self.kept
            and self.answers.data == self.kept[0]
        ):
            self.average.tenths = self.kept[1]
        if sound and (self.answers.data is None) != (self.average.tenths is None):
            self.average.errors = [
                *self.average.errors,
                str(_l("Vul bij een cijfer ook in hoeveel mensen antwoordden, en omgekeerd.")),
            ]
            return False
        return sound

    @property
    def number_present(self) -> int | None:
        """How many people were there."""
        found: int | None = self.present.data
        return found

    @property
    def marks(self) -> tuple[int, int] | None:
        """How many answered and the average in tenths."""
        if self.answers.data is None or self.average.tenths is None:
            return None
        return self.answers.data, self.average.tenths

    def fill_meeting(
        self, details: Details, present: int | None, marks: tuple[int | None, int | None]
    ) -> None:
        """Show what stands there."""
        self.place.data, self.evaluation.data = details.place, details.evaluation
        self.present.data = present
        self.answers.data = marks[0]
        shown = None if self.kept else marks[1]
        self.average.data = "" if shown is None else f"{shown / 10:.1f}".replace(".", ",")


class TrainingForm(_MeetingForm):
    """What a training is about; `person` is asked of a training for one person alone."""

    person = _line(_l("Voor wie"), description=_l("Deze naam staat in geen enkele lijst."))
    subject = _line(_l("Onderwerp"))

    def fill(self, details: Details) -> None:
        """Show what stands there."""
        self.person.data, self.subject.data = details.person, details.subject

    def details(self) -> Details:
        """What was filled in, after validation."""
        return Details(
            place=(self.place.data or "").strip(),
            person=(self.person.data or "").strip(),
            subject=(self.subject.data or "").strip(),
            evaluation=(self.evaluation.data or "").strip(),
        )


class SessionForm(_MeetingForm):
    """The programme of a session; which part covers which need is asked where there are needs."""

    parts = LinesField(
        _l("Programma"),
        description=_l("Eén onderdeel op elke regel."),
        render_kw=SEALED,
    )

    wanted: Sequence[str] = ()

    def fill(self, details: Details) -> None:
        """Show what stands there."""
        self.parts.data = "\n".join(details.parts)
        for each in needs.coverage(self.wanted, details.parts, details.covers):
            self[f"cover_{needs.mark(each.need)}"].data = each.part or ""

    @property
    def cover_fields(self) -> list[Any]:
        """The field of each need."""
        return [self[f"cover_{needs.mark(need)}"] for need in self.wanted]

    def offer(self, parts: Iterable[str]) -> None:
        """Set which parts a need can be covered by."""
        for field in self.cover_fields:
            field.choices = [
                SelectChoice("", str(_l("komt nog niet aan bod"))),
                *(SelectChoice(part, part) for part in parts),
            ]

    def details(self) -> Details:
        """What was filled in, after validation."""
        chosen = tuple(
            (need, field.data)
            for need, field in zip(self.wanted, self.cover_fields, strict=True)
            if field.data in self.parts.lines
        )
        return Details(
            place=(self.place.data or "").strip(),
            parts=self.parts.lines,
            covers=chosen,
            evaluation=(self.evaluation.data or "").strip(),
        )


def session_form(wanted: Sequence[str]) -> type[SessionForm]:
    """The form of a session for a government with these needs.

    Args:
        wanted: the needs, in order.
    """
    fields = {
        f"cover_{needs.mark(need)}": SelectField(
            need, validate_choice=False, validators=[Optional()]
        )
        for need in wanted
    }
    return type("SessionFormOfNeeds", (SessionForm,), {**fields, "wanted": tuple(wanted)})
