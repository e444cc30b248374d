"""The page of what was reported of a case, by which route and with whose consent."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import BooleanField

from weerbaar.accounts import doors, people
from weerbaar.accounts.declarations import View
from weerbaar.accounts.permissions import Permission
from weerbaar.config.clock import local
from weerbaar.face.forms import Form
from weerbaar.intake import casework, consent_codes, consents, fields, reports, sharing
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import NoConsent
from weerbaar.intake.forms import AGREEMENT, SelectChoice, SelectField
from weerbaar.intake.part_contents import Report
from weerbaar.intake.taxonomy import NOT_REPORTED

HTTP_OK, SEE_OTHER, REFUSED = 200, 303, 422

Answer = Any


def _l(text: str) -> Any:
    return lazy_gettext(text)


class ReportForm(Form):
    """A report by one route, or why there is none."""

    route = fields.radios(
        consent_codes.ROUTES, _l("Kies wat er is gemeld."), label=_l("Wat is er gedaan")
    )
    on = fields.day(_l("Op welke dag"), asked=_l("Vul in op welke dag het was."))
    by_whom = SelectField(
        _l("Wie meldde het"),
        choices=lambda: [
            SelectChoice("", _("niet van toepassing")),
            *(SelectChoice(one.code, _(one.label)) for one in consent_codes.REPORTERS),
        ],
        default="",
        invalid_choice_message=_l("Kies wie het meldde."),
        description=_l("Leeg bij “geen” en “wil nog niet”."),
        render_kw={"autocomplete": "off"},
    )
    with_consent = BooleanField(_l("Met toestemming van de ambtsdrager"))
    reason = SelectField(
        _l("Waarom niet"),
        choices=lambda: [
            SelectChoice("", _("niet ingevuld")),
            *(SelectChoice(one.code, _(one.label)) for one in consent_codes.REASONS),
        ],
        default="",
        invalid_choice_message=_l("Kies een reden uit de lijst."),
        description=_l("Alleen bij “geen” en “wil nog niet”."),
        render_kw={"autocomplete": "off"},
    )
    note = fields.text(
        _l("Toelichting (niet verplicht)"),
        AGREEMENT,
        rows=2,
        description=_l("Bijvoorbeeld: het nummer van de melding. Noem geen namen."),
    )


def add_rules(pages: Blueprint, of_mine: Callable[[View], View]) -> None:
    """Add the page of reports to those of cases.

    Args:
        pages: where it goes.
        of_mine: answers for a case of somebody else as for one that does not exist.
    """
    one = "/cases/<uuid:case_id>/reports"
    work = doors.permits(Permission.CASES_WORK, keys=True)
    for rule, methods, view in (
        (one, ["GET", "POST"], report_list),
        (f"{one}/<uuid:record>/remove", ["POST"], remove_report),
    ):
        pages.add_url_rule(rule, view.__name__, work(of_mine(view)), methods=methods)


def _given() -> tuple[Any, Any, Any]:
    return doors.db(), doors.house().vault, doors.actor()


def shown(one: Report) -> dict[str, Any]:
    """A report as the pages show it."""
    return {
        "report": one,
        "route": fields.begun(_(consent_codes.ROUTES.label(one.route))),
        "by_whom": _(consent_codes.REPORTERS.label(one.by_whom)) if one.by_whom else "",
        "reason": _(consent_codes.REASONS.label(one.reason)) if one.reason else "",
        "is_made": one.route not in NOT_REPORTED,
    }


def report_list(case_id: UUID) -> Answer:
    """The reports of a case, and a new one."""
    session, vault, actor = _given()
    row = casework.enter(session, vault, actor, case_id, doors.now())
    form = ReportForm() if request.method == "POST" else ReportForm(formdata=None)
    if request.method == "GET":
        form.on.data = local(doors.now()).date().isoformat()
    elif form.validate() and _add(case_id, form):
        return redirect(f"/cases/{case_id}/reports", SEE_OTHER)
    names = {card.id: card.name for card in people.cards(session, vault).values()}
    agreed = [
        _(one.label)
        for one in consent_codes.ROUTES
        if one.code not in NOT_REPORTED
        and consents.given(session, vault, actor, case_id, one.code, doors.now())
    ]
    page = render_template(
        "intake/reports.html",
        case_id=case_id,
        form=form,
        reports=[
            {"id": record, **shown(one)}
            for record, one in reports.of_case(session, vault, actor, case_id)
        ],
        agreed=agreed,
        may_consent=sharing.decides(session, vault, keys_of(actor), row),
        name_of=lambda person: names.get(UUID(person), ""),
    )
    doors.commit()
    return page, HTTP_OK if request.method == "GET" else REFUSED


def _add(case_id: UUID, form: ReportForm) -> bool:
    session, vault, actor = _given()
    facts = reports.Facts(
        route=form.route.data, on=form.on.day, by_whom=form.by_whom.data,
        with_consent=bool(form.with_consent.data), reason=form.reason.data,
        note=form.note.data or "",
    )  # fmt: skip
    try:
        reports.add(session, vault, actor, case_id, facts, doors.now())
    except NoConsent:
        fields.complain(
            form.by_whom,
            _("Er is geen toestemming om dit namens de beller te melden. Leg die eerst vast."),
        )
    except reports.ReportRefused:
        if form.on.day > local(doors.now()).date():
            fields.complain(form.on, _("Deze dag moet nog komen."))
        else:
            fields.complain(form.by_whom, _("Kies wie het meldde."))
    else:
        doors.commit()
        doors.flash(_("Vastgelegd."))
        return True
    return False


def remove_report(case_id: UUID, record: UUID) -> Answer:
    """Take back what was written down by mistake."""
    session, vault, actor = _given()
    reports.remove(session, vault, actor, case_id, record, doors.now())
    doors.commit()
    doors.flash(_("Verwijderd."))
    return redirect(f"/cases/{case_id}/reports", SEE_OTHER)
