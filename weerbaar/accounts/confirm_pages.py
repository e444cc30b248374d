"""The page `/confirm`: show once more that it is you, by password or by any passkey."""

from flask import jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import (
    doors,
    passkey_options,
    passkey_pages,
    passkeys,
    people,
    sessions,
    signin_passkeys,
    trail,
)
from weerbaar.accounts.challenges import Purpose
from weerbaar.accounts.forms import UnlockForm, text_of
from weerbaar.accounts.own_pages import keep_password, own_keys, own_seat
from weerbaar.accounts.passkey_forms import ForgottenForm, TouchForm
from weerbaar.accounts.signin import SignInRefused
from weerbaar.accounts.signin_counts import TryLater
from weerbaar.accounts.signin_pages import SEE_OTHER, UNPROCESSABLE, back, later, party


def confirm() -> ResponseReturnValue:
    """The page `/confirm`."""
    if passkey_pages.came_with_passkey():
        return _confirm_with_passkey()
    here = own_seat()
    form = UnlockForm()
    if not form.came_in_order():
        page = _page(form)
        return page if request.method == "GET" else (page, UNPROCESSABLE)
    try:
        keys = own_keys(here, text_of(form.password))
    except TryLater as error:
        return later(error)
    if keys is None:
        form.password.errors = [_("Het wachtwoord klopt niet.")]
        return _page(form), UNPROCESSABLE
    return _confirmed("password.check")


def confirm_options() -> ResponseReturnValue:
    """What the browser asks a passkey: any of one's own."""
    return jsonify(
        passkey_options.to_touch(
            doors.db(), doors.house().vault, passkey_pages.party(), Purpose.CONFIRM,
            passkey_pages.tie(), doors.now(), person_id=own_seat().person_id,
        )
    )  # fmt: skip


def _confirm_with_passkey() -> ResponseReturnValue:
    here = own_seat()
    form = TouchForm()
    try:
        tried = passkey_pages.touch(form, Purpose.CONFIRM, here.person_id)
    except TryLater as error:
        return later(error)
    except SignInRefused:
        tried = None
    if tried is None or tried.touched is None:
        passkey_pages.refuse(form)
        return _page(touch=form), UNPROCESSABLE
    signin_passkeys.welcome(doors.db(), doors.house().vault, tried, doors.now())
    return _confirmed("passkey.check")


def forgotten_password() -> ResponseReturnValue:
    """The page `/account/password/forgotten`: signed in by passkey, and no idea of the password."""
    here = own_seat()
    session, vault = doors.db(), doors.house().vault
    form = ForgottenForm()
    card = people.card(session, vault, here.person_id)
    form.personal = (card.mail, card.name)
    if request.method == "GET":
        return _forgotten_page(form)
    if not form.came_in_order():
        if not (form.password.errors or form.password_again.errors):
            passkey_pages.refuse(form)
        form.passkey_answer.errors = ()
        return _forgotten_page(form), UNPROCESSABLE
    try:
        tried = passkey_pages.touch(form, Purpose.CONFIRM, here.person_id)
    except TryLater as error:
        return later(error)
    except SignInRefused:
        tried = None
    keys = here.keys
    if tried is None or tried.touched is None or keys is None:
        passkey_pages.refuse(form)
        return _forgotten_page(form), UNPROCESSABLE
    signin_passkeys.welcome(session, vault, tried, doors.now())
    trail.record(session, doors.actor(), "passkey.check", "person", here.person_id, doors.now())
    doors.commit()
    return keep_password(here, keys, text_of(form.password))


def _forgotten_page(form: ForgottenForm) -> str:
    return render_template(
        "accounts/password_forgotten.html", form=form, site=passkey_pages.party()
    )


def _confirmed(action: str) -> ResponseReturnValue:
    here, now = own_seat(), doors.now()
    sessions.prove(doors.db(), here, now)
    trail.record(doors.db(), doors.actor(), action, "person", here.person_id, now)
    doors.commit()
    return redirect(back(), SEE_OTHER)


def _page(form: UnlockForm | None = None, touch: TouchForm | None = None) -> str:
    session, vault = doors.db(), doors.house().vault
    has_one = bool(passkeys.listing(session, vault, own_seat().person_id))
    return render_template(
        "accounts/confirm.html",
        form=form or UnlockForm(formdata=None),
        touch=touch or TouchForm(formdata=None),
        site=party() if has_one else None,
    )
