"""Forms that carry what a passkey said: the script of the page fills them in."""

import base64
import binascii
from typing import Any

from flask_babel import lazy_gettext
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from weerbaar.accounts.forms import (
    LONGEST_PASSWORD,
    AccountForm,
    NewPasswordForm,
    code_field,
    recovery_code_field,
    text_of,
)

LONGEST_ANSWER = 20_000
LONGEST_LABEL = 40
PRF_BYTES = 32


def _l(text: str) -> Any:
    return lazy_gettext(text)


class PasskeyForm(AccountForm):
    """What the browser was told by a passkey; no page ever shows it again."""

    passkey_answer = HiddenField(validators=[InputRequired(), Length(max=LONGEST_ANSWER)])
    passkey_prf = HiddenField(validators=[Length(max=100)])

    def refuse(self, why: str) -> None:
        """Say what was wrong in one sentence; what a passkey sent has no field on the page."""
        self.passkey_answer.errors = self.passkey_prf.errors = ()
        self.form_errors.append(why)

    @property
    def prf(self) -> bytes | None:
        """The PRF output: 32 bytes, or None where the passkey gave none."""
        typed = text_of(self.passkey_prf)
        try:
            raw = base64.b64decode(typed + "=" * (-len(typed) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        return raw if len(raw) == PRF_BYTES else None


class PasskeyInvitationForm(NewPasswordForm, PasskeyForm):
    """What makes an account with a passkey; a password beside it where that opens nothing."""

    label = StringField(
        _l("Naam van de passkey"),
        description=_l("Waaraan herkent u het apparaat? Bijvoorbeeld: mijn telefoon."),
        validators=[DataRequired(_l("Geef de passkey een naam.")), Length(max=LONGEST_LABEL)],
        render_kw={"autocomplete": "off", "spellcheck": "false", "translate": "no"},
    )
    password = PasswordField(
        _l("Nieuw wachtwoord"),
        description=_l(
            "Ten minste 12 tekens. Een zin met een paar woorden is goed. U mag plakken."
        ),
        validators=[Optional(), Length(max=LONGEST_PASSWORD)],
        render_kw={"autocomplete": "new-password"},
    )
    password_again = PasswordField(
        _l("Nieuw wachtwoord, nog een keer"),
        validators=[Length(max=LONGEST_PASSWORD)],
        render_kw={"autocomplete": "new-password"},
    )
    code = code_field()
    recovery_code_again = recovery_code_field()

    def errors_shown(self) -> bool:
        """Whether something is wrong with what the page shows."""
        return any(self.errors.values())


class TouchForm(PasskeyForm):
    """A passkey, and the password where that passkey opens nothing by itself."""

    passkey_password = PasswordField(
        _l("Wachtwoord"),
        description=_l("Uw passkey opent uw gegevens niet. Vul ook uw wachtwoord in."),
        validators=[Length(max=LONGEST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )


class ForgottenForm(NewPasswordForm, PasskeyForm):
    """A new password, with a passkey as proof in the place of the present one."""


class NewPasskeyForm(PasskeyForm):
    """A new passkey, and what its owner calls it."""

    label = StringField(
        _l("Naam"),
        description=_l("Waaraan herkent u het apparaat? Bijvoorbeeld: mijn telefoon."),
        validators=[DataRequired(_l("Geef de passkey een naam.")), Length(max=LONGEST_LABEL)],
        render_kw={"autocomplete": "off", "spellcheck": "false", "translate": "no"},
    )
