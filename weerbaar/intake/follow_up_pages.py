"""The pages of appointments to come back to a case: of one case, and of all of a reader's cases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from weerbaar.accounts import doors, people
from weerbaar.accounts.declarations import View
from weerbaar.accounts.permissions import Permission
from weerbaar.config.clock import local
from weerbaar.face.forms import Form
from weerbaar.intake import casework, disclosures, fields, follow_ups
from weerbaar.intake.casefile import keys_of
from weerbaar.intake.errors import NotYourCase
from weerbaar.intake.forms import AGREEMENT, SelectChoice, SelectField

HTTP_OK, SEE_OTHER, REFUSED = 200, 303, 422
# Two weeks is what is offered for a talk without hurry.
USUAL = timedelta(days=14)

Answer = Any


def _l(text: str) -> Any:
    return lazy_gettext(text)


class FollowUpForm(Form):
    """What is to be done, when, and by whom."""

    text = fields.text(
        _l("Wat gaat er gebeuren"),
        AGREEMENT,
        rows=2,
        description=_l("Bijvoorbeeld: bellen hoe het gaat. Noem geen namen."),
        asked=_l("Vul in wat er gaat gebeuren."),
    )
    due_on = fields.day(_l("Op welke dag"), asked=_l("Vul een dag in, zoals 24-11-2027."))
    person = SelectField(
        _l("Voor wie"),
        choices=[],
        invalid_choice_message=_l("Kies voor wie de afspraak is."),
        description=_l("Wie de casus kan openen."),
    )


class DoneForm(Form):
    """What came of it."""

    came_of_it = fields.text(_l("Wat kwam eruit (niet verplicht)"), AGREEMENT, rows=3)


def add_rules(pages: Blueprint, of_mine: Callable[[View], View]) -> None:
    """Add the pages of appointments to those of cases.

    Args:
        pages: where they go.
        of_mine: answers for a case of somebody else as for one that does not exist.
    """
    one = "/cases/<uuid:case_id>/follow-ups"
    work = doors.permits(Permission.CASES_WORK, keys=True)
    pages.add_url_rule("/follow-ups", "all_follow_ups", work(all_follow_ups), methods=["GET"])
    for rule, view in ((one, follow_up_list), (f"{one}/<uuid:record>", follow_up)):
        pages.add_url_rule(rule, view.__name__, work(of_mine(view)), methods=["GET", "POST"])


def _given() -> tuple[Any, Any, Any]:
    return doors.db(), doors.house().vault, doors.actor()


def all_follow_ups() -> Answer:
    """What is to be done in all cases of this reader, and the forms that wait for his eyes."""
    session, vault, actor = _given()
    found = follow_ups.waiting(session, vault, actor, doors.now())
    page = render_template(
        "intake/follow_ups_all.html",
        mine=[one for one in found if one.person_id == actor.person_id],
        others=[one for one in found if one.person_id != actor.person_id],
        titles=casework.titles(session, vault, actor, {one.case_id for one in found}, doors.now()),
        names={card.id: card.name for card in people.cards(session, vault).values()},
        second_eyes=disclosures.waiting(session, actor),
    )
    doors.commit()
    return page


def follow_up_list(case_id: UUID) -> Answer:
    """The appointments of a case, and a new one."""
    session, vault, actor = _given()
    casework.enter(session, vault, actor, case_id, doors.now())
    names = {card.id: card.name for card in people.cards(session, vault).values()}
    form = FollowUpForm() if request.method == "POST" else FollowUpForm(formdata=None)
    able = follow_ups.for_whom(session, case_id)
    form.person.choices = sorted(
        (SelectChoice(str(one), names.get(one, "")) for one in able), key=lambda one: one.label
    )
    if request.method == "GET":
        form.due_on.data = (local(doors.now()).date() + USUAL).isoformat()
        form.person.data = str(keys_of(actor).person_id)
    elif form.validate() and _plan(case_id, form):
        return redirect(f"/cases/{case_id}/follow-ups", SEE_OTHER)
    found = follow_ups.of_case(session, vault, actor, case_id)
    page = render_template(
        "intake/follow_ups.html",
        case_id=case_id,
        form=form,
        open=[pair for pair in found if pair[1].done_at is None],
        done=[pair for pair in reversed(found) if pair[1].done_at is not None],
        today=local(doors.now()).date(),
        name_of=lambda person: names.get(UUID(person), ""),
    )
    doors.commit()
    return page, HTTP_OK if request.method == "GET" else REFUSED


def _plan(case_id: UUID, form: FollowUpForm) -> bool:
    session, vault, actor = _given()
    try:
        follow_ups.plan(
            session, vault, actor, case_id, form.text.data, UUID(form.person.data),
            form.due_on.day, doors.now(),
        )  # fmt: skip
    except follow_ups.FollowUpRefused:
        fields.complain(form.due_on, _("Kies een dag van vandaag tot hooguit twee jaar vooruit."))
        return False
    doors.commit()
    doors.flash(_("De vervolgafspraak staat. Op de dag zelf krijgt u een herinnering."))
    return True


def follow_up(case_id: UUID, record: UUID) -> Answer:
    """One appointment: saying that it is done."""
    session, vault, actor = _given()
    casework.enter(session, vault, actor, case_id, doors.now())
    found = dict(follow_ups.of_case(session, vault, actor, case_id))
    if record not in found:
        raise NotYourCase(case_id)
    form = DoneForm() if request.method == "POST" else DoneForm(formdata=None)
    if request.method == "POST" and form.validate():
        try:
            follow_ups.finish(
                session, vault, actor, case_id, record, form.came_of_it.data or "", doors.now()
            )
        except follow_ups.DoneAlready:
            doors.flash(_("Deze vervolgafspraak was al gedaan."), "warning")
        else:
            doors.commit()
            doors.flash(_("De vervolgafspraak is gedaan."))
        return redirect(f"/cases/{case_id}/follow-ups", SEE_OTHER)
    page = render_template(
        "intake/follow_up.html", case_id=case_id, record=record, form=form, one=found[record]
    )
    doors.commit()
    return page, HTTP_OK if request.method == "GET" else REFUSED
