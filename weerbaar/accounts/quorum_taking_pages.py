"""Pages of the drill, and of succeeding somebody who is gone."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from weerbaar.accounts import (
    doors,
    people,
    quorum_cover,
    quorum_drill,
    quorum_holders,
    quorum_requests,
    quorum_restore,
    trail,
)
from weerbaar.accounts.actors import Actor
from weerbaar.accounts.forms import choice
from weerbaar.accounts.people import NoSuchPerson, PersonCard
from weerbaar.accounts.permissions import Permission
from weerbaar.accounts.quorum_drill import DrillFailed
from weerbaar.accounts.quorum_forms import SuccessorForm
from weerbaar.accounts.quorum_requests import (
    AlreadyAsked,
    Asked,
    Kind,
    NotCovered,
    NotEnough,
    RequestOver,
)
from weerbaar.accounts.signin_pages import SEE_OTHER, UNPROCESSABLE
from weerbaar.accounts.vault import KeyNotTrusted, NoKeysYet
from weerbaar.crypto.errors import CannotOpen

# What hands over the cases of whoever is gone; the room of cases plugs it in.
SUCCEED = "weerbaar.succeed"


def add_rules(pages: Blueprint) -> None:
    """Add these pages to those of the room."""
    post, both = ["POST"], ["GET", "POST"]
    own = doors.permits(Permission.BOARD_SEE, keys=True)
    own_fresh = doors.permits(Permission.BOARD_SEE, keys=True, fresh=True)
    admits = doors.permits(Permission.KEYS_ADMIT, keys=True)
    # What reaches far: who is there shows it once more.
    agrees = doors.permits(Permission.KEYS_ADMIT, keys=True, fresh=True)
    for rule, guard, methods, view in (
        ("/quorum/drill", admits, post, begin_drill),
        ("/quorum/requests/<uuid:request_id>/take", own_fresh, post, take_other),
        ("/quorum/requests/<uuid:request_id>/withdraw", own, post, withdraw_other),
        ("/people/<uuid:person_id>/successor", agrees, both, successor),
    ):
        pages.add_url_rule(rule, view_func=guard(view), methods=methods)


def _to_quorum() -> ResponseReturnValue:
    return redirect(url_for("accounts.quorum"), SEE_OTHER)


def begin_drill() -> ResponseReturnValue:
    """Begin the yearly drill."""
    try:
        quorum_drill.begin(doors.db(), doors.house().vault, doors.actor(), doors.now())
    except AlreadyAsked:
        doors.rollback()
        return _to_quorum()
    except NotCovered:
        doors.rollback()
        doors.flash(_("Oefenen kan nog niet: kies eerst genoeg mensen."), "error")
        return _to_quorum()
    doors.commit()
    doors.flash(_("De oefening is begonnen. Bel de collega's en lees uw vier woorden voor."))
    return _to_quorum()


def _mine(request_id: UUID) -> Asked:
    try:
        return quorum_restore.mine(
            doors.db(), doors.house().vault, doors.actor(), request_id, doors.now()
        )
    except RequestOver:
        doors.not_yours("quorum.take", "quorum-request", request_id)


def take_other(request_id: UUID) -> ResponseReturnValue:
    """Take the key of a test account, or of who is gone, and use it once.

    Args:
        request_id: of a request by which the reader receives a key.
    """
    asked = _mine(request_id)
    if asked.kind is Kind.OWN:
        abort(404)
    try:
        if asked.kind is Kind.DRILL:
            session, vault = doors.db(), doors.house().vault
            quorum_drill.finish(session, vault, doors.actor(), request_id, doors.now())
            said = _("De oefening is gelukt en vastgelegd.")
        else:
            said = _received(asked)
    except NotEnough:
        doors.rollback()
        doors.flash(_("Er is nog niet genoeg hulp."), "error")
        return _to_quorum()
    except (CannotOpen, DrillFailed):
        doors.rollback()
        doors.flash(_("De delen passen niet op elkaar. Bel uw coördinator."), "error")
        return _to_quorum()
    doors.commit()
    doors.flash(said)
    return _to_quorum()


def _received(asked: Asked) -> str:
    """Receive the next cases of who is gone; the request stays open until none is left."""
    session, vault, actor, now = doors.db(), doors.house().vault, doors.actor(), doors.now()
    hand_over: Any = current_app.extensions[SUCCEED]
    keys = quorum_restore.take(session, vault, actor.keys, asked)
    roles = people.card(session, vault, asked.owner_id).roles
    left: int = hand_over(
        session, vault, Actor(asked.owner_id, roles, keys), asked.for_id, now
    ).cases
    trail.record(session, actor, "quorum.succeed", "person", asked.owner_id, now)
    if left:
        return ngettext(
            "Er is nog %(num)d casus. Ga door.", "Er zijn nog %(num)d casussen. Ga door.", left
        )
    quorum_requests.done(session, asked.id, now)
    return _("U hebt alle casussen ontvangen. De coördinator kan het oude account nu sluiten.")


def withdraw_other(request_id: UUID) -> ResponseReturnValue:
    """Take back a request by which the reader receives a key.

    Args:
        request_id: which one.
    """
    asked = _mine(request_id)
    quorum_requests.withdraw(doors.db(), doors.actor(), asked.id, doors.now())
    doors.commit()
    doors.flash(_("Het verzoek is ingetrokken."))
    return _to_quorum()


def successor(person_id: UUID) -> ResponseReturnValue:
    """The page on which a coordinator agrees that somebody receives the cases of who is gone.

    Args:
        person_id: who is gone; the account is closed afterwards.
    """
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    card = _in_use(person_id)
    form = SuccessorForm()
    able = quorum_holders.candidates(session) - {person_id, actor.person_id}
    cards = people.cards(session, vault, able)
    form.person.choices = [choice(str(one.id), one.name) for one in cards.values()]
    if request.method == "POST" and form.came_in_order():
        try:
            quorum_requests.ask(
                session, vault, actor, person_id, doors.now(),
                kind=Kind.SUCCESSOR, for_id=UUID(form.person.data),
            )  # fmt: skip
        except AlreadyAsked:
            form.form_errors.append(_("Er is al een opvolger aangewezen."))
        except (NotCovered, NoKeysYet, KeyNotTrusted):
            form.form_errors.append(
                _("Dit kan niet: er zijn te weinig collega's die kunnen helpen.")
            )
        else:
            doors.commit()
            doors.flash(_("Gevraagd. De opvolger belt nu de collega's die een deel bewaren."))
            return redirect(url_for("accounts.person", person_id=person_id), SEE_OTHER)
        doors.rollback()
    cover = quorum_cover.covers(session, vault, [person_id]).get(person_id)
    page = render_template(
        "accounts/person_successor.html", form=form, card=card,
        # Whoever agrees does not help with the key.
        covered=cover is not None and len(cover.helpers - {actor.person_id}) >= cover.needed,
    )  # fmt: skip
    return page if request.method == "GET" else (page, UNPROCESSABLE)


def _in_use(person_id: UUID) -> PersonCard:
    try:
        card = people.card(doors.db(), doors.house().vault, person_id)
    except NoSuchPerson:
        abort(404)
    if card.state != people.ACTIVE or person_id == doors.actor().person_id:
        abort(404)
    return card
