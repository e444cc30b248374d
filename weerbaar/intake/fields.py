"""Fields that the smaller forms of a case share: sealed texts, choices of a list, local days."""

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import Field, StringField, TextAreaField, ValidationError, widgets
from wtforms.validators import DataRequired

from weerbaar.intake.forms import (
    SEALED,
    SHORT,
    AtMost,
    RadioField,
    SelectChoice,
    SelectField,
    cleaned,
)
from weerbaar.intake.taxonomy import CodeList

_WRITTEN = ("%Y-%m-%d", "%d-%m-%Y")


def text(label: Any, limit: int, *, rows: int = 0, description: Any = "", asked: Any = None) -> Any:
    """A sealed text.

    Args:
        label: above it.
        limit: in characters.
        rows: how many lines are shown; a single line without.
        description: under the label.
        asked: what is said where it was left empty; it may stay so without.
    """
    size: dict[str, Any] = {"rows": rows} if rows else {}
    if rows and rows < SHORT:
        size["class"] = "utrecht-textarea--short"
    kind = TextAreaField if rows else StringField
    return kind(
        label,
        description=description,
        filters=[cleaned],
        validators=[*([DataRequired(asked)] if asked else []), AtMost(limit)],
        render_kw={**SEALED, **size},
    )


def _labels(codes: CodeList) -> list[Any]:
    return [SelectChoice(code.code, _(code.label)) for code in codes]


def radios(codes: CodeList, asked: Any, *, label: Any = None) -> Any:
    """One of a short list.

    Args:
        codes: the list.
        asked: what is said where nothing was chosen.
        label: above it; the title of the list without.
    """
    return RadioField(
        label or lazy_gettext(codes.title),
        choices=lambda: _labels(codes),
        default="",
        invalid_choice_message=asked,
    )


def select(codes: CodeList, asked: Any) -> Any:
    """One of a longer list. Args as `radios`."""
    return SelectField(
        lazy_gettext(codes.title),
        choices=lambda: [SelectChoice("", _("kies")), *_labels(codes)],
        default="",
        validators=[DataRequired(asked)],
        invalid_choice_message=asked,
        render_kw={"autocomplete": "off"},
    )


class DayField(StringField):
    """A local day, as a browser sends it or as a person types it."""

    widget = widgets.DateInput()

    @property
    def day(self) -> date | None:
        """The chosen day; None where nothing was filled in."""
        for written in _WRITTEN:
            try:
                return datetime.strptime((self.data or "").strip(), written).date()  # noqa: DTZ007
            except ValueError:
                continue
        return None

    def pre_validate(self, _form: Any) -> None:
        """Refuse what is no day."""
        if (self.data or "").strip() and self.day is None:
            raise ValidationError(_("Vul een dag in, zoals 24-11-2027."))


def day(label: Any, *, description: Any = "", asked: Any = None) -> Any:
    """A local day. Args as `text`."""
    return DayField(
        label,
        description=description,
        validators=[DataRequired(asked)] if asked else [],
        render_kw={"autocomplete": "off"},
    )


def complain(field: Field, text_of_it: str) -> None:
    """Say beside a field what is wrong with it, after the form itself found nothing."""
    field.errors = [*field.errors, text_of_it]


def begun(label: str) -> str:
    """A label as it stands at the beginning of a line."""
    return label[:1].upper() + label[1:]
