"""The pages of rotations: the list, one of them, and changes that are shown first."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from weerbaar.accounts import doors, people
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.config.clock import local
from weerbaar.hotline.roster import (
    fairness,
    rotation_blocks,
    rotation_edits,
    rotation_rows,
    rotation_words,
    rotations,
    verbs,
)
from weerbaar.hotline.roster.hours_pages import limits_of
from weerbaar.hotline.roster.rest import Warned
from weerbaar.hotline.roster.rotation_blocks import Pattern, RuleRefused
from weerbaar.hotline.roster.rotation_forms import (
    JoinForm,
    LeaveForm,
    RotationForm,
    StopForm,
    for_people,
)
from weerbaar.hotline.roster.rotation_plans import Difference
from weerbaar.hotline.roster.rotation_proposals import Alter, Begin, Join, Leave, Proposal, Stop
from weerbaar.hotline.roster.rotation_rows import NoSuchRotation, Rotation
from weerbaar.hotline.roster.rotation_rules import Phase, Turns
from weerbaar.hotline.roster.rotations import DifferenceMoved, Preview
from weerbaar.hotline.roster.rules import Interval
from weerbaar.hotline.roster.wording import names_of, rest_words, tier_name

INVALID, SEE_OTHER = 422, 303
TURNS_SHOWN = 12
LINES_OPEN = 30
HOLES_SHOWN = 10

ProposalForm = RotationForm | JoinForm | LeaveForm | StopForm


def blueprint() -> Blueprint:
    """The pages under `/roster/rotations`."""
    pages = Blueprint("rotations", __name__)
    see, plan = Permission.ROSTER_SEE, Permission.ROSTER_PLAN
    root = "/roster/rotations"
    one = f"{root}/<uuid:rotation_id>"
    for rule, name, view, permission, methods in (
        (root, "listing", listing, see, ["GET"]),
        (f"{root}/new", "new", new, plan, ["GET", "POST"]),
        (f"{root}/generate", "generate", generate, plan, ["POST"]),
        (one, "rotation", rotation, see, ["GET"]),
        (f"{one}/change", "change", change, plan, ["GET", "POST"]),
        (f"{one}/join", "join", join, plan, ["POST"]),
        (f"{one}/leave", "leave", leave, plan, ["POST"]),
        (f"{one}/stop", "stop", stop, plan, ["POST"]),
    ):
        pages.add_url_rule(rule, name, doors.permits(permission)(view), methods=methods)
    return pages


def listing() -> ResponseReturnValue:
    """All rotations, those that are over last."""
    today = _today()
    every = rotation_rows.every(doors.db())
    lines = sorted(
        ((one, rotation_edits.phase_on(one.rule, today)) for one in every),
        key=lambda each: each[1].tier,
    )
    return render_template(
        "roster/rotations.html",
        running=[each for each in lines if not each[0].is_over(today)],
        over=[each for each in lines if each[0].is_over(today)],
        people=lambda one: _named(rotation_edits.people_on(one.rule, today)),
        troubles={one.id: len(rotations.troubles(doors.db(), one, today)) for one in every},
        patterns=rotation_words.patterns(),
        pattern_of=rotation_blocks.pattern_of,
        own=Pattern.OWN,
        tier_name=tier_name,
        weeks=_weeks(),
        plans=_plans(),
    )


def rotation(rotation_id: UUID) -> ResponseReturnValue:
    """One rotation: when, who, what changes, and its next turns."""
    try:
        found = rotation_rows.find(doors.db(), rotation_id)
    except NoSuchRotation:
        return _gone()
    return _rotation_page(found)


def new() -> ResponseReturnValue:
    """A new rotation."""
    form = _rotation_form()
    if request.method == "GET":
        pattern = _asked_pattern()
        if pattern is None:
            return render_template(
                "roster/rotation_patterns.html", patterns=rotation_words.offered()
            )
        form.blocks.data = "\n".join(rotation_words.blocks(rotation_blocks.usual(pattern)))
        form.from_on.data = _today().isoformat()
        return _form_page(form, None)
    return _settle(form, None, lambda: Begin(*_phase(form)), lambda: _form_page(form, None))


def change(rotation_id: UUID) -> ResponseReturnValue:
    """Another order, other times or another end, from a day on."""
    try:
        found = rotation_rows.find(doors.db(), rotation_id)
    except NoSuchRotation:
        return _gone()
    form = _rotation_form(found)
    if request.method == "GET":
        _fill(form, found)
        return _form_page(form, found)
    return _settle(form, found, lambda: Alter(*_phase(form)), lambda: _form_page(form, found))


def join(rotation_id: UUID) -> ResponseReturnValue:
    """One person more."""
    form = JoinForm()
    form.person.offer(_candidates())
    return _settle_small(
        rotation_id, form, lambda: Join(form.person.person_id, _day(form.from_on.day))
    )


def leave(rotation_id: UUID) -> ResponseReturnValue:
    """One person less."""
    form = LeaveForm()
    try:
        found = rotation_rows.find(doors.db(), rotation_id)
    except NoSuchRotation:
        return _gone()
    form.person.offer(_members(found))
    return _settle_small(
        rotation_id, form, lambda: Leave(form.person.person_id, _day(form.from_on.day))
    )


def stop(rotation_id: UUID) -> ResponseReturnValue:
    """The last day of a rotation."""
    form = StopForm()
    return _settle_small(rotation_id, form, lambda: Stop(_day(form.end_on.day)))


def generate() -> ResponseReturnValue:
    """Fill the roster ahead; what stands is left alone."""
    added = rotations.generate(doors.db(), doors.actor(), now=doors.now(), weeks=_weeks())
    doors.commit()
    if added:
        doors.flash(
            ngettext(
                "Er is %(num)d dienst bijgekomen.", "Er zijn %(num)d diensten bijgekomen.", added
            )
        )
    else:
        doors.flash(_("Het rooster is al gevuld."))
    return redirect(url_for("rotations.listing"), SEE_OTHER)


# ---- shown first, then done --------------------------------------------------------------------


def _settle_small(
    rotation_id: UUID, form: JoinForm | LeaveForm | StopForm, proposal: Callable[[], Proposal]
) -> ResponseReturnValue:
    try:
        found = rotation_rows.find(doors.db(), rotation_id)
    except NoSuchRotation:
        return _gone()
    return _settle(form, found, proposal, lambda: _rotation_page(found, form))


def _settle(
    form: ProposalForm,
    found: Rotation | None,
    proposal: Callable[[], Proposal],
    again: Callable[[], str],
) -> ResponseReturnValue:
    """Show what a form would do; do it when it comes back with what was shown."""
    if not form.validate_on_submit():
        return again(), INVALID
    if form.back.data:
        return again()
    rotation_id = None if found is None else found.id
    try:
        if not form.shown.data:
            seen = rotations.preview(
                doors.db(), rotation_id, proposal(), now=doors.now(), weeks=_weeks()
            )
            return _preview_page(form, found, seen)
        rotation_id, difference = rotations.carry_out(
            doors.db(),
            doors.actor(),
            rotation_id,
            proposal(),
            shown=form.shown.data,
            now=doors.now(),
            weeks=_weeks(),
        )
    except RuleRefused as refused:
        doors.rollback()
        _blame(form, refused)
        return again(), INVALID
    except DifferenceMoved as moved:
        doors.rollback()
        return _preview_page(form, found, moved.shown, moved=True), INVALID
    doors.commit()
    changed = len(difference.changes)
    doors.flash(
        ngettext(
            "De ronde is bewaard. Er is %(num)d dienst gewijzigd.",
            "De ronde is bewaard. Er zijn %(num)d diensten gewijzigd.",
            changed,
        )
    )
    return redirect(url_for("rotations.rotation", rotation_id=rotation_id), SEE_OTHER)


def _preview_page(
    form: ProposalForm, found: Rotation | None, seen: Preview, *, moved: bool = False
) -> str:
    form.shown.data = seen.mark
    difference = seen.difference
    mentioned = {*difference.before, *difference.after}
    mentioned |= {shift.person_id for shift in difference.gone}
    for line in difference.lines:
        mentioned |= {each for each in (line.before, line.after, line.holder) if each is not None}
    names = names_of(mentioned)
    tired = _less_rest(difference, seen)
    counts = sorted(
        (names[person_id], difference.before.get(person_id, 0), difference.after.get(person_id, 0))
        for person_id in {*difference.before, *difference.after}
    )
    return render_template(
        "roster/rotation_preview.html",
        form=form,
        rotation=found,
        seen=seen,
        difference=difference,
        counts=counts,
        names=names,
        moved=moved,
        lapses=found is not None and _lapses(found, form),
        lines_open=LINES_OPEN,
        holes_shown=HOLES_SHOWN,
        tired=[rest_words(each, names_of({each.person_id})) for each in tired[:HOLES_SHOWN]],
        more_tired=max(0, len(tired) - HOLES_SHOWN),
        words=rotation_words,
        tier_name=tier_name,
    )


def _less_rest(difference: Difference, seen: Preview) -> list[Warned]:
    """Where somebody would have too little rest by this change, and has not now."""
    stretch = Interval(doors.now(), seen.until)
    limits = limits_of(doors.house().settings)
    known = fairness.warnings(doors.db(), stretch, limits)
    return [
        each
        for each in fairness.warnings(
            doors.db(), stretch, limits,
            added=[turn.placed for turn in difference.added], gone=set(difference.gone),
        )
        if each not in known
    ]  # fmt: skip


def _lapses(found: Rotation, form: ProposalForm) -> bool:
    """Whether something was planned after this change, which lapses by it."""
    if isinstance(form, StopForm):
        return False
    return rotation_edits.lapsed(found.rule, _day(form.from_on.day)) != found.rule


def _blame(form: ProposalForm, refused: RuleRefused) -> None:
    field = form.end_on if isinstance(form, StopForm) else form.from_on
    if isinstance(refused, rotation_edits.EndsBeforeItStarts) and isinstance(form, RotationForm):
        field = form.end_on
    if isinstance(refused, rotation_edits.AlreadyInOrder | rotation_edits.NotInOrder) and (
        isinstance(form, JoinForm | LeaveForm)
    ):
        form.person.errors = [*form.person.errors, rotation_words.refused(refused)]
        return
    field.errors = [*field.errors, rotation_words.refused(refused)]


# ---- pages -------------------------------------------------------------------------------------


def _rotation_page(found: Rotation, sent: JoinForm | LeaveForm | StopForm | None = None) -> str:
    session, now, today = doors.db(), doors.now(), _today()
    phase = rotation_edits.phase_on(found.rule, today)
    turns = rotations.next_turns(session, found.id, now, TURNS_SHOWN)
    order = rotation_edits.people_on(found.rule, today)
    mentioned = {
        *order,
        *(turn.person_id for turn in turns),
        *(person_id for each in found.rule.phases for person_id in each.order),
        *(event.person_id for each in found.rule.phases for event in each.events),
    }
    names = names_of(mentioned)
    forms = [JoinForm(formdata=None), LeaveForm(formdata=None), StopForm(formdata=None)]
    for number, each in enumerate(forms):
        if isinstance(sent, type(each)):
            forms[number] = sent
    joining, leaving, stopping = forms
    if isinstance(joining, JoinForm) and isinstance(leaving, LeaveForm):
        joining.person.offer(each for each in _candidates() if each[0] not in order)
        leaving.person.offer(_members(found))
    return render_template(
        "roster/rotation.html",
        rotation=found,
        phase=phase,
        order=order,
        names=names,
        troubles=rotations.troubles(session, found, today),
        ahead=rotation_words.ahead(found.rule, today, names),
        turns=turns,
        over=found.is_over(today),
        name=rotation_words.name_of(found.rule, today),
        words=rotation_words,
        me=doors.actor().person_id,
        plans=_plans(),
        joining=joining,
        leaving=leaving,
        stopping=stopping,
        sent=sent,
    )


def _form_page(form: RotationForm, found: Rotation | None) -> str:
    form.shown.data = form.back.data = ""
    return render_template("roster/rotation_form.html", form=form, rotation=found)


def _rotation_form(found: Rotation | None = None) -> RotationForm:
    candidates = dict(_candidates())
    if found is not None:
        # Whoever has left and still stands in the order is shown, so that he can be taken out.
        candidates |= names_of(rotation_edits.people_on(found.rule, _today()))
    ordered = sorted(candidates.items(), key=lambda each: each[1])
    return for_people(ordered)()


def _fill(form: RotationForm, found: Rotation) -> None:
    day = max(_today() + timedelta(days=1), found.rule.phases[0].from_on)
    phase = rotation_edits.phase_on(found.rule, day)
    form.from_on.data = day.isoformat()
    form.end_on.data = found.rule.end_on.isoformat() if found.rule.end_on else ""
    form.tier.data = phase.tier
    form.blocks.data = "\n".join(rotation_words.blocks(phase.blocks))
    form.turns.data = phase.turns.value
    form.give_places(rotation_edits.people_on(found.rule, day))


def _phase(form: RotationForm) -> tuple[Phase, date | None]:
    phase = Phase(
        from_on=_day(form.from_on.day),
        tier=form.tier.data or 0,
        blocks=form.blocks.blocks,
        turns=Turns(form.turns.data),
        order=form.order,
    )
    return phase, form.end_on.day


def _day(day: date | None) -> date:
    if day is None:
        raise LookupError("a form without its day was validated")
    return day


def _asked_pattern() -> Pattern | None:
    try:
        return Pattern(request.args.get("pattern", ""))
    except ValueError:
        return None


def _gone() -> ResponseReturnValue:
    doors.rollback()
    doors.flash(_("Deze ronde bestaat niet."), "warning")
    return redirect(url_for("rotations.listing"), SEE_OTHER)


def _today() -> date:
    return local(doors.now()).date()


def _weeks() -> int:
    return doors.house().settings.roster_weeks


def _plans() -> bool:
    return allows(doors.actor().roles, Permission.ROSTER_PLAN)


def _candidates() -> list[tuple[UUID, str]]:
    cards = people.cards(doors.db(), doors.house().vault, verbs.takers(doors.db()))
    return [(card.id, card.name) for card in cards.values()]


def _members(found: Rotation) -> list[tuple[UUID, str]]:
    """Who is in a rotation today, or will be."""
    days = [_today(), *(phase.from_on for phase in found.rule.phases)]
    days += [event.from_on for phase in found.rule.phases for event in phase.events]
    everybody = {
        person_id
        for day in days
        if day >= _today()
        for person_id in rotation_edits.people_on(found.rule, day)
    }
    return sorted(names_of(everybody).items(), key=lambda each: each[1])


def _named(person_ids: tuple[UUID, ...]) -> list[str]:
    names = names_of(person_ids)
    return [names[person_id] for person_id in person_ids]
