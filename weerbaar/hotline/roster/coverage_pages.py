"""The page that looks ahead: holes, thin spots, holidays, and how many people each tier needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from weerbaar.accounts import doors, people
from weerbaar.accounts.permissions import Permission, allows
from weerbaar.config.clock import local
from weerbaar.hotline.roster import (
    coverage,
    coverage_depths,
    coverage_words,
    holidays_nl,
    months,
    tabs,
    verbs,
    weeks,
)
from weerbaar.hotline.roster.coverage_forms import NeedForm
from weerbaar.hotline.roster.coverage_rules import FIRST_LINE, Depths, Hours, Thin
from weerbaar.hotline.roster.errors import NoSuchHours, RosterRefused
from weerbaar.hotline.roster.rules import Hole
from weerbaar.hotline.roster.wording import tier_name, wall

AHEAD = timedelta(days=28)
HOLIDAYS_AHEAD = timedelta(days=365)
INVALID, SEE_OTHER = 422, 303


@dataclass(frozen=True)
class Unready:
    """Somebody on the roster who does not count in full, and why."""

    name: str
    mine: bool
    why: str


@dataclass(frozen=True)
class ThinAhead:
    """Thin spots of one tier for the same reasons: the first one, and how many more there are."""

    first: Thin
    more: int


@dataclass(frozen=True)
class HolidayAhead:
    """A public holiday, and whether the first line has somebody all day."""

    day: date
    name: str
    is_filled: bool


@dataclass(frozen=True)
class Tier:
    """How many people a tier needs, all the time and in stated hours."""

    tier: int
    always: int
    hours: tuple[Hours, ...]


def blueprint() -> Blueprint:
    """The pages under `/roster/cover`."""
    pages = Blueprint("cover", __name__)
    see, plan = Permission.ROSTER_SEE, Permission.ROSTER_PLAN
    for rule, name, view, permission, method in (
        ("/roster/cover", "ahead", ahead, see, "GET"),
        ("/roster/cover/needs", "need", need, plan, "POST"),
        ("/roster/cover/hours/<uuid:hours_id>/remove", "forget", forget, plan, "POST"),
    ):
        pages.add_url_rule(rule, name, doors.permits(permission)(view), methods=[method])
    return pages


def ahead() -> ResponseReturnValue:
    """The four weeks ahead, the holidays of a year, and the needs."""
    return _page(NeedForm(formdata=None))


def need() -> ResponseReturnValue:
    """Say how many people a tier needs."""
    form = NeedForm()
    if not form.validate_on_submit():
        return _page(form), INVALID
    session, actor, now = doors.db(), doors.actor(), doors.now()
    try:
        if form.is_for_hours:
            coverage_depths.require_in_hours(session, actor, form.hours(), now)
        else:
            tier, depth = form.tier.data or 0, form.depth.data or 0
            coverage_depths.require(session, actor, tier, depth, now)
    except RosterRefused:
        doors.rollback()
        form.depth.errors = [_("Dit aantal kan niet.")]
        return _page(form), INVALID
    doors.commit()
    doors.flash(_("Het aantal is opgeslagen."))
    return redirect(url_for("cover.ahead", _anchor="needs"), SEE_OTHER)


def forget(hours_id: UUID) -> ResponseReturnValue:
    """Take stated hours away."""
    try:
        coverage_depths.forget_hours(doors.db(), doors.actor(), hours_id, doors.now())
    except NoSuchHours:
        doors.rollback()
    else:
        doors.commit()
    doors.flash(_("Deze uren gelden niet meer apart."))
    return redirect(url_for("cover.ahead", _anchor="needs"), SEE_OTHER)


def _page(form: NeedForm) -> str:
    session, now = doors.db(), doors.now()
    seen = coverage.outlook(session, now, now + AHEAD)
    return render_template(
        "roster/cover.html",
        days=AHEAD.days,
        holes=seen.holes,
        thin=_alike(seen.thin),
        reasons=coverage_words.reasons,
        unready=_unready(now),
        holidays=_holidays(now),
        tiers=_tiers(coverage_depths.stated(session)),
        weekdays=coverage_words.weekdays,
        tier_name=tier_name,
        week_of=months.code_of,
        week_code=weeks.week_code,
        wall=wall,
        plans=allows(doors.actor().roles, Permission.ROSTER_PLAN),
        roster_tabs=tabs.tabs,
        form=form,
    )


def _alike(spots: Iterable[Thin]) -> list[ThinAhead]:
    found: dict[object, list[Thin]] = {}
    for spot in spots:
        found.setdefault((spot.tier, spot.have, spot.need, spot.reasons), []).append(spot)
    return [ThinAhead(those[0], len(those) - 1) for those in found.values()]


def _unready(now: datetime) -> list[Unready]:
    session, me = doors.db(), doors.actor().person_id
    on_roster = {one.person_id for one in verbs.between(session, now, now + AHEAD)}
    flawed = coverage.flaws(session, on_roster, now)
    cards = people.cards(session, doors.house().vault, set(flawed))
    found = [
        Unready(card.name, person_id == me, coverage_words.reasons(sorted(flawed[person_id])))
        for person_id, card in cards.items()
    ]
    return sorted(found, key=lambda one: (not one.mine, one.name))


def _holidays(now: datetime) -> list[HolidayAhead]:
    today = local(now).date()
    days = holidays_nl.between(today, today + HOLIDAYS_AHEAD)
    if not days:
        return []
    start, end = days[0].hours.starts, days[-1].hours.ends
    holes = verbs.coverage(doors.db(), max(start, now), max(end, now), {FIRST_LINE})
    return [HolidayAhead(one.day, one.name, not _touched(one, holes)) for one in days]


def _touched(holiday: holidays_nl.Holiday, holes: Iterable[Hole]) -> bool:
    hours = holiday.hours
    return any(hole.starts < hours.ends and hours.starts < hole.ends for hole in holes)


def _tiers(depths: Depths) -> list[Tier]:
    stated = {*depths.tiers, *depths.always, *(one.tier for one in depths.hours)}
    return [
        Tier(tier, depths.of(tier), tuple(one for one in depths.hours if one.tier == tier))
        for tier in sorted(stated)
    ]
