"""Calling back: what is agreed stands above the button; afterwards, what came of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import current_app, redirect, render_template, request
from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.hotline.calls import call_backs, items, listing, outcomes
from weerbaar.hotline.calls.call_backs import Begun
from weerbaar.hotline.calls.errors import (
    ItemDone,
    ItemTaken,
    NoPhone,
    NoSuchCallBack,
    PersonBusy,
)
from weerbaar.hotline.calls.forms import OutcomeForm
from weerbaar.hotline.calls.item_pages import CONFLICT, REFUSED, SEE_OTHER, Answer, given
from weerbaar.hotline.calls.models import BackOutcome, ItemState
from weerbaar.hotline.calls.numbers import NotCallable
from weerbaar.intake import casework
from weerbaar.intake.casework import NotYourCase
from weerbaar.intake.numbers import WHY_NOT

# Set by the room above: places what was begun, after the commit.
PLACE = "weerbaar.place_call_back"


def of_item(item_id: UUID) -> Answer:
    """Call back from a waiting call or task."""
    session, vault, actor = given()
    line = listing.line(session, item_id)
    if line.state is ItemState.DONE or line.drill:
        raise ItemDone
    if line.state is ItemState.CLAIMED and line.owner_id != actor.person_id:
        raise ItemTaken
    number = items.number_of(session, vault, actor, item_id, doors.now())

    def page(problem: str = "") -> str:
        return render_template(
            "calls/call_back.html",
            line=line,
            who=None,
            number=number,
            numbers=[number] if number else [],
            problem=problem,
            action=f"/calls/{item_id}/call-back",
            back=f"/calls/{item_id}/record",
        )

    if request.method == "GET":
        shown = page()
        doors.commit()
        return shown
    items.claim(session, actor, item_id, doors.now())
    return _begin(number, page, item_id=item_id)


def of_case(case_id: UUID) -> Answer:
    """Call back from a case: the agreement on safe contact stands above the button."""
    session, vault, actor = given()
    try:
        view = casework.read_case(session, vault, actor, case_id, doors.now())
    except NotYourCase:
        doors.not_yours("case.open", "case", case_id)
    if view.who is None:
        doors.not_yours("case.call_back", "case", case_id)
    who = view.who
    choices = sorted(who.numbers, key=lambda one: (one != who.safe_number, one))
    chosen = request.form.get("number", "")
    number = chosen if chosen in choices else (choices[0] if choices else None)

    def page(problem: str = "") -> str:
        return render_template(
            "calls/call_back.html",
            line=None,
            who=who,
            number=number,
            numbers=choices,
            problem=problem,
            action=f"/cases/{case_id}/call-back",
            back=f"/cases/{case_id}",
        )

    if request.method == "GET":
        shown = page()
        doors.commit()
        return shown
    return _begin(number, page, case_id=case_id)


def _begin(
    number: str | None,
    page: Callable[[str], str],
    *,
    item_id: UUID | None = None,
    case_id: UUID | None = None,
) -> Answer:
    session, vault, actor = given()
    if not number:
        return page(_("Er is geen nummer om terug te bellen.")), CONFLICT
    try:
        begun = call_backs.begin(
            session, vault, actor, number=number, item_id=item_id,
            hotline=doors.house().settings.hotline_number, now=doors.now(),
        )  # fmt: skip
        doors.commit()
    except (NotCallable, NoPhone, PersonBusy, KeyStoreGone) as refused:
        doors.rollback()
        return page(_problem(refused)), CONFLICT
    place: Callable[[Begun], bool] = current_app.extensions[PLACE]
    address = f"/call-backs/{begun.id}"
    if not place(begun):
        doors.flash(_("De telefoon kon niet worden gebeld. Probeer het opnieuw."), "error")
    return redirect(f"{address}?case={case_id}" if case_id else address, SEE_OTHER)


def _problem(refused: Exception) -> str:
    if isinstance(refused, NotCallable):
        return _("Dit nummer kan niet worden gebeld.") + " " + _(WHY_NOT[refused.why])
    texts: dict[type[Exception], str] = {
        NoPhone: _("Uw eigen telefoonnummer is niet bekend. Vraag de beheerder."),
        PersonBusy: _("Uw telefoon gaat al over of u bent in gesprek."),
        KeyStoreGone: _("Het kan nu niet. Probeer het over enkele minuten opnieuw."),
    }
    return texts[type(refused)]


def after(call_back_id: UUID) -> Answer:
    """How a call-back fares, and afterwards what came of it."""
    session, _vault, actor = given()
    try:
        row = call_backs.mine(session, actor, call_back_id)
    except NoSuchCallBack:
        doors.not_yours("call_back.see", "call_back", call_back_id)
    form = OutcomeForm() if request.method == "POST" else OutcomeForm(formdata=None)
    if request.method == "POST" and form.validate():
        outcomes.classify(session, actor, call_back_id, BackOutcome(form.outcome.data), doors.now())
        doors.commit()
        doors.flash(_("De uitkomst is bewaard."))
        return redirect(_next(row), SEE_OTHER)
    if request.method == "GET" and row.outcome is not None:
        form.outcome.data = row.outcome
    page = render_template("calls/after_call_back.html", row=row, form=form, case_id=_case())
    return (page, REFUSED) if request.method == "POST" else page


def _case() -> UUID | None:
    try:
        return UUID(request.args.get("case", ""))
    except ValueError:
        return None


def _next(row: Any) -> str:
    case_id = _case()
    if case_id is not None:
        return f"/cases/{case_id}#entry"
    return f"/calls/{row.item_id}/record" if row.item_id else "/calls"
