"""The forms of replacing one's key pair, or the app that makes one's codes."""

from typing import Any

from flask_babel import lazy_gettext
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from weerbaar.accounts.forms import LONGEST_PASSWORD, AccountForm


def _l(text: str) -> Any:
    return lazy_gettext(text)


def _present() -> PasswordField:
    return PasswordField(
        _l("Wachtwoord"),
        validators=[InputRequired(_l("Vul uw wachtwoord in.")), Length(max=LONGEST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )


class RenewKeyForm(AccountForm):
    """A new key pair, with the password as proof."""

    present = _present()


def _code() -> StringField:
    return StringField(
        _l("Code uit uw nieuwe app"),
        description=_l("De zes cijfers die uw nieuwe app nu toont."),
        validators=[InputRequired(_l("Vul de zes cijfers uit uw app in.")), Length(max=20)],
        render_kw={
            "autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false",
            "translate": "no",
        },
    )  # fmt: skip


class NewAppForm(AccountForm):
    """Another app for codes: the password, and a code that the new app shows."""

    present = _present()
    code = _code()


class LinkedAppForm(AccountForm):
    """Another app for codes, with a link in the place of the password."""

    code = _code()
