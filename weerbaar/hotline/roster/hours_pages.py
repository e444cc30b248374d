"""The page `/roster/hours`: who has how much, for planners of everybody, else of oneself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from weerbaar.accounts import doors, people
from weerbaar.accounts.permissions import Permission
from weerbaar.config.settings import Settings
from weerbaar.face import spreadsheets
from weerbaar.hotline.roster import fairness, months
from weerbaar.hotline.roster.forms import MonthsForm
from weerbaar.hotline.roster.hours import Share
from weerbaar.hotline.roster.rest import Limits
from weerbaar.hotline.roster.wording import hours_text, names_of, plans, rest_words

INVALID = 422
# Longer than two years nobody compares, and every month is reckoned apart in an export.
MOST_MONTHS = 24
HEADER = (
    "month", "email", "name", "shifts", "hours", "hours_first_line", "hours_backup",
    "night_hours", "weekend_hours", "holiday_hours", "nights", "weekends", "holidays", "calls",
)  # fmt: skip
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Line:
    """One person on the page."""

    name: str
    share: Share
    calls: int
    mine: bool


def blueprint() -> Blueprint:
    """The pages under `/roster/hours`."""
    pages = Blueprint("hours", __name__)
    see, plan = doors.permits(Permission.ROSTER_SEE), doors.permits(Permission.ROSTER_PLAN)
    pages.add_url_rule("/roster/hours", "hours", see(hours), methods=["GET"])
    pages.add_url_rule("/roster/hours/hours.<kind>", "export", plan(export), methods=["GET"])
    return pages


def hours() -> ResponseReturnValue:
    """The table of a period, and where there is too little rest."""
    form, first, last = _asked()
    stretch = fairness.period(first, last)
    calls = _calls(first, last)
    me, everybody = doors.actor().person_id, plans()
    found = [
        each
        for each in fairness.shares(doors.db(), stretch, doors.now())
        if everybody or each.person_id == me
    ]
    warned = [
        each
        for each in fairness.warnings(doors.db(), stretch, limits_of(doors.house().settings))
        if everybody or each.person_id == me
    ]
    names = names_of({each.person_id for each in (*found, *warned)})
    lines = [
        Line(
            names[each.person_id],
            each,
            sum(count for (person, _month), count in calls.items() if person == each.person_id),
            each.person_id == me,
        )
        for each in found
    ]
    page = render_template(
        "roster/hours.html",
        form=form,
        lines=sorted(lines, key=lambda line: line.name.casefold()),
        warned=[rest_words(each, names) for each in warned],
        title=_title(first, last),
        first=months.month_code(first),
        last=months.month_code(last),
        hours_text=hours_text,
        plans=everybody,
    )
    return page, INVALID if form.errors else 200


def export(kind: str) -> ResponseReturnValue:
    """The same for every month of the period, for who pays; a person has a line a month."""
    if kind not in KINDS:
        abort(404)
    form, first, last = _asked()
    if form.errors:
        abort(404)
    rows = list(_rows(first, last))
    if kind == "csv":
        content = spreadsheets.to_csv(HEADER, rows)
    else:
        content = spreadsheets.to_xlsx("hours", HEADER, rows)
    return download(content, kind, f"uren-{months.month_code(first)}-{months.month_code(last)}")


def download(content: bytes, kind: str, name: str) -> Response:
    """A file to keep.

    Args:
        content: what is in it.
        kind: `csv` or `xlsx`.
        name: what it is called, without its ending; no name of anybody.
    """
    response = Response(content, content_type=KINDS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def limits_of(settings: Settings) -> Limits:
    """What counts as enough rest in this installation."""
    return Limits(timedelta(hours=settings.roster_rest_hours), settings.roster_days_in_a_row)


def _rows(first: date, last: date) -> Iterator[list[spreadsheets.Cell]]:
    calls, month = _calls(first, last), first
    cards = people.cards(doors.db(), doors.house().vault)
    while month <= last:
        found = fairness.shares(doors.db(), months.span(month), doors.now())
        by_person = {each.person_id: each for each in found}
        # Who took a call without a shift stands there too.
        by_person |= {
            person: Share(person)
            for person, of_month in calls
            if of_month == month and person not in by_person
        }
        for person_id, card in cards.items():
            share = by_person.get(person_id)
            if share is None:
                continue
            yield [
                months.month_code(month), card.mail, card.name, share.shifts, _two(share.hours),
                _two(share.first_line), _two(share.backup), _two(share.night_hours),
                _two(share.weekend_hours), _two(share.holiday_hours), share.nights,
                share.weekends, share.holidays, calls.get((person_id, month), 0),
            ]  # fmt: skip
        month = months.following(month)


def _two(value: float) -> float:
    return round(value, 2)


def _asked() -> tuple[MonthsForm, date, date]:
    present = months.month_of(doors.now())
    asked = "first" in request.args or "last" in request.args
    form = MonthsForm(request.args if asked else None)
    first, last = present, present
    if asked and form.validate():
        first, last = form.first.day or present, form.last.day or present
        if not first <= last or len(_months(first, last)) > MOST_MONTHS:
            form.last.errors = [_("Kies hooguit %(most)d maanden, in volgorde.", most=MOST_MONTHS)]
            first = last = present
    if not asked:
        form.first.data = form.last.data = months.month_code(present)
    return form, first, last


def _months(first: date, last: date) -> list[date]:
    found: list[date] = []
    while first <= last and len(found) <= MOST_MONTHS:
        found.append(first)
        first = months.following(first)
    return found


def _title(first: date, last: date) -> str:
    one, other = (format_date(day, "LLLL y") for day in (first, last))
    return one if first == last else _("%(first)s t/m %(last)s", first=one, last=other)


def _calls(first: date, last: date) -> dict[tuple[UUID, date], int]:
    """Calls taken by person and month: what the room above this one tells."""
    told = current_app.extensions.get("weerbaar.calls_taken")
    if told is None:
        return {}
    count = cast("Callable[..., dict[tuple[UUID, date], int]]", told)
    return count(doors.db(), first, months.following(last) - timedelta(days=1))
