"""Other ways to look at the roster: a month, one person, and one's own shifts."""

from datetime import date, timedelta
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date

from weerbaar.accounts import doors
from weerbaar.config.clock import local
from weerbaar.hotline.roster import holidays_nl, hours, months, verbs
from weerbaar.hotline.roster.forms import PersonForm, SelectChoice
from weerbaar.hotline.roster.rules import Placed
from weerbaar.hotline.roster.wording import hours_text, names_of, plans, tier_name, wall

# On a telephone more than this is a page without an end; the rest stands there by month.
MOST_AHEAD = 30


def month() -> ResponseReturnValue:
    """A month as on a calendar, each day with who has duty."""
    first = _asked_month()
    tables = [verbs.week(doors.db(), monday) for monday in months.mondays(first)]
    rows = months.lay_out(first, tables)
    days = [day for row in rows for day in row.days]
    people = {
        stretch.person_id
        for day in days
        for line in day.lines
        for stretch in line.stretches
        if stretch.person_id is not None
    }
    return render_template(
        "roster/month.html",
        title=format_date(first, "LLLL y").capitalize(),
        rows=rows,
        weekdays=[format_date(day.date, "EEEE") for day in rows[0].days],
        day_name=lambda day: format_date(day, "EEEE d MMMM"),
        holidays=_holidays(days[0].date, days[-1].date),
        names=names_of(people),
        wall=wall,
        now=doors.now(),
        **_frame(first),
    )


def person() -> ResponseReturnValue:
    """The shifts of one person in a month, with their hours."""
    first = _asked_month()
    span = months.span(first)
    everybody = names_of(verbs.takers(doors.db()) | verbs.people_from(doors.db(), span.starts))
    chosen = _asked_person(everybody)
    form = PersonForm(formdata=None)
    form.person.choices = [SelectChoice(str(one), name) for one, name in everybody.items()]
    form.person.data = str(chosen)
    shifts = [
        each
        for each in verbs.between(doors.db(), span.starts, span.ends)
        if each.person_id == chosen
    ]
    return render_template(
        "roster/person.html",
        title=format_date(first, "LLLL y").capitalize(),
        people=everybody,
        form=form,
        chosen=chosen,
        shifts=shifts,
        hours_of=hours_of,
        holidays=_holidays(first, months.following(first) - timedelta(days=1)),
        week_of=months.code_of,
        **_frame(first),
    )


def mine() -> ResponseReturnValue:
    """One's own shifts that have not ended, the first one first."""
    me = doors.actor().person_id
    ahead = [] if me is None else verbs.shifts_ahead(doors.db(), me, doors.now())
    last = ahead[-1].ends if ahead else doors.now()
    return render_template(
        "roster/mine.html",
        takes=me in verbs.takers(doors.db()),
        shifts=ahead[:MOST_AHEAD],
        more=max(0, len(ahead) - MOST_AHEAD),
        me=me,
        month=months.month_code(months.month_of(ahead[MOST_AHEAD].starts))
        if len(ahead) > MOST_AHEAD
        else "",
        now=doors.now(),
        holidays=_holidays(local(doors.now()).date(), local(last).date()),
        hours_of=hours_of,
        week_of=months.code_of,
        tier_name=tier_name,
    )


VIEWS = {"month": month, "person": person}


def hours_of(shift: Placed | verbs.ShiftFacts) -> str:
    """How many hours a shift lasts, also at a change of clocks."""
    return hours_text(hours.worked(shift.starts, shift.ends))


def _frame(first: date) -> dict[str, object]:
    today, me = local(doors.now()).date(), doors.actor().person_id
    return {
        "month": months.month_code(first),
        "previous": months.month_code(months.previous(first)),
        "following": months.month_code(months.following(first)),
        "is_now": first == months.month_of(doors.now()),
        "today": today,
        "tier_name": tier_name,
        "me": me,
        "plans": plans(),
        "takes": plans() or me in verbs.takers(doors.db()),
    }


def _holidays(first: date, last: date) -> dict[date, str]:
    return {each.day: each.name for each in holidays_nl.between(first, last)}


def _asked_month() -> date:
    try:
        return months.read_month(request.args.get("month", ""))
    except months.NoSuchMonth:
        return months.month_of(doors.now())


def _asked_person(everybody: dict[UUID, str]) -> UUID | None:
    try:
        asked = UUID(request.args.get("person", ""))
    except ValueError:
        asked = None
    if asked in everybody:
        return asked
    me = doors.actor().person_id
    return me if me in everybody else next(iter(everybody), None)
