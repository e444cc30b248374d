"""Pages on which people arrange shifts among themselves: take over, ask, answer, undo."""

from collections.abc import Callable, Iterable
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import Field

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission
from weerbaar.hotline.roster import refusals, requests, swaps, takeovers, verbs
from weerbaar.hotline.roster.errors import (
    NoSuchRequest,
    NoSuchShift,
    NothingToTake,
    NotYourShift,
    RosterRefused,
)
from weerbaar.hotline.roster.requests import Request
from weerbaar.hotline.roster.shift_acts import (
    ANY,
    able,
    acts_on,
    ahead,
    described,
    offer_colleagues,
    offer_people,
)
from weerbaar.hotline.roster.shift_page import shift_page
from weerbaar.hotline.roster.swap_forms import AskForm, ReturnForm, SettleForm, TakeOverForm
from weerbaar.hotline.roster.wording import names_of, plans, tier_name

SEE_OTHER, INVALID = 303, 422


def add_to(pages: Blueprint) -> None:
    """Give the blueprint of the roster the pages of this file."""
    see, plan = Permission.ROSTER_SEE, Permission.ROSTER_PLAN
    for rule, view, permission, method in (
        ("/roster/swaps", swaps_page, see, "GET"),
        ("/roster/shifts/<uuid:shift_id>/take-over", take_over, see, "POST"),
        ("/roster/shifts/<uuid:shift_id>/ask", ask, see, "POST"),
        ("/roster/swaps/<uuid:swap_id>/accept", accept, see, "POST"),
        ("/roster/swaps/<uuid:swap_id>/decline", decline, see, "POST"),
        ("/roster/swaps/<uuid:swap_id>/withdraw", withdraw, see, "POST"),
        ("/roster/swaps/<uuid:swap_id>/settle", settle, plan, "POST"),
        ("/roster/swaps/<uuid:swap_id>/undo", undo, see, "POST"),
    ):
        guarded = doors.permits(permission)(view)
        pages.add_url_rule(rule, view.__name__, guarded, methods=[method])


def take_over(shift_id: UUID) -> ResponseReturnValue:
    """Take a shift over, or a part of it; a planner says who does."""
    session, actor, form = doors.db(), doors.actor(), TakeOverForm()
    try:
        facts = verbs.shift(session, shift_id)
        offer_people(form, facts)
        if not form.validate_on_submit():
            return _shown_again(shift_id, take_over=form)
        if plans() and not form.person.data:
            form.person.errors = [_("Kies wie de dienst overneemt.")]
            return _shown_again(shift_id, take_over=form)
        person_id = form.person.person_id if plans() else actor.person_id
        if person_id is None:
            raise NotYourShift
        start, end = form.start.reading, form.end.reading
        takeovers.take_over(
            session, actor, shift_id, person_id, now=doors.now(), seen=form.seen.data,
            start=None if start is None else start.first, end=None if end is None else end.last,
        )  # fmt: skip
    except NoSuchShift:
        return gone()
    except RosterRefused as refused:
        # Who plans nothing chooses no person: for him it is the time that does not fit.
        is_person = plans() and not isinstance(refused, NothingToTake)
        field = form.person if is_person else form.start
        return _shown_again(shift_id, field, refused, take_over=form)
    doors.commit()
    mine = person_id == actor.person_id
    doors.flash(_("De dienst is nu van u.") if mine else _("De dienst is overgenomen."))
    return redirect(url_for("roster.mine" if mine else "roster.week"), SEE_OTHER)


def ask(shift_id: UUID) -> ResponseReturnValue:
    """Ask somebody, or everybody of the tier, to take over a shift of mine."""
    session, form = doors.db(), AskForm()
    try:
        facts = verbs.shift(session, shift_id)
        if facts.person_id != doors.actor().person_id:
            doors.not_yours("swap.ask", "shift", shift_id)
        offer_colleagues(form, facts)
        if not form.validate_on_submit():
            return _shown_again(shift_id, asking=form)
        wanted = form.wanted.id_chosen
        swaps.ask(
            session, doors.actor(), shift_id, now=doors.now(), seen=form.seen.data,
            asked_id=form.asked.id_chosen, in_return=wanted == ANY,
            return_id=None if wanted == ANY else wanted,
        )  # fmt: skip
    except NoSuchShift:
        return gone()
    except NotYourShift:
        form.wanted.errors = [_("Kies een dienst van de collega aan wie u het vraagt.")]
        return _shown_again(shift_id, asking=form)
    except RosterRefused as refused:
        return _shown_again(shift_id, form.asked, refused, asking=form)
    doors.commit()
    doors.flash(_("Het verzoek is verstuurd. U krijgt bericht zodra iemand antwoordt."))
    return redirect(url_for("roster.swaps_page"), SEE_OTHER)


def swaps_page() -> ResponseReturnValue:
    """What is asked of me, what I asked, and what can be undone."""
    session, actor, now = doors.db(), doors.actor(), doors.now()
    seen = requests.seen_by(session, actor, now)
    every = (*seen.asked, *seen.mine, *seen.done, *seen.others)
    people = {
        one
        for each in every
        for one in (each.asker_id, each.asked_id, each.taken_by)
        if one is not None
    }
    return render_template(
        "roster/swaps.html",
        seen=seen,
        names=names_of(people),
        tier_name=tier_name,
        return_form=_return_form,
        settle_form=_settle_form,
        plans=plans(),
        takes=actor.person_id in verbs.takers(session),
        me=actor.person_id,
    )


def accept(swap_id: UUID) -> ResponseReturnValue:
    """Take the shift over."""
    form = ReturnForm()
    form.returned.offer("", _own_ahead())
    chosen = form.returned.id_chosen if form.validate_on_submit() else None
    return _answer(
        swap_id,
        "swap.accept",
        lambda: swaps.accept(doors.db(), doors.actor(), swap_id, now=doors.now(), return_id=chosen),
        _("De dienst is nu van u."),
    )


def decline(swap_id: UUID) -> ResponseReturnValue:
    """Answer no."""
    return _answer(
        swap_id,
        "swap.decline",
        lambda: swaps.decline(doors.db(), doors.actor(), swap_id, now=doors.now()),
        _("Uw antwoord is doorgegeven."),
    )


def withdraw(swap_id: UUID) -> ResponseReturnValue:
    """Take my request back."""
    return _answer(
        swap_id,
        "swap.withdraw",
        lambda: swaps.withdraw(doors.db(), doors.actor(), swap_id, now=doors.now()),
        _("Het verzoek is ingetrokken. De dienst blijft van u."),
    )


def undo(swap_id: UUID) -> ResponseReturnValue:
    """Put the shifts back as they were."""
    return _answer(
        swap_id,
        "swap.undo",
        lambda: swaps.undo(doors.db(), doors.actor(), swap_id, now=doors.now()),
        _("De ruil is teruggedraaid. Iedereen heeft bericht."),
    )


def settle(swap_id: UUID) -> ResponseReturnValue:
    """Decide who takes the shift over."""
    form = SettleForm()
    form.person.offer("", able())
    form.returned.offer("", _ahead_of_all())
    if not form.validate_on_submit():
        return _to_swaps(_first_error(form))
    returned = form.returned.id_chosen
    person_id = form.person.id_chosen
    if returned is not None:
        try:
            person_id = verbs.shift(doors.db(), returned).person_id
        except NoSuchShift:
            return gone()
    if person_id is None:
        return _to_swaps(_("Kies wie de dienst overneemt."))
    return _answer(
        swap_id,
        "swap.settle",
        lambda: swaps.settle(
            doors.db(), doors.actor(), swap_id, person_id, now=doors.now(), return_id=returned
        ),
        _("Het verzoek is geregeld. Beiden hebben bericht."),
    )


def gone() -> ResponseReturnValue:
    """To the roster: the shift is not there."""
    doors.rollback()
    doors.flash(
        _("Deze dienst staat niet (meer) op het rooster. Bekijk het rooster opnieuw."), "warning"
    )
    return redirect(url_for("roster.week"), SEE_OTHER)


def _answer(swap_id: UUID, action: str, verb: Callable[[], None], done: str) -> ResponseReturnValue:
    try:
        verb()
    except NoSuchRequest:
        doors.not_yours(action, "swap", swap_id)
    except RosterRefused as refused:
        return _to_swaps(refusals.text_of(refused))
    doors.commit()
    doors.flash(done)
    return redirect(url_for("roster.swaps_page"), SEE_OTHER)


def _shown_again(
    shift_id: UUID,
    field: Field | None = None,
    refused: RosterRefused | None = None,
    *,
    take_over: TakeOverForm | None = None,
    asking: AskForm | None = None,
) -> ResponseReturnValue:
    """The page of a shift with the form that was sent, and what is wrong with it."""
    doors.rollback()
    if field is not None and refused is not None:
        field.errors = [refusals.text_of(refused)]
    try:
        facts = verbs.shift(doors.db(), shift_id)
    except NoSuchShift:
        return gone()
    acts = acts_on(facts, take_over, asking)
    sent = take_over or asking
    if sent is None or sent not in (acts.take, acts.ask):
        # The form has no place on the page any more.
        doors.flash(_first_error(sent), "error")
        return redirect(url_for("roster.shift", shift_id=shift_id), SEE_OTHER)
    return shift_page(facts, acts, sent=sent), INVALID


def _to_swaps(problem: str) -> ResponseReturnValue:
    doors.rollback()
    doors.flash(problem, "error")
    return redirect(url_for("roster.swaps_page"), SEE_OTHER)


def _first_error(form: TakeOverForm | AskForm | SettleForm | None) -> str:
    found = [str(text) for field in form or () for text in field.errors]
    return found[0] if found else _("Het rooster is niet gewijzigd.")


def _return_form(request: Request) -> ReturnForm | None:
    """Which of my shifts I can give in return for this one; None where it is settled which."""
    if not request.in_return or request.returned is not None:
        return None
    form = ReturnForm(formdata=None)
    form.returned.id = f"returned-{request.id}"
    form.returned.offer(_("Kies een dienst"), _own_ahead())
    return form


def _settle_form(request: Request) -> SettleForm:
    form = SettleForm(formdata=None)
    form.person.id, form.returned.id = f"person-{request.id}", f"for-{request.id}"
    if request.returned is not None and request.asked_id is not None:
        form.person.offer("", names_of({request.asked_id}).items())
        form.person.data = str(request.asked_id)
    else:
        others = [each for each in able() if each[0] != request.asker_id]
        form.person.offer(_("Kies een persoon"), others)
    shifts = [each for each in _ahead_of_all() if each[0] != request.shift.shift_id]
    form.returned.offer(_("Kies een dienst"), shifts)
    return form


def _own_ahead() -> Iterable[tuple[UUID, str]]:
    me = doors.actor().person_id
    return [
        (one.shift_id, described(one))
        for one in ahead()
        if one.person_id == me and one.shift_id is not None
    ]


def _ahead_of_all() -> list[tuple[UUID, str]]:
    shifts = ahead()
    names = names_of({one.person_id for one in shifts})
    return [
        (one.shift_id, f"{names[one.person_id]}: {described(one)}")
        for one in shifts
        if one.shift_id is not None
    ]
