"""Calling back: what is agreed stands above the button."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from flask import current_app, redirect, render_template, request
from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.hotline.calls import call_backs, gate, items, listing
from weerbaar.hotline.calls.call_backs import Begun
from weerbaar.hotline.calls.errors import (
    AlreadyBegun,
    ItemDone,
    ItemTaken,
    NoPhone,
    PersonBusy,
)
from weerbaar.hotline.calls.forms import GateForm
from weerbaar.hotline.calls.gate import Gate, Reason
from weerbaar.hotline.calls.item_pages import CONFLICT, REFUSED, SEE_OTHER, Answer, given
from weerbaar.hotline.calls.models import ItemKind, ItemState
from weerbaar.hotline.calls.numbers import NotCallable
from weerbaar.intake import agreement, casework, showing
from weerbaar.intake.casework import NotYourCase
from weerbaar.intake.content import Who
from weerbaar.intake.numbers import WHY_NOT, not_called

# Set by the room above: places what was begun, after the commit.
PLACE = "weerbaar.place_call_back"
RANDOM_UUID = 4
HTTP_OK = 200


def of_item(item_id: UUID) -> Answer:
    """Call back from a waiting call or task."""
    session, vault, actor = given()
    line = listing.line(session, item_id)
    if line.state is ItemState.DONE or line.drill:
        raise ItemDone
    if line.state is ItemState.CLAIMED and line.owner_id != actor.person_id:
        raise ItemTaken
    number = items.number_of(session, vault, actor, item_id, doors.now())
    stands = gate.of_item(
        asked=line.asked,
        answered=line.answered_by is not None,
        spoke=line.kind is ItemKind.MESSAGE_LEFT,
    )
    form = _form(stands)

    def page(problem: str = "") -> str:
        return _page(
            stands, form, problem, line=line, who=None, numbers=[number] if number else [],
            action=f"/calls/{item_id}/call-back", back=f"/calls/{item_id}/record",
        )  # fmt: skip

    if request.method == "GET":
        return _shown(page())
    problem = _no_number(number)
    if problem or not form.validate():
        return _shown(page(problem), CONFLICT if problem else REFUSED)
    items.claim(session, actor, item_id, doors.now())
    return _begin(number or "", form, page, item_id=item_id)


def of_case(case_id: UUID) -> Answer:
    """Call back from a case: the agreement on safe contact stands above the button."""
    session, vault, actor = given()
    try:
        who = agreement.safe_contact(session, vault, actor, case_id, doors.now())
    except NotYourCase:
        doors.not_yours("case.call_back", "case", case_id)
    stands = gate.of_case(who, doors.now())
    form = _form(stands)
    choices = _numbers(who)
    chosen = request.form.get("number", "")
    number = chosen if chosen in choices else next(iter(choices), None)

    def page(problem: str = "") -> str:
        return _page(
            stands, form, problem, line=None, who=who, numbers=choices, number=number,
            action=f"/cases/{case_id}/call-back", back=f"/cases/{case_id}",
        )  # fmt: skip

    if request.method == "GET":
        return _shown(page())
    problem = _no_number(number)
    if problem or not form.validate():
        return _shown(page(problem), CONFLICT if problem else REFUSED)
    if stands.needs_reason and form.reason_text.data:
        why = _(gate.REASON_LABELS[Reason(form.reason.data)])
        text = _("Gebeld buiten de afspraak.") + f" {why}. {form.reason_text.data}"
        casework.add_note(session, vault, actor, case_id, text, doors.now())
    return _begin(number or "", form, page, case_id=case_id)


def _numbers(who: Who) -> list[str]:
    # The number that was called safe comes first, and what cannot be called from here last.
    hotline = doors.house().settings.hotline_number
    return sorted(
        who.numbers,
        key=lambda one: (not_called(one, hotline=hotline) is not None, one != who.safe_number, one),
    )


def _form(stands: Gate) -> GateForm:
    likely = stands.likely.value if stands.likely else ""
    form = GateForm() if request.method == "POST" else GateForm(formdata=None)
    if request.method == "GET":
        form.once.data = str(uuid4())
    if "reason" not in request.form:
        form.reason.data = likely
    form.needed = stands.needs_reason
    return form


def _shown(page: str, status: int = HTTP_OK) -> Answer:
    # That a number or an agreement was read is in the trail.
    doors.commit()
    return page, status


def _no_number(number: str | None) -> str:
    if not number:
        return _("Er is geen nummer om terug te bellen.")
    why = not_called(number, hotline=doors.house().settings.hotline_number)
    return f"{_('Dit nummer kan niet worden gebeld.')} {_(WHY_NOT[why])}" if why else ""


def _page(stands: Gate, form: GateForm, problem: str, **facts: Any) -> str:
    hotline = doors.house().settings.hotline_number
    why_not = {
        number: _(WHY_NOT[why])
        for number in facts["numbers"]
        if (why := not_called(number, hotline=hotline))
    }
    agreed = showing.safe_contact(facts["who"], doors.now(), hotline)
    return render_template(
        "calls/call_back.html",
        gate=stands,
        form=form,
        problem=problem,
        **{"number": next(iter(facts["numbers"]), None), **agreed, **facts, "not_called": why_not},
    )


def _begin(
    number: str,
    form: GateForm,
    page: Callable[[str], str],
    *,
    item_id: UUID | None = None,
    case_id: UUID | None = None,
) -> Answer:
    session, vault, actor = given()
    reason = Reason(form.reason.data) if form.needed else None
    try:
        begun = call_backs.begin(
            session, vault, actor, number=number, item_id=item_id,
            hotline=doors.house().settings.hotline_number, now=doors.now(),
            call_back_id=_once(form), reason=reason,
            reason_text=form.reason_text.data or "" if reason else "",
        )  # fmt: skip
        doors.commit()
    except AlreadyBegun as already:
        # A second click, another tab, the back button: to the one that is there, and no second.
        doors.rollback()
        return redirect(_address(already.call_back_id, case_id), SEE_OTHER)
    except (NotCallable, NoPhone, PersonBusy, KeyStoreGone) as refused:
        doors.rollback()
        return page(problem_of(refused)), CONFLICT
    place: Callable[[Begun], bool] = current_app.extensions[PLACE]
    if not place(begun):
        doors.flash(_("De telefoon kon niet worden gebeld. Probeer het opnieuw."), "error")
    return redirect(_address(begun.id, case_id), SEE_OTHER)


def _address(call_back_id: UUID, case_id: UUID | None) -> str:
    address = f"/call-backs/{call_back_id}"
    return f"{address}?case={case_id}" if case_id else address


def _once(form: GateForm) -> UUID | None:
    try:
        made = UUID(form.once.data or "")
    except ValueError:
        return None
    return made if made.version == RANDOM_UUID else None


def problem_of(refused: Exception) -> str:
    """Why a call could not begin, in words."""
    if isinstance(refused, NotCallable):
        return _("Dit nummer kan niet worden gebeld.") + " " + _(WHY_NOT[refused.why])
    texts: dict[type[Exception], str] = {
        NoPhone: _("Uw eigen telefoonnummer is niet bekend. Vraag de beheerder."),
        PersonBusy: _("Uw telefoon gaat al over of u bent in gesprek."),
        KeyStoreGone: _("Het kan nu niet. Probeer het over enkele minuten opnieuw."),
    }
    return texts[type(refused)]
