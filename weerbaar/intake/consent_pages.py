"""The pages of consents: what was consented to, giving, limiting, withdrawing."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from weerbaar.accounts import doors, people
from weerbaar.accounts.declarations import View
from weerbaar.accounts.permissions import Permission
from weerbaar.config.clock import local
from weerbaar.face.forms import Form
from weerbaar.intake import casework, consent_codes, consented, consents, fields, sharing
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.consents import Terms
from weerbaar.intake.errors import NotYourCase
from weerbaar.intake.forms import AGREEMENT, LINE
from weerbaar.intake.part_contents import Consent

HTTP_OK, SEE_OTHER, REFUSED = 200, 303, 422

Answer = Any


def _l(text: str) -> Any:
    return lazy_gettext(text)


class ConsentForm(Form):
    """What somebody consented to."""

    purpose = fields.select(consent_codes.PURPOSES, _l("Kies waarvoor de toestemming is."))
    to_whom = fields.text(
        _l("Aan wie mag het verteld worden"),
        LINE,
        description=_l("Een functie is genoeg, zoals: de griffier, de wijkagent."),
        asked=_l("Vul in aan wie het verteld mag worden."),
    )
    scope = fields.text(
        _l("Wat mag precies verteld worden"),
        AGREEMENT,
        rows=3,
        description=_l("Alleen dit, en niet meer."),
        asked=_l("Vul in wat er verteld mag worden."),
    )
    given_by = fields.radios(consent_codes.GIVERS, _l("Kies wie de toestemming gaf."))
    how = fields.radios(consent_codes.HOW, _l("Kies hoe de toestemming is gegeven."))
    given_on = fields.day(_l("Gegeven op"), asked=_l("Vul in op welke dag het was."))
    until = fields.day(
        _l("Geldt tot en met (niet verplicht)"),
        description=_l("Zonder einddag geldt de toestemming tot zij wordt ingetrokken."),
    )

    def terms(self) -> Terms:
        """What was filled in; only for a form that was found valid."""
        return Terms(
            purpose=self.purpose.data,
            to_whom=self.to_whom.data,
            scope=self.scope.data,
            given_by=self.given_by.data,
            how=self.how.data,
            given_on=self.given_on.day,
            until=self.until.day,
        )


class LimitForm(Form):
    """The day on which a consent ends."""

    until = fields.day(_l("Geldt tot en met"), asked=_l("Vul een dag in, zoals 24-11-2027."))


def add_rules(pages: Blueprint, of_mine: Callable[[View], View]) -> None:
    """Add the pages of consents to those of cases.

    Args:
        pages: where they go.
        of_mine: answers for a case of somebody else as for one that does not exist.
    """
    one = "/cases/<uuid:case_id>/consents"
    work = doors.permits(Permission.CASES_WORK, keys=True)
    for rule, methods, view in (
        (one, ["GET", "POST"], consent_list),
        (f"{one}/<uuid:record>", ["GET", "POST"], consent),
        (f"{one}/<uuid:record>/withdraw", ["POST"], withdraw_consent),
    ):
        pages.add_url_rule(rule, view.__name__, work(of_mine(view)), methods=methods)
    pages.add_url_rule("/consents", "kept_consents", work(kept_consents), methods=["GET"])


def _given() -> tuple[Any, Any, Any]:
    return doors.db(), doors.house().vault, doors.actor()


def _check(case_id: UUID) -> None:
    """Refuse who reads the *what* part alone."""
    session, vault, actor = _given()
    row = casework.enter(session, vault, actor, case_id, doors.now())
    if not sharing.decides(session, vault, keys_of(actor), row):
        abort(403)


def shown(one: Consent, today: date) -> dict[str, Any]:
    """A consent as the pages show it.

    Args:
        one: the consent.
        today: the local day.
    """
    state = "holds" if one.holds(today) else "over"
    return {
        "consent": one,
        "state": "withdrawn" if one.withdrawn_on else state,
        "purpose": fields.begun(_(consent_codes.PURPOSES.label(one.purpose))),
        "given_by": _(consent_codes.GIVERS.label(one.given_by)),
        "how": _(consent_codes.HOW.label(one.how)),
    }


def consent_list(case_id: UUID) -> Answer:
    """The consents of a case, and a new one."""
    session, vault, actor = _given()
    _check(case_id)
    today = local(doors.now()).date()
    form = ConsentForm() if request.method == "POST" else ConsentForm(formdata=None)
    status = HTTP_OK
    if request.method == "GET":
        form.given_on.data = today.isoformat()
    elif form.validate():
        try:
            consents.give(session, vault, actor, case_id, form.terms(), doors.now())
        except consents.ConsentRefused:
            _say_days(form, today)
        else:
            doors.commit()
            doors.flash(_("De toestemming is vastgelegd."))
            return redirect(f"/cases/{case_id}/consents", SEE_OTHER)
    if request.method == "POST":
        status = REFUSED
    found = consents.of_case(session, vault, actor, case_id)
    names = people.cards(session, vault)
    page = render_template(
        "intake/consents.html",
        case_id=case_id,
        form=form,
        consents=[{"id": record, **shown(one, today)} for record, one in reversed(found)],
        reading=[
            names[person].name
            for person in consented.reading_without(session, vault, actor, case_id, doors.now())
            if person in names
        ],
        name_of=lambda person: names[UUID(person)].name if UUID(person) in names else "",
    )
    doors.commit()
    return page, status


def _say_days(form: ConsentForm, today: date) -> None:
    if form.given_on.day > today:
        fields.complain(form.given_on, _("Deze dag moet nog komen."))
    else:
        fields.complain(form.until, _("De laatste dag is al voorbij."))


def consent(case_id: UUID, record: UUID) -> Answer:
    """One consent: limiting and withdrawing it."""
    session, vault, actor = _given()
    _check(case_id)
    form = LimitForm() if request.method == "POST" else LimitForm(formdata=None)
    status = HTTP_OK
    if request.method == "POST":
        if form.validate():
            try:
                consents.limit(session, vault, actor, case_id, record, form.until.day, doors.now())
            except consents.ConsentRefused:
                fields.complain(
                    form.until, _("Kies een dag van vandaag af, en niet later dan zij nu geldt.")
                )
            else:
                doors.commit()
                doors.flash(_("De toestemming heeft nu een einddag."))
                return redirect(f"/cases/{case_id}/consents", SEE_OTHER)
        status = REFUSED
    found = dict(consents.of_case(session, vault, actor, case_id))
    if record not in found:
        raise NotYourCase(case_id)
    page = render_template(
        "intake/consent.html",
        case_id=case_id,
        record=record,
        form=form,
        one=shown(found[record], local(doors.now()).date()),
    )
    doors.commit()
    return page, status


def withdraw_consent(case_id: UUID, record: UUID) -> Answer:
    """End a consent today."""
    session, vault, actor = _given()
    _check(case_id)
    try:
        consents.withdraw(session, vault, actor, case_id, record, doors.now())
    except consents.NotWithdrawable:
        doors.flash(_("Deze toestemming was al ingetrokken."), "warning")
    else:
        doors.commit()
        doors.flash(_("De toestemming is ingetrokken. Er wordt hiervoor niets meer gedeeld."))
    return redirect(f"/cases/{case_id}/consents", SEE_OTHER)


def kept_consents() -> Answer:
    """The consents that are kept of cases that were destroyed."""
    session, vault, actor = _given()
    today = local(doors.now()).date()
    found = consents.kept_of_the_gone(session, vault, actor)
    page = render_template(
        "intake/consents_kept.html",
        consents=[{"id": record, **shown(one, today)} for record, one in reversed(found)],
    )
    doors.commit()
    return page
