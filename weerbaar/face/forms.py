"""The form every form of the house derives from: classes, ARIA and the token in one place."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from flask import current_app
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import Field, FieldList, FormField, RadioField, SelectMultipleField
from wtforms.csrf import core as csrf
from wtforms.widgets import (
    CheckboxInput,
    FileInput,
    HiddenInput,
    Input,
    RadioInput,
    Select,
    SubmitInput,
    TextArea,
)

# Where accounts puts its class: tokens live in its own session rows, not in Flask's session.
CSRF = "weerbaar.csrf"

CHECKBOX = "utrecht-checkbox utrecht-checkbox--html-input"
RADIO = "utrecht-radio-button utrecht-radio-button--html-input"
SELECT = "utrecht-select utrecht-select--html-select"
TEXTAREA = "utrecht-textarea utrecht-textarea--html-textarea"
TEXTBOX = "utrecht-textbox utrecht-textbox--html-input"


class SupportsItems(Protocol):
    """Anything with items, as the library passes attributes."""

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and values."""
        ...


class Form(FlaskForm):
    """A form in the look of the house.

    The server judges alone: the browser's own bubbles speak its language, not the page's, and a
    silently cut text is lost text. So neither `required` nor a length limit is rendered.
    """

    class Meta(FlaskForm.Meta):
        """How this form's fields are drawn and how its token is made."""

        def build_csrf(self, form: Any) -> csrf.CSRF:
            """The token maker of the application, else Flask-WTF's."""
            maker = current_app.extensions.get(CSRF)
            made: csrf.CSRF = maker() if maker is not None else super().build_csrf(form)
            return made

        def render_field(self, field: Field, render_kw: SupportsItems) -> Markup:
            """Draw a control with its class and its links to help and error text.

            Args:
                field: the field, or one option of a choice.
                render_kw: attributes; `help=True` says a help text of its own stands beside it.
            """
            attributes = dict(render_kw.items())
            has_help = bool(attributes.pop("help", False))
            own = dict(field.render_kw or {})
            classes = [_class_of(field), own.pop("class", ""), attributes.pop("class", "")]
            if field.errors and not _is_option(field):
                classes.insert(1, f"{classes[0].split(' ', 1)[0]}--invalid")
                attributes.setdefault("aria-invalid", "true")
            attributes["class"] = " ".join(filter(None, classes)) or False
            attributes.setdefault("required", False)
            attributes.setdefault("maxlength", False)
            attributes.setdefault("minlength", False)
            if isinstance(field.widget, HiddenInput):
                attributes["class"] = False
                if field.type == "CSRFTokenField":
                    # Several forms on a page would each carry the same id.
                    attributes["id"] = False
            elif not _is_option(field):
                described = described_by(field, has_help=has_help)
                if described:
                    attributes.setdefault("aria-describedby", described)
                if field.flags.required:
                    attributes.setdefault("aria-required", "true")
            return Markup(super().render_field(field, {**own, **attributes}))  # noqa: S704


def described_by(field: Field, *, has_help: bool = False) -> str:
    """The ids of the texts that belong to a field: its help, then its error.

    Args:
        field: the field.
        has_help: whether the page gives a help text besides the field's own description.
    """
    ids = []
    if field.description or has_help:
        ids.append(f"{field.id}-help")
    if field.errors:
        ids.append(f"{field.id}-error")
    return " ".join(ids)


def first_id(field: Field) -> str:
    """The id that a link to a field must name: of a choice it is the first option."""
    if isinstance(field, RadioField) or _is_choice_of_boxes(field):
        return f"{field.id}-0"
    return str(field.id)


def problems(form: Any) -> list[tuple[str | None, str]]:
    """All errors of a form in the order of its fields: id to link to (or None), and text."""
    found = [(None, str(text)) for text in getattr(form, "form_errors", [])]
    return [*found, *_problems_of(form)]


def _problems_of(fields: Any) -> Iterator[tuple[str | None, str]]:
    for field in fields:
        if isinstance(field, FormField):
            yield from _problems_of(field.form)
        elif isinstance(field, FieldList):
            yield from ((None, str(text)) for text in field.errors if isinstance(text, str))
            yield from _problems_of(field)
        elif isinstance(field.widget, HiddenInput):
            yield from ((None, str(text)) for text in field.errors)
        else:
            yield from ((first_id(field), str(text)) for text in field.errors)


def csrf_token() -> str:
    """The token for a form that is only a button; empty where tokens are switched off."""
    field = getattr(Form(formdata=None), "csrf_token", None)
    return "" if field is None else str(field.current_token or "")


def _is_option(field: Field) -> bool:
    return field.type == "_Option"


def _is_choice_of_boxes(field: Field) -> bool:
    return isinstance(field, SelectMultipleField) and not isinstance(field.widget, Select)


def _class_of(field: Field) -> str:
    # Order matters: the special inputs derive from Input.
    for widget, name in (
        (CheckboxInput, CHECKBOX),
        (RadioInput, RADIO),
        (Select, SELECT),
        (TextArea, TEXTAREA),
        (HiddenInput, ""),
        (SubmitInput, "nl-button nl-button--primary"),
        (FileInput, "control--file"),
        (Input, TEXTBOX),
    ):
        if isinstance(field.widget, widget):
            return name
    return ""
