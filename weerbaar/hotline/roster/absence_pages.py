"""Pages for when somebody cannot: absences ahead, and the sick call in the middle of a shift."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission
from weerbaar.face import formats
from weerbaar.hotline.roster import absences, refusals, takeovers, verbs
from weerbaar.hotline.roster.absences import Away, NoSuchAbsence
from weerbaar.hotline.roster.errors import EndsBeforeStart, NotOnDuty, RosterRefused
from weerbaar.hotline.roster.rules import Placed
from weerbaar.hotline.roster.swap_forms import AbsenceForm, CannotForm
from weerbaar.hotline.roster.takeovers import HandedOver
from weerbaar.hotline.roster.wording import names_of, plans, tier_name

SEE_OTHER, INVALID = 303, 422
# Where the roof puts what wakes whoever a sick call is about: the telephone stands above the
# roster.
WAKE = "weerbaar.sick_call"
Wake = Callable[[Session, HandedOver, datetime], None]


def add_to(pages: Blueprint) -> None:
    """Give the blueprint of the roster the pages of this file."""
    see = doors.permits(Permission.ROSTER_SEE)
    for rule, name, view, method in (
        ("/roster/cannot", "cannot", cannot, "GET"),
        ("/roster/cannot", "hand_over_now", hand_over_now, "POST"),
        ("/roster/absences", "absences", overview, "GET"),
        ("/roster/absences", "add_absence", add, "POST"),
        ("/roster/absences/<uuid:absence_id>/cancel", "cancel_absence", cancel, "POST"),
    ):
        pages.add_url_rule(rule, name, see(view), methods=[method])


def cannot() -> ResponseReturnValue:
    """Ask once more: what happens when I cannot go on."""
    form = CannotForm(formdata=None)
    return _cannot_page(form)


def hand_over_now() -> ResponseReturnValue:
    """Hand my running duty over."""
    session, now, form = doors.db(), doors.now(), CannotForm()
    _offer_colleagues(form)
    if not form.validate_on_submit():
        return _cannot_page(form), INVALID
    try:
        done = takeovers.cannot_now(session, doors.actor(), now, person_id=form.person.id_chosen)
    except NotOnDuty:
        doors.rollback()
        doors.flash(_("U heeft nu geen dienst. Misschien droeg u die zojuist al over."), "warning")
        return redirect(url_for("roster.mine"), SEE_OTHER)
    except RosterRefused as refused:
        doors.rollback()
        _offer_colleagues(form)
        form.person.errors = [refusals.text_of(refused)]
        return _cannot_page(form), INVALID
    wake: Wake = current_app.extensions[WAKE]
    wake(session, done, now)
    doors.commit()
    if done.person_id is None:
        doors.flash(
            _(
                "Er is nu niemand die het kan overnemen. De dienst blijft op uw naam staan. De "
                "coördinator en de roosteraar worden nu gebeld."
            ),
            "error",
        )
    else:
        name = names_of({done.person_id})[done.person_id]
        doors.flash(
            _(
                "%(name)s heeft de dienst nu, tot %(until)s, en wordt gebeld. U wordt niet meer "
                "gebeld. Een gesprek dat loopt, gaat gewoon door.",
                name=name,
                until=formats.moment(done.until),
            )
        )
    return redirect(url_for("roster.mine"), SEE_OTHER)


def overview() -> ResponseReturnValue:
    """Who is away when: one's own, and for planners everybody's."""
    return _overview(AbsenceForm(formdata=None))


def add() -> ResponseReturnValue:
    """Say that I, or for a planner somebody, cannot have duty."""
    session, actor, form = doors.db(), doors.actor(), AbsenceForm()
    form.person.offer(_takers())
    if not form.validate_on_submit() or form.start.reading is None or form.end.reading is None:
        return _overview(form), INVALID
    if plans() and not form.person.data and actor.person_id not in verbs.takers(session):
        form.person.errors = [_("Kies wie er afwezig is.")]
        return _overview(form), INVALID
    person_id = UUID(form.person.data) if plans() and form.person.data else actor.person_id
    try:
        if person_id is None:
            raise NotOnDuty
        absences.add(
            session, actor, person_id,
            start=form.start.reading, end=form.end.reading, now=doors.now(),
        )  # fmt: skip
    except RosterRefused as refused:
        doors.rollback()
        late = isinstance(refused, EndsBeforeStart)
        field = form.end if late else form.person if plans() else form.start
        field.errors = [_("Deze tijd is al voorbij.") if late else refusals.text_of(refused)]
        return _overview(form), INVALID
    doors.commit()
    doors.flash(_("De afwezigheid staat genoteerd."))
    return redirect(url_for("roster.absences"), SEE_OTHER)


def cancel(absence_id: UUID) -> ResponseReturnValue:
    """Take an absence back."""
    try:
        absences.cancel(doors.db(), doors.actor(), absence_id, doors.now())
    except NoSuchAbsence:
        doors.not_yours("absence.cancel", "absence", absence_id)
    doors.commit()
    doors.flash(_("De afwezigheid is ingetrokken."))
    return redirect(url_for("roster.absences"), SEE_OTHER)


def _cannot_page(form: CannotForm) -> str:
    session, now, me = doors.db(), doors.now(), doors.actor().person_id
    mine = next((one for one in verbs.on_duty(session, now) if one.person_id == me), None)
    taker = takeovers.would_take(session, doors.actor(), now)
    _offer_colleagues(form)
    return render_template(
        "roster/cannot.html",
        form=form,
        duty=mine,
        taker=None if taker is None else names_of({taker})[taker],
        tier_name=tier_name,
    )


def _offer_colleagues(form: CannotForm) -> None:
    me = doors.actor().person_id
    able = names_of(verbs.reachable(doors.db()))
    others = [(one, name) for one, name in able.items() if one != me]
    form.person.offer(_("Wie nu achterwacht heeft"), others)


def _takers() -> list[tuple[UUID, str]]:
    return list(names_of(verbs.takers(doors.db())).items())


def _overview(form: AbsenceForm) -> str:
    session, now, me = doors.db(), doors.now(), doors.actor().person_id
    shown = absences.ahead(session, now, None if plans() else me)
    form.person.offer(_takers())
    return render_template(
        "roster/absences.html",
        form=form,
        absences=[(one, _shifts_in(one, now)) for one in shown],
        names=names_of({one.person_id for one in shown}),
        me=me,
        plans=plans(),
        takes=me in verbs.takers(session),
        tier_name=tier_name,
    )


def _shifts_in(one: Away, now: datetime) -> list[Placed]:
    found = verbs.between(doors.db(), max(one.starts, now), one.ends)
    return absences.within(found, [one])
