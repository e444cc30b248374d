"""The page of an invitation: an account with a password, or with a passkey in its place."""

from flask import Blueprint, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import (
    doors,
    invitations,
    passkey_options,
    passkeys,
    signin,
    wrappings,
)
from weerbaar.accounts.challenges import Purpose
from weerbaar.accounts.devices import device_of
from weerbaar.accounts.forms import InvitationForm, text_of
from weerbaar.accounts.invitations import Invitation, NewPasskey
from weerbaar.accounts.links import LinkOver
from weerbaar.accounts.passkey_forms import LONGEST_LABEL, PasskeyInvitationForm
from weerbaar.accounts.passkey_pages import party, tie
from weerbaar.accounts.passkeys import PasskeyRefused
from weerbaar.accounts.session_pages import device_names
from weerbaar.accounts.signin_pages import (
    GONE,
    UNPROCESSABLE,
    begin_session,
    grouped,
    qr_code,
)
from weerbaar.accounts.signin_pages import party as party_or_none
from weerbaar.crypto.wrapping import NotARecoveryCode, RecoveryCode

PASSKEY = "passkey"


def add_rules(pages: Blueprint) -> None:
    """Add these pages to those of the room."""
    for rule, methods, view in (
        ("/invitation/<token>", ["GET", "POST"], invitation),
        ("/invitation/<token>/passkey", ["GET"], invitation_options),
    ):
        pages.add_url_rule(rule, view_func=doors.public(view), methods=methods)


def invitation(token: str) -> ResponseReturnValue:
    """The page `/invitation/<token>`: one page that makes an account.

    Args:
        token: of the link.
    """
    try:
        invited = invitations.look_up(doors.db(), doors.house().vault, token, doors.now())
        if request.args.get("way") == PASSKEY:
            return _with_passkey(token, invited)
        return _with_password(token, invited)
    except LinkOver:
        return _over()


def _over() -> ResponseReturnValue:
    return render_template("accounts/invitation_over.html"), GONE


def _with_password(token: str, invited: Invitation) -> ResponseReturnValue:
    vault, now = doors.house().vault, doors.now()
    form = InvitationForm()
    if request.method == "GET":
        return _page(form, invited, token)
    step = _check(form, invited)
    if step is None:
        return _page(form, invited, token), UNPROCESSABLE
    doors.rollback()
    fresh = wrappings.stretch(vault, text_of(form.password))
    keys = invitations.accept(doors.db(), vault, invited, fresh, step, now)
    return begin_session(keys, "/", owes_recovery=False)


def _with_passkey(token: str, invited: Invitation) -> ResponseReturnValue:
    session, vault, now = doors.db(), doors.house().vault, doors.now()
    site = party()
    form = PasskeyInvitationForm()
    if request.method == "GET":
        form.label.data = device_names()[device_of(request.headers.get("User-Agent", ""))]
        return _passkey_page(form, invited, token)
    step = _check(form, invited)
    if step is None:
        return _passkey_page(form, invited, token), UNPROCESSABLE
    typed = text_of(form.password)
    if form.prf is None and not typed:
        form.password.errors = [
            _("Uw passkey opent uw gegevens niet. Kies er ook een wachtwoord bij.")
        ]
        return _passkey_page(form, invited, token), UNPROCESSABLE
    try:
        made = passkeys.prove_new(
            session, vault, site, text_of(form.passkey_answer), Purpose.JOIN, tie(), now
        )
    except PasskeyRefused:
        # The challenge stays used.
        doors.commit()
        form.refuse(_("Dat lukte niet met deze passkey. Probeer het nog een keer."))
        return _passkey_page(form, invited, token), UNPROCESSABLE
    doors.commit()
    fresh = wrappings.stretch(vault, typed) if typed else None
    passkey = NewPasskey(made, form.prf, text_of(form.label))
    keys = invitations.accept(doors.db(), vault, invited, fresh, step, now, passkey=passkey)
    return begin_session(keys, "/", owes_recovery=False)


def invitation_options(token: str) -> ResponseReturnValue:
    """What the browser needs to make a passkey for who was invited.

    Args:
        token: of the link.
    """
    session, vault, now = doors.db(), doors.house().vault, doors.now()
    try:
        invited = invitations.look_up(session, vault, token, now)
    except LinkOver:
        abort(GONE)
    return jsonify(
        passkey_options.to_add(
            session, vault, party(), invited.person_id, tie(), now, purpose=Purpose.JOIN
        )
    )


def _check(form: InvitationForm | PasskeyInvitationForm, invited: Invitation) -> int | None:
    """The TOTP step when everything is right; else None, with every error on the form."""
    form.personal = (invited.mail, invited.name)
    valid = form.validate()
    step = signin.matching_step(invited.totp_secret, text_of(form.code), doors.now())
    if step is None and not form.code.errors:
        form.code.errors = [_("De code klopt niet. Vul de code in die uw app nu toont.")]
    if not _same_code(form.recovery_code_again.data, invited.recovery):
        if not form.recovery_code_again.errors:
            form.recovery_code_again.errors = [
                _("Dit is niet de herstelcode van deze pagina. Kijk haar nog eens na.")
            ]
        valid = False
    return step if valid else None


def _same_code(typed: str | None, shown: RecoveryCode) -> bool:
    try:
        return RecoveryCode.parse(typed or "") == shown
    except NotARecoveryCode:
        return False


def _page(form: InvitationForm, invited: Invitation, token: str) -> str:
    return render_template(
        "accounts/invitation.html",
        form=form,
        site=party_or_none(),
        token=token,
        way=PASSKEY,
        **_shown(invited),
    )


def _passkey_page(form: PasskeyInvitationForm, invited: Invitation, token: str) -> str:
    if form.passkey_answer.errors:
        form.passkey_answer.errors = form.passkey_prf.errors = ()
        if not form.errors_shown():
            form.refuse(_("Uw apparaat heeft nog geen passkey gemaakt."))
    return render_template(
        "accounts/invitation_passkey.html",
        form=form,
        site=party(),
        token=token,
        longest=LONGEST_LABEL,
        **_shown(invited),
    )


def _shown(invited: Invitation) -> dict[str, object]:
    return {
        "invited": invited,
        "recovery": invited.recovery.text(),
        "secret": grouped(invited.totp_secret),
        "qr": qr_code(invited.totp_secret, invited.mail),
    }
