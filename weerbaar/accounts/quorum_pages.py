"""Pages of giving a key back by quorum: holders, their answers, and one's own former key."""

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import (
    admission,
    doors,
    invitations,
    key_pages,
    people,
    quorum_cover,
    quorum_drill,
    quorum_holders,
    quorum_requests,
    quorum_restore,
    quorum_standing,
    trail,
)
from weerbaar.accounts.forms import choice, text_of
from weerbaar.accounts.invitations import NotInvitable
from weerbaar.accounts.people import NoSuchPerson, PersonCard
from weerbaar.accounts.people_pages import cases_alone
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.accounts.quorum_forms import HoldersForm, WordsForm
from weerbaar.accounts.quorum_holders import FEWEST, HoldersRefused
from weerbaar.accounts.quorum_requests import (
    AlreadyAsked,
    Asked,
    NotCovered,
    NotEnough,
    RequestOver,
    WordsDiffer,
)
from weerbaar.accounts.quorum_requests import Kind as RequestKind
from weerbaar.accounts.signin_pages import SEE_OTHER, UNPROCESSABLE
from weerbaar.accounts.vault import KeyNotTrusted, NoKeysYet
from weerbaar.crypto.errors import CannotOpen


def add_rules(pages: Blueprint) -> None:
    """Add these pages to those of the room."""
    get, post, both = ["GET"], ["POST"], ["GET", "POST"]
    own = doors.permits(Permission.BOARD_SEE, keys=True)
    # What reaches far: who is there shows it once more.
    own_fresh = doors.permits(Permission.BOARD_SEE, keys=True, fresh=True)
    admits = doors.permits(Permission.KEYS_ADMIT, keys=True, fresh=True)
    for rule, guard, methods, view in (
        ("/quorum", own, get, quorum),
        ("/quorum/holders", admits, post, choose_holders),
        ("/quorum/requests/<uuid:request_id>", own_fresh, both, answer),
        ("/quorum/requests/<uuid:request_id>/refuse", own, post, refuse),
        ("/account/key", own, get, own_key),
        ("/account/key/ask", own, post, ask),
        ("/account/key/take", own_fresh, post, take),
        ("/account/key/withdraw", own, post, withdraw),
        ("/account/key/give-up", own_fresh, post, give_up),
        ("/people/<uuid:person_id>/start-over", admits, both, start_over),
    ):
        pages.add_url_rule(rule, view_func=guard(view), methods=methods)


def _own_id() -> UUID:
    person_id = doors.actor().person_id
    assert person_id is not None
    return person_id


# ---- the holders -------------------------------------------------------------------------


def quorum() -> ResponseReturnValue:
    """The page `/quorum`: who keeps shares, who asks for mine, who is covered."""
    return _quorum_page(_holders_form())


def _holders_form(*, sent: bool = False) -> HoldersForm:
    session, vault = doors.db(), doors.house().vault
    chosen = quorum_holders.present(session, vault)
    form = HoldersForm() if sent else HoldersForm(
        formdata=None,
        people=[] if chosen is None else [str(one) for one in chosen.people],
        needed=str(quorum_holders.NEEDED if chosen is None else chosen.needed),
    )  # fmt: skip
    cards = people.cards(session, vault, quorum_holders.candidates(session))
    form.people.choices = [choice(str(one.id), one.name) for one in cards.values()]
    return form


def _quorum_page(form: HoldersForm) -> str:
    session, vault, now = doors.db(), doors.house().vault, doors.now()
    chosen = quorum_holders.present(session, vault)
    able = quorum_holders.effective(session, vault, chosen)
    cards = people.cards(session, vault)
    may_choose = allows(doors.actor().roles, Permission.KEYS_ADMIT)
    covered, others = quorum_cover.uncovered(session, vault)
    waiting = quorum_requests.for_holder(session, vault, _own_id(), now)
    shown = admission.fingerprint(session, vault, _own_id())
    return render_template(
        "accounts/quorum.html",
        cards=cards,
        words=shown.words if shown else None,
        mine=[
            one
            for one in quorum_requests.for_person(session, vault, _own_id(), now)
            if one.kind is not RequestKind.OWN
        ],
        drill=quorum_drill.last(session),
        drill_is_due=quorum_drill.is_overdue(quorum_drill.last(session), now.date()),
        drill_runs=quorum_drill.running(session) is not None,
        form=form,
        chosen=chosen,
        holders=[]
        if chosen is None
        else [one for one in cards.values() if one.id in chosen.people],
        able=able,
        few=len(able) < FEWEST,
        fewest=FEWEST,
        may_choose=may_choose,
        covered=len(covered),
        uncovered=[one for one in cards.values() if one.id in others],
        waiting=[(one, cards[one.for_id]) for one in waiting],
    )


def choose_holders() -> ResponseReturnValue:
    """Choose who keeps shares."""
    form = _holders_form(sent=True)
    if not form.came_in_order():
        return _quorum_page(form), UNPROCESSABLE
    try:
        quorum_holders.choose(
            doors.db(), doors.house().vault, doors.actor(),
            [UUID(one) for one in form.people.data or ()], doors.now(),
            needed=int(form.needed.data),
        )  # fmt: skip
    except HoldersRefused:
        doors.rollback()
        form.people.errors = [
            _("Kies ten minste drie mensen, en meer dan er nodig zijn: er kan iemand weg zijn.")
        ]
        return _quorum_page(form), UNPROCESSABLE
    keys = doors.actor().keys
    assert keys is not None
    quorum_cover.keep_up(doors.db(), doors.house().vault, keys, doors.now())
    doors.commit()
    doors.flash(_("Gekozen. Ieders sleutel wordt verdeeld als hij weer inlogt."))
    return redirect(url_for("accounts.quorum"), SEE_OTHER)


# ---- a holder's answer -------------------------------------------------------------------


def _waiting(request_id: UUID) -> Asked:
    try:
        return quorum_requests.look_up(
            doors.db(), doors.house().vault, _own_id(), request_id, doors.now()
        )
    except RequestOver:
        doors.not_yours("quorum.approve", "quorum-request", request_id)


def answer(request_id: UUID) -> ResponseReturnValue:
    """The page on which a holder types the words he heard, and gives his share.

    Args:
        request_id: of a request that waits for him.
    """
    session, vault = doors.db(), doors.house().vault
    asked = _waiting(request_id)
    form = WordsForm()
    if not form.came_in_order():
        page = _answer_page(form, asked)
        return page if request.method == "GET" else (page, UNPROCESSABLE)
    try:
        enough = quorum_requests.approve(
            session, vault, doors.actor(), request_id, text_of(form.words), doors.now()
        )
    except WordsDiffer:
        doors.rollback()
        trail.record(
            session, doors.actor(), "quorum.words", "quorum-request", request_id, doors.now(),
            outcome="refused",
        )  # fmt: skip
        doors.commit()
        form.words.errors = [
            _("Dit zijn niet de woorden. Laat ze nog eens voorlezen, of weiger het verzoek.")
        ]
        return _answer_page(form, asked), UNPROCESSABLE
    except (RequestOver, NoKeysYet, KeyNotTrusted, CannotOpen):
        doors.rollback()
        doors.flash(_("Dit verzoek kan niet meer. Vraag uw collega het opnieuw te doen."), "error")
        return redirect(url_for("accounts.quorum"), SEE_OTHER)
    doors.commit()
    doors.flash(
        _("U hebt geholpen. Er is nu genoeg hulp.") if enough
        else _("U hebt geholpen. Er is nog hulp van een ander nodig.")
    )  # fmt: skip
    return redirect(url_for("accounts.quorum"), SEE_OTHER)


def _answer_page(form: WordsForm, asked: Asked) -> str:
    cards = people.cards(doors.db(), doors.house().vault)
    return render_template(
        "accounts/quorum_request.html",
        form=form,
        asked=asked,
        who=cards[asked.for_id],
        owner=cards.get(asked.owner_id),
        agreed=None if asked.agreed_by is None else cards[asked.agreed_by],
        sees_phones=allows(doors.actor().roles, Permission.PEOPLE_SEE),
    )


def refuse(request_id: UUID) -> ResponseReturnValue:
    """End a request that one does not trust.

    Args:
        request_id: of a request that waits for the reader.
    """
    _waiting(request_id)
    quorum_requests.refuse(doors.db(), doors.house().vault, doors.actor(), request_id, doors.now())
    doors.commit()
    doors.flash(_("Geweigerd. De coördinatoren krijgen bericht."))
    return redirect(url_for("accounts.quorum"), SEE_OTHER)


# ---- one's own former key ----------------------------------------------------------------


def own_key() -> ResponseReturnValue:
    """The page `/account/key`: one's own key, and how to get a former one back."""
    session, vault, now = doors.db(), doors.house().vault, doors.now()
    standing = quorum_standing.of(session, vault, _own_id(), now)
    shown = admission.fingerprint(session, vault, _own_id())
    cards = people.cards(session, vault)
    if standing.asked:
        helpers = standing.asked.helpers
    elif standing.cover:
        without = quorum_requests.apart(session, _own_id(), _own_id(), None)
        helpers = standing.cover.helpers - without
    else:
        helpers = frozenset()
    return render_template(
        "accounts/own_key.html",
        standing=standing,
        words=shown.words if shown else None,
        helpers=[one for one in cards.values() if one.id in helpers],
    )


def _to_own_key() -> ResponseReturnValue:
    return redirect(url_for("accounts.own_key"), SEE_OTHER)


def ask() -> ResponseReturnValue:
    """Ask the holders for one's own former key."""
    try:
        quorum_requests.ask(doors.db(), doors.house().vault, doors.actor(), _own_id(), doors.now())
    except AlreadyAsked:
        doors.rollback()
        return _to_own_key()
    except (NotCovered, NoKeysYet, KeyNotTrusted):
        doors.rollback()
        doors.flash(_("Dit kan nu niet: er zijn te weinig mensen die kunnen helpen."), "error")
        return _to_own_key()
    doors.commit()
    doors.flash(_("Uw collega's hebben bericht. Bel hen en lees uw vier woorden voor."))
    return _to_own_key()


def _own_request() -> UUID:
    session, vault, now = doors.db(), doors.house().vault, doors.now()
    asked = quorum_standing.of(session, vault, _own_id(), now).asked
    if asked is None:
        abort(404)
    return asked.id


def take() -> ResponseReturnValue:
    """Take one's former key back, and begin to move what it opens."""
    session, vault, actor, now = doors.db(), doors.house().vault, doors.actor(), doors.now()
    try:
        quorum_restore.restore(session, vault, actor, _own_request(), now)
    except (RequestOver, NotEnough):
        doors.rollback()
        doors.flash(_("Er is nog niet genoeg hulp."), "error")
        return _to_own_key()
    except CannotOpen:
        doors.rollback()
        doors.flash(_("De delen passen niet op elkaar. Bel uw coördinator."), "error")
        return _to_own_key()
    doors.commit()
    assert actor.keys is not None
    key_pages.tell_of_moving(actor.keys)
    return _to_own_key()


def withdraw() -> ResponseReturnValue:
    """Take one's request back."""
    quorum_requests.withdraw(doors.db(), doors.actor(), _own_request(), doors.now())
    doors.commit()
    doors.flash(_("Uw verzoek is ingetrokken."))
    return _to_own_key()


def give_up() -> ResponseReturnValue:
    """Let one's former key go for good."""
    session, vault, now = doors.db(), doors.house().vault, doors.now()
    keys = doors.actor().keys
    assert keys is not None
    try:
        quorum_restore.give_up(session, vault, doors.actor(), now)
    except RequestOver:
        abort(404)
    quorum_cover.keep_up(session, vault, keys, now)
    doors.commit()
    doors.flash(_("Uw vroegere sleutel is vernietigd."))
    return _to_own_key()


# ---- a coordinator helps -----------------------------------------------------------------


def start_over(person_id: UUID) -> ResponseReturnValue:
    """The page on which a coordinator lets somebody start over who lost password and code.

    Args:
        person_id: who starts over.
    """
    house = doors.house()
    card = _in_use(person_id)
    if request.method == "GET":
        cover = quorum_cover.covers(doors.db(), house.vault, [person_id]).get(person_id)
        standing = quorum_standing.of(doors.db(), house.vault, person_id, doors.now())
        return render_template(
            "accounts/person_start_over.html",
            card=card,
            covered=cover is not None and cover.is_enough,
            # Whoever makes the link does not help with the key.
            others=cover is not None and len(cover.helpers - {_own_id()}) >= cover.needed,
            helpers=0 if cover is None else len(cover.helpers - {_own_id()}),
            cover=cover,
            standing=standing,
            alone=cases_alone(person_id),
        )
    try:
        token = invitations.start_over(
            doors.db(), house.vault, doors.actor(), person_id, doors.now()
        )
    except NotInvitable:
        abort(404)
    doors.commit()
    link = house.settings.public_url + url_for("accounts.invitation", token=token)
    return render_template("accounts/person_link.html", card=card, link=link)


def _in_use(person_id: UUID) -> PersonCard:
    try:
        card = people.card(doors.db(), doors.house().vault, person_id)
    except NoSuchPerson:
        abort(404)
    if card.state != people.ACTIVE or person_id == _own_id():
        abort(404)
    return card
