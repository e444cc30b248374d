"""The page on which what was held is put right."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import IntegerField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission
from weerbaar.face.forms import Form
from weerbaar.tour import activities, corrections, places, wording
from weerbaar.tour.activities import Activity
from weerbaar.tour.errors import ChangedMeanwhile, MoveNotAllowed, NoSuchActivity
from weerbaar.tour.forms import RadioField, SelectChoice, _l
from weerbaar.tour.stages import Slip, State

SEE_OTHER, INVALID, CONFLICT = 303, 422, 409


class CorrectForm(Form):
    """What was wrong."""

    slip = RadioField(
        _l("Wat klopt er niet?"),
        validators=[InputRequired(_l("Kies wat er niet klopt."))],
    )
    seen = IntegerField(widget=HiddenInput(), validators=[Optional()])

    def offer(self) -> None:
        """Set what one can choose."""
        self.slip.choices = [SelectChoice(each.value, wording.slip_name(each)) for each in Slip]


def add_to(pages: Blueprint) -> None:
    """Give the blueprint of the tour the pages of this file."""
    see = doors.permits(Permission.TOUR_SEE)
    rule = "/tour/activities/<uuid:activity_id>/correct"
    pages.add_url_rule(rule, "correct", see(correct_form), methods=["GET"])
    pages.add_url_rule(rule, "correct_it", see(correct), methods=["POST"])


def _held_or_404(activity_id: UUID) -> Activity:
    try:
        found = activities.one(doors.db(), activity_id)
    except NoSuchActivity:
        doors.not_yours("tour.correct", "tour_activity", activity_id)
    if found.state is not State.HELD:
        doors.not_yours("tour.correct", "tour_activity", activity_id)
    return found


def correct_form(activity_id: UUID) -> ResponseReturnValue:
    """Why it is put right."""
    found, form = _held_or_404(activity_id), CorrectForm(formdata=None)
    form.offer()
    form.seen.data = found.version
    return _page(form, found)


def correct(activity_id: UUID) -> ResponseReturnValue:
    """Make it planned again, then let it be moved on."""
    found, form = _held_or_404(activity_id), CorrectForm()
    form.offer()
    if not form.validate_on_submit():
        return _page(form, found), INVALID
    try:
        corrections.put_right(
            doors.db(), doors.actor(), activity_id, Slip(form.slip.data), doors.now(),
            seen=form.seen.data or 0,
        )  # fmt: skip
    except (ChangedMeanwhile, MoveNotAllowed):
        doors.rollback()
        text = _("Iemand anders heeft dit intussen gewijzigd. Ga terug en kijk opnieuw.")
        form.slip.errors = [*form.slip.errors, text]
        return _page(form, found), CONFLICT
    doors.commit()
    doors.flash(_("Het staat weer als gepland. Leg nu vast wat er is gebeurd."))
    return redirect(url_for("tour.move", activity_id=activity_id), SEE_OTHER)


def _page(form: CorrectForm, found: Activity) -> str:
    return render_template(
        "tour/correct.html", form=form, activity=found, place=places.shown(found.code)
    )
