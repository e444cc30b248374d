"""The forms of signing in, invitations and people."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from flask import current_app, has_app_context
from flask_babel import lazy_gettext
from wtforms import (
    HiddenField,
    PasswordField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields import choices as choice_fields
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from weerbaar.accounts.actors import Role
from weerbaar.accounts.known_passwords import is_common
from weerbaar.accounts.notice_rules import Channel
from weerbaar.face.forms import Form


def _l(text: str) -> Any:
    return lazy_gettext(text)


SHORTEST_PASSWORD = 12
BREACHED = "weerbaar.breached"
LONGEST_PASSWORD = 1024
LONGEST_MAIL = 254
LONGEST_LINE = 200
CODE_DIGITS = 6

CHANNEL_NAMES = {Channel.SMS: _l("Sms"), Channel.MAIL: _l("E-mail")}

ROLE_NAMES = {
    Role.CONFIDANT: _l("Vertrouwenspersoon"),
    Role.EXPERT: _l("Expert"),
    Role.PEER: _l("Ervaringsdeskundige"),
    Role.COORDINATOR: _l("Coördinator"),
    Role.ROSTER_MANAGER: _l("Roosteraar"),
    Role.TOUR_OFFICER: _l("Medewerker tour"),
    Role.ADMIN: _l("Beheerder"),
    Role.AUDITOR: _l("Auditor"),
}


def password_problems(password: str, *personal: str) -> list[Any]:
    """What is wrong with a new password: too short, like the person, or tried by everybody first.

    Args:
        password: as typed.
        personal: mail address and name, which it may not be.
    """
    found: list[Any] = []
    if len(password) < SHORTEST_PASSWORD:
        found.append(_l("Het wachtwoord is te kort. Gebruik ten minste 12 tekens."))
    typed = _flat(password)
    if typed and any(typed in _likenesses(text) for text in personal if text):
        found.append(_l("Het wachtwoord is uw naam of e-mailadres. Kies iets anders."))
    if not found and (is_common(password) or _is_breached(password)):
        found.append(
            _l("Dit wachtwoord wordt vaak geraden. Kies iets anders, bijvoorbeeld een zin.")
        )
    return found


def _is_breached(password: str) -> bool:
    """Whether it leaked elsewhere, where the installation keeps a list of such passwords."""
    holds = current_app.extensions.get(BREACHED) if has_app_context() else None
    return holds is not None and holds(password)


def _likenesses(text: str) -> set[str]:
    parts = [text, *re.split(r"[@\s]+", text)]
    return {_flat(part) for part in parts} | {_flat(part) * 2 for part in parts}


def _flat(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if character.isalnum())


# The stubs do not know it yet; choices given as tuples go with WTForms 3.4.
choice: Callable[[str, str], Any] = vars(choice_fields)["SelectChoice"]


def text_of(field: Any) -> str:
    """What was typed into a field; an empty text where nothing was sent."""
    return str(field.data or "")


class AccountForm(Form):
    """A form of this room."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def came_in_order(self) -> bool:
        """Whether it was sent, and everything in it can be used."""
        return bool(self.validate_on_submit())


class MailField(StringField):
    """A mail address, typed by a person who may paste a space along."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Drop the spaces around what was typed."""
        super().process_formdata(valuelist)
        self.data = (self.data or "").strip()


_MAIL = {"autocomplete": "username", "inputmode": "email", "autocapitalize": "none",
         "spellcheck": "false", "translate": "no"}  # fmt: skip
_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false",
         "translate": "no"}  # fmt: skip
_RECOVERY = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false",
             "translate": "no"}  # fmt: skip
_OLD = {"autocomplete": "current-password"}
_NEW = {"autocomplete": "new-password"}


def _mail_field() -> MailField:
    return MailField(
        _l("E-mailadres"),
        validators=[InputRequired(_l("Vul uw e-mailadres in.")), Length(max=LONGEST_MAIL)],
        render_kw=_MAIL,
    )


def code_field() -> StringField:
    """Six digits of the app."""
    return StringField(
        _l("Code uit uw app"),
        description=_l("De zes cijfers die uw app nu toont. Elke code werkt één keer."),
        validators=[InputRequired(_l("Vul de zes cijfers uit uw app in.")), Length(max=20)],
        render_kw=_CODE,
    )


def recovery_code_field() -> StringField:
    """The recovery code that the page shows, typed back."""
    return StringField(
        _l("Herstelcode, overgetypt"),
        description=_l("Typ of plak de herstelcode die u hebt bewaard."),
        validators=[InputRequired(_l("Vul de herstelcode in.")), Length(max=LONGEST_LINE)],
        render_kw=_RECOVERY,
    )


class SignInForm(AccountForm):
    """Mail address, password, code."""

    email = _mail_field()
    password = PasswordField(
        _l("Wachtwoord"),
        validators=[
            InputRequired(_l("Vul uw wachtwoord in.")), Length(max=LONGEST_PASSWORD),
        ],
        render_kw=_OLD,
    )  # fmt: skip
    code = code_field()


class UnlockForm(AccountForm):
    """The password, once more."""

    password = PasswordField(
        _l("Wachtwoord"),
        validators=[
            InputRequired(_l("Vul uw wachtwoord in.")), Length(max=LONGEST_PASSWORD),
        ],
        render_kw=_OLD,
    )  # fmt: skip


class NewPasswordForm(AccountForm):
    """A new password, typed twice; `personal` is what it may not be."""

    password = PasswordField(
        _l("Nieuw wachtwoord"),
        description=_l(
            "Ten minste 12 tekens. Een zin met een paar woorden is goed. U mag plakken."
        ),
        validators=[InputRequired(_l("Kies een wachtwoord.")), Length(max=LONGEST_PASSWORD)],
        render_kw=_NEW,
    )
    password_again = PasswordField(
        _l("Nieuw wachtwoord, nog een keer"),
        validators=[
            InputRequired(_l("Vul het wachtwoord nog een keer in.")), Length(max=LONGEST_PASSWORD),
        ],
        render_kw=_NEW,
    )  # fmt: skip
    personal: tuple[str, ...] = ()

    def validate_password(self, field: PasswordField) -> None:
        """Length, likeness and what everybody tries: no rules about kinds of characters."""
        problems = password_problems(field.data or "", *self.personal)
        if problems:
            raise ValidationError(" ".join(str(problem) for problem in problems))

    def validate_password_again(self, field: PasswordField) -> None:
        """Twice the same."""
        if field.data != self.password.data:
            raise ValidationError(str(_l("De twee wachtwoorden zijn niet gelijk.")))


class InvitationForm(NewPasswordForm):
    """What makes an account: a password, a code of the app, and the recovery code typed back."""

    code = code_field()
    recovery_code_again = recovery_code_field()


class RecoverForm(NewPasswordForm):
    """Forgotten password: the recovery code opens the keys once."""

    email = _mail_field()
    recovery_code = StringField(
        _l("Herstelcode"),
        description=_l("De code die u bij uw eerste aanmelding hebt bewaard."),
        validators=[InputRequired(_l("Vul uw herstelcode in.")), Length(max=LONGEST_LINE)],
        render_kw=_RECOVERY,
    )
    code = code_field()


class RecoveryCodeForm(AccountForm):
    """The recovery code, typed back as proof that it was kept."""

    recovery_code_again = recovery_code_field()


class ChangePasswordForm(NewPasswordForm):
    """A new password, with the present one as proof."""

    present = PasswordField(
        _l("Huidig wachtwoord"),
        validators=[
            InputRequired(_l("Vul uw huidige wachtwoord in.")), Length(max=LONGEST_PASSWORD),
        ],
        render_kw=_OLD,
    )  # fmt: skip


class BoxesField(SelectMultipleField):
    """Boxes, one per choice."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class NoticesForm(AccountForm):
    """By which channels somebody wants to be told, besides in the application."""

    tasks = BoxesField(
        _l("Taken en gemiste oproepen"),
        choices=lambda: [choice(code, str(name)) for code, name in CHANNEL_NAMES.items()],
        validators=[Optional()],
    )
    shifts = BoxesField(
        _l("Begin van uw dienst"),
        choices=lambda: [choice(code, str(name)) for code, name in CHANNEL_NAMES.items()],
        validators=[Optional()],
    )


class PersonForm(AccountForm):
    """What an administrator changes about somebody."""

    phone = StringField(
        _l("Telefoonnummer"),
        description=_l("Hierop gaat de oproep over. Nederlands vast of mobiel nummer."),
        validators=[Optional(), Length(max=40)],
        render_kw={"autocomplete": "off", "inputmode": "tel", "translate": "no"},
    )
    roles = BoxesField(
        _l("Rollen"),
        choices=lambda: [choice(role.value, str(name)) for role, name in ROLE_NAMES.items()],
        validators=[InputRequired(_l("Kies ten minste één rol."))],
    )


class NewPersonForm(PersonForm):
    """Somebody new."""

    name = StringField(
        _l("Naam"),
        validators=[InputRequired(_l("Vul de naam in.")), Length(max=LONGEST_LINE)],
        render_kw={"autocomplete": "off", "translate": "no"},
    )
    email = MailField(
        _l("E-mailadres"),
        validators=[InputRequired(_l("Vul het e-mailadres in.")), Length(max=LONGEST_MAIL)],
        render_kw={**_MAIL, "autocomplete": "off"},
    )


class AdmitForm(AccountForm):
    """The proof that the four words were compared: the fingerprint the page showed."""

    fingerprint = HiddenField()
