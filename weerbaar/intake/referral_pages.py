"""The pages of referrals: to whom, introduced when, taken over when."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import BooleanField

from weerbaar.accounts import doors, people
from weerbaar.accounts.declarations import View
from weerbaar.accounts.permissions import Permission
from weerbaar.config.clock import local
from weerbaar.face.forms import Form
from weerbaar.intake import casework, consents, fields, referrals, sharing
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.consent_codes import REFERRAL
from weerbaar.intake.errors import NoConsent, NotYourCase
from weerbaar.intake.forms import AGREEMENT, LINE

HTTP_OK, SEE_OTHER, REFUSED = 200, 303, 422

Answer = Any


def _l(text: str) -> Any:
    return lazy_gettext(text)


class ReferralForm(Form):
    """To whom somebody is referred, and how."""

    to_whom = fields.text(
        _l("Naar wie"),
        LINE,
        description=_l(
            "Een functie of organisatie is genoeg, zoals: Slachtofferhulp, de wijkagent."
        ),
        asked=_l("Vul in naar wie u verwijst."),
    )
    why = fields.text(_l("Waarvoor (niet verplicht)"), AGREEMENT, rows=2)
    is_warm = BooleanField(
        _l("Wij stellen de beller daar zelf voor (warme overdracht)"),
        description=_l("Alleen met toestemming om door te verwijzen of over te dragen."),
    )
    told = fields.text(
        _l("Wat wij daar vertellen (niet verplicht)"),
        AGREEMENT,
        rows=2,
        description=_l("Alleen bij een warme overdracht, en niet meer dan is afgesproken."),
    )


class DayForm(Form):
    """On which day it was."""

    on = fields.day(_l("Op welke dag"), asked=_l("Vul in op welke dag het was."))


def add_rules(pages: Blueprint, of_mine: Callable[[View], View]) -> None:
    """Add the pages of referrals to those of cases.

    Args:
        pages: where they go.
        of_mine: answers for a case of somebody else as for one that does not exist.
    """
    one = "/cases/<uuid:case_id>/referrals"
    work = doors.permits(Permission.CASES_WORK, keys=True)
    for rule, view in ((one, referral_list), (f"{one}/<uuid:record>", referral)):
        pages.add_url_rule(rule, view.__name__, work(of_mine(view)), methods=["GET", "POST"])


def _given() -> tuple[Any, Any, Any]:
    return doors.db(), doors.house().vault, doors.actor()


def _enter(case_id: UUID) -> None:
    session, vault, actor = _given()
    row = casework.enter(session, vault, actor, case_id, doors.now())
    if not sharing.decides(session, vault, keys_of(actor), row):
        abort(403)


def referral_list(case_id: UUID) -> Answer:
    """The referrals of a case, and a new one."""
    session, vault, actor = _given()
    _enter(case_id)
    form = ReferralForm() if request.method == "POST" else ReferralForm(formdata=None)
    if request.method == "POST" and form.validate() and _refer(case_id, form):
        return redirect(f"/cases/{case_id}/referrals", SEE_OTHER)
    names = {card.id: card.name for card in people.cards(session, vault).values()}
    page = render_template(
        "intake/referrals.html",
        case_id=case_id,
        form=form,
        referrals=list(reversed(referrals.of_case(session, vault, actor, case_id))),
        agreed=consents.given(session, vault, actor, case_id, REFERRAL, doors.now()),
        name_of=lambda person: names.get(UUID(person), ""),
    )
    doors.commit()
    return page, HTTP_OK if request.method == "GET" else REFUSED


def _refer(case_id: UUID, form: ReferralForm) -> bool:
    session, vault, actor = _given()
    facts = referrals.Facts(
        to_whom=form.to_whom.data, why=form.why.data or "", is_warm=bool(form.is_warm.data),
        told=form.told.data or "",
    )  # fmt: skip
    try:
        referrals.refer(session, vault, actor, case_id, facts, doors.now())
    except NoConsent:
        fields.complain(form.is_warm, _no_consent())
        return False
    doors.commit()
    doors.flash(_("De doorverwijzing is vastgelegd."))
    return True


def _no_consent() -> str:
    return _("Er is geen toestemming om over te dragen. Leg die eerst vast.")


def referral(case_id: UUID, record: UUID) -> Answer:
    """One referral: when he was introduced, or the other took over."""
    session, vault, actor = _given()
    _enter(case_id)
    found = dict(referrals.of_case(session, vault, actor, case_id))
    if record not in found:
        raise NotYourCase(case_id)
    one = found[record]
    introduces = one.is_warm and one.introduced_on is None
    form = DayForm() if request.method == "POST" else DayForm(formdata=None)
    if request.method == "GET":
        form.on.data = local(doors.now()).date().isoformat()
    elif form.validate():
        verb = referrals.introduce if introduces else referrals.take_over
        try:
            verb(session, vault, actor, case_id, record, form.on.day, doors.now())
        except NoConsent:
            form.form_errors.append(_no_consent())
        except referrals.ReferralRefused:
            fields.complain(
                form.on, _("Kies een dag die niet in de toekomst ligt, en niet voor de overdracht.")
            )
        else:
            doors.commit()
            doors.flash(_("Vastgelegd."))
            return redirect(f"/cases/{case_id}/referrals", SEE_OTHER)
    page = render_template(
        "intake/referral.html", case_id=case_id, record=record, form=form, one=one,
        introduces=introduces,
    )  # fmt: skip
    doors.commit()
    return page, HTTP_OK if request.method == "GET" else REFUSED
