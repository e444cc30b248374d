"""The directory of trainers, one trainer, who does what, and what it costs."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange, Optional

from weerbaar.accounts import doors
from weerbaar.accounts.permissions import Permission
from weerbaar.config.clock import local
from weerbaar.face.fields import DayField
from weerbaar.face.forms import Form
from weerbaar.tour import absences, activities, places, trainers, wording
from weerbaar.tour.absences import Hindrance
from weerbaar.tour.errors import (
    NoSuchActivity,
    NoSuchTrainer,
    NotForTrainers,
    TrainerAway,
    TrainerBusy,
)
from weerbaar.tour.forms import SelectChoice, SelectField, _l, _line
from weerbaar.tour.trainers import Card

SEE_OTHER, INVALID = 303, 422
FIRST_YEAR, LAST_YEAR = 2020, 2100
MOST_EUROS = 100_000


class TrainerForm(Form):
    """Who a trainer is."""

    name = _line(_l("Naam"), validators=[InputRequired(_l("Vul de naam in."))])
    mail = _line(_l("E-mail"))
    phone = _line(_l("Telefoon"))
    subjects = _line(_l("Waarin gespecialiseerd?"))

    @property
    def card(self) -> Card:
        """What was filled in, after validation."""
        name, mail, phone, subjects = (
            (each.data or "").strip() for each in (self.name, self.mail, self.phone, self.subjects)
        )
        return Card(name, mail, phone, subjects)


class AwayForm(Form):
    """Days on which a trainer cannot come."""

    first = DayField(_l("Eerste dag"), validators=[InputRequired(_l("Vul een dag in."))])
    last = DayField(_l("Laatste dag"), validators=[InputRequired(_l("Vul een dag in."))])

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field, then whether the days run forward."""
        sound = bool(super().validate(extra_validators))
        first, last = self.first.day, self.last.day
        if first is not None and last is not None and last < first:
            text = str(_l("De laatste dag ligt voor de eerste."))
            self.last.errors = [*self.last.errors, text]
            return False
        return sound


class AssignTrainerForm(Form):
    """Who does a session or a training, and for how much."""

    trainer = SelectField(_l("Trainer"), validators=[InputRequired(_l("Kies een trainer."))])
    fee = IntegerField(
        _l("Kosten in hele euro's"),
        validators=[
            Optional(),
            NumberRange(0, MOST_EUROS, _l("Vul een bedrag van 0 tot en met 100000 in.")),
        ],
    )
    instead_of = SelectField(_l("In plaats van"), validators=[Optional()])

    def offer(
        self, found: list[trainers.Trainer], hindered: Iterable[tuple[UUID, str]] = ()
    ) -> None:
        """Set whom one can choose, and who cannot do it; the first of those is the usual one."""
        self.trainer.choices = [
            SelectChoice("", str(_l("Kies een trainer"))),
            *(SelectChoice(str(each.id), each.card.name) for each in found),
        ]
        others = [SelectChoice(str(trainer_id), name) for trainer_id, name in hindered]
        self.instead_of.choices = [*others, SelectChoice("", str(_l("niemand: erbij")))]

    @property
    def replaced(self) -> UUID | None:
        """Who does it no longer, after validation."""
        return UUID(self.instead_of.data) if self.instead_of.data else None


def add_to(pages: Blueprint) -> None:
    """Give the blueprint of the tour the pages of this file."""
    see = doors.permits(Permission.TOUR_SEE)
    own = "/tour/trainers/<uuid:trainer_id>"
    of_activity = "/tour/activities/<uuid:activity_id>/trainers"
    for rule, name, view, method in (
        ("/tour/trainers", "trainers", listing, "GET"),
        ("/tour/trainers", "add_trainer", add, "POST"),
        (own, "trainer", trainer, "GET"),
        (own, "change_trainer", change, "POST"),
        (f"{own}/end", "end_trainer", end, "POST"),
        (f"{own}/away", "trainer_away", away, "POST"),
        ("/tour/away/<uuid:away_id>/remove", "trainer_back", back, "POST"),
        (of_activity, "activity_trainers", activity_trainers, "GET"),
        (of_activity, "assign_trainer", assign, "POST"),
        (f"{of_activity}/<uuid:trainer_id>/remove", "take_trainer_off", take_off, "POST"),
        ("/tour/costs", "costs", costs, "GET"),
    ):
        pages.add_url_rule(rule, name, see(view), methods=[method])


def listing() -> ResponseReturnValue:
    """Every trainer who works."""
    return _list_page(TrainerForm(formdata=None))


def _list_page(form: TrainerForm) -> str:
    ended = request.args.get("ended") == "yes"
    return render_template(
        "tour/trainers.html",
        trainers=trainers.directory(doors.db(), doors.house().vault, ended=ended),
        ended=ended,
        form=form,
    )


def add() -> ResponseReturnValue:
    """A new trainer."""
    form = TrainerForm()
    if not form.validate_on_submit():
        return _list_page(form), INVALID
    trainers.put(doors.db(), doors.house().vault, doors.actor(), form.card, doors.now())
    doors.commit()
    doors.flash(_("De trainer is toegevoegd."))
    return redirect(url_for("tour.trainers"), SEE_OTHER)


def trainer(trainer_id: UUID) -> ResponseReturnValue:
    """One trainer: who he is, when he cannot come, what he does."""
    return _trainer_page(trainer_id, None, AwayForm(formdata=None))


def _trainer_page(trainer_id: UUID, form: TrainerForm | None, away_form: AwayForm) -> str:
    session = doors.db()
    try:
        found = trainers.one(session, doors.house().vault, trainer_id)
    except NoSuchTrainer:
        doors.not_yours("tour.trainer", "tour_trainer", trainer_id)
    if form is None:
        form = TrainerForm(formdata=None, obj=found.card)
    doing = trainers.assignments(session, trainer_id=trainer_id)
    touched = absences.hindrances(session, trainer_id=trainer_id)
    return render_template(
        "tour/trainer.html",
        trainer=found,
        form=form,
        away_form=away_form,
        aways=absences.of_trainer(session, trainer_id, local(doors.now()).date()),
        doing=doing,
        places={each.code: places.shown(each.code) for each in doing},
        **hindered(touched),
    )


def hindered(found: list[Hindrance]) -> dict[str, Any]:
    """What `tour/hindered.html` shows: who cannot do what, and who of us sees to it."""
    session, vault = doors.db(), doors.house().vault
    every = trainers.directory(session, vault, ended=True) if found else []
    return {
        "hindered": found,
        "hindered_places": {each.activity.code: places.shown(each.activity.code) for each in found},
        "trainer_names": {each.id: each.card.name for each in every},
        "officer_names": wording.names_of(each.activity.officer_id for each in found),
    }


def _say_touched(touched: list[Hindrance]) -> None:
    if touched:
        text = ngettext(
            "Voor %(num)d sessie of training is een andere trainer nodig.",
            "Voor %(num)d sessies en trainingen is een andere trainer nodig.",
            len(touched),
        )
        doors.flash(text, "warning")


def change(trainer_id: UUID) -> ResponseReturnValue:
    """Write down who he is."""
    form = TrainerForm()
    if not form.validate_on_submit():
        return _trainer_page(trainer_id, form, AwayForm(formdata=None)), INVALID
    try:
        trainers.put(
            doors.db(), doors.house().vault, doors.actor(), form.card, doors.now(), trainer_id
        )
    except NoSuchTrainer:
        doors.not_yours("tour.trainer", "tour_trainer", trainer_id)
    doors.commit()
    doors.flash(_("Bewaard."))
    return redirect(url_for("tour.trainer", trainer_id=trainer_id), SEE_OTHER)


def end(trainer_id: UUID) -> ResponseReturnValue:
    """He works for the tour no longer."""
    try:
        touched = absences.end(doors.db(), doors.actor(), trainer_id, doors.now())
    except NoSuchTrainer:
        doors.not_yours("tour.trainer_end", "tour_trainer", trainer_id)
    doors.commit()
    doors.flash(_("De trainer kan niet meer worden gekozen."))
    _say_touched(touched)
    if touched:
        return redirect(url_for("tour.trainer", trainer_id=trainer_id), SEE_OTHER)
    return redirect(url_for("tour.trainers"), SEE_OTHER)


def away(trainer_id: UUID) -> ResponseReturnValue:
    """Days on which he cannot come."""
    form = AwayForm()
    if not form.validate_on_submit() or form.first.day is None or form.last.day is None:
        return _trainer_page(trainer_id, None, form), INVALID
    try:
        touched = absences.away(
            doors.db(), doors.actor(), trainer_id, form.first.day, form.last.day, doors.now()
        )
    except NoSuchTrainer:
        doors.not_yours("tour.away", "tour_trainer", trainer_id)
    doors.commit()
    _say_touched(touched)
    return redirect(url_for("tour.trainer", trainer_id=trainer_id), SEE_OTHER)


def back(away_id: UUID) -> ResponseReturnValue:
    """He can come after all."""
    try:
        trainer_id = absences.back(doors.db(), doors.actor(), away_id, doors.now())
    except NoSuchTrainer:
        doors.not_yours("tour.away_off", "tour_trainer", away_id)
    doors.commit()
    return redirect(url_for("tour.trainer", trainer_id=trainer_id), SEE_OTHER)


def _form(activity_id: UUID, *, submitted: bool) -> AssignTrainerForm:
    form = AssignTrainerForm() if submitted else AssignTrainerForm(formdata=None)
    session, vault = doors.db(), doors.house().vault
    every = trainers.directory(session, vault, ended=True)
    names = {each.id: each.card.name for each in every}
    wrong = {each.trainer_id for each in absences.hindrances(session, activity_id=activity_id)}
    form.offer(
        [each for each in every if each.ended_day is None],
        [(each, names[each]) for each in sorted(wrong, key=lambda each: names[each])],
    )
    return form


def activity_trainers(activity_id: UUID) -> ResponseReturnValue:
    """Who does a session or a training."""
    return _assign_page(activity_id, _form(activity_id, submitted=False))


def _assign_page(activity_id: UUID, form: AssignTrainerForm) -> str:
    try:
        found = activities.one(doors.db(), activity_id)
    except NoSuchActivity:
        doors.not_yours("tour.trainer_on", "tour_activity", activity_id)
    every = trainers.directory(doors.db(), doors.house().vault, ended=True)
    return render_template(
        "tour/assign_trainer.html",
        activity=found,
        place=places.shown(found.code),
        assigned=trainers.assignments(doors.db(), activity_id=activity_id),
        names={each.id: each.card.name for each in every},
        hindered={
            each.trainer_id: each.why
            for each in absences.hindrances(doors.db(), activity_id=activity_id)
        },
        form=form,
    )


def assign(activity_id: UUID) -> ResponseReturnValue:
    """Let a trainer do it."""
    form = _form(activity_id, submitted=True)
    if not form.validate_on_submit():
        return _assign_page(activity_id, form), INVALID
    try:
        trainers.assign(
            doors.db(), doors.actor(), activity_id, UUID(form.trainer.data), form.fee.data,
            doors.now(), instead_of=form.replaced,
        )  # fmt: skip
    except NoSuchActivity:
        doors.not_yours("tour.trainer_on", "tour_activity", activity_id)
    except (NoSuchTrainer, NotForTrainers, TrainerAway, TrainerBusy) as refused:
        doors.rollback()
        text = {
            NoSuchTrainer: _("Deze trainer kan niet meer worden gekozen."),
            NotForTrainers: _("Hier hoort geen trainer bij."),
            TrainerAway: _("Deze trainer kan niet op die dag."),
            TrainerBusy: _("Deze trainer heeft op die dag al iets anders."),
        }[type(refused)]
        form.trainer.errors = [*form.trainer.errors, text]
        return _assign_page(activity_id, form), INVALID
    doors.commit()
    return redirect(url_for("tour.activity_trainers", activity_id=activity_id), SEE_OTHER)


def take_off(activity_id: UUID, trainer_id: UUID) -> ResponseReturnValue:
    """Let a trainer not do it."""
    try:
        trainers.take_off(doors.db(), doors.actor(), activity_id, trainer_id, doors.now())
    except NoSuchTrainer:
        doors.not_yours("tour.trainer_off", "tour_activity", activity_id)
    doors.commit()
    return redirect(url_for("tour.activity_trainers", activity_id=activity_id), SEE_OTHER)


def costs() -> ResponseReturnValue:
    """What trainers cost in a year, against the budget."""
    present = local(doors.now()).year
    asked = request.args.get("year", "")
    known = asked.isascii() and asked.isdigit() and FIRST_YEAR <= int(asked) <= LAST_YEAR
    year = int(asked) if known else present
    found = trainers.costs(doors.db(), year)
    every = trainers.directory(doors.db(), doors.house().vault, ended=True)
    return render_template(
        "tour/costs.html",
        found=found,
        years=(year - 1, year, year + 1),
        budget=doors.house().settings.tour_budget_euros,
        places={each.code: places.shown(each.code) for each in found.lines},
        names={each.id: each.card.name for each in every},
    )
