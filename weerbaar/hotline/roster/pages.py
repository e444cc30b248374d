"""The roster's pages: the week, and for planners adding, replacing and removing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from wtforms import Field

from weerbaar.accounts import doors, groups
from weerbaar.accounts.models import TrailRow
from weerbaar.accounts.permissions import Permission
from weerbaar.config.clock import local
from weerbaar.face import formats
from weerbaar.hotline.roster import (
    absence_pages,
    absences,
    calendar_pages,
    handover_pages,
    history,
    holidays_nl,
    months,
    refusals,
    rules,
    swap_pages,
    tabs,
    verbs,
    weeks,
)
from weerbaar.hotline.roster.absences import Away
from weerbaar.hotline.roster.errors import (
    EndsBeforeStart,
    LeavesHole,
    NoSuchShift,
    NoSuchTier,
    NotForTheRoster,
    RosterRefused,
)
from weerbaar.hotline.roster.forms import RemoveForm, ReplaceForm, ShiftForm, TierForm
from weerbaar.hotline.roster.shift_page import candidates, shift_page
from weerbaar.hotline.roster.wording import (
    names_of,
    plans,
    shift_words,
    tier_name,
    wall,
)

__all__ = ["blueprint", "changes_of", "duties_of", "tier_name"]

READERS = "confidants"
OUTLOOK_DAYS = 7
# What the form says of a tier that rings all at once.
AT_ONCE = "1"
INVALID, SEE_OTHER = 422, 303


@dataclass(frozen=True)
class OnDuty:
    """Who has a tier now, and until when; nobody is a hole."""

    title: str
    names: tuple[str, ...]
    mine: bool
    until: object
    hole: bool


def blueprint() -> Blueprint:
    """The pages under `/roster`."""
    pages = Blueprint("roster", __name__)
    see, plan = Permission.ROSTER_SEE, Permission.ROSTER_PLAN
    for rule, name, view, permission, method in (
        ("/roster", "week", week, see, "GET"),
        ("/roster/mine", "mine", calendar_pages.mine, see, "GET"),
        ("/roster/shifts", "add", add, plan, "POST"),
        ("/roster/tiers", "ring", ring, plan, "POST"),
        ("/roster/shifts/<uuid:shift_id>", "shift", shift, see, "GET"),
        ("/roster/shifts/<uuid:shift_id>/replace", "replace", replace, plan, "POST"),
        ("/roster/shifts/<uuid:shift_id>/remove", "remove", remove, plan, "POST"),
    ):
        pages.add_url_rule(rule, name, doors.permits(permission)(view), methods=[method])
    for more in (swap_pages, absence_pages, handover_pages):
        more.add_to(pages)
    pages.app_context_processor(lambda: {"roster_tabs": tabs.tabs})
    return pages


def week() -> ResponseReturnValue:
    """One week, who is on duty now, and the days ahead; or a month, or one person."""
    other = calendar_pages.VIEWS.get(request.args.get("view", ""))
    if other is not None:
        return other()
    form = ShiftForm(formdata=None)
    if plans():
        form.tier.data = request.args.get("tier", 1, type=int)
        form.start.data, form.end.data = request.args.get("start"), request.args.get("end")
    return _week_page(_asked_monday(request.args.get("week")), form)


def add() -> ResponseReturnValue:
    """Put a shift on the roster."""
    form = ShiftForm()
    form.person.offer(candidates())
    monday = _asked_monday(form.week.data)
    if not form.validate_on_submit() or form.start.reading is None or form.end.reading is None:
        return _week_page(monday, form), INVALID
    try:
        verbs.add_shift(
            doors.db(),
            doors.actor(),
            tier=form.tier.data or 0,
            person_id=form.person.person_id,
            start=form.start.reading,
            end=form.end.reading,
            now=doors.now(),
        )
    except RosterRefused as refused:
        doors.rollback()
        _blame(_field_for(form, refused), refused)
        return _week_page(monday, form), INVALID
    doors.commit()
    doors.flash(_("De dienst staat op het rooster."))
    return _to_week(weeks.monday_of(form.start.reading.first))


def ring() -> ResponseReturnValue:
    """Say how a tier rings, from the next call on."""
    form = TierForm()
    if not form.validate_on_submit():
        return _to_week(weeks.monday_of(doors.now()))
    tier, all_at_once = form.tier.data or 0, form.all_at_once.data == AT_ONCE
    try:
        verbs.ring_all_at_once(
            doors.db(), doors.actor(), tier, all_at_once=all_at_once, now=doors.now()
        )
    except NoSuchTier:
        doors.rollback()
        return _to_week(weeks.monday_of(doors.now()))
    doors.commit()
    name = tier_name(tier)
    if all_at_once:
        doors.flash(_("%(tier)s: vanaf nu gaan alle telefoons tegelijk over.", tier=name))
    else:
        doors.flash(_("%(tier)s: vanaf nu gaan de telefoons om de beurt over.", tier=name))
    return _to_week(weeks.monday_of(doors.now()))


def shift(shift_id: UUID) -> ResponseReturnValue:
    """One shift, to hand it to another person or to take it off."""
    try:
        facts = verbs.shift(doors.db(), shift_id)
    except NoSuchShift:
        return _gone()
    return shift_page(facts)


def replace(shift_id: UUID) -> ResponseReturnValue:
    """Put another person in a shift, in one act."""
    form = ReplaceForm()
    form.person.offer(candidates())
    try:
        facts = verbs.shift(doors.db(), shift_id)
        if not form.validate_on_submit():
            return shift_page(facts, form=form), INVALID
        verbs.replace_person(
            doors.db(),
            doors.actor(),
            shift_id,
            form.person.person_id,
            now=doors.now(),
            seen=form.seen.data or 0,
        )
    except NoSuchShift:
        return _gone()
    except RosterRefused as refused:
        return _refused_shift(shift_id, form, refused)
    doors.commit()
    doors.flash(_("De dienst is overgenomen."))
    return _to_week(weeks.monday_of(facts.starts))


def remove(shift_id: UUID) -> ResponseReturnValue:
    """Take a shift off the roster; asks first when that leaves a hole."""
    form = RemoveForm()
    try:
        facts = verbs.shift(doors.db(), shift_id)
        verbs.remove_shift(
            doors.db(),
            doors.actor(),
            shift_id,
            now=doors.now(),
            seen=form.seen.data or 0,
            confirmed=bool(form.roster_version.data),
            roster_version=form.roster_version.data or None,
        )
    except NoSuchShift:
        return _gone()
    except LeavesHole as leaves:
        doors.rollback()
        return _ask_first(facts, leaves.holes)
    except RosterRefused as refused:
        return _refused_shift(shift_id, ReplaceForm(formdata=None), refused)
    doors.commit()
    doors.flash(_("De dienst is verwijderd."))
    return _to_week(weeks.monday_of(facts.starts))


def _week_page(monday: date, form: ShiftForm) -> str:
    session, now = doors.db(), doors.now()
    table = verbs.week(session, monday)
    duties = verbs.on_duty(session, now)
    ahead = verbs.people_from(session, now)
    unadmitted = ahead - groups.members(session, READERS)
    unreachable = ahead - verbs.reachable(session)
    shown = {each.person_id for row in table.rows for day in row.days for each in day}
    away = _away(table)
    names = names_of({*(each for each in shown if each), *ahead, *(one.person_id for one in away)})
    if plans():
        form.person.offer(candidates())
    form.week.data = table.code
    return render_template(
        "roster/week.html",
        week=table,
        now=now,
        days=_days(table.dates),
        away=away,
        is_away=lambda stretch: any(_meets(each, stretch) for each in away),
        previous=weeks.week_code(monday - timedelta(days=7)),
        following=weeks.week_code(monday + timedelta(days=7)),
        month=months.month_code(monday),
        is_now=monday == weeks.monday_of(now),
        on_duty=_on_duty(duties, names),
        names=names,
        unadmitted=unadmitted,
        unadmitted_names=sorted(names[person_id] for person_id in unadmitted),
        unreachable=unreachable,
        unreachable_names=sorted(names[person_id] for person_id in unreachable),
        holes=verbs.coverage(session, now, now + timedelta(days=OUTLOOK_DAYS)),
        outlook_days=OUTLOOK_DAYS,
        tier_name=tier_name,
        wall=wall,
        all_at_once=verbs.manner(session).all_at_once,
        at_once=AT_ONCE,
        me=doors.actor().person_id,
        plans=plans(),
        takes=plans() or doors.actor().person_id in verbs.takers(session),
        form=form,
    )


def _days(dates: Iterable[date]) -> list[tuple[str, bool, str]]:
    """The days of a week: what they are called, whether it is today, and which holiday."""
    days, today = list(dates), local(doors.now()).date()
    holidays = {each.day: each.name for each in holidays_nl.between(days[0], days[-1])}
    return [(format_date(day, "EEEEEE d MMM"), day == today, holidays.get(day, "")) for day in days]


def _away(table: weeks.Week) -> list[Away]:
    """Who is away in a week; for who plans nothing, himself alone."""
    found = absences.away(doors.db(), table.days[0].starts, table.days[-1].ends)
    me = doors.actor().person_id
    return [one for one in found if plans() or one.person_id == me]


def _meets(one: Away, stretch: weeks.Stretch) -> bool:
    return (
        one.person_id == stretch.person_id
        and one.starts < stretch.ends
        and stretch.starts < one.ends
    )


def _ask_first(facts: verbs.ShiftFacts, holes: Iterable[rules.Hole]) -> str:
    form = RemoveForm(formdata=None)
    form.seen.data = facts.version
    form.roster_version.data = verbs.version(doors.db())
    return render_template(
        "roster/remove.html",
        shift=facts,
        name=names_of({facts.person_id})[facts.person_id],
        holes=holes,
        tier_name=tier_name,
        form=form,
    )


def _refused_shift(
    shift_id: UUID, form: ReplaceForm, refused: RosterRefused
) -> ResponseReturnValue:
    doors.rollback()
    form.person.offer(candidates())
    _blame(form.person, refused)
    try:
        return shift_page(verbs.shift(doors.db(), shift_id), form=form), INVALID
    except NoSuchShift:
        return _gone()


def _gone() -> ResponseReturnValue:
    doors.rollback()
    doors.flash(
        _("Deze dienst staat niet (meer) op het rooster. Bekijk het rooster opnieuw."), "warning"
    )
    return redirect(url_for("roster.week"), SEE_OTHER)


def _to_week(monday: date) -> ResponseReturnValue:
    return redirect(url_for("roster.week", week=weeks.week_code(monday)), SEE_OTHER)


def _asked_monday(code: str | None) -> date:
    try:
        return weeks.read_week(code or "")
    except weeks.NoSuchWeek:
        return weeks.monday_of(doors.now())


def _on_duty(duties: list[verbs.Duty], names: dict[UUID, str]) -> list[OnDuty]:
    by_tier: dict[int, list[verbs.Duty]] = {tier: [] for tier in rules.REQUIRED_TIERS}
    for tier, those in groupby(duties, key=lambda duty: duty.tier):
        by_tier[tier] = list(those)
    me = doors.actor().person_id
    return [
        OnDuty(
            tier_name(tier),
            tuple(sorted(names[duty.person_id] for duty in those)),
            any(duty.person_id == me for duty in those),
            min((duty.ends for duty in those), default=None),
            hole=not those,
        )
        for tier, those in sorted(by_tier.items())
    ]


def duties_of(person_id: UUID) -> tuple[list[str], bool]:
    """What a person's account means for the roster, for the pages of people.

    Args:
        person_id: whose account, as it stands in this request.

    Returns:
        His shifts ahead in words, and whether he can be rung for them.
    """
    ahead = verbs.shifts_ahead(doors.db(), person_id, doors.now())
    words = [
        _(
            "%(tier)s, van %(start)s tot %(end)s",
            tier=tier_name(each.tier),
            start=formats.moment(each.starts),
            end=formats.moment(each.ends),
        )
        for each in ahead
    ]
    return words, person_id in verbs.reachable(doors.db())


def changes_of(rows: Iterable[TrailRow]) -> dict[int, tuple[str, str]]:
    """What shifts were and became, for the page of the trail.

    Args:
        rows: of the trail; those about shifts are told of, by the digest they carry.

    Returns:
        Two lines of text by the row's number.
    """
    told = {
        row.number: (UUID(row.object_id), bytes(row.digest))
        for row in rows
        if row.object_kind == history.KIND and row.object_id and row.digest is not None
    }
    kept = history.by_digest(doors.db(), {shift_id for shift_id, _digest in told.values()})
    found = {number: kept[digest] for number, (_id, digest) in told.items() if digest in kept}
    names = names_of(history.people_in(found.values()))
    return {
        number: (shift_words(change.before, names), shift_words(change.after, names))
        for number, change in found.items()
    }


def _field_for(form: ShiftForm, refused: RosterRefused) -> Field:
    if isinstance(refused, NoSuchTier):
        return form.tier
    if isinstance(refused, EndsBeforeStart):
        return form.end
    return form.person if isinstance(refused, NotForTheRoster) else form.start


def _blame(field: Field, refused: RosterRefused) -> None:
    field.errors = [*field.errors, refusals.text_of(refused)]
