"""The pages under `/people`: who there is, invite, change, admit to keys, leave."""

import hmac
from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from flask import abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from weerbaar.accounts import (
    admission,
    deliveries,
    doors,
    groups,
    invitations,
    people,
    quorum_holders,
    telephones,
)
from weerbaar.accounts.actors import Role
from weerbaar.accounts.alone import COUNTS, Alone
from weerbaar.accounts.deliveries import Problem
from weerbaar.accounts.forms import (
    ROLE_NAMES,
    AdmitForm,
    NewPersonForm,
    PersonForm,
    text_of,
)
from weerbaar.accounts.groups import LastMember, NotAMember
from weerbaar.accounts.invitations import NotInvitable
from weerbaar.accounts.notice_rules import Channel
from weerbaar.accounts.people import (
    LastAdmin,
    MailTaken,
    NoSuchPerson,
    PersonCard,
    PersonRefused,
    PhoneProblem,
    PhoneRefused,
)
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.accounts.signin_pages import SEE_OTHER, UNPROCESSABLE
from weerbaar.accounts.vault import KeyNotTrusted, NoKeysYet
from weerbaar.face.formats import day, telephone

CONFLICT = 409
MOST_DUTIES = 5
UNDELIVERED_SHOWN = timedelta(days=7)
RENEWED_AT_ONCE = 200


def phone_text(problem: PhoneProblem) -> str:
    """Why a number cannot be a person's phone, for people."""
    return {
        PhoneProblem.NOT_A_NUMBER: _("Dit is geen telefoonnummer."),
        PhoneProblem.NOT_DUTCH: _("Vul een Nederlands nummer in."),
        PhoneProblem.NOT_MOBILE_OR_LANDLINE: _("Vul een mobiel of vast nummer in."),
        PhoneProblem.HOTLINE: _("Dit is het nummer van de hulplijn zelf."),
    }[problem]


def group_text(name: str) -> str:
    """What a group of keys is called, for people."""
    return {
        "confidants": _("Vertrouwenspersonen"),
        "tour": _("Tour"),
        "figures": _("Cijfers"),
    }[name]


def undelivered(person_id: UUID) -> list[tuple[date, str]]:
    """What did not arrive at somebody in the last week: the day, and what went wrong.

    Args:
        person_id: of whom.
    """
    since = doors.now() - UNDELIVERED_SHOWN
    rows = deliveries.failures(doors.db(), [person_id], since)
    shown = {(row.ended_day, _problem_text(row.channel, row.problem)) for row in rows}
    return sorted(((on, text) for on, text in shown if on is not None), reverse=True)


def tested(card: PersonCard) -> str:
    """When somebody's telephone was tested, and whether that still counts.

    Args:
        card: of somebody with a telephone.
    """
    if card.phone_tested_day is None:
        return _("nog niet")
    on = day(card.phone_tested_day)
    if telephones.is_stale(card.phone_tested_day, doors.now()):
        return _("%(day)s, dat is te lang geleden: test opnieuw", day=on)
    return on


def _problem_text(channel: str, problem: str | None) -> str:
    sms = channel == Channel.SMS
    return {
        Problem.STOPPED: _("Sms gestopt: vanaf deze telefoon is STOP gestuurd."),
        Problem.LANDLINE: _("Geen sms: dit is geen mobiel nummer."),
        Problem.REFUSED: _("Sms geweigerd.") if sms else _("E-mail geweigerd."),
        Problem.NO_SENDER: _("Geen sms: er is geen afzender ingesteld.")
        if sms
        else _("Geen e-mail: er is geen mailserver ingesteld."),
        Problem.NO_ADDRESS: _("Geen sms: het nummer klopt niet.")
        if sms
        else _("Geen e-mail: het adres klopt niet."),
        Problem.NO_ANSWER: _("Sms misschien niet aangekomen.")
        if sms
        else _("E-mail misschien niet aangekomen."),
        Problem.NO_ARRIVAL: _("Sms niet aangekomen."),
    }[Problem(problem or Problem.REFUSED)]


def _card(person_id: UUID) -> PersonCard:
    try:
        return people.card(doors.db(), doors.house().vault, person_id)
    except NoSuchPerson:
        abort(404)


def _living(person_id: UUID) -> PersonCard:
    card = _card(person_id)
    if card.state == "left":
        abort(404)
    return card


def _person(person_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("accounts.person", person_id=person_id), SEE_OTHER)


def everybody() -> ResponseReturnValue:
    """The page `/people`."""
    cards = people.cards(doors.db(), doors.house().vault)
    members = admission.memberships(doors.db())
    gone = request.args.get("left") == "yes"
    return render_template(
        "accounts/people.html",
        tested=tested,
        cards=[card for card in cards.values() if (card.state == "left") == gone],
        gone=gone,
        members=members,
        waiting={card.id: admission.waiting_for(card, members) for card in cards.values()},
        admissible={card.id for card in cards.values() if _may_admit(card, members)},
        role_names=ROLE_NAMES,
        group_text=group_text,
        may_manage=allows(doors.actor().roles, Permission.PEOPLE_MANAGE),
        former=_under_former_keys(),
    )


def _under_former_keys() -> int:
    actor = doors.actor()
    if actor.keys is None or not allows(actor.roles, Permission.KEYS_ADMIT):
        return 0
    return sum(groups.waiting_for_rekey(doors.db(), actor.keys).values())


def rekey() -> ResponseReturnValue:
    """Give what was sealed before somebody left a group the keys of those who remain."""
    session, vault, actor = doors.db(), doors.house().vault, doors.actor()
    assert actor.keys is not None
    for name in groups.waiting_for_rekey(session, actor.keys):
        groups.rekey(session, vault, actor, name, doors.now(), limit=RENEWED_AT_ONCE)
    # What is done is done: a long list is gone through in several goes.
    doors.commit()
    left = _under_former_keys()
    if left:
        doors.flash(
            ngettext(
                "Er is nog %(num)d gegeven met een oude sleutel. Ga door.",
                "Er zijn nog %(num)d gegevens met een oude sleutel. Ga door.",
                left,
            ),
            "info",
        )
    else:
        doors.flash(_("De sleutels zijn vernieuwd."))
    return redirect(url_for("accounts.everybody"), SEE_OTHER)


def _may_admit(card: PersonCard, members: Mapping[str, frozenset[UUID]]) -> bool:
    """Whether there is a group that the reader can give the keys of to this person."""
    actor = doors.actor()
    return allows(actor.roles, Permission.KEYS_ADMIT) and bool(
        admission.waiting_for(card, members, actor.person_id)
    )


def person(person_id: UUID) -> ResponseReturnValue:
    """The page of one person.

    Args:
        person_id: of whom.
    """
    card = _card(person_id)
    roles = [role.value for role in card.roles]
    form = PersonForm(formdata=None, phone=telephone(card.phone or ""), roles=roles)
    return _person_page(card, form)


def _person_page(card: PersonCard, form: PersonForm) -> str:
    members = admission.memberships(doors.db())
    roles = doors.actor().roles
    return render_template(
        "accounts/person.html",
        tested=tested,
        card=card,
        form=form,
        member_of=[name for name, ids in members.items() if card.id in ids],
        waiting=admission.waiting_for(card, members),
        role_names=ROLE_NAMES,
        group_text=group_text,
        may_manage=allows(roles, Permission.PEOPLE_MANAGE) and card.state != "left",
        failures=undelivered(card.id),
        alone=cases_alone(card.id),
        may_admit=_may_admit(card, members),
        may_start_over=(
            allows(roles, Permission.KEYS_ADMIT)
            and card.state == people.ACTIVE
            and not _is_own(card)
        ),
    )


def change(person_id: UUID) -> ResponseReturnValue:
    """Change phone and roles; who no longer belongs in a group leaves it in the same act.

    Args:
        person_id: of whom.
    """
    card = _living(person_id)
    form = PersonForm()
    if form.came_in_order() and _changed(card, form):
        return _person(person_id)
    return _person_page(card, form), UNPROCESSABLE


def _changed(card: PersonCard, form: PersonForm) -> bool:
    vault, session, now = doors.house().vault, doors.db(), doors.now()
    try:
        changed = people.change(
            session, vault, doors.actor(), card.id, now,
            hotline_number=doors.house().settings.hotline_number,
            roles=_roles(form), phone=text_of(form.phone),
        )  # fmt: skip
        fresh = people.card(session, vault, card.id)
        left = admission.leave_groups(session, vault, doors.actor(), fresh, now)
    except PhoneRefused as refused:
        form.phone.errors = [phone_text(refused.problem)]
    except (LastAdmin, LastMember) as refused:
        form.roles.errors = [_last_text(refused)]
    else:
        duties, rung = _duties(card.id)
        doors.commit()
        if changed or left:
            doors.flash(_("Gewijzigd."))
        if changed and duties and not rung:
            doors.flash(
                _(
                    "Deze persoon staat nog op het rooster, maar kan nu niet gebeld worden."
                    " Eerste dienst: %(duty)s. Laat iemand anders die diensten overnemen.",
                    duty=duties[0],
                ),
                "error",
            )
        if changed and not allows(fresh.roles, Permission.CASES_WORK):
            _tell_of_cases(card.id)
        return True
    doors.rollback()
    return False


def _duties(person_id: UUID) -> tuple[list[str], bool]:
    """The shifts ahead of somebody in words, and whether he can be rung for them."""
    told = current_app.extensions.get("weerbaar.duties")
    return ([], True) if told is None else told(person_id)


def _tell_of_cases(person_id: UUID) -> None:
    number = cases_alone(person_id).all
    if number:
        doors.flash(
            ngettext(
                "Zonder deze rol kan niemand %(num)d casus nog helemaal lezen. Geef de rol terug,"
                " en vraag of de casus eerst met een collega wordt gedeeld.",
                "Zonder deze rol kan niemand %(num)d casussen nog helemaal lezen. Geef de rol"
                " terug, en vraag of de casussen eerst met een collega worden gedeeld.",
                number,
            ),
            "error",
        )


def cases_alone(person_id: UUID) -> Alone:
    """The cases that nobody keeps but somebody; none where no room counts them.

    Args:
        person_id: of whom.
    """
    counts = current_app.extensions.get(COUNTS)
    found: Alone = Alone() if counts is None else counts(doors.db(), person_id)
    return found


def _roles(form: PersonForm) -> list[Role]:
    return [Role(code) for code in form.roles.data or ()]


def _last_text(refused: Exception) -> str:
    if isinstance(refused, LastAdmin):
        return _("Dit is de laatste beheerder. Maak eerst iemand anders beheerder.")
    return _(
        "Dit is het laatste lid van een sleutelgroep. Laat eerst een ander toe:"
        " anders kan niemand de gegevens nog lezen."
    )


def new() -> ResponseReturnValue:
    """The page `/people/new`: somebody new, whose phone can ring at once."""
    form = NewPersonForm(formdata=request.form if request.method == "POST" else MultiDict())
    if request.method == "POST" and form.came_in_order():
        person_id = _added(form)
        if person_id is not None:
            return _link_page(person_id)
    page = render_template("accounts/person_new.html", form=form)
    return page if request.method == "GET" else (page, UNPROCESSABLE)


def _added(form: NewPersonForm) -> UUID | None:
    house = doors.house()
    try:
        person_id = people.invite(
            doors.db(), house.vault, doors.actor(),
            mail=text_of(form.email), name=text_of(form.name), roles=_roles(form),
            phone=text_of(form.phone), now=doors.now(),
            hotline_number=house.settings.hotline_number,
        )  # fmt: skip
    except PhoneRefused as refused:
        form.phone.errors = [phone_text(refused.problem)]
    except MailTaken:
        form.email.errors = [_("Er is al iemand met dit e-mailadres.")]
    except PersonRefused as refused:
        texts = {
            "email": _("Dit is geen e-mailadres."),
            "name": _("Vul een naam in."),
            "roles": _("Kies ten minste één rol."),
        }
        for name in refused.fields:
            form[name].errors = [texts[name]]
    else:
        return person_id
    doors.rollback()
    return None


def invite(person_id: UUID) -> ResponseReturnValue:
    """A new link for somebody who was invited; it is shown once.

    Args:
        person_id: who is invited.
    """
    _living(person_id)
    return _link_page(person_id)


def _link_page(person_id: UUID) -> ResponseReturnValue:
    house = doors.house()
    try:
        token = invitations.invite(doors.db(), house.vault, doors.actor(), person_id, doors.now())
    except NotInvitable:
        doors.rollback()
        doors.flash(_("Deze persoon heeft al een account."), "info")
        return _person(person_id)
    doors.commit()
    link = house.settings.public_url + url_for("accounts.invitation", token=token)
    card = people.card(doors.db(), house.vault, person_id)
    return render_template("accounts/person_link.html", card=card, link=link)


def admit(person_id: UUID) -> ResponseReturnValue:
    """The page `/people/<id>/admit`: compare four words, then give the keys.

    Args:
        person_id: the newcomer.
    """
    vault, session = doors.house().vault, doors.db()
    card = _living(person_id)
    by = doors.actor().person_id
    waiting = admission.waiting_for(card, admission.memberships(session), by)
    seen = admission.fingerprint(session, vault, person_id)
    form = AdmitForm(fingerprint=seen.raw.hex() if seen else "")
    if request.method == "POST" and seen is not None and form.came_in_order():
        if hmac.compare_digest(text_of(form.fingerprint).encode(), seen.raw.hex().encode()):
            return _admitted(card, waiting)
        form.form_errors.append(
            _("De sleutel van deze persoon is intussen veranderd. Vergelijk de woorden opnieuw.")
        )
        form.fingerprint.data = seen.raw.hex()
    page = render_template(
        "accounts/person_admit.html",
        form=form, card=card, waiting=waiting, words=seen.words if seen else None,
        role_names=ROLE_NAMES, group_text=group_text,
    )  # fmt: skip
    return page if request.method == "GET" else (page, CONFLICT)


def _admitted(card: PersonCard, waiting: list[str]) -> ResponseReturnValue:
    try:
        for name in waiting:
            groups.admit(doors.db(), doors.house().vault, doors.actor(), name, card.id, doors.now())
    except (NotAMember, NoKeysYet, KeyNotTrusted):
        doors.rollback()
        doors.flash(_("Toelaten is niet gelukt. Probeer het nog eens."), "error")
        return _person(card.id)
    doors.commit()
    if waiting:
        doors.flash(_("Toegelaten. Deze persoon kan nu lezen wat voor de groep bestemd is."))
    return _person(card.id)


def leave(person_id: UUID) -> ResponseReturnValue:
    """The page `/people/<id>/leave`: asks first, then takes every key and session away.

    More cases that would be lost than the page said are said first.

    Args:
        person_id: who leaves.
    """
    card = _living(person_id)
    alone = cases_alone(person_id)
    seen = request.form.get("alone", 0, type=int)
    if request.method == "GET" or alone.all > seen:
        duties, _rung = _duties(person_id)
        page = render_template(
            "accounts/person_leave.html",
            card=card,
            own=_is_own(card),
            duties=duties[:MOST_DUTIES],
            more=max(0, len(duties) - MOST_DUTIES),
            alone=alone,
            holds=_holds_shares(person_id),
            may_name=allows(doors.actor().roles, Permission.KEYS_ADMIT) and not _is_own(card),
        )
        return page if request.method == "GET" else (page, CONFLICT)
    try:
        people.leave(doors.db(), doors.house().vault, doors.actor(), person_id, doors.now())
    except (LastAdmin, LastMember) as refused:
        doors.rollback()
        doors.flash(_last_text(refused), "error")
        return _person(person_id)
    doors.commit()
    doors.flash(_("Het account is gesloten. Alle sleutels en sessies zijn vernietigd."))
    return redirect(url_for("accounts.everybody"), SEE_OTHER)


def _holds_shares(person_id: UUID) -> bool:
    chosen = quorum_holders.present(doors.db(), doors.house().vault)
    return chosen is not None and person_id in chosen.people


def _is_own(card: PersonCard) -> bool:
    return card.id == doors.actor().person_id
