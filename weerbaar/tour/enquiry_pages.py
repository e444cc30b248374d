"""Enquiries about the tour: entered by anybody, answered by the people of the tour."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.governments import registry
from weerbaar.tour import enquiries, places, wording
from weerbaar.tour.errors import (
    EnquiryClosed,
    GovernmentUnknown,
    MoveNotAllowed,
    NoSuchEnquiry,
    NoSuchGovernment,
    NotAdmitted,
)
from weerbaar.tour.working_forms import AssignForm, EnquiryForm, TurnForm

SEE_OTHER, INVALID, UNAVAILABLE = 303, 422, 503


def add_to(pages: Blueprint) -> None:
    """Give the blueprint of the tour the pages of this file."""
    anybody = doors.permits(Permission.BOARD_SEE)
    sealed = doors.permits(Permission.TOUR_SEE, keys=True)
    own = "/tour/enquiries/<uuid:enquiry_id>"
    for rule, name, guard, view, method in (
        ("/tour/enquiries", "enquiries", sealed, listing, "GET"),
        ("/tour/enquiries/new", "enquiry", anybody, enquiry_form, "GET"),
        ("/tour/enquiries/new", "enter", anybody, enter, "POST"),
        (f"{own}/assign", "assign", sealed, assign, "POST"),
        (f"{own}/answer", "answer", sealed, answer, "POST"),
        (f"{own}/turn", "turn", sealed, turn, "POST"),
    ):
        pages.add_url_rule(rule, name, guard(view), methods=[method])


def _of_the_tour() -> bool:
    return allows(doors.actor().roles, Permission.TOUR_SEE)


def enquiry_form() -> ResponseReturnValue:
    """Write down what somebody wants to know."""
    return _form_page(_form(submitted=False))


def _form(*, submitted: bool) -> EnquiryForm:
    form = EnquiryForm() if submitted else EnquiryForm(formdata=None)
    form.offer(registry.organisations())
    return form


def _form_page(form: EnquiryForm) -> str:
    return render_template("tour/enquiry.html", form=form, of_the_tour=_of_the_tour())


def enter() -> ResponseReturnValue:
    """Keep it for the people of the tour."""
    form = _form(submitted=True)
    if not form.validate_on_submit():
        return _form_page(form), INVALID
    try:
        enquiries.enter(
            doors.db(), doors.house().vault, form.question, form.government.data or None,
            doors.now(),
        )  # fmt: skip
    except KeyStoreGone:
        doors.rollback()
        form.text.errors = [_("De vraag kon niet worden verzegeld en is niet bewaard.")]
        return _form_page(form), UNAVAILABLE
    doors.commit()
    doors.flash(_("De vraag staat klaar voor de mensen van de tour."))
    after = "tour.enquiries" if _of_the_tour() else "tour.enquiry"
    return redirect(url_for(after), SEE_OTHER)


def listing() -> ResponseReturnValue:
    """The enquiries that wait; on request those that were answered too."""
    return _list_page()


def _list_page(problem: str | None = None) -> str:
    session, actor = doors.db(), doors.actor()
    every = request.args.get("state") == "all"
    admitted = True
    try:
        found = enquiries.listing(
            session, doors.house().vault, actor, doors.now(), only_open=not every
        )
    except NotAdmitted:
        admitted, found = False, []
    assigning, turning = AssignForm(formdata=None), TurnForm(formdata=None)
    assigning.offer(wording.officers())
    turning.offer(registry.organisations())
    shown = render_template(
        "tour/enquiries.html",
        enquiries=found,
        admitted=admitted,
        every=every,
        problem=problem,
        places={each.code: places.shown(each.code) for each in found if each.code},
        names=wording.names_of(each.officer_id for each in found),
        assigning=assigning,
        turning=turning,
    )
    doors.commit()
    return shown


def assign(enquiry_id: UUID) -> ResponseReturnValue:
    """Let somebody answer it."""
    form = AssignForm()
    form.offer(wording.officers())
    if not form.validate_on_submit():
        return _list_page(_("Kies wie de vraag beantwoordt.")), INVALID
    try:
        enquiries.assign(
            doors.db(), doors.actor(), enquiry_id, UUID(form.officer.data), doors.now()
        )
    except (NoSuchEnquiry, EnquiryClosed) as refused:
        return _refused(refused, enquiry_id)
    doors.commit()
    return redirect(url_for("tour.enquiries"), SEE_OTHER)


def answer(enquiry_id: UUID) -> ResponseReturnValue:
    """It was answered."""
    try:
        enquiries.answer(doors.db(), doors.actor(), enquiry_id, doors.now())
    except (NoSuchEnquiry, EnquiryClosed) as refused:
        return _refused(refused, enquiry_id)
    doors.commit()
    doors.flash(_("De vraag is beantwoord."))
    return redirect(url_for("tour.enquiries"), SEE_OTHER)


def turn(enquiry_id: UUID) -> ResponseReturnValue:
    """It becomes a conversation."""
    form = TurnForm()
    form.offer(registry.organisations())
    if not form.validate_on_submit():
        return _refused(GovernmentUnknown(), enquiry_id)
    try:
        activity_id = enquiries.turn(
            doors.db(), doors.actor(), enquiry_id, form.government.data or None, doors.now()
        )
    except (
        NoSuchEnquiry, EnquiryClosed, GovernmentUnknown, NoSuchGovernment, MoveNotAllowed,
    ) as refused:  # fmt: skip
        return _refused(refused, enquiry_id)
    doors.commit()
    doors.flash(_("Van de vraag is een gesprek gemaakt. Plan het nu."))
    return redirect(url_for("tour.move", activity_id=activity_id), SEE_OTHER)


def _refused(refused: Exception, enquiry_id: UUID) -> ResponseReturnValue:
    if isinstance(refused, NoSuchEnquiry):
        doors.not_yours("tour.answer", "tour_enquiry", enquiry_id)
    doors.rollback()
    text = {
        EnquiryClosed: _("Deze vraag is al beantwoord."),
        GovernmentUnknown: _("Kies eerst van welke gemeente of provincie de vraag is."),
        NoSuchGovernment: _("Deze gemeente of provincie staat niet meer op de lijst."),
        MoveNotAllowed: _(
            "Het gesprek met deze gemeente of provincie ging niet door. Werk het bij."
        ),
    }[type(refused)]
    return _list_page(text), INVALID
