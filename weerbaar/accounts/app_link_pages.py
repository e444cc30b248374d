"""Pages for a lost app: a coordinator makes a link, its owner sets up a new app with it."""

from uuid import UUID

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import app_links, doors, people
from weerbaar.accounts.app_links import CodeRefused, NewApp, NotOffered
from weerbaar.accounts.forms import text_of
from weerbaar.accounts.key_forms import LinkedAppForm
from weerbaar.accounts.links import LinkOver
from weerbaar.accounts.people import NoSuchPerson, PersonCard
from weerbaar.accounts.permissions import Permission
from weerbaar.accounts.signin_pages import GONE, UNPROCESSABLE, grouped, qr_code


def add_rules(pages: Blueprint) -> None:
    """Add these pages to those of the room."""
    both = ["GET", "POST"]
    admits = doors.permits(Permission.KEYS_ADMIT, keys=True, fresh=True)
    for rule, guard, view in (
        ("/people/<uuid:person_id>/new-app", admits, offer_app),
        ("/new-app/<token>", doors.public, linked_app),
    ):
        pages.add_url_rule(rule, view_func=guard(view), methods=both)


def offer_app(person_id: UUID) -> ResponseReturnValue:
    """The page on which a coordinator makes a link for somebody who lost his app.

    Args:
        person_id: who lost it.
    """
    house = doors.house()
    card = _colleague(person_id)
    if request.method == "GET":
        return render_template("accounts/person_new_app.html", card=card)
    try:
        token = app_links.offer(doors.db(), house.vault, doors.actor(), person_id, doors.now())
    except NotOffered:
        abort(404)
    doors.commit()
    link = house.settings.public_url + url_for("accounts.linked_app", token=token)
    return render_template("accounts/person_link.html", card=card, link=link)


def _colleague(person_id: UUID) -> PersonCard:
    try:
        card = people.card(doors.db(), doors.house().vault, person_id)
    except NoSuchPerson:
        abort(404)
    if card.state != people.ACTIVE or person_id == doors.actor().person_id:
        abort(404)
    return card


def linked_app(token: str) -> ResponseReturnValue:
    """The page `/new-app/<token>`: another app for codes. It signs nobody in.

    Args:
        token: of the link.
    """
    session, vault, now = doors.db(), doors.house().vault, doors.now()
    try:
        app = app_links.look_up(session, vault, token, now)
        form = LinkedAppForm()
        if not form.came_in_order():
            page = _app_page(form, app)
            return page if request.method == "GET" else (page, UNPROCESSABLE)
        app_links.take(session, vault, app, text_of(form.code), now)
    except CodeRefused:
        doors.rollback()
        form.code.errors = [_("De code klopt niet. Vul de code in die uw app nu toont.")]
        return _app_page(form, app), UNPROCESSABLE
    except LinkOver:
        doors.rollback()
        return render_template("accounts/app_link_over.html"), GONE
    doors.commit()
    return render_template("accounts/app_linked.html")


def _app_page(form: LinkedAppForm, app: NewApp) -> str:
    return render_template(
        "accounts/linked_app.html",
        form=form,
        mail=app.mail,
        secret=grouped(app.secret),
        qr=qr_code(app.secret, app.mail),
    )
