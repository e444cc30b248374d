"""Pages for passkeys: signing in and unlocking with one, and the list of one's own."""

from uuid import UUID

from flask import abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import (
    csrf,
    doors,
    own_pages,
    passkey_options,
    passkeys,
    sessions,
    signin,
    signin_pages,
    signin_passkeys,
    trail,
)
from weerbaar.accounts.challenges import Purpose
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.own_pages import own_seat, unlock_page
from weerbaar.accounts.passkey_forms import LONGEST_LABEL, NewPasskeyForm, PasskeyForm, TouchForm
from weerbaar.accounts.passkeys import (
    LastPasskey,
    NoSuchPasskey,
    PasskeyRefused,
    TooManyPasskeys,
)
from weerbaar.accounts.relying_party import RelyingParty
from weerbaar.accounts.sessions import State
from weerbaar.accounts.signin import Attempt, SignInRefused
from weerbaar.accounts.signin_counts import TryLater
from weerbaar.accounts.signin_pages import SEE_OTHER, UNPROCESSABLE, back, later, source
from weerbaar.accounts.signin_passkeys import PasswordNeeded, Touch


def party() -> RelyingParty:
    """The site as authenticators know it; without one there are no such pages."""
    found = signin_pages.party()
    if found is None:
        abort(404)
    return found


def tie() -> bytes:
    """A secret of this browser; a browser that never saw a page of ours has none."""
    found = csrf.tie()
    if found is None:
        abort(400)
    return found


def came_with_passkey() -> bool:
    """Whether the form that was sent carries what a passkey said."""
    return bool(request.form.get("passkey_answer"))


def touch(form: PasskeyForm, purpose: Purpose, person_id: UUID | None = None) -> Touch:
    """The first step of a try with a passkey, committed whatever comes out of it.

    Args:
        form: as it was sent.
        purpose: what the passkey was asked for.
        person_id: whose it must be.

    Raises:
        SignInRefused: what was sent is nothing of the kind.
        TryLater: too many tries.
    """
    if not form.came_in_order():
        raise SignInRefused
    try:
        sent = passkeys.read(form.passkey_answer.data or "")
    except PasskeyRefused:
        raise SignInRefused from None
    try:
        return signin_passkeys.touch(
            doors.db(), doors.house().vault, party(), sent, purpose, tie(), source(), doors.now(),
            person_id=person_id,
        )  # fmt: skip
    finally:
        doors.commit()


def _open(form: TouchForm, tried: Touch) -> OpenKeys:
    """The second step, with the words for whoever does not get in."""
    vault, password = doors.house().vault, form.passkey_password.data or ""
    try:
        return signin_passkeys.open_keys(vault, tried, form.prf, password)
    except PasswordNeeded:
        form.passkey_password.errors = [
            _("Vul uw wachtwoord in en gebruik daarna uw passkey nog een keer.")
        ]
        raise
    except SignInRefused:
        if tried.touched is not None:
            signin.failed(doors.db(), doors.now())
            doors.commit()
        raise


def refuse(form: PasskeyForm) -> None:
    """Say on a form that the passkey was refused; why is not said."""
    form.refuse(_("Dat lukte niet met deze passkey. Probeer het nog een keer."))


def _options(purpose: Purpose, person_id: UUID | None = None) -> ResponseReturnValue:
    return jsonify(
        passkey_options.to_touch(
            doors.db(), doors.house().vault, party(), purpose, tie(), doors.now(),
            person_id=person_id, opening=purpose is Purpose.UNLOCK,
        )
    )  # fmt: skip


# ---- signing in --------------------------------------------------------------------------


def sign_in_options() -> ResponseReturnValue:
    """What the browser asks a passkey at `/sign-in`; the same for everybody."""
    return _options(Purpose.SIGN_IN)


def sign_in() -> ResponseReturnValue:
    """The page `/sign-in`: with a passkey, else with mail address, password and code."""
    return _sign_in_with_passkey() if came_with_passkey() else signin_pages.sign_in()


def _sign_in_with_passkey() -> ResponseReturnValue:
    # The device knows the name, and mostly opens the keys too.
    form = TouchForm()
    try:
        tried = touch(form, Purpose.SIGN_IN)
        keys = _open(form, tried)
    except TryLater as error:
        return later(error)
    except PasswordNeeded:
        return signin_pages.sign_in_page(touch=form), UNPROCESSABLE
    except SignInRefused:
        refuse(form)
        return signin_pages.sign_in_page(touch=form), UNPROCESSABLE
    session, vault, now = doors.db(), doors.house().vault, doors.now()
    signin_passkeys.keep_prf(session, vault, tried, keys, form.prf, now)
    attempt = Attempt(keys.person_id, tried.account, tried.source, own=tried.own)
    signin.succeeded(session, vault, attempt, keys, "sign-in.passkey", now)
    owes = signin.owes_recovery(session, keys.person_id)
    return signin_pages.begin_session(keys, back(), owes_recovery=owes)


# ---- unlocking ---------------------------------------------------------------------------


def unlock_options() -> ResponseReturnValue:
    """What the browser asks a passkey at `/unlock`: one of those that open."""
    return _options(Purpose.UNLOCK, own_seat().person_id)


def unlock() -> ResponseReturnValue:
    """The page `/unlock`: a passkey or the password puts the key back into a locked session."""
    return _unlock_with_passkey() if came_with_passkey() else own_pages.unlock()


def _unlock_with_passkey() -> ResponseReturnValue:
    here = own_seat()
    if here.state is State.OPEN:
        return redirect(back(), SEE_OTHER)
    form = TouchForm()
    try:
        tried = touch(form, Purpose.UNLOCK, here.person_id)
        keys = _open(form, tried)
    except TryLater as error:
        return later(error)
    except (PasswordNeeded, SignInRefused):
        # The password stands on the same page: that is the other way to unlock.
        form.passkey_password.errors = ()
        refuse(form)
        return unlock_page(touch=form), UNPROCESSABLE
    session, vault, now = doors.db(), doors.house().vault, doors.now()
    signin_passkeys.keep_prf(session, vault, tried, keys, form.prf, now)
    signin_passkeys.welcome(session, vault, tried, now)
    sessions.unlock(session, vault, here, keys, now)
    trail.record(session, doors.actor(), "unlock.passkey", "person", here.person_id, now)
    doors.commit()
    return redirect(back(), SEE_OTHER)


# ---- one's own ---------------------------------------------------------------------------


def own_passkeys() -> ResponseReturnValue:
    """The page `/account/passkeys`."""
    return render_template(
        "accounts/passkeys.html",
        passkeys=passkeys.listing(doors.db(), doors.house().vault, own_seat().person_id),
        most=passkeys.MOST,
        site=signin_pages.party(),
    )


def new_passkey() -> ResponseReturnValue:
    """The page `/account/passkeys/new`: name it, and let the device make it."""
    here, site = own_seat(), party()
    form = NewPasskeyForm()
    if request.method == "GET":
        return _new_page(form, site)
    keys = here.keys
    assert keys is not None
    if not form.came_in_order():
        if form.passkey_answer.errors and not form.label.errors:
            form.refuse(_("Uw apparaat heeft nog geen passkey gemaakt."))
        form.passkey_answer.errors = ()
        return _new_page(form, site), UNPROCESSABLE
    try:
        passkeys.add(
            doors.db(), doors.house().vault, site, keys, form.passkey_answer.data or "", form.prf,
            form.label.data or "", tie(), doors.now(),
        )  # fmt: skip
    except TooManyPasskeys:
        form.refuse(_("U hebt al tien passkeys. Verwijder er eerst een."))
        return _new_page(form, site), UNPROCESSABLE
    except PasskeyRefused:
        # The challenge stays used.
        doors.commit()
        refuse(form)
        return _new_page(form, site), UNPROCESSABLE
    doors.commit()
    if form.prf is None:
        doors.flash(
            _(
                "De passkey is toegevoegd. Hij komt in plaats van de code uit uw app; bij het"
                " inloggen vult u ook uw wachtwoord in."
            )
        )
    else:
        doors.flash(_("De passkey is toegevoegd. U kunt er meteen mee inloggen."))
    return redirect(url_for("accounts.own_passkeys"), SEE_OTHER)


def _new_page(form: NewPasskeyForm, site: RelyingParty) -> str:
    return render_template("accounts/passkey_new.html", form=form, site=site, longest=LONGEST_LABEL)


def new_passkey_options() -> ResponseReturnValue:
    """What the browser needs to make a passkey."""
    return jsonify(
        passkey_options.to_add(
            doors.db(), doors.house().vault, party(), own_seat().person_id, tie(), doors.now()
        )
    )


def remove_passkey(passkey_id: UUID) -> ResponseReturnValue:
    """Remove one of one's own passkeys.

    Args:
        passkey_id: which one.
    """
    here = own_seat()
    try:
        passkeys.remove(
            doors.db(), doors.house().vault, doors.actor(), here.person_id, passkey_id, doors.now()
        )
    except NoSuchPasskey:
        doors.not_yours("passkey.remove", "passkey", passkey_id)
    except LastPasskey:
        doors.rollback()
        doors.flash(
            _("Dit is uw enige manier om in te loggen. Kies eerst een wachtwoord."), "error"
        )
        return redirect(url_for("accounts.forgotten_password"), SEE_OTHER)
    # Whoever has the device may be signed in with it.
    sessions.sign_out_everywhere(
        doors.db(), doors.house().vault, here.person_id, doors.now(), but=here
    )
    doors.commit()
    doors.flash(_("De passkey is verwijderd. Haal hem ook weg op het apparaat zelf."))
    return redirect(url_for("accounts.own_passkeys"), SEE_OTHER)
