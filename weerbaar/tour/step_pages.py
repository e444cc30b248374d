"""The working list: what is next with each government."""

from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission
from weerbaar.config.clock import local
from weerbaar.tour import absences, activities, feeds, places, steps, wording
from weerbaar.tour.errors import NoSuchGovernment, NoSuchStep
from weerbaar.tour.places import Place
from weerbaar.tour.stages import Standing
from weerbaar.tour.trainer_pages import hindered
from weerbaar.tour.working_forms import StepForm
from weerbaar.tour.working_models import StepKind

SEE_OTHER, INVALID = 303, 422


def add_to(pages: Blueprint) -> None:
    """Give the blueprint of the tour the pages of this file."""
    see = doors.permits(Permission.TOUR_SEE)
    for rule, name, view, method in (
        ("/tour/steps", "steps", working_list, "GET"),
        ("/tour/governments/<code>/step", "step", step_form, "GET"),
        ("/tour/governments/<code>/step", "plan_step", plan, "POST"),
        ("/tour/steps/<uuid:step_id>/done", "step_done", done, "POST"),
    ):
        pages.add_url_rule(rule, name, see(view), methods=[method])


def working_list() -> ResponseReturnValue:
    """What is to be done, mine or everybody's."""
    me, mine = doors.actor().person_id, request.args.get("who") == "me"
    found = steps.open_steps(doors.db(), me if mine else None)
    today = local(doors.now()).date()
    unrecorded = feeds.unrecorded(doors.db(), today, me if mine else None)
    codes = [*(each.code for each in found), *(each.code for each in unrecorded)]
    officers = [*(each.officer_id for each in found), *(each.officer_id for each in unrecorded)]
    return render_template(
        "tour/steps.html",
        steps=found,
        unrecorded=unrecorded,
        places={code: places.shown(code) for code in codes},
        names=wording.names_of(officers),
        today=today,
        mine=mine,
        **hindered(absences.hindrances(doors.db(), officer_id=me if mine else None)),
    )


def _place(code: str) -> Place:
    try:
        return places.place(code)
    except NoSuchGovernment:
        abort(404)


def step_form(code: str) -> ResponseReturnValue:
    """What is next with a government."""
    place, form = _place(code), _form(submitted=False)
    present = steps.of_place(doors.db(), place)
    if present is None:
        standing = activities.standings(doors.db()).get(place.code, Standing())
        form.what.data = steps.suggest(standing).value
        form.due_on.data = (local(doors.now()).date() + steps.USUAL).isoformat()
        me = str(doors.actor().person_id)
        form.officer.data = me if me in {each.value for each in form.officer.choices} else ""
    else:
        form.what.data, form.due_on.data = present.what.value, present.due_on.isoformat()
        form.officer.data = str(present.officer_id or "")
    return render_template("tour/step.html", place=place, form=form)


def _form(*, submitted: bool) -> StepForm:
    form = StepForm() if submitted else StepForm(formdata=None)
    form.offer([(kind.value, wording.step_name(kind)) for kind in StepKind], wording.officers())
    return form


def plan(code: str) -> ResponseReturnValue:
    """Say what is next."""
    place, form = _place(code), _form(submitted=True)
    if not form.validate_on_submit() or form.due_on.day is None:
        return render_template("tour/step.html", place=place, form=form), INVALID
    steps.plan(
        doors.db(), doors.actor(), place.code, StepKind(form.what.data),
        due_on=form.due_on.day, officer_id=form.officer_id, now=doors.now(),
    )  # fmt: skip
    doors.commit()
    doors.flash(_("De volgende stap is bewaard."))
    return redirect(url_for("tour.government", code=place.code), SEE_OTHER)


def done(step_id: UUID) -> ResponseReturnValue:
    """A step was done: what is next?"""
    try:
        code = steps.done(doors.db(), doors.actor(), step_id, doors.now())
    except NoSuchStep:
        doors.not_yours("tour.step_done", "tour_step", step_id)
    doors.commit()
    doors.flash(_("Gedaan. Wat is de volgende stap?"))
    return redirect(url_for("tour.step", code=code), SEE_OTHER)
