"""The forms of giving a key back by quorum."""

from typing import Any

from flask_babel import lazy_gettext
from wtforms import SelectField, StringField
from wtforms.fields import choices as choice_fields
from wtforms.validators import InputRequired, Length

from weerbaar.accounts.forms import LONGEST_LINE, AccountForm, BoxesField, choice

NEEDED = ("2", "3", "4")


def _l(text: str) -> Any:
    return lazy_gettext(text)


class HoldersForm(AccountForm):
    """Who keeps shares, and how many of them are enough."""

    people = BoxesField(
        _l("Wie bewaren een deel"),
        description=_l("Kies ten minste drie mensen die goed te bereiken zijn."),
        choices=[],
        validators=[InputRequired(_l("Kies ten minste drie mensen."))],
    )
    needed = SelectField(
        _l("Hoeveel van hen zijn genoeg"),
        choices=[choice(number, number) for number in NEEDED],
        default=NEEDED[0],
    )


class WordsForm(AccountForm):
    """The four words that somebody read aloud."""

    words = StringField(
        _l("De vier woorden die u hoorde"),
        description=_l("Vier woorden van vijf letters, met een spatie ertussen."),
        validators=[InputRequired(_l("Vul de vier woorden in.")), Length(max=LONGEST_LINE)],
        render_kw={
            "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false",
            "translate": "no",
        },
    )  # fmt: skip


class SuccessorForm(AccountForm):
    """Who receives the cases of somebody who is gone."""

    person = choice_fields.RadioField(
        _l("Wie volgt deze persoon op"),
        choices=[],
        validators=[InputRequired(_l("Kies een opvolger."))],
    )
