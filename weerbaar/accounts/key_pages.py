"""Pages on which somebody replaces his own key pair, or the app that makes his codes."""

import pyotp
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from weerbaar.accounts import (
    doors,
    groups,
    notices,
    people,
    quorum_cover,
    rotation,
    sessions,
    signin,
    trail,
    wrappings,
)
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.forms import text_of
from weerbaar.accounts.key_forms import NewAppForm, RenewKeyForm
from weerbaar.accounts.keys import OpenKeys
from weerbaar.accounts.own_pages import own_keys, own_seat
from weerbaar.accounts.permissions import Permission
from weerbaar.accounts.rotation import FormerWaits, Unfinished
from weerbaar.accounts.signin_counts import TryLater
from weerbaar.accounts.signin_pages import SEE_OTHER, UNPROCESSABLE, grouped, later, qr_code
from weerbaar.accounts.vault import KeyNotTrusted

# One page moves at most so many steps: a long list is gone through in several goes.
STEPS = 5
APP, APP_CHANGED = "new-app", "app_changed"


def add_rules(pages: Blueprint) -> None:
    """Add these pages to those of the room."""
    own = doors.permits(Permission.BOARD_SEE, keys=True)
    admits = doors.permits(Permission.KEYS_ADMIT, keys=True, fresh=True)
    for rule, guard, methods, view in (
        ("/account/key/renew", own, ["GET", "POST"], renew),
        ("/account/key/move", own, ["POST"], move),
        ("/account/app", own, ["GET", "POST"], new_app),
        ("/people/keys/rotate", admits, ["POST"], rotate_groups),
    ):
        pages.add_url_rule(rule, view_func=guard(view), methods=methods)


def renew() -> ResponseReturnValue:
    """The page `/account/key/renew`: a new key pair, for who fears that another has the old one."""
    here = own_seat()
    form = RenewKeyForm()
    if not form.came_in_order():
        page = render_template("accounts/key_renew.html", form=form)
        return page if request.method == "GET" else (page, UNPROCESSABLE)
    vault, session, now = doors.house().vault, doors.db(), doors.now()
    password = text_of(form.present)
    try:
        keys = own_keys(here, password)
    except TryLater as error:
        return later(error)
    if keys is None:
        form.present.errors = [_("Het wachtwoord klopt niet.")]
        return render_template("accounts/key_renew.html", form=form), UNPROCESSABLE
    doors.commit()
    stretched = wrappings.stretch(vault, password)
    try:
        fresh = rotation.begin(
            session, vault, Actor(here.person_id, here.roles, keys), stretched, now
        )
    except FormerWaits:
        doors.rollback()
        doors.flash(
            _(
                "Eerst komt uw vroegere sleutel terug. Maak daarna pas een nieuwe, of geef de"
                " vroegere op."
            ),
            "error",
        )
        return redirect(url_for("accounts.own_key"), SEE_OTHER)
    except Unfinished:
        doors.rollback()
        doors.flash(_("Een eerdere nieuwe sleutel is nog niet klaar. Maak die eerst af."), "error")
        return redirect(url_for("accounts.own_key"), SEE_OTHER)
    sessions.sign_out_everywhere(session, vault, here.person_id, now, but=here)
    sessions.unlock(session, vault, here, fresh, now)
    here.contents.owes_recovery = True
    sessions.keep_contents(session, here)
    doors.commit()
    tell_of_moving(fresh)
    return redirect(url_for("accounts.recovery_code"), SEE_OTHER)


def move() -> ResponseReturnValue:
    """Move the next of what a former key opens."""
    keys = doors.actor().keys
    assert keys is not None
    tell_of_moving(keys)
    return redirect(url_for("accounts.own_key"), SEE_OTHER)


def tell_of_moving(keys: OpenKeys) -> None:
    """Move what a former key opens, some steps, each lasting by itself; and say how it stands.

    Args:
        keys: the reader's present keys.
    """
    session, vault, now = doors.db(), doors.house().vault, doors.now()
    left = 0
    try:
        for _step in range(STEPS):
            left = rotation.go_on(session, vault, keys, now)
            doors.commit()
            if not left:
                break
    except KeyNotTrusted:
        doors.rollback()
        doors.flash(_("Uw nieuwe sleutel klopt niet. Bel uw coördinator."), "error")
        return
    if left:
        doors.flash(
            ngettext(
                "Er is nog %(num)d gegeven te verplaatsen. Ga door.",
                "Er zijn nog %(num)d gegevens te verplaatsen. Ga door.",
                left,
            ),
            "info",
        )
        return
    quorum_cover.keep_up(session, vault, keys, now)
    doors.commit()
    doors.flash(_("Klaar. Alles wat uw vroegere sleutel opende, opent nu uw nieuwe."))


def new_app() -> ResponseReturnValue:
    """The page `/account/app`: another app for codes, after the password and a code of it."""
    here = own_seat()
    vault, session, now = doors.house().vault, doors.db(), doors.now()
    form = NewAppForm()
    secret = doors.kept(APP)
    if secret is None:
        secret = pyotp.random_base32()
        doors.keep(APP, secret)
    if not form.came_in_order():
        page = _app_page(form, secret)
        return page if request.method == "GET" else (page, UNPROCESSABLE)
    step = signin.matching_step(secret, text_of(form.code), now)
    try:
        keys = own_keys(here, text_of(form.present))
    except TryLater as error:
        return later(error)
    if keys is None:
        form.present.errors = [_("Het wachtwoord klopt niet.")]
    elif step is None or not signin.use_step(session, here.person_id, step):
        form.code.errors = [_("De code klopt niet. Vul de code in die uw app nu toont.")]
    else:
        people.set_totp(session, vault, here.person_id, secret)
        trail.record(session, doors.actor(), "totp.change", "person", here.person_id, now)
        notices.post(session, here.person_id, APP_CHANGED, now)
        sessions.sign_out_everywhere(session, vault, here.person_id, now, but=here)
        doors.commit()
        doors.keep(APP, None)
        doors.flash(_("Uw nieuwe app is gekoppeld. De oude werkt niet meer."))
        return redirect(url_for("accounts.account"), SEE_OTHER)
    doors.commit()
    return _app_page(form, secret), UNPROCESSABLE


def _app_page(form: NewAppForm, secret: str) -> str:
    card = people.card(doors.db(), doors.house().vault, own_seat().person_id)
    return render_template(
        "accounts/new_app.html", form=form, secret=grouped(secret), qr=qr_code(secret, card.mail)
    )


def rotate_groups() -> ResponseReturnValue:
    """Give every group that the reader is in a new key, for the same members."""
    session, vault, actor, now = doors.db(), doors.house().vault, doors.actor(), doors.now()
    try:
        for name in groups.names():
            if actor.person_id in groups.members(session, name):
                groups.rotate(session, vault, actor, name, now)
    except KeyNotTrusted:
        doors.rollback()
        doors.flash(_("Een sleutel van een lid klopt niet. Laat uw beheerder kijken."), "error")
        return redirect(url_for("accounts.quorum"), SEE_OTHER)
    doors.commit()
    doors.flash(_("De groepen hebben een nieuwe sleutel. Vernieuw nu wat er al stond."))
    return redirect(url_for("accounts.everybody"), SEE_OTHER)
