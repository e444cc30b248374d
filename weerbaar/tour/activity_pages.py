"""The pages of one conversation, session or training: begin, move along, write down."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import doors
from weerbaar.accounts.keystore import KeyStoreGone
from weerbaar.accounts.permissions import Permission
from weerbaar.tour import absences, activities, contacts, needs, places, stages, wording
from weerbaar.tour.activities import Activity, Step
from weerbaar.tour.details import Details
from weerbaar.tour.errors import (
    ChangedMeanwhile,
    DayAhead,
    DayMissing,
    MoveNotAllowed,
    NoSuchActivity,
    NoSuchGovernment,
    NotAdmitted,
    StageTooEarly,
)
from weerbaar.tour.forms import ConversationForm, MoveForm, TrainingForm, session_form
from weerbaar.tour.places import Place
from weerbaar.tour.stages import Stage, State
from weerbaar.tour.trainers import FEWEST_ANSWERS

SEE_OTHER, INVALID, CONFLICT, UNAVAILABLE = 303, 422, 409, 503


def add_to(pages: Blueprint) -> None:
    """Give the blueprint of the tour the pages of this file."""
    see = doors.permits(Permission.TOUR_SEE)
    sealed = doors.permits(Permission.TOUR_SEE, keys=True)
    own = "/tour/activities/<uuid:activity_id>"
    for rule, name, guard, view, method in (
        ("/tour/governments/<code>/<stage>/new", "begin", see, begin_form, "GET"),
        ("/tour/governments/<code>/<stage>/new", "begin_it", see, begin, "POST"),
        (own, "activity", sealed, activity, "GET"),
        (own, "write_activity", sealed, write, "POST"),
        (f"{own}/move", "move", see, move_form, "GET"),
        (f"{own}/move", "move_it", see, move, "POST"),
    ):
        pages.add_url_rule(rule, name, guard(view), methods=[method])


def _asked(code: str, stage: str) -> tuple[Place, Stage]:
    try:
        return places.place(code), Stage(stage)
    except (NoSuchGovernment, ValueError):
        abort(404)


def _activity_or_404(activity_id: UUID) -> tuple[Activity, Place]:
    try:
        found = activities.one(doors.db(), activity_id)
    except NoSuchActivity:
        doors.not_yours("tour.read", "tour_activity", activity_id)
    return found, places.shown(found.code)


def _offer(
    form: MoveForm, place: Place, stage: Stage, present: State, officer_id: UUID | None = None
) -> None:
    roles = contacts.roles_for(place) if stage is Stage.CONVERSATION else ()
    form.offer(
        [
            (state.value, wording.move_name(state, present))
            for state in stages.allowed(stage, present)
        ],
        [(role.value, wording.role_name(role)) for role in roles],
        wording.officers(officer_id),
    )


def begin_form(code: str, stage: str) -> ResponseReturnValue:
    """What can begin."""
    place, asked = _asked(code, stage)
    form = MoveForm(formdata=None)
    _offer(form, place, asked, State.NOT_APPROACHED)
    me = str(doors.actor().person_id)
    if me in {choice.value for choice in form.officer.choices}:
        form.officer.data = me
    return _move_page(form, place, asked, None)


def begin(code: str, stage: str) -> ResponseReturnValue:
    """Begin a stage with a government."""
    place, asked = _asked(code, stage)
    form = MoveForm()
    _offer(form, place, asked, State.NOT_APPROACHED)
    if not form.validate_on_submit():
        return _move_page(form, place, asked, None), INVALID
    try:
        activities.begin(
            doors.db(), doors.actor(), place.code, asked, _step(form), doors.now(),
            personal=bool(form.personal.data),
        )  # fmt: skip
    except (StageTooEarly, MoveNotAllowed, DayMissing, DayAhead) as refused:
        return _refused(form, refused, place, asked, None)
    doors.commit()
    doors.flash(_("Bewaard."))
    return redirect(url_for("tour.government", code=place.code), SEE_OTHER)


def _step(form: MoveForm) -> Step:
    return Step(
        state=State(form.state.data),
        on_day=form.on_day.day,
        at=form.at.at,
        officer_id=form.officer_id,
        participants=tuple(form.participants.data or ()),
    )


def move_form(activity_id: UUID) -> ResponseReturnValue:
    """Where an activity may go."""
    found, place = _activity_or_404(activity_id)
    form = MoveForm(formdata=None)
    _offer(form, place, found.stage, found.state, found.officer_id)
    form.seen.data = found.version
    form.on_day.data = "" if found.on_day is None else found.on_day.isoformat()
    form.at.data = "" if found.at is None else f"{found.at:%H:%M}"
    form.participants.data = list(found.participants)
    form.officer.data = str(found.officer_id) if found.officer_id else ""
    return _move_page(form, place, found.stage, found)


def move(activity_id: UUID) -> ResponseReturnValue:
    """Move an activity along."""
    found, place = _activity_or_404(activity_id)
    form = MoveForm()
    _offer(form, place, found.stage, found.state, found.officer_id)
    # A choice that is gone because somebody else moved it is no slip of whoever chose it.
    if form.seen.data != found.version:
        return _refused(form, ChangedMeanwhile(), place, found.stage, found)
    if not form.validate_on_submit():
        return _move_page(form, place, found.stage, found), INVALID
    try:
        activities.move(
            doors.db(), doors.actor(), activity_id, _step(form), doors.now(),
            seen=form.seen.data,
        )  # fmt: skip
    except (ChangedMeanwhile, MoveNotAllowed, DayMissing, DayAhead) as refused:
        return _refused(form, refused, place, found.stage, found)
    hindered = absences.after_move(doors.db(), doors.actor(), activity_id, doors.now())
    doors.commit()
    doors.flash(_("Bewaard."))
    if hindered:
        doors.flash(_("Een trainer kan niet op deze dag. Kijk wie het kan doen."), "warning")
    return redirect(url_for("tour.government", code=place.code), SEE_OTHER)


def _refused(
    form: MoveForm, refused: Exception, place: Place, stage: Stage, found: Activity | None
) -> ResponseReturnValue:
    doors.rollback()
    text, field, status = {
        StageTooEarly: (
            _("De fase hiervoor is nog niet gehouden of overgeslagen."), form.state, INVALID,
        ),
        MoveNotAllowed: (_("Dat kan nu niet. Kijk waar deze fase staat."), form.state, INVALID),
        DayMissing: (_("Vul de dag in."), form.on_day, INVALID),
        DayAhead: (_("Deze dag is nog niet geweest."), form.on_day, INVALID),
        ChangedMeanwhile: (
            _("Iemand anders heeft dit intussen gewijzigd. Ga terug en kijk opnieuw."),
            form.state, CONFLICT,
        ),
    }[type(refused)]  # fmt: skip
    field.errors = [*field.errors, text]
    return _move_page(form, place, stage, found), status


def _move_page(form: MoveForm, place: Place, stage: Stage, found: Activity | None) -> str:
    return render_template(
        "tour/move.html",
        form=form,
        place=place,
        stage=stage,
        activity=found,
        bearer=stages.bearer(stage),
        asks_personal=stage is Stage.TRAINING and found is None,
        asks_participants=stage is Stage.CONVERSATION,
    )


def activity(activity_id: UUID) -> ResponseReturnValue:
    """What was said, needed or planned."""
    found, place = _activity_or_404(activity_id)
    try:
        details = _details(found)
    except NotAdmitted:
        doors.not_yours("tour.read", "tour_activity", activity_id)
    form = _form_of(found, place, details, filled=True)
    shown = _activity_page(form, found, place, details)
    doors.commit()
    return shown


def write(activity_id: UUID) -> ResponseReturnValue:
    """Write it down."""
    found, place = _activity_or_404(activity_id)
    try:
        before = _details(found)
    except NotAdmitted:
        doors.not_yours("tour.write", "tour_activity", activity_id)
    form = _form_of(found, place, before, filled=False)
    if not form.validate_on_submit():
        return _activity_page(form, found, place, before), INVALID
    try:
        activities.write(
            doors.db(), doors.house().vault, doors.actor(), activity_id,
            form.details(), doors.now(), seen=form.seen.data or 0,
            present=form.number_present, evaluation=form.marks,
        )  # fmt: skip
    except (ChangedMeanwhile, KeyStoreGone) as refused:
        doors.rollback()
        text, status = (
            (_("Dit kon niet worden verzegeld en is niet bewaard."), UNAVAILABLE)
            if isinstance(refused, KeyStoreGone)
            else (
                _("Iemand anders heeft dit intussen gewijzigd. Uw tekst is nog niet bewaard."),
                CONFLICT,
            )
        )
        form.form_errors = [text]
        return _activity_page(form, found, place, before), status
    doors.commit()
    doors.flash(_("Bewaard."))
    return redirect(url_for("tour.government", code=place.code), SEE_OTHER)


def _details(found: Activity) -> Details:
    read = activities.details(
        doors.db(), doors.house().vault, doors.actor(), [found.id], doors.now()
    )
    return read.get(found.id, Details())


def _needs_of(place: Place) -> tuple[str, ...]:
    """What a government said it needs, in all of its conversations."""
    spoken = [
        each.id
        for each in activities.of_codes(doors.db(), place.codes)
        if each.stage is Stage.CONVERSATION
    ]
    read = activities.details(doors.db(), doors.house().vault, doors.actor(), spoken, doors.now())
    return tuple(dict.fromkeys(need for each in read.values() for need in each.needs))


def _form_of(found: Activity, place: Place, details: Details, *, filled: bool) -> Any:
    given: dict[str, Any] = {"formdata": None} if filled else {}
    form: Any
    if found.stage is Stage.CONVERSATION:
        form = ConversationForm(**given)
    elif found.stage is Stage.TRAINING:
        form = TrainingForm(**given)
    else:
        form = session_form(_needs_of(place))(**given)
        form.offer(details.parts if filled else form.parts.lines)
    if found.stage is not Stage.CONVERSATION:
        form.keep(found.answers, found.average_tenths)
    if filled:
        form.fill(details)
        form.seen.data = found.version
        if found.stage is not Stage.CONVERSATION:
            form.fill_meeting(details, found.present, (found.answers, found.average_tenths))
    return form


def _activity_page(form: Any, found: Activity, place: Place, details: Details) -> str:
    covered = (
        needs.coverage(_needs_of(place), details.parts, details.covers)
        if found.stage is Stage.SESSION
        else []
    )
    return render_template(
        f"tour/{found.stage.value}.html",
        form=form,
        activity=found,
        place=place,
        details=details,
        covered=covered,
        names=wording.names_of([found.officer_id]),
        fewest_answers=FEWEST_ANSWERS,
    )
