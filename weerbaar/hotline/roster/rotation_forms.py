"""The forms of rotations."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from wtforms import HiddenField, IntegerField, RadioField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional, StopValidation

from weerbaar.face.fields import DayField
from weerbaar.face.forms import Form
from weerbaar.hotline.roster import rotation_blocks, rules
from weerbaar.hotline.roster.forms import PersonField, SelectChoice, _l
from weerbaar.hotline.roster.rotation_blocks import Block, BlocksOverlap, NotBlocks
from weerbaar.hotline.roster.rotation_rules import Turns

MOST_SEATS = 99
# What a form says of a field that the page does not show.
_PLACE = "place_"


class BlocksField(TextAreaField):
    """Blocks of a week, one on each line; `blocks` is what they mean."""

    def __init__(self, label: Any, **more: Any) -> None:
        super().__init__(label, **more)
        self.blocks: tuple[Block, ...] = ()

    def pre_validate(self, form: Any) -> None:
        """Read the blocks, or name the line that is none."""
        _ = form
        if not (self.data or "").strip():
            return
        try:
            self.blocks = rotation_blocks.read_blocks(self.data or "")
        except NotBlocks as wrong:
            text = _l("Regel %(line)s is geen blok. Schrijf een blok zo: ma 08:00 tot di 08:00.")
            if not wrong.line:
                text = _l("Vul minstens één blok in, en niet meer dan 50.")
            raise StopValidation(str(text) % {"line": wrong.line}) from None
        except BlocksOverlap:
            raise StopValidation(
                str(_l("Twee blokken vallen op dezelfde tijd. Dat kan niet in één ronde."))
            ) from None


class _Proposed(Form):
    """A form whose effect is shown first; `shown` is the mark of what was shown."""

    shown = HiddenField()
    back = HiddenField()

    def kept(self) -> list[tuple[str, str]]:
        """Names and values, for the form that confirms."""
        aside = {"csrf_token", "shown", "back"}
        return [
            (field.name, "" if field.data is None else str(field.data))
            for field in self
            if field.name not in aside
        ]


class RotationForm(_Proposed):
    """A rotation: when, who, from which day. `for_people` adds a place for each person."""

    from_on = DayField(
        _l("Vanaf"),
        description=_l("De eerste beurt begint op of na deze dag."),
        validators=[InputRequired(_l("Vul in vanaf welke dag dit geldt."))],
    )
    end_on = DayField(
        _l("Tot en met"),
        description=_l("De laatste dag waarop een beurt begint. Laat leeg als er geen einde is."),
    )
    tier = IntegerField(
        _l("Lijn"),
        description=_l("1 is de eerste lijn, 2 en hoger is achterwacht."),
        default=1,
        validators=[
            InputRequired(_l("Vul de lijn in, bijvoorbeeld 1.")),
            NumberRange(1, rules.HIGHEST_TIER, _l("De lijn is een getal van 1 tot en met 99.")),
        ],
    )
    blocks = BlocksField(
        _l("Blokken van de week"),
        description=_l(
            "Eén blok per regel, in Nederlandse tijd: ma 08:00 tot di 08:00. "
            "Dezelfde dag en tijd twee keer is een hele week."
        ),
        validators=[InputRequired(_l("Vul minstens één blok in."))],
    )
    turns = RadioField(
        _l("Wat is één beurt?"),
        choices=[
            SelectChoice(Turns.BLOCK, _l("Eén blok: na elk blok is de volgende aan de beurt")),
            SelectChoice(Turns.WEEK, _l("Alle blokken van een week, gerekend vanaf het bovenste")),
        ],
        default=Turns.BLOCK.value,
        validators=[InputRequired(_l("Kies wat één beurt is."))],
    )

    @property
    def places(self) -> list[Any]:
        """The fields with a person's place in the order, by name of the person."""
        return [field for field in self if field.name.startswith(_PLACE)]

    @property
    def order(self) -> tuple[UUID, ...]:
        """The people who have a place, in order; after validation."""
        taken = [field for field in self.places if field.data is not None]
        ordered = sorted(taken, key=lambda field: field.data)
        return tuple(UUID(field.name.removeprefix(_PLACE)) for field in ordered)

    def give_places(self, order: Sequence[UUID]) -> None:
        """Fill the places in from an order."""
        place = {f"{_PLACE}{person_id.hex}": number for number, person_id in enumerate(order, 1)}
        for field in self.places:
            field.data = place.get(field.name)

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field, then whether somebody takes part and nobody shares a place."""
        sound = bool(super().validate(extra_validators))
        taken: dict[int, Any] = {}
        for field in self.places:
            if field.data is None or field.errors:
                continue
            if field.data in taken:
                twice = str(_l("Twee mensen hebben dezelfde plaats. Geef elk een eigen nummer."))
                field.errors = [*field.errors, twice]
                sound = False
            taken[field.data] = field
        if not taken and self.places and not any(field.errors for field in self.places):
            nobody = str(_l("Geef minstens één persoon een plaats in de volgorde."))
            self.places[0].errors = [nobody]
            sound = False
        return sound


def for_people(candidates: Iterable[tuple[UUID, str]]) -> type[RotationForm]:
    """The form with a place for each of these people.

    Args:
        candidates: ids and names.
    """
    number = str(_l("Een plaats is een getal van 1 tot en met 99."))
    fields = {
        f"{_PLACE}{person_id.hex}": IntegerField(
            name, validators=[Optional(), NumberRange(1, MOST_SEATS, number)]
        )
        for person_id, name in candidates
    }
    return type("RotationForm", (RotationForm,), fields)


class JoinForm(_Proposed):
    """Somebody joins."""

    person = PersonField(
        _l("Wie komt erbij?"), id="join-person", validators=[InputRequired(_l("Kies wie."))]
    )
    from_on = DayField(
        _l("Vanaf"), id="join-from", validators=[InputRequired(_l("Vul in vanaf welke dag."))]
    )


class LeaveForm(_Proposed):
    """Somebody leaves."""

    person = PersonField(
        _l("Wie gaat eruit?"), id="leave-person", validators=[InputRequired(_l("Kies wie."))]
    )
    from_on = DayField(
        _l("Vanaf"), id="leave-from", validators=[InputRequired(_l("Vul in vanaf welke dag."))]
    )


class StopForm(_Proposed):
    """The rotation ends."""

    end_on = DayField(
        _l("Laatste dag waarop een beurt begint"),
        validators=[InputRequired(_l("Vul de laatste dag in."))],
    )
